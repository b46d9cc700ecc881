"""Another server key: which records need the old one, and how they are sealed under the newest."""

from collections import Counter
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import func, tuple_, update
from sqlmodel import col, select

from authapp.config import BadSettings
from authapp.core import Db, passwords, run, scram, tokens
from authapp.models import Code, LastingKey, ScramRecord, User

AT_ONCE = 500  # records per transaction
_NAME = 4  # bytes that name the key, in front of what is sealed


class Needs(NamedTuple):
    """How many records are not sealed under the newest key."""

    old: int  # under another one that is there
    lost: int  # under one that is not: nobody can log in with them
    codes: int  # of people who are signing up by phone just now; they are gone within the hour
    others: int = 0  # records of single identifiers, and lasting keys, under another one that is there


def needs(db: Db) -> Needs:
    """What is left to do before an old key can be dropped."""
    users, names = _by_key(db, User.password_record), _by_key(db, ScramRecord.record)
    old, lost = _left(users, passwords.PURPOSE)
    old_names, _ = _left(names, passwords.PURPOSE)  # in place of a lost one there is the record of the user
    old_keys, _ = _left(_by_key(db, LastingKey.sealed), scram.KEY_PURPOSE)
    pending = select(func.count()).where(col(Code.record).is_not(None), _is_old(Code.record))
    return Needs(old, lost, db.exec(pending).one(), old_names + old_keys)


def require_key(db: Db) -> None:
    """Refuse to go on with a new key where people's passwords are sealed under one that is gone; make the first one.

    Raises:
        BadSettings: the file of the server key is missing, and there are users; or it was cut.
    """
    path = tokens.key_file()
    if path is not None and not path.exists() and db.exec(select(User.id).limit(1)).first() is not None:
        raise BadSettings(
            f"authapp cannot start: there are users, but the server key is not at {path}. Without it nobody can log "
            "in: put back its backup."
        )
    tokens.kept_keys()


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


def reseal_names(db: Db, after: tuple[UUID, str] | None = None) -> tuple[int, tuple[UUID, str] | None]:
    """The same for the records of identifiers."""
    key = (col(ScramRecord.user_id), col(ScramRecord.identifier))
    old = select(ScramRecord).where(_is_old(ScramRecord.record))
    old = old if after is None else old.where(tuple_(*key) > after)
    rows = db.exec(old.order_by(*key).limit(AT_ONCE)).all()
    count = 0
    for row in rows:
        record = passwords.resealed(row.record, row.user_id, row.identifier)
        mine = (key[0] == row.user_id, key[1] == row.identifier, col(ScramRecord.record) == row.record)
        count += run(db, update(ScramRecord).where(*mine).values(record=record)).rowcount if record else 0
    last = rows[-1] if len(rows) == AT_ONCE else None
    return count, (last.user_id, last.identifier) if last else None


def reseal_keys(db: Db) -> None:
    """The same for the lasting keys, of which there are few."""
    for row in db.exec(select(LastingKey)).all():
        key = tokens.unseal(scram.KEY_PURPOSE, row.sealed, row.name.encode())
        if key is not None:
            row.sealed = tokens.seal(scram.KEY_PURPOSE, key, row.name.encode())
            db.add(row)


def _by_key(db: Db, record: Any) -> Counter[bytes]:
    """How many records there are under each key."""
    under = func.substr(col(record), 1, _NAME)
    counts = select(under, func.count()).where(col(record).is_not(None)).group_by(under)
    return Counter({bytes(name): count for name, count in db.exec(counts).all()})


def _left(found: Counter[bytes], purpose: str) -> tuple[int, int]:
    """How many of them are under an older key, and how many under one that is not there."""
    newest, known = tokens.newest(purpose), tokens.names(purpose)
    old = sum(count for name, count in found.items() if name != newest and name in known)
    return old, sum(count for name, count in found.items() if name not in known)


def _is_old(record: Any) -> Any:
    return func.substr(col(record), 1, _NAME) != tokens.newest(passwords.PURPOSE)
