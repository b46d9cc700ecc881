"""Phone numbers: one normal form (E.164) of what users type, and the countries that have them."""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote

from authapp.config import settings
from authapp.core.base import typed_text
from authapp.core.base.callers import Caller
from authapp.core.base.errors import BadInput
from authapp.core.base.typed_text import AFTER, DASHES, LONGEST_TYPED
from authapp.extras import lazy
from authapp.i18n.texts import t

if TYPE_CHECKING:
    import babel
    import phonenumbers
else:
    phonenumbers = lazy("phonenumbers")
    babel = lazy("babel")


LONGEST_NUMBER = 40  # characters, with blanks and brackets; E.164 allows 15 digits
_NUMBER = re.compile(r"[\d\s()+./-]+")
_TEL = re.compile(r"tel:(?://)?", re.IGNORECASE)  # RFC 3966
# Old formats of countries that changed their numbering plan, by country code: national digits before and after.
_OLD_PLANS = {
    52: [(r"(?:044|045|01|1)(\d{10})", r"\1")],  # Mexico, until 2019: a 1 before mobile numbers
    54: [(rf"9?(\d{{{area}}})15(\d{{{10 - area}}})", r"9\1\2") for area in (2, 3, 4)],  # Argentina: 15 in place of 9
    55: [(r"([1-9]\d)([6-9]\d{7})", r"\g<1>9\2")],  # Brazil, until 2016: mobile numbers of eight digits
}


class Reading(NamedTuple):
    """A typed phone number after parsing."""

    number: str  # in E.164; empty when it is not valid
    country: str  # country (ISO 3166) that made it valid, or the first one tried; empty when not needed or not known
    needs_country: bool  # whether it was typed without a country code


def phone(text: object, caller: Caller, field: str = "phone") -> str:
    """Return a phone number in the form that we store and look up (ITU-T E.164): `+4915123456789`.

    Args:
        text: the text as typed or pasted. A number without a country code is tried in the country of the setting
            `phone_country`, then in the regions of the browser's languages. A language without a region is ignored.
        caller: the browser that sent it.
        field: the form field that the error belongs to.

    Raises:
        BadInput: phone numbers are switched off; or not text, empty, too long, or not valid in the numbering plan.
    """
    if not typed_text.is_text(text) or not typed_text.plain(text[:LONGEST_TYPED]):
        raise BadInput(t("Enter your phone number."), field=field)
    if len(text) > LONGEST_TYPED or len(typed_text.plain(text)) > LONGEST_NUMBER + len("tel://"):
        raise BadInput(t("This is too long for a phone number."), field=field)
    if not settings().phones:
        raise BadInput(t("Phone numbers are not used here."), field=field)
    if number := read_phone(text, caller).number:
        return number
    raise BadInput(t("Enter a phone number with its country code, like +1 650 253 0000."), field=field)


def read_phone(text: object, caller: Caller, country: object = "") -> Reading:
    """Parse a phone number as typed or pasted.

    Args:
        text: the text as typed.
        caller: the browser that sent it; the regions of its languages are tried.
        country: the country that the user chose beside the field (ISO 3166), if any. Then no other country is tried.
    """
    bare = _bare_number(text) if typed_text.is_text(text) and len(text) <= LONGEST_TYPED else ""
    if not bare or bare.startswith("+"):
        return Reading(e164(bare), "", needs_country=False)
    chosen_region = country if isinstance(country, str) and country in phonenumbers.SUPPORTED_REGIONS else ""
    regions = [chosen_region] if chosen_region else list(_countries(caller.languages))
    for region in regions:
        if number := e164(bare, region):
            return Reading(number, region, needs_country=True)
    return Reading("", next(iter(regions), ""), needs_country=True)


@lru_cache(maxsize=32)
def countries(language: str) -> tuple[tuple[str, str, int], ...]:
    """Return all countries that have phone numbers, sorted by name: ISO 3166 code, name, calling code.

    Args:
        language: the language of the names. If Babel has no data for it, the names are English.
    """
    try:
        names = babel.Locale.parse(language, sep="-").territories
    except (ValueError, babel.UnknownLocaleError):
        names = babel.Locale("en").territories
    codes = sorted(phonenumbers.SUPPORTED_REGIONS)
    rows = [(code, names.get(code, code), phonenumbers.country_code_for_region(code)) for code in codes]
    return tuple(sorted(rows, key=lambda row: _sorted_as(row[1])))


def is_number(identifier: str) -> bool:
    """Return whether a stored identifier is a phone number."""
    return identifier[:1] == "+" and identifier[1:].isdecimal()


def format_phone(number: str) -> str:
    """Format a stored phone number for display: `+49 1512 3456789`. Other text is returned unchanged."""
    if not is_number(number):
        return number
    return phonenumbers.format_number(phonenumbers.parse(number), phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def _countries(languages: str) -> Iterator[str]:
    """Yield the countries to try for a number: the one of the settings, then the regions of the browser's languages.

    `es` is spoken in twenty countries and `es-419` is not a country, so neither names one.
    """
    if settings().phone_country:
        yield settings().phone_country
    for language in languages[:200].split(","):
        tag = language.partition(";")[0].strip().replace("-", "_").split("_")
        region = next((part.upper() for part in tag[1:] if len(part) == 2), "")
        if region in phonenumbers.SUPPORTED_REGIONS:
            yield region


def _bare_number(text: str) -> str:
    """Return a phone number without the text around it that was pasted along; empty when it cannot be a number."""
    text = typed_text.plain(text)
    if link := _TEL.match(text):
        text, *facts = unquote(text[link.end() :]).split(";")
        parameters = {name.lower(): value for name, _, value in (fact.partition("=") for fact in facts)}
        if parameters.keys() & {"ext", "isub"}:
            return ""  # an extension cannot receive text messages
        if not text.startswith("+") and (context := parameters.get("phone-context", "")).startswith("+"):
            text = context + text
    text = text.translate(DASHES).strip(AFTER.replace(")", "") + " ")
    if not _NUMBER.fullmatch(text) or len(text) > LONGEST_NUMBER:
        return ""
    # 00 is the international prefix of most countries, and no national number begins with it.
    international = f"+{text[2:]}"
    return international if text.startswith("00") and e164(international) else text


def e164(text: str, country: str | None = None) -> str:
    """Return a number in E.164; empty when it is not valid in the current or the previous plan of its country."""
    try:
        number = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        return ""
    code, digits = number.country_code or 0, phonenumbers.national_significant_number(number)
    if phonenumbers.is_valid_number(number):
        return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    for old_form, new_form in _OLD_PLANS.get(code, []):
        if re.fullmatch(old_form, digits):
            number = phonenumbers.parse(f"+{code}{re.sub(old_form, new_form, digits)}")
            if phonenumbers.is_valid_number(number):
                return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return ""


def _sorted_as(name: str) -> str:
    """Return a sort key without accents, because `sorted` puts accented letters after z."""
    return "".join(
        character for character in unicodedata.normalize("NFKD", name) if not unicodedata.combining(character)
    ).casefold()
