"""Identifiers: the normal form of an email address, and the lookup of users by email address or phone number."""

import re
import string
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import unquote
from uuid import UUID

from sqlmodel import col, select

from authapp.config import settings
from authapp.core import Db
from authapp.core.base import phone_numbers, typed_text
from authapp.core.base.callers import Caller
from authapp.core.base.errors import BadInput
from authapp.core.base.typed_text import AFTER, BEFORE, LONGEST_TYPED
from authapp.extras import lazy
from authapp.i18n.texts import t
from authapp.models import Email, Phone, User

if TYPE_CHECKING:
    import email_validator
else:
    email_validator = lazy("email_validator")

LONGEST_EMAIL = 254  # RFC 5321, 4.5.3.1.3
SETTLED = timedelta(days=7)  # an identifier that was confirmed for so long may come back after its removal
_MAILTO = re.compile(r"mailto:(?://)?([^?]*)", re.IGNORECASE)  # RFC 6068; a subject and other fields follow
_NAMED = re.compile(r"[^<>]*<([^<>]+)>[\s.,;:]*")  # Ann <ann@example.com>
_HOST = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*")
_PAIRS = {"'": "'", "{": "}"}  # an email address may begin with these: stripped only if the other half follows it


def email(text: object, field: str = "email") -> str:
    """Return an email address in the form that we store and look up: domain normalized with IDNA, lower case, NFC.

    Pasted text is accepted: `mailto:`, `Name <address>`, invisible characters, full-width characters, punctuation
    around the address.

    Raises:
        BadInput: not text, empty, too long, or not an email address. The message says which.
    """
    if not typed_text.is_text(text) or not (address := _bare_address(text[:LONGEST_TYPED])):
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


def lookup(text: object, caller: Caller, field: str = "identifier") -> str:
    """Return the email address or phone number that a user typed to log in. This never reveals whether it exists.

    Raises:
        BadInput: not text, empty, too long, or neither an email address nor a phone number. This does not count as a
            failed login, because no user can have such an identifier.
    """
    if not typed_text.is_text(text) or not text.strip():
        raise BadInput(t("Enter your email address or phone number."), field=field)
    if len(text) > LONGEST_EMAIL:
        raise BadInput(t("This is too long for an email address or a phone number."), field=field)
    with suppress(BadInput):
        return email(text)
    with suppress(BadInput):
        return phone_numbers.phone(text, caller)
    if not settings().phones:
        raise BadInput(t("Enter an email address, like name@example.com."), field=field)
    if phone_numbers.read_phone(text, caller).needs_country:
        raise BadInput(t("Enter this phone number with its country code, like +1 650 253 0000."), field=field)
    raise BadInput(t("This is neither an email address nor a phone number. Check the spelling."), field=field)


def renormalized(stored: str) -> str:
    """Return a stored identifier in the current normal form. Text that cannot be parsed is returned unchanged."""
    if phone_numbers.is_number(stored):
        return phone_numbers.e164(stored) or stored
    try:
        return email(stored)
    except BadInput:
        return stored


def listed(text: str) -> list[str]:
    """Return the identifiers of a comma-separated list in normal form. Entries that cannot be parsed are left out."""
    results = []
    for entry in text.split(","):
        with suppress(BadInput):
            results.append(lookup(entry, Caller()))
    return results


def owner(db: Db, identifier: str) -> UUID | None:
    """Return the id of the user who confirmed an email address or phone number, or None."""
    if phone_numbers.is_number(identifier):
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


def _bare_address(text: str) -> str:
    """Return an email address without the text around it that was pasted along."""
    text = typed_text.plain(text)
    if name_match := _NAMED.fullmatch(text):
        text = name_match[1].strip()
    if link_match := _MAILTO.match(text):
        text = typed_text.plain(unquote(link_match[1]))
    bare = text.rstrip(AFTER + string.whitespace + "\u00a0")
    around = text[len(bare) :]
    opening = BEFORE + "".join(left for left, right in _PAIRS.items() if right in around)
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
