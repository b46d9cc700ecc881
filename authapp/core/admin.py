"""What members of the group `admin` may do: see everybody, and act for them, with a fresh proof and on record."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlmodel import col, select

from authapp.core import (
    Db,
    approvals,
    directory,
    emails,
    groups,
    history,
    identifiers,
    outbox,
    people,
    phones,
    sessions,
)
from authapp.core.devices import Client
from authapp.core.directory import Found, People
from authapp.core.errors import BadInput, NotThere
from authapp.core.groups import ADMIN
from authapp.core.sessions import Listed, Principal
from authapp.models import Email, Entry, Message, User
from authapp.texts import say

_ON_RECORD = Client()  # where an administrator sits is nobody's business


class Person(NamedTuple):
    """Everything an administrator sees of somebody."""

    about: Found
    is_me: bool
    closes_at: datetime | None
    emails: list[Email]
    numbers: list[str]  # as they are stored
    sessions: list[Listed]
    history: list[Entry]


def find(
    db: Db, me: Principal, text: object = "", *, state: object = "", group: object = "", after: object = ""
) -> People:
    """A page of the list of people, as `directory.find` gives it.

    Raises:
        BadInput: as it says.
        Denied: who asks is not in the group `admin`.
        LoggedOut: the session ended.
    """
    approvals.require_admin(db, me)
    return directory.find(db, text, state=state, group=group, after=after)


def person(db: Db, me: Principal, user_id: object) -> Person:
    """Somebody, with everything that belongs to the account.

    Raises:
        Denied: who asks is not in the group `admin`.
        LoggedOut: the session ended.
        NotThere: there is no such account.
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
    """Every group, and how many are in it.

    Raises:
        Denied: who asks is not in the group `admin`.
        LoggedOut: the session ended.
    """
    approvals.require_admin(db, me)
    return groups.listed(db)


def dead_messages(db: Db, me: Principal) -> list[Message]:
    """The mails and texts that could not be sent, newest first; at most 50.

    Raises:
        Denied: who asks is not in the group `admin`.
        LoggedOut: the session ended.
    """
    approvals.require_admin(db, me)
    dead = select(Message).where(Message.state == "dead").order_by(col(Message.due_at).desc(), col(Message.id))
    return list(db.exec(dead.limit(50)).all())


# Each of the following raises besides what the deed in `people` or `groups` says:
#   BadInput: it would leave nobody who can administer.
#   Denied: who asks is not in the group `admin`.
#   LoggedOut: the session ended.
#   StepUpNeeded: the last proof is too old.


def disable(db: Db, me: Principal, user_id: object, client: Client) -> None:
    """Keep somebody out, as `people.disable` does."""
    who = _of(db, me, user_id)
    _keep_one(db, who)
    people.disable(db, who, _ON_RECORD, by=me.name)
    _note(db, me, "disabled", client, who)


def enable(db: Db, me: Principal, user_id: object, client: Client) -> None:
    """Let somebody in again, as `people.enable` does."""
    who = _of(db, me, user_id)
    people.enable(db, who, _ON_RECORD, by=me.name)
    _note(db, me, "enabled", client, who)


def approve(db: Db, me: Principal, user_id: object, client: Client) -> None:
    """End somebody's wait, as `approvals.approve` does."""
    who = _of(db, me, user_id)
    approvals.approve(db, me, str(who), _ON_RECORD)
    _note(db, me, "approved", client, who)


def close(db: Db, me: Principal, user_id: object, client: Client) -> datetime:
    """Close somebody's account, as `people.close` does."""
    who = _of(db, me, user_id)
    _keep_one(db, who)
    until = people.close(db, who, _ON_RECORD, by=me.name)
    _note(db, me, "admin_closed", client, who)
    return until


def end_session(db: Db, me: Principal, user_id: object, session_id: object, client: Client) -> None:
    """End one session of somebody, as `people.end_session` does."""
    who = _of(db, me, user_id)
    people.end_session(db, who, session_id, _ON_RECORD, by=me.name)
    _note(db, me, "admin_session_ended", client, who)


def end_sessions(db: Db, me: Principal, user_id: object, client: Client) -> None:
    """End every session of somebody, as `people.end_sessions` does."""
    who = _of(db, me, user_id)
    people.end_sessions(db, who, _ON_RECORD, by=me.name)
    _note(db, me, "admin_sessions_ended", client, who)


def resend(db: Db, me: Principal, user_id: object, identifier: object, client: Client) -> None:
    """Send somebody again what an address or number needs, as `people.resend` does."""
    who = _of(db, me, user_id)
    people.resend(db, who, identifier, _ON_RECORD, by=me.name)
    _note(db, me, "resent", client, who)


def send_again(db: Db, me: Principal, message_id: object, client: Client) -> None:
    """Send a dead message once more.

    Raises:
        BadInput: there is none.
    """
    _require(db, me)
    row = db.get(Message, _id(message_id))
    if row is None or row.state != "dead":
        raise BadInput(say("This message is on its way already, or forgotten."))
    outbox.again(db, row.id)
    history.record(db, me.user_id, "did_resent", client, identifiers.dialled(row.recipient))


def add_to_group(db: Db, me: Principal, user_id: object, group: object, client: Client) -> None:
    """Put somebody into a group, as `groups.add` does."""
    who = _of(db, me, user_id)
    groups.add(db, who, str(group), _ON_RECORD, by=me.name)
    _note(db, me, "group_joined", client, who, str(group))


def remove_from_group(db: Db, me: Principal, user_id: object, group: object, client: Client) -> None:
    """Take somebody out of a group, as `groups.remove` does.

    Raises:
        BadInput: the settings name them as administrator.
    """
    who = _of(db, me, user_id)
    if group == ADMIN and who in groups.named(db):
        raise BadInput(say("The settings name this person as administrator; they are changed there."))
    if group == ADMIN:
        _keep_one(db, who)
    groups.remove(db, who, str(group), _ON_RECORD, by=me.name)
    _note(db, me, "group_left", client, who, str(group))


def create_group(db: Db, me: Principal, name: object, about: object, client: Client) -> str:
    """Make a group, as `groups.create` does."""
    _require(db, me)
    made = groups.create(db, name, about)
    history.record(db, me.user_id, "group_made", client, made)
    return made


def delete_group(db: Db, me: Principal, name: object, client: Client) -> None:
    """Remove a group, as `groups.delete` does."""
    _require(db, me)
    groups.delete(db, name)
    history.record(db, me.user_id, "group_deleted", client, str(name))


def _require(db: Db, me: Principal) -> None:
    """Administrators act one after the other: of two who remove each other, the second is none any more."""
    groups.lock(db)
    approvals.require_admin(db, me, fresh=True)


def _of(db: Db, me: Principal, user_id: object) -> UUID:
    _require(db, me)
    id = _id(user_id)
    if db.get(User, id) is None:
        raise _gone()
    return id


def _keep_one(db: Db, who: UUID) -> None:
    """Refuse what would leave nobody who can administer."""
    admins = groups.members(db, ADMIN)
    others = select(User).where(col(User.id).in_([one for one in admins if one != who]))
    active = [one for one in db.exec(others.execution_options(populate_existing=True)) if not one.waits]
    if who in admins and not [one for one in active if one.closes_at is None]:
        raise BadInput(say("This is the last administrator. Make somebody else one first."))


def _note(db: Db, me: Principal, what: str, client: Client, who: UUID, about: str = "") -> None:
    """In the history of who did it: what, and to whom."""
    seen = directory.shown(db, [who])[0]
    history.record(db, me.user_id, f"did_{what}", client, " · ".join(filter(None, (about, seen.name, seen.identifier))))


def _id(text: object) -> UUID:
    try:
        return text if isinstance(text, UUID) else UUID(text if isinstance(text, str) else "")
    except ValueError:
        raise _gone() from None


def _gone() -> NotThere:
    return NotThere(say("This account is not there any more."))
