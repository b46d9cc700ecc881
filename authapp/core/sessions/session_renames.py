"""Changes of the identifier that sessions and tickets of a user were opened with."""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, update
from sqlmodel import col

from authapp.core import Db, execute
from authapp.core.base.changes import changes
from authapp.models import Session, Ticket


def rename_identifier(db: Db, user_id: UUID, old: str, new: str) -> None:
    """Move a user's sessions and tickets to another identifier when theirs is removed."""
    session_condition = (col(Session.user_id) == user_id) & (col(Session.identifier) == old)
    result = execute(db, update(Session).where(session_condition).values(identifier=new).returning(col(Session.id)))
    changes(db).keys_changed.update(result.scalars())
    ticket_condition = (col(Ticket.user_id) == user_id) & (col(Ticket.identifier) == old)
    execute(db, update(Ticket).where(ticket_condition).values(identifier=new))


def rename_nameless(db: Db, user_id: UUID, new: str) -> None:
    """Give a new identifier to a user's sessions and tickets that have neither an email address nor a number."""
    statement = update(Session).where(col(Session.user_id) == user_id, ~_is_named(col(Session.identifier)))
    result = execute(db, statement.values(identifier=new).returning(col(Session.id)))
    changes(db).keys_changed.update(result.scalars())
    ticket_condition = (col(Ticket.user_id) == user_id) & ~_is_named(col(Ticket.identifier))
    execute(db, update(Ticket).where(ticket_condition).values(identifier=new))


def _is_named(identifier: Any) -> ColumnElement[bool]:
    """Return the condition that an identifier is an email address or a phone number."""
    condition: ColumnElement[bool] = identifier.contains("@") | identifier.startswith("+")
    return condition
