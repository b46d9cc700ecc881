"""Templates of mails and text messages in `mails/`. A product can replace each with a file of the same name.

A template is plain text. Its first paragraph is the subject; empty lines separate the paragraphs. A last paragraph of
the form `[words](address)` becomes the button. A paragraph that starts with `> ` is the preview in the list of mails,
and one that starts with `-- ` is the footer: the reason for the mail. `layout.html` is the HTML around them, where
everything is escaped. Templates in `mails/texts/` are for phones: lines between empty lines, and no subject.

Catalogues contain the paragraphs as they are in the file. A product's own folder can also contain whole templates in a
language, in a folder named after it: `fr/sign_up.txt`.
"""

import re
from collections.abc import Callable, Iterator, Mapping
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
# In a loaded template, a control character replaces each mark. No value can contain it, so none becomes a marked block.
_PREVIEW, _FOOTER = "\x02", "\x03"
_MARKS = {"> ": _PREVIEW, "-- ": _FOOTER}
_NO_MARKS = dict.fromkeys(map(ord, _MARKS.values()))
_INCLUDE = re.compile(r"\{%[^%]*%\}")
# Gmail and Outlook show no SVG, so a mail with such a logo has the name of the product.
_PICTURES = (".png", ".jpg", ".jpeg", ".gif")
_LINK_HELP = texts.t("If the button does not work, open this link:")


class Written(NamedTuple):
    """Parts of a mail."""

    subject: str
    paragraphs: list[str]
    link: tuple[str, str] | None
    preview: str = ""
    footer: str = ""
    code: str = ""


def mail(name: str, language: str = ENGLISH, **facts: Any) -> Written:
    """Fill in the template of a mail.

    Args:
        name: the name of the template, without `.txt`.
        language: the language of the mail.
        facts: values for the template. It also gets `product`, `base` (our URL), `host`, `open` (whether sign-up is
            open), and the URLs of the pages `login`, `sign_up` and `forgot`. Our templates need `recipient`. The HTML
            shows the `code` of a template large.
    """
    subject, *blocks = _blocks(name, language, facts)
    preview, footer = (" ".join(block[1:] for block in blocks if block[:1] == mark) for mark in (_PREVIEW, _FOOTER))
    paragraphs = [block for block in blocks if block[:1] not in (_PREVIEW, _FOOTER)]
    button = _BUTTON.fullmatch(paragraphs[-1]) if paragraphs else None
    link = (button[1], button[2]) if button else None
    paragraphs = paragraphs[:-1] if link else paragraphs
    code = str(facts.get("code", ""))
    is_shown = code in " ".join([subject, *paragraphs])
    return Written(subject, paragraphs, link, preview, footer, code if is_shown else "")


def text(name: str, language: str = ENGLISH, **facts: Any) -> str:
    """Fill in the template of a text message. Each block of the template becomes a line."""
    return "\n".join(_blocks(f"texts/{name}", language, facts))


def html(content: Written, language: str = ENGLISH) -> str:
    """Return the HTML form of a mail."""
    conf, look = settings(), theme()
    facts = {
        "product": conf.product_name,
        "base": conf.url,
        "language": language,
        "direction": direction(language),
        "theme": look,
        "logo": f"{conf.url}{look.logo}" if look.logo.lower().endswith(_PICTURES) else "",
        "link_help": texts.into(_LINK_HELP, language),
    }
    preview = content.preview or next(iter(content.paragraphs), "")
    layout = _templates(language).get_template("layout.html")
    return layout.render(**facts, **content._replace(preview=preview)._asdict())


def extract(file: IO[bytes], keywords: Any, comments: Any, options: Any) -> Iterator[tuple[int, None, str, list[str]]]:
    """Yield the paragraphs of a template for babel: each is a message of the catalogues, placeholders unchanged."""
    line = 1
    for part in re.split(f"({_EMPTY_LINE.pattern})", file.read().decode()):
        _, block = _unmarked(part, is_first=line == 1)
        if block and not _INCLUDE.fullmatch(block):
            yield line, None, block, []
        line += part.count("\n")


def _blocks(name: str, language: str, facts: Mapping[str, Any]) -> list[str]:
    conf = settings()
    values = {"product": conf.product_name, "base": conf.url, "host": urlsplit(conf.url).netloc, **facts}
    values |= {page: f"{conf.url}{route(page)}" for page in ("login", "sign_up", "forgot")}
    values["open"] = "yes" if conf.sign_up == "open" else ""
    content = _templates(language).get_template(f"{name}.txt").render(**values)
    return [" ".join(block.split()) for block in _EMPTY_LINE.split(content.strip())]


def _unmarked(block: str, *, is_first: bool) -> tuple[str, str]:
    """Return the mark of a paragraph, and the paragraph without it on one line. The first paragraph has no mark."""
    words = " ".join(block.split())
    mark = "" if is_first else next((mark for mark in _MARKS if words.startswith(mark)), "")
    return mark, words.removeprefix(mark)


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
        """Translate a template by paragraph, except one in a folder of the language. Replace the marks."""
        source, name, is_current = files.get_source(environment, template)
        if template.endswith(".txt"):
            is_translated = Path(name).parent.name == language
            blocks = []
            for position, block in enumerate(_EMPTY_LINE.split(source.strip())):
                mark, words = _unmarked(block, is_first=position == 0 or template.startswith("texts/"))
                translation = words if is_translated else _translated(environment, words, language)
                blocks.append(f"{_MARKS.get(mark, '')}{translation}")
            source = "\n\n".join(blocks)
        return source, name, is_current

    def on_one_line(value: Any) -> str:
        """Return a value on one line and without marks: a value is no paragraph of its own."""
        return " ".join(texts.written(value, language).translate(_NO_MARKS).split())

    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(load),
        autoescape=jinja2.select_autoescape(["html"]),
        undefined=jinja2.StrictUndefined,
        finalize=on_one_line,
    )
    return environment
