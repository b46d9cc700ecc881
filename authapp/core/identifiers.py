"""How is this e-mail address, phone number or name spelled: one way, wherever it comes from. And whose is it."""

import re
import string
import unicodedata
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from functools import lru_cache
from typing import NamedTuple, TypeGuard
from urllib.parse import unquote
from uuid import UUID

import phonenumbers
from babel.core import Locale, UnknownLocaleError
from email_validator import EmailNotValidError, validate_email
from phonenumbers import NumberParseException, PhoneNumberFormat
from sqlmodel import col, select

from authapp.config import settings
from authapp.core import Db
from authapp.core.devices import Client
from authapp.core.errors import BadInput
from authapp.models import Email, Phone, User
from authapp.texts import say

LONGEST_TYPED = 1000  # characters of what was pasted: an address may come with a name
LONGEST_EMAIL = 254  # RFC 5321, 4.5.3.1.3
LONGEST_NUMBER = 40  # with blanks and brackets; E.164 allows 15 digits
LONGEST_NAME = 80
SETTLED = timedelta(days=7)  # what was confirmed for so long may come back after somebody removed it
_NUMBER = re.compile(r"[\d\s()+./-]+")
_TEL = re.compile(r"tel:(?://)?", re.IGNORECASE)  # RFC 3966
_MAILTO = re.compile(r"mailto:(?://)?([^?]*)", re.IGNORECASE)  # RFC 6068; what follows is a subject and the like
_NAMED = re.compile(r"[^<>]*<([^<>]+)>[\s.,;:]*")  # Ann <ann@example.com>
_HOST = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*")
_WIDE = {0xFF01 + at: 0x21 + at for at in range(94)} | {0x3000: 0x20, 0xFE6B: 0x40}  # full-width ASCII, small @
# The hyphens and dashes, the minus sign, and the long marks that a Japanese keyboard has in their place.
_DASHES = dict.fromkeys([*range(0x2010, 0x2016), 0x2212, 0x30FC, 0xFF70, 0x301C], "-")
_VARIATION_SELECTORS = {*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)}
# No address and no number ends in these.
_AFTER = ".,;:!?)]}>\"'\u201d\u2019\u00bb\u203a\u300d\u300f\u3001\u3002\u2026"
_BEFORE = '([<"\u201c\u2018\u00ab\u2039\u201e\u201a\u300c\u300e'
_PAIRS = {"'": "'", "{": "}"}  # they may begin an address: they are left out where the other half is there too
# How numbers were written before their country changed its plan, by country code: national digits, then and now.
_OLD_PLANS = {
    52: [(r"(?:044|045|01|1)(\d{10})", r"\1")],  # Mexico, until 2019: a 1 before mobile numbers
    54: [(rf"9?(\d{{{area}}})15(\d{{{10 - area}}})", r"9\1\2") for area in (2, 3, 4)],  # Argentina: 15 in place of 9
    55: [(r"([1-9]\d)([6-9]\d{7})", r"\g<1>9\2")],  # Brazil, until 2016: mobile numbers of eight digits
}
# They turn the words around a name, so that it can pass for another one (Unicode Technical Report 36, 2.4).
TURNS_TEXT = dict.fromkeys([0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)])
# Letters and symbols by their category, and yet blank: the fillers of Hangul, and the Braille pattern without dots.
BLANK = "\u115f\u1160\u3164\uffa0\u2800"


def is_text(value: object) -> TypeGuard[str]:
    """Whether something is text that can be stored: no null character, and no half of a surrogate pair."""
    return isinstance(value, str) and "\x00" not in value and not any("\ud800" <= one <= "\udfff" for one in value)


class Reading(NamedTuple):
    """How a phone number that somebody typed is read."""

    number: str  # in E.164; empty when it is none
    country: str  # the country that it was read in (ISO 3166), or was tried in first; empty when it needs none
    needs_country: bool  # it was typed without its country code


def email(text: object, field: str = "email") -> str:
    """The address in the spelling we store and look up: domain as IDNA reads it, all lower case, NFC.

    Takes what people paste: `mailto:`, `Name <address>`, invisible characters, full-width signs, punctuation around it.

    Raises:
        BadInput: not text, empty, too long, or not an address; the words say what is wrong.
    """
    if not is_text(text) or not (address := _bare_address(text[:LONGEST_TYPED])):
        raise BadInput(say("Please enter your email address."), field=field)
    if len(text) > LONGEST_TYPED or len(address) > LONGEST_EMAIL:
        raise BadInput(say("This email address is too long."), field=field)
    try:
        return _checked_address(address)
    except EmailNotValidError:
        raise BadInput(say("Please enter an email address, like name@example.com."), field=field) from None


def mailable(text: object, field: str = "email") -> str:
    """The address, as `email` reads it, if the provider can carry mail to it.

    Raises:
        BadInput: as `email` says, or Resend cannot send there.
    """
    address = email(text, field)
    if settings().sender == "resend" and not address.rpartition("@")[0].isascii():
        raise BadInput(
            say("We cannot send mail to this address: before the @ only the letters a to z, digits and signs can be."),
            field=field,
        )
    return address


def in_ascii(mailbox: str) -> str:
    """An address, alone or as `Name <address>`, with its domain in ASCII (punycode), as providers want it."""
    start, at, rest = mailbox.rpartition("@")
    domain = rest.rstrip("> ")
    if not at or domain.isascii():
        return mailbox
    return f"{start}@{validate_email(f'a@{domain}', check_deliverability=False).ascii_domain}{rest[len(domain) :]}"


def phone(text: object, client: Client, field: str = "phone") -> str:
    """The number in the spelling we store and look up: E.164 (ITU-T E.164), `+4915123456789`.

    Args:
        text: as it was typed or pasted. Without a country code it is read as a number of `phone_country`, or of a
            region that the browser's languages name. A language alone names no country.
        client: whose browser it is.
        field: where it was typed.

    Raises:
        BadInput: not text, empty, too long, or not a number of the plan of its country.
    """
    if not is_text(text) or not _plain(text[:LONGEST_TYPED]):
        raise BadInput(say("Please enter your phone number."), field=field)
    if len(text) > LONGEST_TYPED or len(_plain(text)) > LONGEST_NUMBER + len("tel://"):
        raise BadInput(say("This is too long for a phone number."), field=field)
    if not settings().phones:
        raise BadInput(say("Phone numbers are not used here."), field=field)
    if number := read_phone(text, client).number:
        return number
    raise BadInput(say("Please enter a phone number with its country code, like +1 650 253 0000."), field=field)


def read_phone(text: object, client: Client, country: object = "") -> Reading:
    """Read a number as it was typed or pasted.

    Args:
        text: what was typed.
        client: whose browser it is; its languages may name a country.
        country: the one that was chosen beside the field, where one was (ISO 3166); no other is tried then.
    """
    bare = _bare_number(text) if is_text(text) and len(text) <= LONGEST_TYPED else ""
    if not bare or bare.startswith("+"):
        return Reading(_number(bare), "", needs_country=False)
    chosen = country if isinstance(country, str) and country in phonenumbers.SUPPORTED_REGIONS else ""
    countries = [chosen] if chosen else list(_countries(client.languages))
    for one in countries:
        if number := _number(bare, one):
            return Reading(number, one, needs_country=True)
    return Reading("", next(iter(countries), ""), needs_country=True)


@lru_cache(maxsize=32)
def countries(language: str) -> tuple[tuple[str, str, int], ...]:
    """Every country that has phone numbers: its code (ISO 3166), its name in a language, its country code.

    Args:
        language: one that the pages are read in; where Babel does not know it, the names are English.
    """
    try:
        names = Locale.parse(language, sep="-").territories
    except (ValueError, UnknownLocaleError):
        names = Locale("en").territories
    found = [(one, names.get(one, one), phonenumbers.country_code_for_region(one)) for one in _REGIONS]
    return tuple(sorted(found, key=lambda one: _sorted_as(one[1])))


def is_number(identifier: str) -> bool:
    """Whether an identifier, as it is stored, is a phone number."""
    return identifier[:1] == "+" and identifier[1:].isdecimal()


def dialled(number: str) -> str:
    """A stored number as a person reads and dials it: `+49 1512 3456789`. Anything else stays as it is."""
    if not is_number(number):
        return number
    return phonenumbers.format_number(phonenumbers.parse(number), PhoneNumberFormat.INTERNATIONAL)


def lookup(text: object, client: Client, field: str = "identifier") -> str:
    """The address or number that a person typed to log in; never says whether it is known.

    Raises:
        BadInput: not text, empty, absurdly long, or neither an address nor a number. That is no failed login: nobody
            has such an identifier.
    """
    if not is_text(text) or not text.strip():
        raise BadInput(say("Please enter your email address or phone number."), field=field)
    if len(text) > LONGEST_EMAIL:
        raise BadInput(say("This is too long for an email address or a phone number."), field=field)
    with suppress(BadInput):
        return email(text)
    with suppress(BadInput):
        return phone(text, client)
    if not settings().phones:
        raise BadInput(say("Please enter an email address, like name@example.com."), field=field)
    if read_phone(text, client).needs_country:
        raise BadInput(say("Please enter this phone number with its country code, like +1 650 253 0000."), field=field)
    raise BadInput(
        say("This is neither an email address nor a phone number. Please check how it is written."), field=field
    )


def respelled(stored: str) -> str:
    """An address or number of the database, in the spelling of today; as it is where that has not changed."""
    if is_number(stored):
        return _number(stored) or stored
    try:
        return email(stored)
    except BadInput:
        return stored


def name(text: object, field: str) -> str:
    """A person's first or last name: any script, no line breaks or control characters, and something to see.

    Joiners stay: Persian, Hindi and family emoji are spelled with them.

    Raises:
        BadInput: not text, longer than 80 characters, or nothing that can be seen.
    """
    if not is_text(text):
        raise BadInput(say("Please enter a name."), field=field)
    text = text.translate(TURNS_TEXT)
    clean = " ".join("".join(" " if character.isspace() else character for character in text).split())
    if len(clean) > LONGEST_NAME:
        raise BadInput(say("Please use at most {longest} characters.", longest=LONGEST_NAME), field=field)
    if any(ord(character) < 32 or 127 <= ord(character) < 160 for character in clean):
        raise BadInput(say("Please use letters only, without control characters."), field=field)
    if clean and not any(_is_seen(character) for character in clean):
        raise BadInput(say("Please use letters that can be seen."), field=field)
    return clean


def listed(text: str) -> list[str]:
    """The addresses and numbers of a list with commas, as we spell them; without what cannot be read."""
    found = []
    for one in text.split(","):
        with suppress(BadInput):
            found.append(lookup(one, Client()))
    return found


def owner(db: Db, identifier: str) -> UUID | None:
    """The user who confirmed an address or a number."""
    if is_number(identifier):
        return db.exec(select(Phone.user_id).where(Phone.number == identifier)).first()
    return db.exec(
        select(Email.user_id).where(Email.address == identifier, col(Email.confirmed_at).is_not(None))
    ).first()


def confirmed(db: Db, user_id: UUID) -> list[str]:
    """The confirmed addresses of a user, the main one first."""
    mine = select(Email.address).where(Email.user_id == user_id, col(Email.confirmed_at).is_not(None))
    return list(db.exec(mine.order_by(col(Email.is_main).desc(), col(Email.address))).all())


def numbers(db: Db, user_id: UUID) -> list[str]:
    """The phone numbers of a user, the main one first."""
    mine = select(Phone.number).where(Phone.user_id == user_id)
    return list(db.exec(mine.order_by(col(Phone.is_main).desc(), col(Phone.number))).all())


def ways_in(db: Db, user_id: UUID) -> list[str]:
    """Everything a user can log in and recover with: confirmed addresses, then numbers."""
    return [*confirmed(db, user_id), *numbers(db, user_id)]


def reached_by(db: Db, ids: list[UUID]) -> dict[UUID, str]:
    """What each of these users is reached by: the main address, else a number, else an address that waits for its
    confirmation."""
    numbers = select(Phone.user_id, Phone.number).where(col(Phone.user_id).in_(ids)).order_by(col(Phone.is_main))
    mine = select(Email.user_id, Email.address, Email.confirmed_at).where(col(Email.user_id).in_(ids))
    addresses = db.exec(mine.order_by(col(Email.is_main), col(Email.address).desc())).all()
    found = {id: address for id, address, confirmed in addresses if not confirmed}
    found |= dict(db.exec(numbers).all())
    return found | {id: address for id, address, confirmed in addresses if confirmed}


def alone(db: Db, user_id: UUID) -> None:
    """Let changes of one user wait for each other; what only says that the user is there need not (FOR KEY SHARE)."""
    db.exec(select(User.id).where(User.id == user_id).with_for_update(key_share=True)).all()


_REGIONS = sorted(phonenumbers.SUPPORTED_REGIONS)


def _countries(languages: str) -> Iterator[str]:
    """The countries a number may be of: of the settings, then the regions that the browser's languages name.

    `es` is spoken in twenty countries, and `es-419` is no country: neither says where a number is dialled.
    """
    if settings().phone_country:
        yield settings().phone_country
    for language in languages[:200].split(","):
        tag = language.partition(";")[0].strip().replace("-", "_").split("_")
        region = next((part.upper() for part in tag[1:] if len(part) == 2), "")
        if region in phonenumbers.SUPPORTED_REGIONS:
            yield region


def _plain(text: str) -> str:
    """A text without what cannot be seen in it; full-width letters, digits and signs as they are usually typed."""
    seen = (one for one in text if unicodedata.category(one) != "Cf" and ord(one) not in _VARIATION_SELECTORS)
    return "".join(seen).translate(_WIDE).strip()


def _bare_address(text: str) -> str:
    """An address without what it was pasted with."""
    text = _plain(text)
    if named := _NAMED.fullmatch(text):
        text = named[1].strip()
    if linked := _MAILTO.match(text):
        text = _plain(unquote(linked[1]))
    bare = text.rstrip(_AFTER + string.whitespace + "\u00a0")
    around = text[len(bare) :]
    opening = _BEFORE + "".join(one for one, other in _PAIRS.items() if other in around)
    return bare.lstrip(opening + string.whitespace + "\u00a0")


def _checked_address(address: str) -> str:
    local, _, domain = address.rpartition("@")
    if _is_intranet(domain.lower()):
        return validate_email(f"{local}@example.com", check_deliverability=False).local_part.lower() + (
            f"@{domain.lower()}"
        )
    return validate_email(address, check_deliverability=False).normalized.lower()


def _is_intranet(domain: str) -> bool:
    """Whether the settings take a domain that the internet does not know."""
    known = [one for one in settings().intranet_domains.split(",") if one]
    return bool(_HOST.fullmatch(domain)) and any(domain == one or domain.endswith(f".{one}") for one in known)


def _bare_number(text: str) -> str:
    """A number without what it was pasted with; empty when it is none."""
    text = _plain(text)
    if link := _TEL.match(text):
        text, *facts = unquote(text[link.end() :]).split(";")
        named = {name.lower(): value for name, _, value in (fact.partition("=") for fact in facts)}
        if named.keys() & {"ext", "isub"}:
            return ""  # no text reaches an extension
        if not text.startswith("+") and (context := named.get("phone-context", "")).startswith("+"):
            text = context + text
    text = text.translate(_DASHES).strip(_AFTER.replace(")", "") + " ")
    if not _NUMBER.fullmatch(text) or len(text) > LONGEST_NUMBER:
        return ""
    abroad = f"+{text[2:]}"  # 00 is how most countries dial another one, and begins no number at home
    return abroad if text.startswith("00") and _number(abroad) else text


def _number(text: str, country: str | None = None) -> str:
    """A number in E.164, or empty when it is none of its country's plan, nor of the plan before."""
    try:
        number = phonenumbers.parse(text, country)
    except NumberParseException:
        return ""
    code, digits = number.country_code or 0, phonenumbers.national_significant_number(number)
    if phonenumbers.is_valid_number(number):
        return phonenumbers.format_number(number, PhoneNumberFormat.E164)
    for before, now in _OLD_PLANS.get(code, []):
        if re.fullmatch(before, digits):
            number = phonenumbers.parse(f"+{code}{re.sub(before, now, digits)}")
            if phonenumbers.is_valid_number(number):
                return phonenumbers.format_number(number, PhoneNumberFormat.E164)
    return ""


def _sorted_as(name: str) -> str:
    """A name as it is sorted: without accents, which `sorted` would put behind z."""
    return "".join(one for one in unicodedata.normalize("NFKD", name) if not unicodedata.combining(one)).casefold()


def _is_seen(character: str) -> bool:
    """Whether a character leaves a mark of its own: no blank, no format character, nothing that needs a letter."""
    category = unicodedata.category(character)
    return category[0] not in "ZM" and category != "Cf" and character not in BLANK


def initial(name: str) -> str:
    """What a reader takes for the first letter of a name, upper case: with its accents, or a whole emoji."""
    text = unicodedata.normalize("NFC", name)
    start = next((at for at, one in enumerate(text) if one.isalnum() or unicodedata.category(one) == "So"), 0)
    end = start + 1
    while end < len(text) and _belongs_to(text[start:end], text[end]):
        end += 1
    letter = text[start:end]
    upper = letter.title()  # what begins a name; some scripts have capitals for headlines only
    return upper if len(upper) == len(letter) else letter


def _belongs_to(letter: str, one: str) -> bool:
    """Whether a character goes on what a reader sees as one letter (after Unicode Annex 29)."""
    flags = all("\U0001f1e6" <= part <= "\U0001f1ff" for part in letter + one) and len(letter) == 1
    joined = letter[-1] == "\u200d" or one == "\u200d" or "\U0001f3fb" <= one <= "\U0001f3ff"
    return flags or joined or unicodedata.category(one).startswith("M") or "\U000e0020" <= one <= "\U000e007f"
