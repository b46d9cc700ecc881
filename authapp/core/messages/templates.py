"""Templates of mails and text messages in `mails/`. A product can replace each with a file of the same name.

A template is plain text. Its first paragraph is the subject; empty lines separate the paragraphs. A last paragraph of
the form `[words](address)` becomes the button. `layout.html` is the HTML around them, where everything is escaped.
Templates in `mails/texts/` are for phones: lines between empty lines, and no subject.

Catalogues contain the paragraphs as they are in the file. A product's own folder can also contain whole templates in a
language, in a folder named after it: `fr/sign_up.txt`.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

from authapp.config import settings
from authapp.core.base.process_state import cache
from authapp.core.base.routes import route
from authapp.core.base.theme import theme
from authapp.extras import lazy
from authapp.i18n import texts
from authapp.i18n.locales import ENGLISH, direction

if TYPE_CHECKING:
    import jinja2
else:
    jinja2 = lazy("jinja2")

_BUTTON = re.compile(r"\[(.+)\]\((\S+)\)")
_EMPTY_LINE = re.compile(r"\n\s*\n")


class Written(NamedTuple):
    """Parts of a mail."""

    subject: str
    paragraphs: list[str]
    link: tuple[str, str] | None


def mail(name: str, language: str = ENGLISH, **facts: Any) -> Written:
    """Fill in the template of a mail.

    Args:
        name: the name of the template, without `.txt`.
        language: the language of the mail.
        facts: values for the template. It also gets `product`, `base` (our URL), `host`, `open` (whether sign-up is
            open), and the URLs of the pages `login`, `sign_up` and `forgot`.
    """
    subject, *paragraphs = _blocks(name, language, facts)
    button = _BUTTON.fullmatch(paragraphs[-1]) if paragraphs else None
    if button is None:
        return Written(subject, paragraphs, None)
    return Written(subject, paragraphs[:-1], (button[1], button[2]))


def text(name: str, language: str = ENGLISH, **facts: Any) -> str:
    """Fill in the template of a text message. Each block of the template becomes a line."""
    return "\n".join(_blocks(f"texts/{name}", language, facts))


def html(paragraphs: Sequence[str], link: tuple[str, str] | None, language: str = ENGLISH) -> str:
    """Return the HTML form of a mail."""
    facts = {"product": settings().product_name, "language": language, "direction": direction(language)}
    layout = _templates(language).get_template("layout.html")
    return layout.render(**facts, paragraphs=paragraphs, link=link, theme=theme())


def extract(file: IO[bytes], keywords: Any, comments: Any, options: Any) -> Iterator[tuple[int, None, str, list[str]]]:
    """Yield the paragraphs of a template for babel: each is a message of the catalogues, placeholders unchanged."""
    line = 1
    for part in re.split(f"({_EMPTY_LINE.pattern})", file.read().decode()):
        if block := " ".join(part.split()):
            yield line, None, block, []
        line += part.count("\n")


def _blocks(name: str, language: str, facts: Mapping[str, Any]) -> list[str]:
    conf = settings()
    values = {"product": conf.product_name, "base": conf.url, "host": urlsplit(conf.url).netloc, **facts}
    values |= {page: f"{conf.url}{route(page)}" for page in ("login", "sign_up", "forgot")}
    values["open"] = "yes" if conf.sign_up == "open" else ""
    content = _templates(language).get_template(f"{name}.txt").render(**values)
    return [" ".join(block.split()) for block in _EMPTY_LINE.split(content.strip())]


def _translated(environment: "jinja2.Environment", block: str, language: str) -> str:
    translation = texts.into(texts.t(block), language)
    try:
        environment.parse(translation)
    except jinja2.TemplateSyntaxError:  # a translation that cannot be filled in: English is better than no mail
        return block
    return translation


@cache
@lru_cache(maxsize=100)
def _templates(language: str) -> "jinja2.Environment":
    builtin_folder = Path(__file__).parent / "mails"
    own_folders = [Path(settings().mail_templates)] if settings().mail_templates else []
    files = jinja2.FileSystemLoader([*(folder / language for folder in own_folders), *own_folders, builtin_folder])

    def load(template: str) -> tuple[str, str, Callable[[], bool]]:
        """Translate a template by paragraph, except one in a folder of the language."""
        source, name, is_current = files.get_source(environment, template)
        if template.endswith(".txt") and Path(name).parent.name != language:
            blocks = [" ".join(block.split()) for block in _EMPTY_LINE.split(source.strip())]
            source = "\n\n".join(_translated(environment, block, language) for block in blocks)
        return source, name, is_current

    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(load),
        autoescape=jinja2.select_autoescape(["html"]),
        undefined=jinja2.StrictUndefined,
        finalize=lambda value: " ".join(texts.written(value, language).split()),  # a value is no paragraph of its own
    )
    return environment
