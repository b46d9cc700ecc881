"""Another server key: which records need the old one, and how they are sealed under the newest."""

from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import func, update
from sqlmodel import col, select

from authapp.core import Db, passwords, run, tokens
from authapp.models import Code, User

AT_ONCE = 500  # records per transaction
_NAME = 4  # bytes that name the key, in front of what is sealed


class Needs(NamedTuple):
    """How many records are not sealed under the newest key."""

    old: int  # under another one that is there
    lost: int  # under one that is not: nobody can log in with them
    codes: int  # of people who are signing up by phone just now; they are gone within the hour


def needs(db: Db) -> Needs:
    """What is left to do before an old key can be dropped."""
    newest, known = tokens.newest(passwords.PURPOSE), tokens.names(passwords.PURPOSE)
    under = func.substr(col(User.password_record), 1, _NAME)
    counts = select(under, func.count()).where(col(User.password_record).is_not(None)).group_by(under)
    found = {bytes(name): count for name, count in db.exec(counts).all()}
    pending = select(func.count()).where(col(Code.record).is_not(None), _is_old(Code.record))
    old = sum(count for name, count in found.items() if name != newest and name in known)
    return Needs(old, sum(count for name, count in found.items() if name not in known), db.exec(pending).one())


def reseal(db: Db, after: UUID | None = None) -> tuple[int, UUID | None]:
    """Seal some records under the newest key. Returns how many, and what to go on after; None: these were the last.

    A password that is set meanwhile stays: a record is replaced only by itself.
    """
    old = select(User.id, User.password_record).where(
        col(User.password_record).is_not(None), _is_old(User.password_record)
    )
    old = old if after is None else old.where(col(User.id) > after)
    rows = db.exec(old.order_by(col(User.id)).limit(AT_ONCE)).all()
    count = 0
    for user_id, sealed in rows:
        assert sealed is not None
        record = passwords.resealed(sealed, user_id)
        same = update(User).where(col(User.id) == user_id, col(User.password_record) == sealed)
        count += run(db, same.values(password_record=record)).rowcount if record else 0
    return count, rows[-1][0] if len(rows) == AT_ONCE else None


def _is_old(record: Any) -> Any:
    return func.substr(col(record), 1, _NAME) != tokens.newest(passwords.PURPOSE)
