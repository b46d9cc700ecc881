"""Stylesheets of the components, and what the head of a page says about its looks."""

import json
from pathlib import Path

import reflex as rx

from authapp.core.base.theme import theme
from authapp.ui.browser.published import published
from authapp.ui.browser.shared import FILES


def stylesheets() -> list[str]:
    """Return the paths of the stylesheets, and publish them for the build of the app."""
    files = _files()
    stylesheet, logo = _url(files["authapp.css"]), _url(files["logo.svg"])
    tokens = Path(stylesheet).with_name("looks.css")
    _write(Path("assets") / tokens.relative_to("/"), theme().css(logo))
    return [str(tokens), stylesheet]


def head_elements(product_name: str) -> list[rx.Component]:
    """Return the elements for the head of each page: colours of the browser, icon, manifest. Publish the manifest."""
    path = Path(_url(_files()["logo.svg"])).with_name("manifest.webmanifest")
    _write(Path("assets") / path.relative_to("/"), manifest(product_name))
    return [
        # The browser continues the header, whose background is that of the cards.
        rx.el.meta(name="theme-color", content=theme().card, media="(prefers-color-scheme: light)"),
        rx.el.meta(name="theme-color", content=theme().card_dark, media="(prefers-color-scheme: dark)"),
        rx.el.link(rel="manifest", href=str(path)),
        rx.el.link(rel="apple-touch-icon", href=touch_icon()),
    ]


def manifest(product_name: str) -> str:
    """Return the web app manifest, in JSON."""
    logo, icon = theme().logo or _url(_files()["logo.svg"]), touch_icon()
    content = {
        "name": product_name,
        "start_url": "/",
        "display": "browser",
        "theme_color": theme().card,
        "background_color": theme().page,
        "icons": [{"src": path, "sizes": "any"} for path in dict.fromkeys((logo, icon))],
    }
    return json.dumps(content, ensure_ascii=False)


def touch_icon() -> str:
    """Return the path of the icon for home screens and previews: the logo of the theme, or ours as a PNG."""
    return theme().logo or _url(_files()["touch-icon.png"])


def floor_script() -> str:
    """Return the path of the script that shows a message when the other scripts do not run."""
    return _url(FILES["floor.js"])


def _files() -> dict[str, str]:
    return published(lambda name: rx.asset(name, shared=True), "authapp.css", "logo.svg", "touch-icon.png")


def _url(path: str) -> str:
    return path.removeprefix("$/public")


def _write(file: Path, text: str) -> None:
    """Write a file, only where pages are built and only when it changed: a server may have a read-only disk."""
    if file.parent.is_dir() and not (file.exists() and file.read_text(encoding="utf-8") == text):
        file.write_text(text, encoding="utf-8")
