"""Uses of everything that can be used a limited number of times."""

from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, update
from sqlmodel import SQLModel, col

from authapp.core import Db, execute
from authapp.core.base import clock
from authapp.core.base.rate_limits.counting import insert_into
from authapp.models import Spent

REMEMBERED = timedelta(hours=1)


def spend(db: Db, table: type[SQLModel], id: str, *where: ColumnElement[bool]) -> bool:
    """Spend one use of a row with `uses_left`, and return whether there was one.

    Also under concurrent requests it returns True exactly as often as there were uses.
    """
    columns: Any = table
    result = execute(
        db,
        update(table)
        .where(columns.id == id, columns.uses_left > 0, columns.expires_at > clock.now(), *where)
        .values(uses_left=columns.uses_left - 1),
    )
    return result.rowcount == 1


def once(db: Db, what: bytes, until: datetime) -> bool:
    """Return True the first time a digest is seen, and False afterwards.

    Args:
        db: the transaction.
        what: the digest of something that can be used only once.
        until: when that expires. The digest is kept for an hour more, in case the clock is set back by up to an hour.
    """
    return execute(db, _once(insert_into(db)), {"digest": what, "expires_at": until + REMEMBERED}).first() is not None


@lru_cache(maxsize=2)
def _once(insert: Any) -> Any:
    return insert(Spent).on_conflict_do_nothing().returning(col(Spent.digest))
