"""Stylesheets of the components: their classes and design tokens."""

from pathlib import Path

import reflex as rx

from authapp.core.base.theme import theme
from authapp.ui.browser.published import published
from authapp.ui.browser.shared import FILES


def stylesheets() -> list[str]:
    """Return the paths of the stylesheets, and publish them for the build of the app."""
    files = published(lambda name: rx.asset(name, shared=True), "authapp.css", "logo.svg")
    stylesheet, logo = _url(files["authapp.css"]), _url(files["logo.svg"])
    tokens = Path(stylesheet).with_name("looks.css")
    _write(Path("assets") / tokens.relative_to("/"), theme().css(logo))
    return [str(tokens), stylesheet]


def floor_script() -> str:
    """Return the path of the script that shows a message when the other scripts do not run."""
    return _url(FILES["floor.js"])


def _url(path: str) -> str:
    return path.removeprefix("$/public")


def _write(file: Path, text: str) -> None:
    """Write a file, only where pages are built and only when it changed: a server may have a read-only disk."""
    if file.parent.is_dir() and not (file.exists() and file.read_text(encoding="utf-8") == text):
        file.write_text(text, encoding="utf-8")
