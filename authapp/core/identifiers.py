"""How is this e-mail address, phone number or name spelled: one way, wherever it comes from. And whose is it."""

import re
import unicodedata
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from typing import TypeGuard
from uuid import UUID

import phonenumbers
from babel.core import get_global
from email_validator import EmailNotValidError, validate_email
from phonenumbers import NumberParseException, PhoneNumberFormat
from sqlmodel import col, select

from authapp.config import settings
from authapp.core import Db
from authapp.core.devices import Client
from authapp.core.errors import BadInput
from authapp.models import Email, Phone, User
from authapp.texts import say

LONGEST_EMAIL = 254  # RFC 5321, 4.5.3.1.3
LONGEST_NUMBER = 40  # with blanks and brackets; E.164 allows 15 digits
LONGEST_NAME = 80
SETTLED = timedelta(days=7)  # what was confirmed for so long may come back after somebody removed it
_NUMBER = re.compile(r"[\d\s()+./\u2010-\u2015-]+")
# They turn the words around a name, so that it can pass for another one (Unicode Technical Report 36, 2.4).
TURNS_TEXT = dict.fromkeys([0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)])
# Letters and symbols by their category, and yet blank: the fillers of Hangul, and the Braille pattern without dots.
BLANK = "\u115f\u1160\u3164\uffa0\u2800"


def is_text(value: object) -> TypeGuard[str]:
    """Whether something is text that can be stored: no null character, and no half of a surrogate pair."""
    return isinstance(value, str) and "\x00" not in value and not any("\ud800" <= one <= "\udfff" for one in value)


def email(text: object, field: str = "email") -> str:
    """The address in the spelling we store and look up: domain as IDNA reads it, all lower case, NFC.

    Raises:
        BadInput: not text, empty, too long, or not an address; the words say what is wrong.
    """
    if not is_text(text) or not text.strip():
        raise BadInput(say("Please enter your email address."), field=field)
    if len(text) > LONGEST_EMAIL:
        raise BadInput(say("This email address is too long."), field=field)
    try:
        return validate_email(text.strip(), check_deliverability=False).normalized.lower()
    except EmailNotValidError:
        raise BadInput(say("Please enter an email address, like name@example.com."), field=field) from None


def phone(text: object, client: Client, field: str = "phone") -> str:
    """The number in the spelling we store and look up: E.164 (ITU-T E.164), `+4915123456789`.

    Args:
        text: as it was typed. Without a country code it is read as a number of `phone_country`, or of a country of
            the browser's languages.
        client: whose browser it is.
        field: where it was typed.

    Raises:
        BadInput: not text, empty, too long, or not a number of the plan of its country.
    """
    if not is_text(text) or not text.strip():
        raise BadInput(say("Please enter your phone number."), field=field)
    if len(text) > LONGEST_NUMBER:
        raise BadInput(say("This is too long for a phone number."), field=field)
    if not settings().phones:
        raise BadInput(say("Phone numbers are not used here."), field=field)
    for country in _countries(client.languages) if _NUMBER.fullmatch(text) else ():
        try:
            number = phonenumbers.parse(text, country)
        except NumberParseException:
            continue
        if phonenumbers.is_valid_number(number):
            return phonenumbers.format_number(number, PhoneNumberFormat.E164)
    raise BadInput(say("Please enter a phone number with its country code, like +1 650 253 0000."), field=field)


def is_number(identifier: str) -> bool:
    """Whether an identifier, as it is stored, is a phone number."""
    return identifier[:1] == "+" and identifier[1:].isdecimal()


def dialled(number: str) -> str:
    """A stored number as a person reads and dials it: `+49 1512 3456789`. Anything else stays as it is."""
    if not is_number(number):
        return number
    return phonenumbers.format_number(phonenumbers.parse(number), PhoneNumberFormat.INTERNATIONAL)


def lookup(text: object, client: Client, field: str = "identifier") -> str:
    """What a person typed to log in, as far as it can be read; never says whether it is known.

    Raises:
        BadInput: not text, empty or absurdly long.
    """
    if not is_text(text) or not text.strip():
        raise BadInput(say("Please enter your email address or phone number."), field=field)
    if len(text) > LONGEST_EMAIL:
        raise BadInput(say("This is too long for an email address or a phone number."), field=field)
    with suppress(BadInput):
        return email(text)
    with suppress(BadInput):
        return phone(text, client)
    return text.strip().lower()


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
    """The addresses and numbers of a list with commas, as we spell them."""
    return [lookup(one, Client()) for one in text.split(",") if one.strip()]


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


def _countries(languages: str) -> Iterator[str]:
    """The countries a number may be of: of the settings, then where the browser's languages are spoken."""
    if settings().phone_country:
        yield settings().phone_country
    for language in languages[:200].split(","):
        tag = language.partition(";")[0].strip().replace("-", "_").split("_")
        country = next((part.upper() for part in tag[1:] if len(part) == 2 and part.isalpha()), "")
        yield country or get_global("likely_subtags").get(tag[0].lower(), "").rpartition("_")[2]


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
