"""The stylesheets of the pieces: their classes, and the tokens they are drawn with."""

from pathlib import Path

import reflex as rx

from authapp.looks import looks
from authapp.ui.published import published


def stylesheets() -> list[str]:
    """Where Reflex finds them when it builds the app; whatever app that is, they come along."""
    ours = _place(published(lambda: rx.asset("authapp.css", shared=True)))
    logo = _place(published(lambda: rx.asset("logo.svg", shared=True)))
    tokens = Path(ours).with_name("looks.css")
    _write(Path("assets") / tokens.relative_to("/"), looks().css(logo))
    return [str(tokens), ours]


def floor_script() -> str:
    """Where the script is that says when the others do not run."""
    return _place(rx.asset("floor.js", shared=True))


def _place(asset: rx.Var[str]) -> str:
    return asset.importable_path.removeprefix("$/public")


def _write(file: Path, text: str) -> None:
    """Only where pages are built, and only what has changed: where they are only served nothing may be written."""
    if file.parent.is_dir() and not (file.exists() and file.read_text(encoding="utf-8") == text):
        file.write_text(text, encoding="utf-8")
