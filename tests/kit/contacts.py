"""Email addresses and phone numbers of users: unused ones, and helpers that add and list them."""

from datetime import datetime, timedelta
from random import SystemRandom
from typing import Any

from sqlalchemy import update
from sqlmodel import col

from authapp.core import execute
from authapp.core.account import emails, phones
from authapp.core.base import clock, identifiers
from authapp.core.base.callers import Caller
from authapp.core.credentials import links
from authapp.core.credentials.codes import Step
from authapp.models import Email, Phone
from tests.kit.messages import code_to, link_to
from tests.kit.rules import do
from tests.kit.users import HOME, TAB, Person

FREE, HERS, HIS, OTHER = "+12015550100", "+12015550101", "+12015550102", "+12015550103"
PREMIUM = "+19002345678"  # a premium-rate number: its owner earns from each call
_numbers = iter(range(SystemRandom().randrange(10**6), 2 * 10**6))


def phone_number(last: int) -> str:
    """Return the phone number with these last digits."""
    return f"+1201555{last:04}"


def fresh_number() -> str:
    """Return a mobile number that no other test has."""
    return f"+491512{next(_numbers):07}"


def barred_number() -> str:
    """Return a premium-rate number, whose owner earns from each call. Such numbers get no texts."""
    return f"+499001{next(_numbers) % 10**6:06}"


def add_unconfirmed_email(person: Person, address: str) -> str:
    """Add an email address and return the key in the confirmation mail."""
    do(emails.add, person.me, address, HOME)
    return link_to(address)


def add_email(person: Person, address: str) -> str:
    """Add and confirm an email address, and return the id of its row."""
    do(links.follow, add_unconfirmed_email(person, address), person.me, tab=TAB, caller=HOME)
    return email_id(person, address)


def email_rows(person: Person) -> list[Email]:
    """Return the rows of a user's email addresses, the main one first."""
    return list(do(emails.listed, person.user_id))


def confirmed_emails(person: Person) -> list[str]:
    """Return the confirmed email addresses, the main one first."""
    return [row.address for row in email_rows(person) if row.confirmed_at]


def email_id(person: Person, address: str) -> str:
    """Return the id of the row of an email address."""
    return next(str(row.id) for row in email_rows(person) if row.address == address)


def email_facts(person: Person) -> list[tuple[str, bool, datetime | None]]:
    """Return address, main or not, and time of confirmation of each email address."""
    return [(row.address, row.is_main, row.confirmed_at) for row in email_rows(person)]


def unconfirmed_emails(person: Person) -> list[str]:
    """Return the email addresses that wait for a confirmation."""
    return [row.address for row in email_rows(person) if not row.confirmed_at]


def remove_email(person: Person, address: str) -> None:
    """Remove an email address."""
    do(emails.remove, person.me, email_id(person, address), HOME)


def confirmed_long_ago(address: str, days: int) -> None:
    """Let an email address be confirmed so many days ago."""
    since = clock.now() - timedelta(days=days)
    do(execute, update(Email).where(col(Email.address) == address).values(confirmed_at=since))


def add_phone(person: Person, number: str) -> str:
    """Add and confirm a phone number, and return the id of its row."""
    step = do(phones.add, person.me, number, HOME)
    do(phones.confirm, person.me, step.key, code_to(number), HOME)
    return phone_id(person, number)


def add_unconfirmed_phone(person: Person, number: str = FREE, caller: Caller = HOME) -> Step:
    """Add a phone number and return the step that waits for its code."""
    step: Step = do(phones.add, person.me, number, caller)
    return step


def confirm_phone(person: Person, step: Step, code: str | None = None, number: str = FREE) -> Any:
    """Confirm a phone number, by default with the right code."""
    return do(phones.confirm, person.me, step.key, code or code_to(number), HOME)


def remove_phone(person: Person, number: str) -> Any:
    """Remove a phone number."""
    return do(phones.remove, person.me, phone_id(person, number), HOME)


def with_number(person: Person) -> str:
    """Give a user a confirmed phone number and return it."""
    number = fresh_number()
    do(phones.claim, person.user_id, number)
    return number


def phone_rows(person: Person) -> list[Phone]:
    """Return the rows of a user's phone numbers, the main one first."""
    return list(do(phones.listed, person.user_id))


def phones_of(person: Person) -> list[str]:
    """Return the phone numbers of a user, the main one first."""
    return [row.number for row in phone_rows(person)]


def phone_id(person: Person, number: str) -> str:
    """Return the id of the row of a phone number."""
    return next(str(row.id) for row in phone_rows(person) if row.number == number)


def login_identifiers(person: Person) -> list[str]:
    """Return the identifiers that a user can log in with."""
    return list(do(identifiers.login_identifiers, person.user_id))
