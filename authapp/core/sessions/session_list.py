"""Open sessions of a user: the list, and ending one or all others."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlmodel import col, select

from authapp.core import Db
from authapp.core.base import audit
from authapp.core.base.callers import Caller, browser_name
from authapp.core.base.errors import BadInput
from authapp.core.base.typed_text import is_text
from authapp.core.sessions import session_ends, sessions
from authapp.core.sessions.sessions import Principal
from authapp.i18n.texts import t
from authapp.models import Session


class Listed(NamedTuple):
    """Open session, as its user sees it in the list."""

    id: str
    browser: str
    ip: str
    opened_at: datetime
    last_seen_at: datetime
    is_this: bool


def listed(db: Db, me: Principal) -> list[Listed]:
    """Return the open sessions of a user: the caller's first, then the most recently seen ones."""
    return of_user(db, me.user_id, me.session_id)


def of_user(db: Db, user_id: UUID, this: str = "") -> list[Listed]:
    """Return the open sessions of a user: the one with the id `this` first, then the most recently seen ones."""
    rows = db.exec(select(Session).where(col(Session.user_id) == user_id, sessions.is_alive())).all()
    entries = [
        Listed(row.id, browser_name(row.browser), row.ip, row.opened_at, row.last_seen_at, row.id == this)
        for row in rows
    ]
    return sorted(entries, key=lambda entry: (entry.is_this, entry.last_seen_at), reverse=True)


def end_session(db: Db, me: Principal, session_id: object, caller: Caller) -> None:
    """End another session of the same user. Its open tabs are notified after the commit.

    Raises:
        BadInput: the user has no such open session.
        SessionExpired: the caller's session ended.
        StepUpNeeded: the last proof is too old.
    """
    sessions.require(db, me, fresh=True)
    row = db.get(Session, session_id) if is_text(session_id) else None
    if row is None or row.user_id != me.user_id:
        raise BadInput(t("This session has already ended."))
    audit.record(db, me.user_id, "session_ended", caller, browser_name(row.browser))
    session_ends.close(db, row.id)


def log_out_others(db: Db, me: Principal, caller: Caller) -> None:
    """End every session of a user except the caller's.

    Raises:
        SessionExpired: the caller's session ended.
        StepUpNeeded: the last proof is too old.
    """
    sessions.require(db, me, fresh=True)
    audit.record(db, me.user_id, "others_ended", caller)
    session_ends.close_all(db, me.user_id, spare=me.session_id)
