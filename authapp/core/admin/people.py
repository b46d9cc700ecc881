"""Actions on accounts by administrators, each with a fresh step-up, and by commands. Each is in the audit log."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import update
from sqlmodel import col, select

from authapp.core import Db, execute
from authapp.core.account import closing, confirmations, emails, identities, security_mail
from authapp.core.admin import administrators
from authapp.core.authentication import provider_login, recovery
from authapp.core.authorization import groups
from authapp.core.authorization.actors import Actor
from authapp.core.authorization.groups import ADMIN
from authapp.core.base import audit, clock, hooks, identifiers, person_names, phone_numbers, rate_limits
from authapp.core.base.callers import browser_name
from authapp.core.base.errors import BadInput
from authapp.core.base.typed_text import is_text
from authapp.core.credentials import link_ends
from authapp.core.sessions import session_ends
from authapp.core.sessions.sessions import DISABLED
from authapp.i18n.texts import t
from authapp.models import AuditEvent, Email, Session, User


class NewUser(NamedTuple):
    """Account to create."""

    email: object  # it becomes the main address and is confirmed: the actor vouches for it
    first_name: object = ""
    last_name: object = ""


def create(db: Db, actor: Actor, new: NewUser, *, tell: bool = True) -> UUID:
    """Create an account with a confirmed email address.

    Args:
        db: the transaction.
        actor: the administrator or command.
        new: email address and names.
        tell: whether to mail a link that logs the user in and asks for a password.

    Raises:
        BadInput: not an email address, one that has an account already, or a name that cannot be used.
        NotAllowed, SessionExpired, StepUpNeeded: see `administrators.require`.
    """
    administrators.require(db, actor)
    address = identifiers.mailable(new.email)
    first, last = person_names.name(new.first_name, "first_name"), person_names.name(new.last_name, "last_name")
    if identifiers.owner(db, address):
        raise BadInput(t("An account with this address already exists."), field="email")
    user = User(first_name=first, last_name=last, created_at=clock.now())
    db.add(user)
    db.flush()
    emails.claim(db, user.id, address, is_main=True)
    audit.record(db, user.id, "created", actor.shown_client, actor.name)
    hooks.on_sign_up.run(db, user)
    if tell:
        recovery.send_recovery_link(db, user.id, address)
    return user.id


# Each of the following raises these, besides what its docstring names:
#   NotAllowed: the actor is not in the group `admin`.
#   SessionExpired: the session of the actor ended.
#   NotFound: the account does not exist.
#   StepUpNeeded: the last authentication of the actor is too old.


def disable(db: Db, actor: Actor, user_id: object) -> None:
    """Disable an account: end its sessions, void its links except those of security mails, and block logins.

    Logins are blocked until `enable`.

    Raises:
        BadInput: the account is disabled already, or is that of the last active administrator.
    """
    id = administrators.account(db, actor, user_id)
    administrators.require_other_administrator(db, actor, id)
    link_ends.lock(
        db, *identifiers.login_identifiers(db, id)
    )  # before the user, in the order of `links.follow` (deadlock)
    if _locked(db, id).blocked_by == DISABLED:
        raise BadInput(t("This account is already disabled."))
    link_ends.void_all(db, id, spare=security_mail.OBJECTIONS)
    execute(db, update(User).where(col(User.id) == id).values(blocked_by=DISABLED))
    session_ends.close_all(db, id)
    administrators.record(db, actor, id, "disabled")


def enable(db: Db, actor: Actor, user_id: object) -> None:
    """Enable a disabled account. It needs no approval any more; an unconfirmed address must still be confirmed.

    Raises:
        BadInput: the account is not disabled.
    """
    id = administrators.account(db, actor, user_id)
    if _locked(db, id).blocked_by != DISABLED:
        raise BadInput(t("This account is not disabled."))
    blocked_by = "email" if _never_confirmed(db, id) else ""
    execute(db, update(User).where(col(User.id) == id).values(blocked_by=blocked_by))
    administrators.record(db, actor, id, "enabled")


def close(db: Db, actor: Actor, user_id: object) -> datetime:
    """Close an account, as its user could, and return when it will be purged. A login before that reopens it.

    Raises:
        BadInput: the account is closed already, or is that of the last active administrator.
    """
    id = administrators.account(db, actor, user_id)
    administrators.require_other_administrator(db, actor, id)
    link_ends.lock(db, *identifiers.login_identifiers(db, id))  # as in `disable`
    if _locked(db, id).closes_at:
        raise BadInput(t("This account is already closed."))
    deadline = closing.end(db, id, actor.shown_client)
    administrators.record(db, actor, id, "admin_closed")
    return deadline


def end_session(db: Db, actor: Actor, user_id: object, session_id: object) -> None:
    """End one session of a user. Its open tabs are notified after the commit.

    Raises:
        BadInput: the user has no such session.
    """
    id = administrators.account(db, actor, user_id)
    row = db.get(Session, session_id) if is_text(session_id) else None
    if row is None or row.user_id != id:
        raise BadInput(t("This session has already ended."))
    session_ends.close(db, row.id)
    administrators.record(db, actor, id, "admin_session_ended", browser_name(row.browser))


def end_sessions(db: Db, actor: Actor, user_id: object) -> None:
    """End every session of a user. Their open tabs are notified after the commit."""
    id = administrators.account(db, actor, user_id)
    _locked(db, id)
    session_ends.close_all(db, id)
    administrators.record(db, actor, id, "admin_sessions_ended")


def resend(db: Db, actor: Actor, user_id: object, identifier: object) -> None:
    """Send the message again that an email address or number needs: to confirm it, or else to recover the account.

    Raises:
        BadInput: the identifier is not in the account.
        TooManyRequests: too many mails to that address.
    """
    id = administrators.account(db, actor, user_id)
    user = _locked(db, id)
    addresses = {row.address: row for row in emails.listed(db, id)}
    if not is_text(identifier) or not (identifier in addresses or identifier in identifiers.numbers(db, id)):
        raise BadInput(t("This address or number is no longer in the account."))
    if identifier not in addresses or addresses[identifier].confirmed_at:
        rate_limits.throttle(db, identifier, rate_limits.MAILS_PER_ADDRESS)
        recovery.send_recovery_link(db, id, identifier)
    else:
        rate_limits.throttle(db, f"{id} {identifier}", rate_limits.MAILS_PER_ADDRESS)
        _ask_to_confirm(db, user, identifier)
    administrators.record(db, actor, id, "resent", phone_numbers.format_phone(identifier))


def add_to_group(db: Db, actor: Actor, user_id: object, group: object) -> None:
    """Add a user to a group, see `groups.add`."""
    id = administrators.account(db, actor, user_id)
    groups.add(db, id, str(group), by=actor.name)
    administrators.note(db, actor, id, "group_joined", str(group))


def remove_from_group(db: Db, actor: Actor, user_id: object, group: object) -> None:
    """Remove a user from a group, see `groups.remove`.

    Raises:
        BadInput: the settings name the user as administrator, or the user is the last active administrator.
    """
    id = administrators.account(db, actor, user_id)
    if group == ADMIN and actor.principal and id in groups.named(db):
        raise BadInput(t("This administrator is set in the server’s configuration. Change it there."))
    if group == ADMIN:
        administrators.require_other_administrator(db, actor, id)
    groups.remove(db, id, str(group), by=actor.name)
    administrators.note(db, actor, id, "group_left", str(group))


def _locked(db: Db, user_id: UUID) -> User:
    """Return the user, locked until the end of the transaction."""
    identifiers.lock_user(db, user_id)
    user = db.get(User, user_id, populate_existing=True)
    if user is None:
        raise administrators.gone()
    return user


def _ask_to_confirm(db: Db, user: User, address: str) -> None:
    rows = identities.listed(db, user.id)
    if user.blocked_by != "email":
        emails.ask(db, user.id, address)
    elif rows:
        provider_login.ask(db, user.id, address, identities.label(rows[0].provider) or rows[0].provider)
    else:
        confirmations.ask(db, user.id, address)


def _never_confirmed(db: Db, user_id: UUID) -> bool:
    """Return whether the user never logged in and has email addresses, but no confirmed identifier."""
    if (
        identifiers.login_identifiers(db, user_id)
        or not db.exec(select(Email.id).where(Email.user_id == user_id)).first()
    ):
        return False
    logins = select(AuditEvent.id).where(AuditEvent.user_id == user_id, AuditEvent.what == "logged_in")
    return db.exec(logins.limit(1)).first() is None
