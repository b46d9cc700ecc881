"""Audit log: the events of an account, written in the same transaction as the action."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import bindparam, delete, insert
from sqlmodel import col, select

from authapp.config import settings
from authapp.core import Db, run
from authapp.core.base import clock
from authapp.core.base.devices import Client, in_words
from authapp.i18n.texts import say
from authapp.models import Entry, User

# event -> its text on the page
WORDS = {
    "signed_up": say("You signed up"),
    "approved": say("Account approved"),
    "logged_in": say("Logged in"),
    "logged_out": say("Logged out"),
    "refused": say("A wrong password was entered"),
    "names_set": say("Name changed"),
    "language_set": say("Language changed"),
    "password_set": say("Password set"),
    "email_asked": say("Email confirmation sent"),
    "email_added": say("Email address added"),
    "email_removed": say("Email address removed"),
    "email_main": say("Primary email address changed"),
    "phone_asked": say("Phone code sent"),
    "phone_added": say("Phone number added"),
    "phone_removed": say("Phone number removed"),
    "phone_main": say("Primary phone number changed"),
    "identity_linked": say("Account linked"),
    "identity_unlinked": say("Account unlinked"),
    "session_ended": say("Device logged out"),
    "others_ended": say("All other devices logged out"),
    "recovery_asked": say("Recovery link sent"),
    "recovery_code": say("Recovery code sent"),
    "recovered": say("Account recovered"),
    "disowned": say("“This wasn’t me” pressed"),
    "return_asked": say("Return of a removed address or number requested"),
    "return_refused": say("Return of a removed address or number refused"),
    "returned": say("Removed address or number restored"),
    "data_read": say("Data downloaded"),
    "closed": say("Account closed"),
    "reopened": say("Account reopened"),
    "invited": say("Invitation sent"),
    "uninvited": say("Address removed from the waiting list"),
    "created": say("Account created by an administrator"),
    "disabled": say("Account disabled by an administrator"),
    "enabled": say("Account enabled by an administrator"),
    "admin_closed": say("Account closed by an administrator"),
    "admin_session_ended": say("Device logged out by an administrator"),
    "admin_sessions_ended": say("All devices logged out by an administrator"),
    "resent": say("Message resent by an administrator"),
    "group_joined": say("Added to a group"),
    "group_left": say("Removed from a group"),
    "link_made": say("Link created by an administrator"),
    "imported": say("Account imported from another system"),
    "did_approved": say("You approved an account"),
    "did_disabled": say("You disabled an account"),
    "did_enabled": say("You enabled an account"),
    "did_admin_closed": say("You closed an account"),
    "did_admin_session_ended": say("You logged out a device of a user"),
    "did_admin_sessions_ended": say("You logged out all devices of a user"),
    "did_resent": say("You resent a message"),
    "did_group_joined": say("You added a user to a group"),
    "did_group_left": say("You removed a user from a group"),
    "group_made": say("You created a group"),
    "group_deleted": say("You deleted a group"),
}

SERVER = say("on the server")  # actor of a command


NOBODY = UUID(int=0)  # no such user, but the query takes the same time
_COLUMNS = Entry.__table__.columns  # type: ignore[attr-defined]  # SQLModel gives it to tables without saying so
_OWNER = bindparam("owner", type_=_COLUMNS.user_id.type)
_GIVEN: dict[str, Any] = {
    name: bindparam(name, type_=_COLUMNS[name].type) for name in ("id", "at", "what", "about", "address", "browser")
}
_OF_OWNER: tuple[Any, ...] = (*_GIVEN.values(), col(User.id))
# INSERT ... SELECT: for an unknown user it takes the same time but writes no row (user enumeration).
_RECORD = insert(Entry).from_select([*_GIVEN, "user_id"], select(*_OF_OWNER).where(col(User.id) == _OWNER))
_LOGINS = select(Entry.id).where(col(Entry.user_id) == _OWNER, col(Entry.what) == "logged_in").limit(1)
_SAME = _LOGINS.where(col(Entry.address) == _GIVEN["address"], col(Entry.browser) == _GIVEN["browser"])


def record(db: Db, user_id: UUID, what: str, client: Client, about: str = "") -> None:
    """Write an event to the audit log.

    Args:
        user_id: the user whose account it is.
        what: a name in `WORDS`.
        client: the caller.
        about: the object of the event, like an email address.
    """
    run(db, _RECORD, {**row(what, client, about), "owner": user_id})


def row(what: str, client: Client, about: str = "") -> dict[str, Any]:
    """Return the columns of an event, without its user."""
    return {"id": uuid4(), "at": clock.now(), "what": what, "about": about[:254], **_place(client)}


def newest(db: Db, user_id: UUID, at_most: int = 50) -> list[Entry]:
    """Return the newest events of a user, newest first."""
    mine = select(Entry).where(col(Entry.user_id) == user_id)
    return list(db.exec(mine.order_by(col(Entry.at).desc(), col(Entry.id)).limit(at_most)).all())


def newest_at(db: Db) -> datetime | None:
    """Return the time of the newest event of all users."""
    return db.exec(select(Entry.at).order_by(col(Entry.at).desc()).limit(1)).first()


def is_strange(db: Db, user_id: UUID, client: Client) -> bool:
    """Return whether this user logged in before, but never from this IP address with this browser."""
    if run(db, _SAME, {**_place(client), "owner": user_id}).first():
        return False
    return run(db, _LOGINS, {"owner": user_id}).first() is not None


def purge(db: Db) -> None:
    """Delete events that are older than the setting `history_days`."""
    run(db, delete(Entry).where(col(Entry.at) <= _oldest()))


def _place(client: Client) -> dict[str, str]:
    known = client.address or client.browser
    return {"address": client.address[:64], "browser": str(in_words(client.browser)) if known else ""}


def _oldest() -> datetime:
    return clock.now() - timedelta(days=settings().history_days)
