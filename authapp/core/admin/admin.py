"""User administration by the group `admin`. Each change needs a fresh step-up and is written to the audit log."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlmodel import col, select

from authapp.core import Db
from authapp.core.account import emails, phones
from authapp.core.admin import directory, people
from authapp.core.admin.directory import Found, People
from authapp.core.authorization import approvals, groups
from authapp.core.authorization.groups import ADMIN
from authapp.core.base import history, identifiers
from authapp.core.base.devices import Client
from authapp.core.base.errors import BadInput, NotThere
from authapp.core.messages import queue
from authapp.core.sessions import sessions
from authapp.core.sessions.sessions import Listed, Principal
from authapp.i18n.texts import say
from authapp.models import Email, Entry, Message, User

_ON_RECORD = Client()  # keeps the administrator's IP address and browser out of the user's audit log


class Person(NamedTuple):
    """Everything that an administrator sees of a user."""

    about: Found
    is_me: bool
    closes_at: datetime | None
    emails: list[Email]
    numbers: list[str]  # phone numbers, as stored
    sessions: list[Listed]
    history: list[Entry]


def find(
    db: Db, me: Principal, text: object = "", *, state: object = "", group: object = "", after: object = ""
) -> People:
    """Return a page of the user list, see `directory.find`.

    Raises:
        BadInput: see `directory.find`.
        Denied: the caller is not in the group `admin`.
        LoggedOut: the session ended.
    """
    approvals.require_admin(db, me)
    return directory.find(db, text, state=state, group=group, after=after)


def person(db: Db, me: Principal, user_id: object) -> Person:
    """Return a user with everything that belongs to the account.

    Raises:
        Denied: the caller is not in the group `admin`.
        LoggedOut: the session ended.
        NotThere: the account does not exist.
    """
    approvals.require_admin(db, me)
    id = _id(user_id)
    row = db.get(User, id, populate_existing=True)
    if row is None:
        raise _gone()
    return Person(
        directory.shown(db, [id])[0],
        id == me.user_id,
        row.closes_at,
        emails.listed(db, id),
        [one.number for one in phones.listed(db, id)],
        sessions.of_user(db, id),
        history.newest(db, id),
    )


def listed_groups(db: Db, me: Principal) -> list[groups.Listed]:
    """Return every group with the number of its members.

    Raises:
        Denied: the caller is not in the group `admin`.
        LoggedOut: the session ended.
    """
    approvals.require_admin(db, me)
    return groups.listed(db)


def dead_messages(db: Db, me: Principal) -> list[Message]:
    """Return the mails and texts that could not be sent, newest first; at most 50.

    Raises:
        Denied: the caller is not in the group `admin`.
        LoggedOut: the session ended.
    """
    approvals.require_admin(db, me)
    dead = select(Message).where(Message.state == "dead").order_by(col(Message.due_at).desc(), col(Message.id))
    return list(db.exec(dead.limit(50)).all())


# Each of the following raises these, besides what the called function in `people` or `groups` raises:
#   BadInput: the account is that of the last active administrator.
#   Denied: the caller is not in the group `admin`.
#   LoggedOut: the session ended.
#   StepUpNeeded: the last authentication is too old.


def disable(db: Db, me: Principal, user_id: object, client: Client) -> None:
    """Disable an account, see `people.disable`."""
    who = _of(db, me, user_id)
    _keep_one(db, who)
    people.disable(db, who, _ON_RECORD, by=me.name)
    _note(db, me, "disabled", client, who)


def enable(db: Db, me: Principal, user_id: object, client: Client) -> None:
    """Enable a disabled account, see `people.enable`."""
    who = _of(db, me, user_id)
    people.enable(db, who, _ON_RECORD, by=me.name)
    _note(db, me, "enabled", client, who)


def approve(db: Db, me: Principal, user_id: object, client: Client) -> None:
    """Approve a pending user, see `approvals.approve`."""
    who = _of(db, me, user_id)
    approvals.approve(db, me, str(who), _ON_RECORD)
    _note(db, me, "approved", client, who)


def close(db: Db, me: Principal, user_id: object, client: Client) -> datetime:
    """Close an account, see `people.close`. Returns when it will be deleted."""
    who = _of(db, me, user_id)
    _keep_one(db, who)
    until = people.close(db, who, _ON_RECORD, by=me.name)
    _note(db, me, "admin_closed", client, who)
    return until


def end_session(db: Db, me: Principal, user_id: object, session_id: object, client: Client) -> None:
    """End one session of a user, see `people.end_session`."""
    who = _of(db, me, user_id)
    people.end_session(db, who, session_id, _ON_RECORD, by=me.name)
    _note(db, me, "admin_session_ended", client, who)


def end_sessions(db: Db, me: Principal, user_id: object, client: Client) -> None:
    """End every session of a user, see `people.end_sessions`."""
    who = _of(db, me, user_id)
    people.end_sessions(db, who, _ON_RECORD, by=me.name)
    _note(db, me, "admin_sessions_ended", client, who)


def resend(db: Db, me: Principal, user_id: object, identifier: object, client: Client) -> None:
    """Send again the message that an address or number of a user needs, see `people.resend`."""
    who = _of(db, me, user_id)
    people.resend(db, who, identifier, _ON_RECORD, by=me.name)
    _note(db, me, "resent", client, who)


def send_again(db: Db, me: Principal, message_id: object, client: Client) -> None:
    """Retry a message that could not be sent.

    Raises:
        BadInput: the message does not exist, or is not dead.
        NotThere: the id is not a UUID.
    """
    _require(db, me)
    row = db.get(Message, _id(message_id))
    if row is None or row.state != "dead":
        raise BadInput(say("This message was already resent or deleted."))
    queue.again(db, row.id)
    history.record(db, me.user_id, "did_resent", client, identifiers.dialled(row.recipient))


def add_to_group(db: Db, me: Principal, user_id: object, group: object, client: Client) -> None:
    """Add a user to a group, see `groups.add`."""
    who = _of(db, me, user_id)
    groups.add(db, who, str(group), _ON_RECORD, by=me.name)
    _note(db, me, "group_joined", client, who, str(group))


def remove_from_group(db: Db, me: Principal, user_id: object, group: object, client: Client) -> None:
    """Remove a user from a group, see `groups.remove`.

    Raises:
        BadInput: the settings name the user as administrator.
    """
    who = _of(db, me, user_id)
    if group == ADMIN and who in groups.named(db):
        raise BadInput(say("This administrator is set in the server’s configuration. Change it there."))
    if group == ADMIN:
        _keep_one(db, who)
    groups.remove(db, who, str(group), _ON_RECORD, by=me.name)
    _note(db, me, "group_left", client, who, str(group))


def create_group(db: Db, me: Principal, name: object, about: object, client: Client) -> str:
    """Create a group, see `groups.create`. Returns its name."""
    _require(db, me)
    made = groups.create(db, name, about)
    history.record(db, me.user_id, "group_made", client, made)
    return made


def delete_group(db: Db, me: Principal, name: object, client: Client) -> None:
    """Delete a group, see `groups.delete`."""
    _require(db, me)
    groups.delete(db, name)
    history.record(db, me.user_id, "group_deleted", client, str(name))


def _require(db: Db, me: Principal) -> None:
    """Require an administrator with a fresh step-up, and let administrators act one after the other.

    Of two administrators who remove each other at once, only the first one succeeds.
    """
    groups.lock(db)
    approvals.require_admin(db, me, fresh=True)


def _of(db: Db, me: Principal, user_id: object) -> UUID:
    _require(db, me)
    id = _id(user_id)
    if db.get(User, id) is None:
        raise _gone()
    return id


def _keep_one(db: Db, who: UUID) -> None:
    """Refuse an action that would leave no active administrator."""
    admins = groups.members(db, ADMIN)
    others = select(User).where(col(User.id).in_([one for one in admins if one != who]))
    active = [one for one in db.exec(others.execution_options(populate_existing=True)) if not one.waits]
    if who in admins and not [one for one in active if one.closes_at is None]:
        raise BadInput(say("This is the last administrator. Add another one first."))


def _note(db: Db, me: Principal, what: str, client: Client, who: UUID, about: str = "") -> None:
    """Write the action and its user to the administrator's own audit log."""
    seen = directory.shown(db, [who])[0]
    history.record(db, me.user_id, f"did_{what}", client, " · ".join(filter(None, (about, seen.name, seen.identifier))))


def _id(text: object) -> UUID:
    try:
        return text if isinstance(text, UUID) else UUID(text if isinstance(text, str) else "")
    except ValueError:
        raise _gone() from None


def _gone() -> NotThere:
    return NotThere(say("This account no longer exists."))
