"""Ends of action links before their time: when an address or an account changes, and locks against races."""

import hashlib
from collections.abc import Collection
from uuid import UUID

from sqlalchemy import BigInteger, bindparam, func, update
from sqlmodel import col, select

from authapp.config import settings
from authapp.core import Db, execute
from authapp.core.base import identifiers
from authapp.models import ActionLink

_ALONE = select(func.pg_advisory_xact_lock(bindparam("number", type_=BigInteger())))


def lock(db: Db, *emails: str) -> None:
    """Lock the links of these addresses, so that following, creating and voiding them run one after the other.

    Call this first in the transaction. Locks in another order could deadlock.
    """
    if not emails:
        return
    if not settings().sqlite:  # SQLite has one writer anyway; an advisory lock, as a new link has no row to lock yet
        for email in sorted(set(emails)):
            number = int.from_bytes(hashlib.sha256(f"links {email}".encode()).digest()[:8], "big", signed=True)
            execute(db, _ALONE, {"number": number})
    query = select(ActionLink.id).where(col(ActionLink.email).in_(emails)).order_by(ActionLink.id)
    db.exec(query.with_for_update()).all()


def lock_all(db: Db, user_id: UUID) -> None:
    """Lock every address that has links of a user, as `lock` does.

    A rule that voids them all calls this before it locks the user. Locks in another order could deadlock.
    """
    query = select(ActionLink.email).where(ActionLink.user_id == user_id).distinct()
    lock(db, *{*identifiers.login_identifiers(db, user_id), *db.exec(query).all()})


def void_of(db: Db, user_id: UUID, *, email: str | None = None, action: str | None = None) -> None:
    """Void the links of a user: all, or only those to one address or of one action."""
    where = [col(ActionLink.user_id) == user_id]
    where += [] if email is None else [col(ActionLink.email) == email]
    where += [] if action is None else [col(ActionLink.action) == action]
    execute(db, update(ActionLink).where(*where).values(uses_left=0))


def void_all(db: Db, user_id: UUID, *, spare: Collection[str]) -> None:
    """Void every link of a user, and those without a user to the identifiers that the user logs in with.

    Links of the actions in `spare` stay valid.
    """
    phantom_links = col(ActionLink.email).in_(identifiers.login_identifiers(db, user_id)) & col(ActionLink.user_id).is_(
        None
    )
    where = ((col(ActionLink.user_id) == user_id) | phantom_links, col(ActionLink.action).not_in(spare))
    execute(db, update(ActionLink).where(*where).values(uses_left=0))


def void_claims(db: Db, email: str, also: Collection[str]) -> None:
    """Void the links of all users to an address that could still log in with it or claim it.

    These are links that connect, links that add it to an account, and links of the actions in `also`.
    """
    claims = col(ActionLink.connects) | col(ActionLink.action).in_(["add_email", *also])
    execute(db, update(ActionLink).where(col(ActionLink.email) == email, claims).values(uses_left=0))


def void_to(db: Db, email: str, user_id: UUID, *, was_theirs: bool) -> None:
    """Void every link of a user to an email address or phone number that is removed from the account.

    Args:
        db: the transaction.
        email: the email address or phone number.
        user_id: the user it is removed from.
        was_theirs: whether it was confirmed. If so, links to it without a user were for this user, and are voided too.
    """
    condition = col(ActionLink.user_id) == user_id
    if was_theirs:
        condition |= col(ActionLink.user_id).is_(None)
    execute(db, update(ActionLink).where(col(ActionLink.email) == email, condition).values(uses_left=0))


def withdraw(db: Db, email: str, action: str) -> None:
    """Void the links of one action to an address."""
    conditions = (col(ActionLink.email) == email, col(ActionLink.action) == action)
    execute(db, update(ActionLink).where(*conditions).values(uses_left=0))
