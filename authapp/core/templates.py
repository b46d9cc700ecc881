"""What a mail says: templates in `mails/`, each of which a product may replace with a file of the same name.

A template is plain text: its first line is the subject, then paragraphs between empty lines; a last one of the form
`[words](address)` becomes the button. `layout.html` is the HTML around it, where everything is escaped.
Those in `mails/texts/` are for phones: lines between empty lines, and no subject.
"""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from authapp.config import settings
from authapp.looks import looks

_BUTTON = re.compile(r"\[(.+)\]\((\S+)\)")
_EMPTY_LINE = re.compile(r"\n\s*\n")


class Written(NamedTuple):
    """A mail in its parts."""

    subject: str
    paragraphs: list[str]
    link: tuple[str, str] | None


def mail(name: str, **facts: str) -> Written:
    """Fill in a template.

    Args:
        name: of the template, without `.txt`.
        facts: what it may mention, besides `product`, `base`, our URL, `host`, and `open`, whether people can sign up.
    """
    subject, *paragraphs = _blocks(name, facts)
    button = _BUTTON.fullmatch(paragraphs[-1]) if paragraphs else None
    if button is None:
        return Written(subject, paragraphs, None)
    return Written(subject, paragraphs[:-1], (button[1], button[2]))


def text(name: str, **facts: str) -> str:
    """Fill in the template of a text: its blocks are the lines of the text."""
    return "\n".join(_blocks(f"texts/{name}", facts))


def html(paragraphs: Sequence[str], link: tuple[str, str] | None) -> str:
    """The HTML form of a mail."""
    layout = _templates().get_template("layout.html")
    return layout.render(product=settings().product_name, paragraphs=paragraphs, link=link, looks=looks())


def _blocks(name: str, facts: Mapping[str, str]) -> list[str]:
    conf = settings()
    given = {"product": conf.product_name, "base": conf.url, "host": urlsplit(conf.url).netloc, **facts}
    given["open"] = "yes" if conf.sign_up == "open" else ""
    filled = _templates().get_template(f"{name}.txt").render(**given)
    return [" ".join(block.split()) for block in _EMPTY_LINE.split(filled.strip())]


@lru_cache(maxsize=1)
def _templates() -> Environment:
    ours = Path(__file__).parent.parent / "mails"
    own = settings().mail_templates
    return Environment(
        loader=FileSystemLoader([*([own] if own else []), ours]),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        finalize=lambda value: " ".join(value.split()) if isinstance(value, str) else value,  # no paragraph of its own
    )
