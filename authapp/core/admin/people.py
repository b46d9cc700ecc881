"""Account actions of administrators and commands. They take no principal: the caller checks the permission."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import update
from sqlmodel import col, select

from authapp.core import Db, run
from authapp.core.account import closing, confirmations, emails, identities, notices
from authapp.core.authentication import foreign, recovery, sign_up
from authapp.core.base import clock, history, identifiers, limits
from authapp.core.base.devices import Client, in_words
from authapp.core.base.errors import BadInput, NotThere
from authapp.core.base.identifiers import is_text
from authapp.core.credentials import links
from authapp.core.sessions import sessions
from authapp.core.sessions.sessions import DISABLED
from authapp.i18n.texts import say
from authapp.models import Email, Entry, Session, User


def create(
    db: Db,
    email: object,
    first_name: object,
    last_name: object,
    client: Client,
    *,
    by: str = "",
    tell: bool = True,
) -> UUID:
    """Create an account with an email address that the caller vouches for.

    Args:
        email: the email address; it becomes the main one and is confirmed.
        first_name: may be empty.
        last_name: may be empty.
        client: IP address and browser of the caller.
        by: name of the caller, for the audit log.
        tell: whether to mail a link that logs the user in and asks for a password.

    Raises:
        BadInput: not an email address, one that has an account already, or a name that cannot be used.
    """
    address = identifiers.mailable(email)
    first, last = identifiers.name(first_name, "first_name"), identifiers.name(last_name, "last_name")
    if identifiers.owner(db, address):
        raise BadInput(say("An account with this address already exists."), field="email")
    user = User(first_name=first, last_name=last, created_at=clock.now())
    db.add(user)
    db.flush()
    emails.claim(db, user.id, address, is_main=True)
    sign_up.joined(db, user, by, client, invited=True, what="created")
    if tell:
        recovery.send_way_back(db, user.id, address)
    return user.id


def disable(db: Db, user_id: UUID, client: Client, *, by: str = "") -> None:
    """Disable an account: end its sessions, void its links except those of security mails, and block logins.

    Logins are blocked until `enable`.

    Raises:
        BadInput: the account is disabled already.
        NotThere: the account does not exist.
    """
    links.lock(db, *identifiers.ways_in(db, user_id))  # before the user, in the order of `links.follow` (deadlock)
    if _there(db, user_id).waits == DISABLED:
        raise BadInput(say("This account is already disabled."))
    links.void_all(db, user_id, spare=notices.OBJECTIONS)
    run(db, update(User).where(col(User.id) == user_id).values(waits=DISABLED))
    sessions.close_all(db, user_id)
    history.record(db, user_id, "disabled", client, by)


def enable(db: Db, user_id: UUID, client: Client, *, by: str = "") -> None:
    """Enable a disabled account. It needs no approval any more; an unconfirmed address must still be confirmed.

    Raises:
        BadInput: the account is not disabled.
        NotThere: the account does not exist.
    """
    if _there(db, user_id).waits != DISABLED:
        raise BadInput(say("This account is not disabled."))
    waits = "email" if _never_confirmed(db, user_id) else ""
    run(db, update(User).where(col(User.id) == user_id).values(waits=waits))
    history.record(db, user_id, "enabled", client, by)


def close(db: Db, user_id: UUID, client: Client, *, by: str = "") -> datetime:
    """Close an account, as its user could, and return when it will be purged. A login before that reopens it.

    Raises:
        BadInput: the account is closed already.
        NotThere: the account does not exist.
    """
    links.lock(db, *identifiers.ways_in(db, user_id))  # as in `disable`
    if _there(db, user_id).closes_at:
        raise BadInput(say("This account is already closed."))
    until = closing.end(db, user_id, client)
    history.record(db, user_id, "admin_closed", client, by)
    return until


def end_session(db: Db, user_id: UUID, session_id: object, client: Client, *, by: str = "") -> None:
    """End one session of a user. Its open tabs are notified after the commit.

    Raises:
        BadInput: the user has no such session.
    """
    row = db.get(Session, session_id) if is_text(session_id) else None
    if row is None or row.user_id != user_id:
        raise BadInput(say("This session has already ended."))
    sessions.close(db, row.id)
    history.record(db, user_id, "admin_session_ended", client, _about(in_words(row.browser), by))


def end_sessions(db: Db, user_id: UUID, client: Client, *, by: str = "") -> None:
    """End every session of a user. Their open tabs are notified after the commit.

    Raises:
        NotThere: the account does not exist.
    """
    _there(db, user_id)
    sessions.close_all(db, user_id)
    history.record(db, user_id, "admin_sessions_ended", client, by)


def resend(db: Db, user_id: UUID, identifier: object, client: Client, *, by: str = "") -> None:
    """Send the message again that an email address or number needs: to confirm it, or else to recover the account.

    Raises:
        BadInput: the identifier is not in the account.
        NotThere: the account does not exist.
        TooManyRequests: too many mails to that address.
    """
    user = _there(db, user_id)
    mails = {one.address: one for one in emails.listed(db, user_id)}
    if not is_text(identifier) or not (identifier in mails or identifier in identifiers.numbers(db, user_id)):
        raise BadInput(say("This address or number is no longer in the account."))
    if identifier not in mails or mails[identifier].confirmed_at:
        limits.throttle(db, identifier, limits.MAILS_PER_ADDRESS)
        recovery.send_way_back(db, user_id, identifier)
    elif user.waits == "email":
        limits.throttle(db, f"{user_id} {identifier}", limits.MAILS_PER_ADDRESS)
        known = identities.listed(db, user_id)
        if known:
            foreign.ask(db, user_id, identifier, identities.label(known[0].name) or known[0].name)
        else:
            confirmations.ask(db, user_id, identifier)
    else:
        limits.throttle(db, f"{user_id} {identifier}", limits.MAILS_PER_ADDRESS)
        emails.ask(db, user_id, identifier)
    history.record(db, user_id, "resent", client, _about(identifiers.dialled(identifier), by))


def _there(db: Db, user_id: UUID) -> User:
    """Return the user, locked until the end of the transaction."""
    identifiers.alone(db, user_id)
    row = db.get(User, user_id, populate_existing=True)
    if row is None:
        raise NotThere(say("This account no longer exists."))
    return row


def _never_confirmed(db: Db, user_id: UUID) -> bool:
    """Return whether the user never logged in and has email addresses, but no confirmed identifier."""
    if identifiers.ways_in(db, user_id) or not db.exec(select(Email.id).where(Email.user_id == user_id)).first():
        return False
    entered = select(Entry.id).where(Entry.user_id == user_id, Entry.what == "logged_in")
    return db.exec(entered.limit(1)).first() is None


def _about(what: str, by: str) -> str:
    return " · ".join(one for one in (what, by) if one)
