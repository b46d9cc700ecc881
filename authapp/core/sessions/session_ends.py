"""Ends of sessions: one, all of a user, or those that match; hooks and open tabs learn of them."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, delete, update
from sqlmodel import col

from authapp.core import Db, execute
from authapp.core.base import hooks
from authapp.core.base.changes import changes
from authapp.models import Session, Ticket


def close(db: Db, session_id: str) -> None:
    """End one session. Its open tabs are notified after the commit."""
    end_where(db, col(Session.id) == session_id)


def expire(db: Db, session_id: str) -> None:
    """End a session, but let the current response reach its tab.

    The watch closes the session's sockets soon after.
    """
    statement = update(Session).where(col(Session.id) == session_id, _is_news())
    owners = execute(
        db, statement.values(secret_digest=None, expires_at=col(Session.opened_at)).returning(col(Session.user_id))
    )
    for owner in owners.scalars().all():
        hooks.on_session_close.run(db, owner, session_id)
    changes(db).keys_changed.add(session_id)
    changes(db).sessions_parting.add(session_id)


def close_all(db: Db, user_id: UUID, *, spare: str = "", answered: str = "") -> None:
    """End every session of a user, and delete all their tickets.

    Args:
        db: the transaction.
        user_id: the user.
        spare: the id of a session that stays open.
        answered: the id of the session whose request this is. It ends too, but its tab still gets the response.
    """
    where, excluded_id = col(Session.user_id) == user_id, spare or answered
    end_where(db, where & (col(Session.id) != excluded_id) if excluded_id else where)
    if answered:
        expire(db, answered)
    execute(db, delete(Ticket).where(col(Ticket.user_id) == user_id))


def forget_identifier(db: Db, identifier: str) -> None:
    """End all sessions and delete all tickets of an identifier that turns out to belong to another user."""
    end_where(db, col(Session.identifier) == identifier)
    execute(db, delete(Ticket).where(col(Ticket.identifier) == identifier))


def end_expired(db: Db, ids: Collection[str]) -> None:
    """End sessions that were found expired, so that they stay over when the clock is set back."""
    end_where(db, col(Session.id).in_(list(ids)))


def end_where(db: Db, where: ColumnElement[bool]) -> None:
    """End the sessions that match. Their open tabs are notified after the commit."""
    facts: Any = (col(Session.id), col(Session.user_id), _is_news())
    rows: Any = execute(db, delete(Session).where(where).returning(*facts)).all()
    changes(db).sessions_ended.update(id for id, _, _ in rows)
    if hooks.on_session_close:
        for id, user_id, ends_now in rows:
            if ends_now:
                hooks.on_session_close.run(db, user_id, id)


def _is_news() -> ColumnElement[bool]:
    """Return the condition that the end of a session is news, so that hooks run only once.

    `expire` sets the end of a session to its beginning.
    """
    condition: ColumnElement[bool] = col(Session.expires_at) > col(Session.opened_at)
    return condition
