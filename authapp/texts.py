"""What people read, in their language: every text is said in English, and turned into the language of who reads it.

Catalogues are gettext's: `languages/fr.po` is ours, and a product may have a folder of its own, whose files add
languages, and add to ours or replace what they say.
"""

import io
import json
import re
from collections.abc import Mapping
from datetime import date, datetime
from functools import lru_cache
from gettext import GNUTranslations, c2py
from pathlib import Path
from typing import Any, NamedTuple

from babel import Locale, UnknownLocaleError, negotiate_locale
from babel.dates import format_date
from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po

from authapp.config import settings

ENGLISH = "en"
GUESS = "~"
LONGEST = 200  # characters of what a browser says of its languages
OURS = Path(__file__).parent / "languages"
_PLACE = re.compile(r"\{(\w+)\}")
_WANTED = re.compile(r"\s*([A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*)\s*(?:;\s*q=([01](?:\.\d{0,3})?))?\s*")
_SERVERS = re.compile(r"authapp/(?!pages/|ui/|installation)")  # sources whose texts never wait for the browser
_given: list[Path] = []  # the folder that a product gave to `install`


class Text(str):
    """An English text that knows how it was made, so that it can be said in another language later."""

    plain: str  # as catalogues have it, with its places for what is given
    more: str  # the same for several, where `count` decides; else empty
    given: dict[str, Any]

    def __new__(cls, plain: str, more: str = "", **given: Any) -> "Text":
        """Fill in what is given; texts among it are turned into a language with it."""
        chosen = more if more and given["count"] != 1 else plain
        made = super().__new__(cls, _filled(chosen, given, ENGLISH) if given else chosen)
        made.plain, made.more, made.given = plain, more, given
        return made


def say(plain: str, **given: Any) -> Text:
    """A text for people. Catalogues find it by its English words, which must be written out where this is called.

    Args:
        plain: English, with places like `{minutes}`.
        given: what fills them: texts and values; days and moments are written as each language does.
    """
    return Text(plain, **given)


def counted(one: str, more: str, count: int, **given: Any) -> Text:
    """A text that depends on a number: languages have up to six forms, and each catalogue says which is when.

    Args:
        one: English for one, like `{count} minute`.
        more: English for several, like `{count} minutes`.
        count: how many.
        given: as for `say`.
    """
    return Text(one, more, count=count, **given)


def into(words: str, language: str) -> str:
    """A text in a language; as it is where the catalogue of that language lacks it.

    Args:
        words: a `Text`; or any words, which are found in the catalogue as they are, or as one of its texts filled in.
        language: one of `languages()`; any other is English.
    """
    read = _read().get(language)
    if read is None or not words:  # what gettext says of nothing is the head of the catalogue
        return str(words)
    if not isinstance(words, Text):
        return _recognised(words, language)
    try:
        return _filled(read.say(words.plain, words.more, words.given), words.given, language)
    except KeyError:  # a catalogue with a place that we do not fill
        return str(words)


def on_page(words: str, language: str) -> str:
    """Words of a page that was built in English, in a language; whatever no text of a page says stays as it is."""
    return _recognised(words, language, for_pages=True) if language in _read() else words


def written(value: Any, language: str) -> str:
    """Whatever fills a place, as a language writes it."""
    if isinstance(value, Text):
        return into(value, language)
    if isinstance(value, date):
        day = format_date(value, "d MMMM y", locale(language))
        return f"{day}, {value:%H:%M} UTC" if isinstance(value, datetime) else day
    return str(value)


def use(folder: str | Path) -> None:
    """Take catalogues from a product's folder as well.

    Raises:
        ValueError: it is no folder.
    """
    if not Path(folder).is_dir():
        raise ValueError(f"there is no folder {str(folder)!r} with languages")
    _given[:] = [Path(folder)]
    forget()


def forget() -> None:
    """Read the catalogues anew when they are needed next."""
    for kept in (_read, languages, script, _recognised, _negotiated):
        kept.cache_clear()


@lru_cache(maxsize=1)
def languages() -> Mapping[str, str]:
    """The languages that are offered, and what each calls itself: English, and those that there are files of."""
    found = {code: locale(code).get_display_name() or code for code in sorted({ENGLISH, *_read()})}
    return {code: name[:1].upper() + name[1:] for code, name in found.items()}


def direction(language: str) -> str:
    """Which way a language is written: `ltr` or `rtl`."""
    return str(locale(language).text_direction)


def guessed(language: str) -> str:
    """What is kept of a user whose browser says the language: only mails go by it, pages ask the browser each time."""
    return GUESS + language


def in_which(kept: str) -> str:
    """In which language somebody is written to, by what is kept of them; empty when nothing is."""
    return kept.removeprefix(GUESS)


def chosen(kept: str) -> str:
    """The language that somebody chose in the settings, by what is kept of them; empty when the browser says."""
    return "" if kept.startswith(GUESS) else kept


def has_own() -> bool:
    """Whether a product has catalogues of its own: then its pages are said in languages as well."""
    return bool(_given or settings().languages)


def is_said(language: str) -> bool:
    """Whether there is a catalogue of a language, so that English words are not what is read."""
    return language in _read()


def negotiated(chosen: str, visitors: str, accepted: str) -> str:
    """The language for somebody.

    Args:
        chosen: in the person's settings.
        visitors: in the cookie of whoever chose without an account.
        accepted: the browser's Accept-Language (RFC 9110, 12.5.4).
    """
    return next((one for one in (chosen, visitors) if one in languages()), None) or _negotiated(accepted[:LONGEST])


@lru_cache(maxsize=1000)
def _negotiated(accepted: str) -> str:
    wanted = []
    for part in accepted.split(","):
        if (found := _WANTED.fullmatch(part)) and (weight := float(found[2] or 1)):
            wanted.append((weight, found[1]))
    ranked = [language for _, language in sorted(wanted, key=lambda one: -one[0])]
    spelled = {code.lower(): code for code in languages()}
    return spelled.get((negotiate_locale(ranked, list(spelled), sep="-") or "").lower(), ENGLISH)


def locale(language: str) -> Locale:
    """What babel knows of a language; of English, where it does not know it."""
    try:
        return Locale.parse(language, sep="-")
    except (UnknownLocaleError, ValueError):
        return Locale.parse(ENGLISH)


@lru_cache(maxsize=100)
def script(language: str) -> bytes:
    """What `ui/texts.js` reads, for pages in a language: their texts, and which form is for which number."""
    read = _read().get(language)
    if read is None:
        return b""
    rules = list(dict.fromkeys(read.rules.values()))
    words = {
        plain: [rules.index(read.rules[plain]), *one.string] if isinstance(one.string, list | tuple) else one.string
        for one in read.messages
        if _is_for_pages(one) and (plain := _first(one.id))
    }
    parts = json.dumps({"language": language, "words": words}, ensure_ascii=False, separators=(",", ":"))
    forms = ",".join(f"(n)=>Number({rule})" for rule in rules)
    return f"globalThis.authappTexts={parts};authappTexts.forms=[{forms}];\n".encode()


class _Read(NamedTuple):
    """A catalogue, as it was read."""

    messages: list[Message]
    catalogue: GNUTranslations
    rules: dict[str, str]  # by plural message: which form is for the number n, as C and JavaScript write it
    patterns: list[tuple[re.Pattern[str], Message]]  # texts with places, the longest first

    def say(self, plain: str, more: str, given: Mapping[str, Any]) -> str:
        """The words of a text, with its places."""
        return self.catalogue.ngettext(plain, more, int(given["count"])) if more else self.catalogue.gettext(plain)


@lru_cache(maxsize=1)
def _read() -> dict[str, _Read]:
    own = settings().languages
    folders = [OURS, *([Path(own)] if own else []), *_given]
    files = [file for folder in folders for file in sorted(folder.glob("*.po"))]
    by_language: dict[str, list[tuple[str, bytes]]] = {}
    for file in files:
        by_language.setdefault(file.stem.replace("_", "-"), []).append((file.name, file.read_bytes()))
    return {code: _merged(code, tuple(named)) for code, named in by_language.items()}


@lru_cache(maxsize=10)
def _merged(code: str, files: tuple[tuple[str, bytes], ...]) -> _Read:
    """Parse the files of one language; the same content is parsed once."""
    return _compiled([_parsed(name, code, content) for name, content in files])


def _parsed(name: str, code: str, content: bytes) -> Catalog:
    try:
        catalogue = read_po(io.BytesIO(content), locale=str(Locale.parse(code, sep="-")), abort_invalid=True)
        c2py(catalogue.plural_expr)  # it becomes a script of the page
    except (UnknownLocaleError, ValueError, PoFileError) as wrong:
        raise ValueError(f"{name} is no catalogue of a language: {wrong}") from None
    return catalogue


def _compiled(catalogues: list[Catalog]) -> _Read:
    """Merge the files of one language. A later file wins, and each keeps the plural rule of its own header."""
    known: dict[str, Message] = {}
    rules: dict[str, str] = {}
    merged: GNUTranslations | None = None
    for catalogue in catalogues:
        translated = [one for one in catalogue if one.id and _is_translated(one)]
        known |= {_first(one.id): one for one in translated}
        rules |= {_first(one.id): catalogue.plural_expr for one in translated if one.pluralizable}
        translations = _translations(catalogue, translated)
        if merged:
            translations.add_fallback(merged)
        merged = translations
    assert merged is not None
    messages = list(known.values())
    patterns = [
        (_pattern(plain), one)
        for one in messages
        for plain in (one.id if isinstance(one.id, list | tuple) else (one.id,))
        if _PLACE.search(plain) and _PLACE.sub("", plain).strip()
    ]
    longest = sorted(patterns, key=lambda one: -len(one[0].pattern))
    return _Read(messages, merged, rules, longest)


def _translations(catalogue: Catalog, messages: list[Message]) -> GNUTranslations:
    """Compile messages with the plural rule of the catalogue's header; Babel's rule where the header has none."""
    forms = f"nplurals={catalogue.num_plurals}; plural={catalogue.plural_expr};"
    compiled, packed = Catalog(locale=catalogue.locale, header_comment=""), io.BytesIO()
    compiled.mime_headers = [("Content-Type", "text/plain; charset=utf-8"), ("Plural-Forms", forms)]
    for one in messages:
        compiled.add(one.id, one.string)
    write_mo(packed, compiled)
    packed.seek(0)
    return GNUTranslations(packed)


def _is_translated(message: Message) -> bool:
    forms = message.string if isinstance(message.string, list | tuple) else [message.string]
    return all(forms) and not message.fuzzy


def _pattern(plain: str) -> re.Pattern[str]:
    seen: set[str] = set()
    parts = []
    for number, part in enumerate(_PLACE.split(plain)):  # words and names of places take turns
        if number % 2 == 0:
            parts.append(re.escape(part))
        else:
            parts.append(f"(?P={part})" if part in seen else f"(?P<{part}>.+?)")
            seen.add(part)
    return re.compile("".join(parts), re.DOTALL)


@lru_cache(maxsize=5000)
def _recognised(words: str, language: str, *, for_pages: bool = False) -> str:
    """Words in a language: those of a text of the catalogue, whatever fills its places."""
    read = _read()[language]
    found = read.catalogue.gettext(words)
    if found != words:
        return found
    for pattern, message in read.patterns:
        if for_pages and not _is_for_pages(message):
            continue
        if match := pattern.fullmatch(words):
            given = {
                name: _recognised(value, language, for_pages=for_pages) for name, value in match.groupdict().items()
            }
            plain, more = message.id if isinstance(message.id, list | tuple) else (message.id, "")
            if not more or given.get("count", "").isdecimal():
                return _filled(read.say(plain, more, given), given, language)
    return words


def _filled(text: str, given: Mapping[str, Any], language: str) -> str:
    return _PLACE.sub(lambda place: written(given[place[1]], language), text) if given else text


def _first(id: Any) -> str:
    return str(id[0] if isinstance(id, list | tuple) else id)


def _is_for_pages(message: Message) -> bool:
    return not message.locations or any(not _SERVERS.match(place) for place, _ in message.locations)
