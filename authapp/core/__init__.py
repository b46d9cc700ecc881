"""The rules: plain functions `rule(db, ...)`. No Reflex, no HTTP."""

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import CursorResult, Executable
from sqlmodel import Session as Db

__all__ = ["Db", "run", "soon"]


def run(db: Db, statement: Executable, values: Mapping[str, Any] | None = None) -> CursorResult[Any]:
    """Run one statement as it is, after what was added before; several times as fast as through the ORM."""
    db.flush()
    return db.connection().execute(statement, values)


def soon(db: Db, rule: Callable[..., object], *args: object) -> None:
    """Run a rule in a transaction of its own after this one, whether this one is kept or not. Nobody waits for it."""
    db.info.setdefault("soon", []).append((rule, args))
