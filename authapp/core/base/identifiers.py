"""Identifiers: one normal form for each email address, phone number and name, and the lookup of their owner."""

import re
import string
import unicodedata
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple, TypeGuard
from urllib.parse import unquote
from uuid import UUID

from sqlmodel import col, select

from authapp.config import settings
from authapp.core import Db
from authapp.core.base.callers import Caller
from authapp.core.base.errors import BadInput
from authapp.extras import lazy
from authapp.i18n.texts import t
from authapp.models import Email, Phone, User

if TYPE_CHECKING:
    import babel
    import email_validator
    import phonenumbers
else:
    phonenumbers = lazy("phonenumbers")
    babel = lazy("babel")
    email_validator = lazy("email_validator")

LONGEST_TYPED = 1000  # characters of pasted text: an email address may come with a name
LONGEST_EMAIL = 254  # RFC 5321, 4.5.3.1.3
LONGEST_NUMBER = 40  # characters, with blanks and brackets; E.164 allows 15 digits
LONGEST_NAME = 80
SETTLED = timedelta(days=7)  # an identifier that was confirmed for so long may come back after its removal
_NUMBER = re.compile(r"[\d\s()+./-]+")
_TEL = re.compile(r"tel:(?://)?", re.IGNORECASE)  # RFC 3966
_MAILTO = re.compile(r"mailto:(?://)?([^?]*)", re.IGNORECASE)  # RFC 6068; a subject and other fields follow
_NAMED = re.compile(r"[^<>]*<([^<>]+)>[\s.,;:]*")  # Ann <ann@example.com>
_HOST = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*")
_WIDE = {0xFF01 + at: 0x21 + at for at in range(94)} | {0x3000: 0x20, 0xFE6B: 0x40}  # full-width ASCII, small @
# Hyphens and dashes, the minus sign, and the long marks that a Japanese keyboard types instead.
_DASHES = dict.fromkeys([*range(0x2010, 0x2016), 0x2212, 0x30FC, 0xFF70, 0x301C], "-")
_VARIATION_SELECTORS = {*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)}
# No email address and no phone number ends in these.
_AFTER = ".,;:!?)]}>\"'\u201d\u2019\u00bb\u203a\u300d\u300f\u3001\u3002\u2026"
_BEFORE = '([<"\u201c\u2018\u00ab\u2039\u201e\u201a\u300c\u300e'
_PAIRS = {"'": "'", "{": "}"}  # an email address may begin with these: stripped only if the other half follows it
# Old formats of countries that changed their numbering plan, by country code: national digits before and after.
_OLD_PLANS = {
    52: [(r"(?:044|045|01|1)(\d{10})", r"\1")],  # Mexico, until 2019: a 1 before mobile numbers
    54: [(rf"9?(\d{{{area}}})15(\d{{{10 - area}}})", r"9\1\2") for area in (2, 3, 4)],  # Argentina: 15 in place of 9
    55: [(r"([1-9]\d)([6-9]\d{7})", r"\g<1>9\2")],  # Brazil, until 2016: mobile numbers of eight digits
}
# Bidirectional controls: they reorder text so that one name can look like another (Unicode Technical Report 36, 2.4).
TURNS_TEXT = dict.fromkeys([0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)])
# Characters that Unicode classifies as letters or symbols but that look blank: Hangul fillers, the empty Braille cell.
BLANK = "\u115f\u1160\u3164\uffa0\u2800"


def is_text(value: object) -> TypeGuard[str]:
    """Return whether a value is text that the database can store: no null character and no lone surrogate."""
    return (
        isinstance(value, str)
        and "\x00" not in value
        and not any("\ud800" <= character <= "\udfff" for character in value)
    )


class Reading(NamedTuple):
    """A typed phone number after parsing."""

    number: str  # in E.164; empty when it is not valid
    country: str  # country (ISO 3166) that made it valid, or the first one tried; empty when not needed or not known
    needs_country: bool  # whether it was typed without a country code


def email(text: object, field: str = "email") -> str:
    """Return an email address in the form that we store and look up: domain normalized with IDNA, lower case, NFC.

    Pasted text is accepted: `mailto:`, `Name <address>`, invisible characters, full-width characters, punctuation
    around the address.

    Raises:
        BadInput: not text, empty, too long, or not an email address. The message says which.
    """
    if not is_text(text) or not (address := _bare_address(text[:LONGEST_TYPED])):
        raise BadInput(t("Enter your email address."), field=field)
    if len(text) > LONGEST_TYPED or len(address) > LONGEST_EMAIL:
        raise BadInput(t("This email address is too long."), field=field)
    try:
        return _checked_address(address)
    except email_validator.EmailNotValidError:
        raise BadInput(t("Enter an email address, like name@example.com."), field=field) from None


def mailable(text: object, field: str = "email") -> str:
    """Return an email address as `email` does, if the configured mail service can send to it.

    Raises:
        BadInput: as for `email`; or mail goes through Resend, which cannot send to this address.
    """
    address = email(text, field)
    if settings().sender == "resend" and not address.rpartition("@")[0].isascii():
        raise BadInput(
            t("We can’t send email to this address. Before the @, use only the letters a to z, digits and signs."),
            field=field,
        )
    return address


def in_ascii(mailbox: str) -> str:
    """Return an email address or `Name <address>` with its domain in ASCII (punycode), as mail services require."""
    start, at, rest = mailbox.rpartition("@")
    domain = rest.rstrip("> ")
    if not at or domain.isascii():
        return mailbox
    ascii_domain = email_validator.validate_email(f"a@{domain}", check_deliverability=False).ascii_domain
    return f"{start}@{ascii_domain}{rest[len(domain) :]}"


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
    if not is_text(text) or not _plain(text[:LONGEST_TYPED]):
        raise BadInput(t("Enter your phone number."), field=field)
    if len(text) > LONGEST_TYPED or len(_plain(text)) > LONGEST_NUMBER + len("tel://"):
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
    bare = _bare_number(text) if is_text(text) and len(text) <= LONGEST_TYPED else ""
    if not bare or bare.startswith("+"):
        return Reading(_number(bare), "", needs_country=False)
    chosen_region = country if isinstance(country, str) and country in phonenumbers.SUPPORTED_REGIONS else ""
    regions = [chosen_region] if chosen_region else list(_countries(caller.languages))
    for region in regions:
        if number := _number(bare, region):
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


def lookup(text: object, caller: Caller, field: str = "identifier") -> str:
    """Return the email address or phone number that a user typed to log in. This never reveals whether it exists.

    Raises:
        BadInput: not text, empty, too long, or neither an email address nor a phone number. This does not count as a
            failed login, because no user can have such an identifier.
    """
    if not is_text(text) or not text.strip():
        raise BadInput(t("Enter your email address or phone number."), field=field)
    if len(text) > LONGEST_EMAIL:
        raise BadInput(t("This is too long for an email address or a phone number."), field=field)
    with suppress(BadInput):
        return email(text)
    with suppress(BadInput):
        return phone(text, caller)
    if not settings().phones:
        raise BadInput(t("Enter an email address, like name@example.com."), field=field)
    if read_phone(text, caller).needs_country:
        raise BadInput(t("Enter this phone number with its country code, like +1 650 253 0000."), field=field)
    raise BadInput(t("This is neither an email address nor a phone number. Check the spelling."), field=field)


def renormalized(stored: str) -> str:
    """Return a stored identifier in the current normal form. Text that cannot be parsed is returned unchanged."""
    if is_number(stored):
        return _number(stored) or stored
    try:
        return email(stored)
    except BadInput:
        return stored


def name(text: object, field: str) -> str:
    """Return a first or last name with whitespace collapsed and bidirectional controls removed. Any script is allowed.

    Joiners stay: Persian, Hindi and family emoji need them. An empty name is returned as it is.

    Raises:
        BadInput: not text, longer than 80 characters, with control characters, or without any visible character.
    """
    if not is_text(text):
        raise BadInput(t("Enter a name."), field=field)
    text = text.translate(TURNS_TEXT)
    clean = " ".join("".join(" " if character.isspace() else character for character in text).split())
    if len(clean) > LONGEST_NAME:
        raise BadInput(t("Use at most {longest} characters.", longest=LONGEST_NAME), field=field)
    if any(ord(character) < 32 or 127 <= ord(character) < 160 for character in clean):
        raise BadInput(t("Use letters only, without control characters."), field=field)
    if clean and not any(_is_visible(character) for character in clean):
        raise BadInput(t("Use visible letters."), field=field)
    return clean


def listed(text: str) -> list[str]:
    """Return the identifiers of a comma-separated list in normal form. Entries that cannot be parsed are left out."""
    results = []
    for entry in text.split(","):
        with suppress(BadInput):
            results.append(lookup(entry, Caller()))
    return results


def owner(db: Db, identifier: str) -> UUID | None:
    """Return the id of the user who confirmed an email address or phone number, or None."""
    if is_number(identifier):
        return db.exec(select(Phone.user_id).where(Phone.number == identifier)).first()
    return db.exec(
        select(Email.user_id).where(Email.address == identifier, col(Email.confirmed_at).is_not(None))
    ).first()


def confirmed(db: Db, user_id: UUID) -> list[str]:
    """Return the confirmed email addresses of a user, the main one first."""
    query = select(Email.address).where(Email.user_id == user_id, col(Email.confirmed_at).is_not(None))
    return list(db.exec(query.order_by(col(Email.is_main).desc(), col(Email.address))).all())


def numbers(db: Db, user_id: UUID) -> list[str]:
    """Return the phone numbers of a user, the main one first."""
    query = select(Phone.number).where(Phone.user_id == user_id)
    return list(db.exec(query.order_by(col(Phone.is_main).desc(), col(Phone.number))).all())


def login_identifiers(db: Db, user_id: UUID) -> list[str]:
    """Return all identifiers that a user can log in and recover with: confirmed email addresses, then phone numbers."""
    return [*confirmed(db, user_id), *numbers(db, user_id)]


def reached_by(db: Db, ids: list[UUID]) -> dict[UUID, str]:
    """Return one contact identifier for each user.

    This is the main email address, else another confirmed one, else a phone number, else an unconfirmed email address.
    """
    phone_query = select(Phone.user_id, Phone.number).where(col(Phone.user_id).in_(ids)).order_by(col(Phone.is_main))
    email_query = select(Email.user_id, Email.address, Email.confirmed_at).where(col(Email.user_id).in_(ids))
    addresses = db.exec(email_query.order_by(col(Email.is_main), col(Email.address).desc())).all()
    contacts = {id: address for id, address, confirmed_at in addresses if not confirmed_at}
    contacts |= dict(db.exec(phone_query).all())
    return contacts | {id: address for id, address, confirmed_at in addresses if confirmed_at}


def lock_user(db: Db, user_id: UUID) -> None:
    """Lock a user's row, so that changes of one user run one after the other.

    Inserts of rows that only refer to the user do not wait (they take FOR KEY SHARE).
    """
    db.exec(select(User.id).where(User.id == user_id).with_for_update(key_share=True)).all()


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


def _plain(text: str) -> str:
    """Return a text without invisible characters, with full-width characters replaced by ASCII."""
    visible = (
        character
        for character in text
        if unicodedata.category(character) != "Cf" and ord(character) not in _VARIATION_SELECTORS
    )
    return "".join(visible).translate(_WIDE).strip()


def _bare_address(text: str) -> str:
    """Return an email address without the text around it that was pasted along."""
    text = _plain(text)
    if name_match := _NAMED.fullmatch(text):
        text = name_match[1].strip()
    if link_match := _MAILTO.match(text):
        text = _plain(unquote(link_match[1]))
    bare = text.rstrip(_AFTER + string.whitespace + "\u00a0")
    around = text[len(bare) :]
    opening = _BEFORE + "".join(left for left, right in _PAIRS.items() if right in around)
    return bare.lstrip(opening + string.whitespace + "\u00a0")


def _checked_address(address: str) -> str:
    local, _, domain = address.rpartition("@")
    if _is_intranet(domain.lower()):
        validation = email_validator.validate_email(f"{local}@example.com", check_deliverability=False)
        return f"{validation.local_part.lower()}@{domain.lower()}"
    return email_validator.validate_email(address, check_deliverability=False).normalized.lower()


def _is_intranet(domain: str) -> bool:
    """Return whether the settings allow a domain that does not exist in public DNS (`intranet_domains`)."""
    entries = [entry for entry in settings().intranet_domains.split(",") if entry]
    return bool(_HOST.fullmatch(domain)) and any(domain == entry or domain.endswith(f".{entry}") for entry in entries)


def _bare_number(text: str) -> str:
    """Return a phone number without the text around it that was pasted along; empty when it cannot be a number."""
    text = _plain(text)
    if link := _TEL.match(text):
        text, *facts = unquote(text[link.end() :]).split(";")
        parameters = {name.lower(): value for name, _, value in (fact.partition("=") for fact in facts)}
        if parameters.keys() & {"ext", "isub"}:
            return ""  # an extension cannot receive text messages
        if not text.startswith("+") and (context := parameters.get("phone-context", "")).startswith("+"):
            text = context + text
    text = text.translate(_DASHES).strip(_AFTER.replace(")", "") + " ")
    if not _NUMBER.fullmatch(text) or len(text) > LONGEST_NUMBER:
        return ""
    # 00 is the international prefix of most countries, and no national number begins with it.
    international = f"+{text[2:]}"
    return international if text.startswith("00") and _number(international) else text


def _number(text: str, country: str | None = None) -> str:
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


def _is_visible(character: str) -> bool:
    """Return whether a character is visible by itself: not blank, not a format character, not a combining mark."""
    category = unicodedata.category(character)
    return category[0] not in "ZM" and category != "Cf" and character not in BLANK


def initial(name: str) -> str:
    """Return the first letter of a name as a reader sees it, in upper case: with its accents, or a whole emoji."""
    text = unicodedata.normalize("NFC", name)
    start = next(
        (
            index
            for index, character in enumerate(text)
            if character.isalnum() or unicodedata.category(character) == "So"
        ),
        0,
    )
    end = start + 1
    while end < len(text) and _belongs_to(text[start:end], text[end]):
        end += 1
    letter = text[start:end]
    upper = letter.title()  # title case, not upper case: some scripts use capitals in headlines only
    return upper if len(upper) == len(letter) else letter


def _belongs_to(letter: str, character: str) -> bool:
    """Return whether a character continues what a reader sees as one letter (after Unicode Annex 29)."""
    is_flag = all("\U0001f1e6" <= part <= "\U0001f1ff" for part in letter + character) and len(letter) == 1
    is_joined = letter[-1] == "\u200d" or character == "\u200d" or "\U0001f3fb" <= character <= "\U0001f3ff"
    return (
        is_flag
        or is_joined
        or unicodedata.category(character).startswith("M")
        or "\U000e0020" <= character <= "\U000e007f"
    )
