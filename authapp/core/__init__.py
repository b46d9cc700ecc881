"""Rules of the account system: plain functions `rule(db, ...)`, without Reflex and without HTTP."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sqlalchemy import CursorResult, Executable
    from sqlmodel import Session as Db
else:

    def __getattr__(name: str) -> Any:
        """Return `Db`. It is imported on first use: a client imports the refusals from here and needs no database."""
        if name != "Db":
            raise AttributeError(name)
        from sqlmodel import Session

        return Session


__all__ = ["Db", "execute"]


def execute(db: "Db", statement: "Executable", values: Mapping[str, Any] | None = None) -> "CursorResult[Any]":
    """Flush the session, then execute one statement with SQLAlchemy Core: several times as fast as the ORM."""
    db.flush()
    return db.connection().execute(statement, values)
