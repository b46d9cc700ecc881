"""Texts for people: written in English, and translated into the language of the reader."""

import json
from collections.abc import Mapping
from datetime import date, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from authapp.extras import lazy
from authapp.i18n.catalogues import PLACEHOLDER, Translations, is_for_pages, singular, translations
from authapp.i18n.locales import ENGLISH, locale

if TYPE_CHECKING:
    from babel import dates
else:
    dates = lazy("babel.dates")


class Text(str):
    """English text that remembers its template and arguments, so that it can be translated later."""

    plain: str  # the template as in catalogues, with its placeholders
    more: str  # the plural template, chosen by `count`; empty without plural
    given: dict[str, Any]

    def __new__(cls, plain: str, more: str = "", **given: Any) -> "Text":
        """Fill the placeholders. Arguments that are texts are translated together with it."""
        template = more if more and given["count"] != 1 else plain
        text = super().__new__(cls, _filled(template, given, ENGLISH) if given else template)
        text.plain, text.more, text.given = plain, more, given
        return text


def t(plain: str, **given: Any) -> Text:
    """Mark a text for translation. The English text is the catalogue key, so the call must contain it literally.

    Args:
        plain: English, with placeholders like `{minutes}`.
        given: values of the placeholders. Texts are translated too; dates and times follow the language.
    """
    return Text(plain, **given)


def tn(one: str, more: str, count: int, **given: Any) -> Text:
    """Mark a text with a plural for translation. Languages have up to six plural forms; the catalogue selects one.

    Args:
        one: English singular, like `{count} minute`.
        more: English plural, like `{count} minutes`.
        count: the number.
        given: as for `t`.
    """
    return Text(one, more, count=count, **given)


def into(words: str, language: str) -> str:
    """Translate a text. Return it unchanged when the catalogue lacks it.

    Args:
        words: a `Text`, or a plain string. A string is looked up as it is, or matched against the filled templates.
        language: one of `languages()`; any other code means English.
    """
    catalogue = translations(language)
    if catalogue is None or not words:  # gettext translates an empty text to the header of the catalogue
        return str(words)
    if not isinstance(words, Text):
        return _recognised(words, catalogue)
    try:
        return _filled(catalogue.say(words.plain, words.more, words.given), words.given, language)
    except KeyError:  # the translation has an unknown placeholder
        return str(words)


def on_page(words: str, language: str) -> str:
    """Translate a text of a page that was built in English. Return it unchanged when no text of a page matches."""
    catalogue = translations(language)
    return _recognised(words, catalogue, for_pages=True) if catalogue else words


def written(value: Any, language: str) -> str:
    """Return the value of a placeholder as the language writes it."""
    if isinstance(value, Text):
        return into(value, language)
    if isinstance(value, date):
        day = dates.format_date(value, "d MMMM y", locale(language))
        return f"{day}, {value:%H:%M} UTC" if isinstance(value, datetime) else day
    return str(value)


def script(language: str) -> bytes:
    """Return the script that the browser code reads: the texts of pages in a language, and its plural rules."""
    catalogue = translations(language)
    return _script(catalogue) if catalogue else b""


@lru_cache(maxsize=100)
def _script(catalogue: Translations) -> bytes:
    rules = list(dict.fromkeys(catalogue.rules.values()))
    words = {
        plain: [rules.index(catalogue.rules[plain]), *message.string]
        if isinstance(message.string, list | tuple)
        else message.string
        for message in catalogue.messages
        if is_for_pages(message) and (plain := singular(message))
    }
    parts = json.dumps({"language": catalogue.language, "words": words}, ensure_ascii=False, separators=(",", ":"))
    forms = ",".join(f"(n)=>Number({rule})" for rule in rules)
    return f"globalThis.authappTexts={parts};authappTexts.forms=[{forms}];\n".encode()


@lru_cache(maxsize=5000)
def _recognised(text: str, catalogue: Translations, *, for_pages: bool = False) -> str:
    """Translate a string that equals a text of the catalogue, or matches one with its placeholders filled."""
    translated = catalogue.compiled.gettext(text)
    if translated != text:
        return translated
    for pattern, message in catalogue.patterns:
        if for_pages and not is_for_pages(message):
            continue
        if match := pattern.fullmatch(text):
            args = {
                name: _recognised(value, catalogue, for_pages=for_pages) for name, value in match.groupdict().items()
            }
            plain, more = message.id if isinstance(message.id, list | tuple) else (message.id, "")
            if not more or args.get("count", "").isdecimal():
                return _filled(catalogue.say(plain, more, args), args, catalogue.language)
    return text


def _filled(text: str, args: Mapping[str, Any], language: str) -> str:
    return PLACEHOLDER.sub(lambda match: written(args[match[1]], language), text) if args else text
