"""Rotation of the server key: which records need the old key, and their re-encryption with the newest key."""

from collections import Counter
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import func, tuple_, update
from sqlmodel import col, select

from authapp.config import BadSettings
from authapp.core import Db, execute
from authapp.core.base import tokens
from authapp.core.credentials import passwords, scram
from authapp.models import Code, DatabaseKey, ScramRecord, User

AT_ONCE = 500  # records per transaction
_NAME = 4  # bytes that identify the key, at the start of encrypted data


class Needs(NamedTuple):
    """Numbers of records that are not encrypted with the newest key."""

    old: int  # with another key that is available
    lost: int  # with a missing key: these users cannot log in with their password
    codes: int  # of pending sign-ups by phone; they are deleted within the hour
    others: int = 0  # records of single identifiers, and lasting keys, with another key that is available


def needs(db: Db) -> Needs:
    """Count the records that must be re-encrypted before an old key can be dropped."""
    users, names = _by_key(db, User.password_record), _by_key(db, ScramRecord.record)
    old, lost = _left(users, passwords.PURPOSE)
    old_names, _ = _left(names, passwords.PURPOSE)  # the record of the user replaces a lost one
    old_keys, _ = _left(_by_key(db, DatabaseKey.sealed), scram.KEY_PURPOSE)
    pending_codes = select(func.count()).where(col(Code.record).is_not(None), _is_old(Code.record))
    return Needs(old, lost, db.exec(pending_codes).one(), old_names + old_keys)


def require_key(db: Db) -> None:
    """Create the first server key, but refuse to start with a new key while users exist.

    Their passwords are encrypted with the missing key.

    Raises:
        BadSettings: the file of the server key is missing although there are users, or it is truncated.
    """
    path = tokens.key_file()
    if path is not None and not path.exists() and db.exec(select(User.id).limit(1)).first() is not None:
        raise BadSettings(
            f"authapp cannot start: the database has users, but the server key is missing at {path}. Without it "
            "nobody can log in. Restore its backup."
        )
    tokens.kept_keys()


def reseal(db: Db, after: UUID | None = None) -> tuple[int, UUID | None]:
    """Re-encrypt a batch of password records with the newest key.

    A password that is set in the meantime stays: the update only replaces the record that was read.

    Returns:
        The number of records, and the id to continue after; None after the last batch.
    """
    old_records = select(User.id, User.password_record).where(
        col(User.password_record).is_not(None), _is_old(User.password_record)
    )
    old_records = old_records if after is None else old_records.where(col(User.id) > after)
    rows = db.exec(old_records.order_by(col(User.id)).limit(AT_ONCE)).all()
    count = 0
    for user_id, sealed_record in rows:
        assert sealed_record is not None
        record = passwords.resealed(sealed_record, user_id)
        statement = update(User).where(col(User.id) == user_id, col(User.password_record) == sealed_record)
        count += execute(db, statement.values(password_record=record)).rowcount if record else 0
    return count, rows[-1][0] if len(rows) == AT_ONCE else None


def reseal_names(db: Db, after: tuple[UUID, str] | None = None) -> tuple[int, tuple[UUID, str] | None]:
    """Re-encrypt a batch of SCRAM records of identifiers, as `reseal` does."""
    key = (col(ScramRecord.user_id), col(ScramRecord.identifier))
    old_records = select(ScramRecord).where(_is_old(ScramRecord.record))
    old_records = old_records if after is None else old_records.where(tuple_(*key) > after)
    rows = db.exec(old_records.order_by(*key).limit(AT_ONCE)).all()
    count = 0
    for row in rows:
        record = passwords.resealed(row.record, row.user_id, row.identifier)
        conditions = (key[0] == row.user_id, key[1] == row.identifier, col(ScramRecord.record) == row.record)
        count += execute(db, update(ScramRecord).where(*conditions).values(record=record)).rowcount if record else 0
    last = rows[-1] if len(rows) == AT_ONCE else None
    return count, (last.user_id, last.identifier) if last else None


def reseal_keys(db: Db) -> None:
    """Re-encrypt all lasting keys; there are only a few."""
    for row in db.exec(select(DatabaseKey)).all():
        key = tokens.unseal(scram.KEY_PURPOSE, row.sealed, row.name.encode())
        if key is not None:
            row.sealed = tokens.seal(scram.KEY_PURPOSE, key, row.name.encode())
            db.add(row)


def _by_key(db: Db, record: Any) -> Counter[bytes]:
    """Count the records under each key."""
    key_name = func.substr(col(record), 1, _NAME)
    counts = select(key_name, func.count()).where(col(record).is_not(None)).group_by(key_name)
    return Counter({bytes(name): count for name, count in db.exec(counts).all()})


def _left(counts: Counter[bytes], purpose: str) -> tuple[int, int]:
    """Return how many records are under an older key, and how many under a missing key."""
    newest, known_names = tokens.newest(purpose), tokens.names(purpose)
    old = sum(count for name, count in counts.items() if name != newest and name in known_names)
    return old, sum(count for name, count in counts.items() if name not in known_names)


def _is_old(record: Any) -> Any:
    return func.substr(col(record), 1, _NAME) != tokens.newest(passwords.PURPOSE)
