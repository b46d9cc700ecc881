"""What happened to an account: a table of its own, written in the same transaction as the deed."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import delete, insert, literal
from sqlmodel import col, select

from authapp.config import settings
from authapp.core import Db, clock, run
from authapp.core.devices import Client, in_words
from authapp.models import Entry, User

# what happened -> how the page says it
WORDS = {
    "signed_up": "You signed up",
    "logged_in": "Logged in",
    "logged_out": "Logged out",
    "refused": "A wrong password was entered",
    "names_set": "Name changed",
    "password_set": "Password changed",
    "email_asked": "Confirmation asked for an email address",
    "email_added": "Email address added",
    "email_removed": "Email address removed",
    "email_main": "Main email address changed",
    "session_ended": "Session signed out",
    "others_ended": "Every other session signed out",
    "recovery_asked": "Recovery link sent",
    "recovered": "Account recovered",
    "disowned": "“This wasn’t me” pressed in a mail",
    "data_read": "Data downloaded",
    "closed": "Account closed",
    "reopened": "Account kept after closing",
}


def record(db: Db, user_id: UUID, what: str, client: Client, about: str = "") -> None:
    """Write down what happened.

    Args:
        user_id: to whose account.
        what: a name in `WORDS`.
        client: who did it.
        about: what it was done to.
    """
    facts: tuple[Any, ...] = (literal(uuid4()), col(User.id), literal(clock.now()), literal(what), literal(about[:254]))
    place: tuple[Any, ...] = (literal(client.address[:64]), literal(in_words(client.browser)))
    # From a selection, so that a refusal costs the same for somebody who is not there: no row, but as much work.
    one = select(*facts, *place).where(col(User.id) == user_id)
    run(db, insert(Entry).from_select(["id", "user_id", "at", "what", "about", "address", "browser"], one))


def newest(db: Db, user_id: UUID, at_most: int = 50) -> list[Entry]:
    """The newest entries of a user, newest first."""
    mine = select(Entry).where(col(Entry.user_id) == user_id)
    return list(db.exec(mine.order_by(col(Entry.at).desc(), col(Entry.id)).limit(at_most)).all())


def is_strange(db: Db, user_id: UUID, client: Client) -> bool:
    """Whether this user logged in before, but never from this address with this browser."""
    logins = select(Entry.id).where(col(Entry.user_id) == user_id, col(Entry.what) == "logged_in").limit(1)
    same = logins.where(col(Entry.address) == client.address[:64], col(Entry.browser) == in_words(client.browser))
    return run(db, same).first() is None and run(db, logins).first() is not None


def purge(db: Db) -> None:
    """Forget what is older than the setting says."""
    run(db, delete(Entry).where(col(Entry.at) <= _oldest()))


def _oldest() -> datetime:
    return clock.now() - timedelta(days=settings().history_days)
