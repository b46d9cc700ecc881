"""What a mail says: templates in `mails/`, each of which a product may replace with a file of the same name.

A template is plain text: its first line is the subject, then paragraphs between empty lines; a last one of the form
`[words](address)` becomes the button. `layout.html` is the HTML around it, where everything is escaped.
Those in `mails/texts/` are for phones: lines between empty lines, and no subject.

Catalogues hold the paragraphs, as they are in the file; a product's own folder may hold whole templates of a language
as well, in a folder of its name: `fr/sign_up.txt`.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import IO, Any, NamedTuple
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined, TemplateSyntaxError, select_autoescape

from authapp import texts
from authapp.config import settings
from authapp.looks import looks
from authapp.routes import route
from authapp.texts import ENGLISH

_BUTTON = re.compile(r"\[(.+)\]\((\S+)\)")
_EMPTY_LINE = re.compile(r"\n\s*\n")


class Written(NamedTuple):
    """A mail in its parts."""

    subject: str
    paragraphs: list[str]
    link: tuple[str, str] | None


def mail(name: str, language: str = ENGLISH, **facts: Any) -> Written:
    """Fill in a template.

    Args:
        name: of the template, without `.txt`.
        language: in which it is written.
        facts: what it may mention, besides `product`, `base`, our URL, `host`, `open`, whether people can sign up, and `login`,
            `sign_up` and `forgot`, the URLs of those pages.
    """
    subject, *paragraphs = _blocks(name, language, facts)
    button = _BUTTON.fullmatch(paragraphs[-1]) if paragraphs else None
    if button is None:
        return Written(subject, paragraphs, None)
    return Written(subject, paragraphs[:-1], (button[1], button[2]))


def text(name: str, language: str = ENGLISH, **facts: Any) -> str:
    """Fill in the template of a text: its blocks are the lines of the text."""
    return "\n".join(_blocks(f"texts/{name}", language, facts))


def html(paragraphs: Sequence[str], link: tuple[str, str] | None, language: str = ENGLISH) -> str:
    """The HTML form of a mail."""
    facts = {"product": settings().product_name, "language": language, "direction": texts.direction(language)}
    layout = _templates(language).get_template("layout.html")
    return layout.render(**facts, paragraphs=paragraphs, link=link, looks=looks())


def extract(file: IO[bytes], keywords: Any, comments: Any, options: Any) -> Iterator[tuple[int, None, str, list[str]]]:
    """The paragraphs of a template, for babel: each is a text of the catalogues, with its places as they are."""
    line = 1
    for part in re.split(f"({_EMPTY_LINE.pattern})", file.read().decode()):
        if block := " ".join(part.split()):
            yield line, None, block, []
        line += part.count("\n")


def _blocks(name: str, language: str, facts: Mapping[str, Any]) -> list[str]:
    conf = settings()
    given = {"product": conf.product_name, "base": conf.url, "host": urlsplit(conf.url).netloc, **facts}
    given |= {page: f"{conf.url}{route(page)}" for page in ("login", "sign_up", "forgot")}
    given["open"] = "yes" if conf.sign_up == "open" else ""
    filled = _templates(language).get_template(f"{name}.txt").render(**given)
    return [" ".join(block.split()) for block in _EMPTY_LINE.split(filled.strip())]


class _Loader(FileSystemLoader):
    """Reads templates paragraph by paragraph in a language; those in a folder of that language are in it already."""

    def __init__(self, folders: Sequence[Path], language: str) -> None:
        super().__init__(folders)
        self.language = language

    def get_source(self, environment: Environment, template: str) -> tuple[str, str, Callable[[], bool]]:
        """As jinja2 asks for it."""
        source, name, is_current = super().get_source(environment, template)
        if template.endswith(".txt") and Path(name).parent.name != self.language:
            blocks = [" ".join(block.split()) for block in _EMPTY_LINE.split(source.strip())]
            source = "\n\n".join(self._said(environment, block) for block in blocks)
        return source, name, is_current

    def _said(self, environment: Environment, block: str) -> str:
        said = texts.into(texts.say(block), self.language)
        try:
            environment.parse(said)
        except TemplateSyntaxError:  # a catalogue that cannot be filled in: better in English than not at all
            return block
        return said


@lru_cache(maxsize=100)
def _templates(language: str) -> Environment:
    ours = Path(__file__).parent.parent / "mails"
    own = [Path(settings().mail_templates)] if settings().mail_templates else []
    return Environment(
        loader=_Loader([*(folder / language for folder in own), *own, ours], language),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        finalize=lambda value: " ".join(texts.written(value, language).split()),  # no paragraph of its own
    )
