"""The admin page: what it lists, and the actions that concern no single account (those are in `people`)."""

from datetime import datetime
from typing import NamedTuple

from authapp.core import Db
from authapp.core.account import emails, phones
from authapp.core.admin import administrators, directory
from authapp.core.admin.directory import Found, People, Search
from authapp.core.authorization import actors, groups
from authapp.core.authorization.actors import Actor
from authapp.core.base import audit, phone_numbers
from authapp.core.base.errors import BadInput
from authapp.core.base.rate_limits import texts
from authapp.core.messages import queue
from authapp.core.sessions import session_list
from authapp.core.sessions.session_list import Listed
from authapp.core.sessions.sessions import Principal
from authapp.i18n.texts import t
from authapp.models import AuditEvent, Email, Message, Phone, User


class Person(NamedTuple):
    """Everything that an administrator sees of a user."""

    about: Found
    is_me: bool
    closes_at: datetime | None
    emails: list[Email]
    phones: list[Phone]
    sessions: list[Listed]
    history: list[AuditEvent]


def find(db: Db, me: Principal, search: Search) -> People:
    """Return a page of the user list, see `directory.find`.

    Raises:
        BadInput: see `directory.find`.
        NotAllowed: the caller is not in the group `admin`.
        SessionExpired: the session ended.
    """
    actors.require_admin(db, me)
    return directory.find(db, search)


def person(db: Db, me: Principal, user_id: object) -> Person:
    """Return a user with everything that belongs to the account.

    Raises:
        NotAllowed: the caller is not in the group `admin`.
        SessionExpired: the session ended.
        NotFound: the account does not exist.
    """
    actors.require_admin(db, me)
    id = administrators.id_of(user_id)
    row = db.get(User, id, populate_existing=True)
    if row is None:
        raise administrators.gone()
    return Person(
        directory.shown(db, [id])[0],
        id == me.user_id,
        row.closes_at,
        emails.listed(db, id),
        phones.listed(db, id),
        session_list.of_user(db, id),
        audit.newest(db, id),
    )


def listed_groups(db: Db, me: Principal) -> list[groups.Listed]:
    """Return every group with the number of its members.

    Raises:
        NotAllowed: the caller is not in the group `admin`.
        SessionExpired: the session ended.
    """
    actors.require_admin(db, me)
    return groups.listed(db)


def failed_messages(db: Db, me: Principal) -> list[Message]:
    """Return the mails and texts that did not arrive, or that the provider does not send now, newest first; at most 50.

    Raises:
        NotAllowed: the caller is not in the group `admin`.
        SessionExpired: the session ended.
    """
    actors.require_admin(db, me)
    return queue.failures(db, 50)


def used_texts(db: Db, me: Principal) -> list[texts.Usage]:
    """Return the daily caps of text messages of which half or more is used, that of the whole site first.

    Raises:
        NotAllowed: the caller is not in the group `admin`.
        SessionExpired: the session ended.
    """
    actors.require_admin(db, me)
    return texts.used(db)


# Each of the following raises these, besides what its docstring names:
#   NotAllowed: the actor is not in the group `admin`.
#   SessionExpired: the session of the actor ended.
#   StepUpNeeded: the last authentication of the actor is too old.


def send_again(db: Db, actor: Actor, message_id: object) -> None:
    """Retry a message that could not be sent.

    Raises:
        BadInput: the message does not exist, was sent, or its text was deleted.
        NotFound: the id is not a UUID.
    """
    administrators.require(db, actor)
    row = db.get(Message, administrators.id_of(message_id))
    if row is None or not queue.may_be_resent(row):
        raise BadInput(t("This message was already resent or deleted."))
    queue.again(db, row.id)
    actors.log(db, actor, "did_resent", phone_numbers.format_phone(row.recipient))


def create_group(db: Db, actor: Actor, name: object, about: object = "") -> str:
    """Create a group, see `groups.create`. Returns its name."""
    administrators.require(db, actor)
    group = groups.create(db, name, about)
    actors.log(db, actor, "group_made", group)
    return group


def delete_group(db: Db, actor: Actor, name: object) -> None:
    """Delete a group, see `groups.delete`."""
    administrators.require(db, actor)
    groups.delete(db, name)
    actors.log(db, actor, "group_deleted", str(name))
