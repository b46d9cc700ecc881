"""Helpers for what users do in their settings."""

from typing import Any

from sqlmodel import col, select

from authapp.core.account import emails
from authapp.core.authentication import login
from authapp.core.base import history
from authapp.core.base.devices import Client
from authapp.core.credentials import links
from authapp.core.sessions.sessions import Opened
from authapp.models import ActionLink, Email, Message
from tests import people
from tests.people import HOME, TAB, Person, do


def ask_for(person: Person, address: str) -> str:
    """Add an email address and return the key in the confirmation mail."""
    do(emails.add, person.me, address, HOME)
    return str(do(people.outbox_link, address))


def add(person: Person, address: str) -> str:
    """Add and confirm an email address, and return the id of its row."""
    do(links.follow, ask_for(person, address), person.me, tab=TAB, client=HOME)
    return id_of(person, address)


def rows(person: Person) -> list[Email]:
    return list(do(emails.listed, person.user_id))


def addresses(person: Person) -> list[str]:
    """Return the confirmed email addresses, the main one first."""
    return [row.address for row in rows(person) if row.confirmed_at]


def id_of(person: Person, address: str) -> str:
    return next(str(row.id) for row in rows(person) if row.address == address)


def mails(address: str) -> list[Message]:
    found = select(Message).where(Message.recipient == address).order_by(col(Message.written_at))
    return list(do(lambda db: db.exec(found).all()))


def key_in(mail: Message) -> str:
    """Return the key of the link in a mail."""
    return mail.text.partition("/link#")[2].split()[0]


def entries(person: Person) -> list[str]:
    """Return the names of a user's audit events, newest first."""
    return [entry.what for entry in do(history.newest, person.user_id)]


def log_in(person: Person, client: Client = HOME, *, address: str = "", password: str = "") -> Opened:
    """Log in as a browser does: password, ticket, key."""
    name, word = address or person.email, password or person.password
    ticket = do(login.with_password, name, word, keep=False, tab=TAB, client=client).ticket
    opened: Opened = do(login.claim, ticket, [TAB], client, None)
    return opened


def everything_kept(*tables: Any) -> str:
    """Return every value of every row, to search it for secrets that must not be stored."""
    found = do(lambda db: [dict(row) for table in tables for row in db.exec(select(table)).all()])
    return "\n".join(repr(value) for row in found for value in row.values())


def live_links(address: str) -> list[ActionLink]:
    kept = select(ActionLink).where(ActionLink.email == address, ActionLink.uses_left > 0)
    return list(do(lambda db: db.exec(kept).all()))
