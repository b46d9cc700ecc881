"""Audit log: the events of an account, written in the same transaction as the action."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import bindparam, delete, insert
from sqlmodel import col, select

from authapp.config import settings
from authapp.core import Db, execute
from authapp.core.base import clock
from authapp.core.base.callers import Caller, browser_name
from authapp.i18n.texts import t
from authapp.models import AuditEvent, User

# event -> its text on the page
LABELS = {
    "signed_up": t("You signed up"),
    "approved": t("Account approved"),
    "logged_in": t("Logged in"),
    "logged_out": t("Logged out"),
    "refused": t("A wrong password was entered"),
    "names_set": t("Name changed"),
    "language_set": t("Language changed"),
    "password_set": t("Password set"),
    "email_asked": t("Email confirmation sent"),
    "email_added": t("Email address added"),
    "email_confirmed_again": t("Email address confirmed again"),
    "email_removed": t("Email address removed"),
    "email_main": t("Primary email address changed"),
    "phone_asked": t("Phone code sent"),
    "phone_added": t("Phone number added"),
    "phone_removed": t("Phone number removed"),
    "phone_main": t("Primary phone number changed"),
    "identity_linked": t("Account linked"),
    "identity_unlinked": t("Account unlinked"),
    "session_ended": t("Device logged out"),
    "others_ended": t("All other devices logged out"),
    "recovery_asked": t("Recovery link sent"),
    "recovery_code": t("Recovery code sent"),
    "recovered": t("Account recovered"),
    "disowned": t("“This wasn’t me” pressed"),
    "return_asked": t("Return of a removed address or number requested"),
    "return_refused": t("Return of a removed address or number refused"),
    "returned": t("Removed address or number restored"),
    "data_read": t("Data downloaded"),
    "closed": t("Account closed"),
    "reopened": t("Account reopened"),
    "invited": t("Invitation sent"),
    "uninvited": t("Address removed from the waiting list"),
    "created": t("Account created by an administrator"),
    "disabled": t("Account disabled by an administrator"),
    "enabled": t("Account enabled by an administrator"),
    "admin_closed": t("Account closed by an administrator"),
    "admin_session_ended": t("Device logged out by an administrator"),
    "admin_sessions_ended": t("All devices logged out by an administrator"),
    "resent": t("Message resent by an administrator"),
    "group_joined": t("Added to a group"),
    "group_left": t("Removed from a group"),
    "link_made": t("Link created by an administrator"),
    "imported": t("Account imported from another system"),
    "did_approved": t("You approved an account"),
    "did_disabled": t("You disabled an account"),
    "did_enabled": t("You enabled an account"),
    "did_admin_closed": t("You closed an account"),
    "did_admin_session_ended": t("You logged out a device of a user"),
    "did_admin_sessions_ended": t("You logged out all devices of a user"),
    "did_resent": t("You resent a message"),
    "did_group_joined": t("You added a user to a group"),
    "did_group_left": t("You removed a user from a group"),
    "group_made": t("You created a group"),
    "group_deleted": t("You deleted a group"),
}

SERVER = t("on the server")  # actor of a command


NOBODY = UUID(int=0)  # no such user, but the query takes the same time
_COLUMNS = AuditEvent.__table__.columns  # type: ignore[attr-defined]  # SQLModel gives it to tables without saying so
_OWNER = bindparam("owner", type_=_COLUMNS.user_id.type)
_GIVEN: dict[str, Any] = {
    name: bindparam(name, type_=_COLUMNS[name].type) for name in ("id", "at", "what", "about", "ip", "browser")
}
_OF_OWNER: tuple[Any, ...] = (*_GIVEN.values(), col(User.id))
# INSERT ... SELECT: for an unknown user it takes the same time but writes no row (user enumeration).
_RECORD = insert(AuditEvent).from_select([*_GIVEN, "user_id"], select(*_OF_OWNER).where(col(User.id) == _OWNER))
_LOGINS = select(AuditEvent.id).where(col(AuditEvent.user_id) == _OWNER, col(AuditEvent.what) == "logged_in").limit(1)
_SAME = _LOGINS.where(col(AuditEvent.ip) == _GIVEN["ip"], col(AuditEvent.browser) == _GIVEN["browser"])


def record(db: Db, user_id: UUID, what: str, caller: Caller, about: str = "") -> None:
    """Write an event to the audit log.

    Args:
        user_id: the user whose account it is.
        what: a name in `LABELS`.
        caller: the caller.
        about: the object of the event, like an email address.
    """
    execute(db, _RECORD, {**row(what, caller, about), "owner": user_id})


def row(what: str, caller: Caller, about: str = "") -> dict[str, Any]:
    """Return the columns of an event, without its user."""
    return {"id": uuid4(), "at": clock.now(), "what": what, "about": about[:254], **_place(caller)}


def newest(db: Db, user_id: UUID, at_most: int = 50) -> list[AuditEvent]:
    """Return the newest events of a user, newest first."""
    query = select(AuditEvent).where(col(AuditEvent.user_id) == user_id)
    return list(db.exec(query.order_by(col(AuditEvent.at).desc(), col(AuditEvent.id)).limit(at_most)).all())


def newest_at(db: Db) -> datetime | None:
    """Return the time of the newest event of all users."""
    return db.exec(select(AuditEvent.at).order_by(col(AuditEvent.at).desc()).limit(1)).first()


def is_unusual(db: Db, user_id: UUID, caller: Caller) -> bool:
    """Return whether this user logged in before, but never from this IP address with this browser."""
    if execute(db, _SAME, {**_place(caller), "owner": user_id}).first():
        return False
    return execute(db, _LOGINS, {"owner": user_id}).first() is not None


def purge(db: Db) -> None:
    """Delete events that are older than the setting `audit_days`."""
    execute(db, delete(AuditEvent).where(col(AuditEvent.at) <= _oldest()))


def _place(caller: Caller) -> dict[str, str]:
    is_known = caller.ip or caller.user_agent
    return {"ip": caller.ip[:64], "browser": str(browser_name(caller.user_agent)) if is_known else ""}


def _oldest() -> datetime:
    return clock.now() - timedelta(days=settings().audit_days)
