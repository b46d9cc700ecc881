"""Translation of texts: every text is written in English, and translated into the language of the reader.

Catalogues are gettext files: `languages/fr.po` is ours. A product can have its own folder. Its files add languages,
and add to or replace our translations.
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
LONGEST = 200  # characters of an Accept-Language header
OURS = Path(__file__).parent / "languages"
_PLACE = re.compile(r"\{(\w+)\}")
_WANTED = re.compile(r"\s*([A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*)\s*(?:;\s*q=([01](?:\.\d{0,3})?))?\s*")
# Sources of texts that only the server translates.
_SERVERS = re.compile(r"authapp/(?!pages/|ui/|guards/screen|installation)")
_given: list[Path] = []  # the folder that the product passed to `install`


class Text(str):
    """English text that remembers its template and arguments, so that it can be translated later."""

    plain: str  # the template as in catalogues, with its placeholders
    more: str  # the plural template, chosen by `count`; empty without plural
    given: dict[str, Any]

    def __new__(cls, plain: str, more: str = "", **given: Any) -> "Text":
        """Fill the placeholders. Arguments that are texts are translated together with it."""
        chosen = more if more and given["count"] != 1 else plain
        made = super().__new__(cls, _filled(chosen, given, ENGLISH) if given else chosen)
        made.plain, made.more, made.given = plain, more, given
        return made


def say(plain: str, **given: Any) -> Text:
    """Mark a text for translation. The English text is the catalogue key, so the call must contain it literally.

    Args:
        plain: English, with placeholders like `{minutes}`.
        given: values of the placeholders. Texts are translated too; dates and times follow the language.
    """
    return Text(plain, **given)


def counted(one: str, more: str, count: int, **given: Any) -> Text:
    """Mark a text with a plural for translation. Languages have up to six plural forms; the catalogue selects one.

    Args:
        one: English singular, like `{count} minute`.
        more: English plural, like `{count} minutes`.
        count: the number.
        given: as for `say`.
    """
    return Text(one, more, count=count, **given)


def into(words: str, language: str) -> str:
    """Translate a text. Return it unchanged when the catalogue lacks it.

    Args:
        words: a `Text`, or a plain string. A string is looked up as it is, or matched against the filled templates.
        language: one of `languages()`; any other code means English.
    """
    read = _read().get(language)
    if read is None or not words:  # gettext translates an empty text to the header of the catalogue
        return str(words)
    if not isinstance(words, Text):
        return _recognised(words, language)
    try:
        return _filled(read.say(words.plain, words.more, words.given), words.given, language)
    except KeyError:  # the translation has an unknown placeholder
        return str(words)


def on_page(words: str, language: str) -> str:
    """Translate a text of a page that was built in English. Return it unchanged when no text of a page matches."""
    return _recognised(words, language, for_pages=True) if language in _read() else words


def written(value: Any, language: str) -> str:
    """Return the value of a placeholder as the language writes it."""
    if isinstance(value, Text):
        return into(value, language)
    if isinstance(value, date):
        day = format_date(value, "d MMMM y", locale(language))
        return f"{day}, {value:%H:%M} UTC" if isinstance(value, datetime) else day
    return str(value)


def use(folder: str | Path) -> None:
    """Add the catalogues in the folder of a product.

    Raises:
        ValueError: it is not a folder.
    """
    if not Path(folder).is_dir():
        raise ValueError(f"folder {str(folder)!r} for languages does not exist")
    _given[:] = [Path(folder)]
    forget()


def forget() -> None:
    """Clear the caches, so that the catalogues are read again on next use."""
    for kept in (_read, languages, script, _recognised, _negotiated):
        kept.cache_clear()


@lru_cache(maxsize=1)
def languages() -> Mapping[str, str]:
    """Return the offered languages by code, with their own names: English, and every language with a file."""
    found = {code: locale(code).get_display_name() or code for code in sorted({ENGLISH, *_read()})}
    return {code: name[:1].upper() + name[1:] for code, name in found.items()}


def direction(language: str) -> str:
    """Return the text direction of a language: `ltr` or `rtl`."""
    return str(locale(language).text_direction)


def guessed(language: str) -> str:
    """Return the stored value for a language that came from the browser. Only mails use it; pages ask the browser."""
    return GUESS + language


def in_which(kept: str) -> str:
    """Return the language for mails to a user, from the stored value; empty when none is stored."""
    return kept.removeprefix(GUESS)


def chosen(kept: str) -> str:
    """Return the language that a user chose in the settings, from the stored value; empty when the browser decides."""
    return "" if kept.startswith(GUESS) else kept


def has_own() -> bool:
    """Return whether the product has its own catalogues. Its own pages are then translated too."""
    return bool(_given or settings().languages)


def is_said(language: str) -> bool:
    """Return whether there is a catalogue for a language."""
    return language in _read()


def negotiated(chosen: str, visitors: str, accepted: str) -> str:
    """Choose the language of a reader.

    Args:
        chosen: the language in the settings of the user.
        visitors: the language in the cookie of a visitor who chose one.
        accepted: the Accept-Language header of the browser (RFC 9110, 12.5.4).
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
    """Return Babel's locale of a language, or of English when Babel does not know the language."""
    try:
        return Locale.parse(language, sep="-")
    except (UnknownLocaleError, ValueError):
        return Locale.parse(ENGLISH)


@lru_cache(maxsize=100)
def script(language: str) -> bytes:
    """Return the script that `ui/texts.js` reads: the texts of pages in a language, and its plural rules."""
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
    """Compiled catalogue of one language."""

    messages: list[Message]
    catalogue: GNUTranslations
    rules: dict[str, str]  # by plural message: the expression that selects the form for n, in C and JavaScript syntax
    patterns: list[tuple[re.Pattern[str], Message]]  # texts with placeholders, the longest first

    def say(self, plain: str, more: str, given: Mapping[str, Any]) -> str:
        """Return the translation of a text, with its placeholders."""
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
        c2py(catalogue.plural_expr)  # validated, because it becomes part of a script of the page
    except (UnknownLocaleError, ValueError, PoFileError) as wrong:
        raise ValueError(f"{name} is not a gettext catalogue: {wrong}") from None
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
    for number, part in enumerate(_PLACE.split(plain)):  # texts and placeholder names alternate
        if number % 2 == 0:
            parts.append(re.escape(part))
        else:
            parts.append(f"(?P={part})" if part in seen else f"(?P<{part}>.+?)")
            seen.add(part)
    return re.compile("".join(parts), re.DOTALL)


@lru_cache(maxsize=5000)
def _recognised(words: str, language: str, *, for_pages: bool = False) -> str:
    """Translate a string that equals a text of the catalogue, or matches one with its placeholders filled."""
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
