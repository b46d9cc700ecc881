"""Closing of accounts: sessions end at once, a login reopens the account for a while, then all data is deleted."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, update
from sqlmodel import col, select

from authapp.config import settings
from authapp.core import Db, execute
from authapp.core.account import search_words, security_mail
from authapp.core.account.security_mail import SecurityMail
from authapp.core.base import audit, clock, hooks, identifiers
from authapp.core.base.callers import Caller
from authapp.core.credentials import codes, link_ends
from authapp.core.sessions import session_ends, sessions
from authapp.core.sessions.sessions import Principal
from authapp.models import ActionLink, Code, Email, Message, User

AT_ONCE = 100  # accounts per cleanup, so that other transactions do not wait long


def close(db: Db, me: Principal, caller: Caller) -> datetime:
    """Close the user's own account: end sessions and links, notify the user, and return when it will be deleted.

    Raises:
        SessionExpired: the session ended.
        StepUpNeeded: the last authentication is too old.
    """
    sessions.require(db, me, fresh=True)
    link_ends.lock(
        db, *identifiers.login_identifiers(db, me.user_id)
    )  # before the user row, like `links.follow` (deadlocks)
    deadline = end(db, me.user_id, caller, answered=me.session_id)
    audit.record(db, me.user_id, "closed", caller)
    return deadline


def end(db: Db, user_id: UUID, caller: Caller, *, answered: str = "") -> datetime:
    """Close an account, and return when it will be deleted. The calling rule writes the audit log.

    Args:
        db: the transaction.
        user_id: the user.
        caller: the caller.
        answered: as in `session_ends.close_all`.
    """
    deadline = clock.now() + timedelta(days=settings().closing_days)
    execute(db, update(User).where(col(User.id) == user_id).values(closes_at=deadline))
    session_ends.close_all(db, user_id, answered=answered)
    link_ends.void_all(db, user_id, spare=security_mail.OBJECTIONS)  # a thief must not void the owner's objections
    security_mail.send(db, user_id, caller, SecurityMail("closed", until=deadline, undo="closed"))
    hooks.on_close_account.run(db, user_id)
    return deadline


def purge(db: Db) -> None:
    """Delete accounts whose `closes_at` has passed, and everything that names their users."""
    expired_accounts = select(User.id).where(col(User.closes_at) <= clock.now())
    for user_id in db.exec(expired_accounts.limit(AT_ONCE)).all():
        link_ends.lock(
            db, *identifiers.login_identifiers(db, user_id)
        )  # before the user row, like `links.follow` (deadlocks)
        for address in identifiers.login_identifiers(db, user_id):
            codes.lock(db, address)
        if not db.exec(expired_accounts.where(User.id == user_id).with_for_update(skip_locked=True)).all():
            continue
        for address in _traced(db, user_id):
            execute(db, delete(Message).where(col(Message.recipient) == address))
        for address in identifiers.login_identifiers(db, user_id):
            execute(db, delete(ActionLink).where(col(ActionLink.email) == address))
            execute(db, delete(Code).where(col(Code.target) == address))
            claims = delete(Email).where(col(Email.address) == address).returning(col(Email.user_id))
            search_words.keep(db, execute(db, claims).scalars().all())
        session_ends.close_all(db, user_id)
        hooks.on_account_purged.run(db, user_id)
        execute(db, delete(User).where(col(User.id) == user_id))  # foreign keys delete the rest


def _traced(db: Db, user_id: UUID) -> list[str]:
    """Return the recipients of messages to a user: own, requested or removed, but no other user's."""
    addresses = select(Email.address).where(Email.user_id == user_id)
    link_recipients = select(ActionLink.email).where(ActionLink.user_id == user_id)
    code_recipients = select(Code.target).where(Code.user_id == user_id)
    recipients = {
        *db.exec(addresses).all(),
        *db.exec(link_recipients).all(),
        *db.exec(code_recipients).all(),
        *identifiers.numbers(db, user_id),
    }
    return [recipient for recipient in recipients if identifiers.owner(db, recipient) in (None, user_id)]
