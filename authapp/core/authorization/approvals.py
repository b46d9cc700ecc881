"""Approvals: new users who cannot log in until a member of the group `admin` approves them."""

from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import update
from sqlmodel import col, select

from authapp.config import settings
from authapp.core import Db, execute
from authapp.core.authorization import actors, groups
from authapp.core.authorization.actors import Actor
from authapp.core.base import audit, identifiers, phone_numbers
from authapp.core.base.errors import BadInput, InvalidActionKey
from authapp.core.base.routes import route
from authapp.core.credentials import link_actions, links
from authapp.core.credentials.link_actions import Done, Visitor
from authapp.core.messages import outbox
from authapp.core.sessions import sessions
from authapp.core.sessions.sessions import Principal
from authapp.i18n.texts import t
from authapp.models import ActionLink, User

WAITS = "approval"
LINK_LIFE = timedelta(days=7)
MOST_SHOWN = 100  # pending users in one answer
DONE = t("This account no longer needs approval: another administrator approved it, or it was deleted.")
_NO_LINK = str.maketrans("./:@", "    ")  # a name must not become a link in the approval mail (phishing)


class PendingUser(NamedTuple):
    """A new user who waits for an approval."""

    id: UUID
    name: str
    identifier: str  # the main email address, or a phone number
    since: datetime


def request_approval(db: Db, user_id: UUID) -> None:
    """Block the login of a new user, and mail every administrator a link that approves the user.

    Nothing happens if approvals are off, or if the user is an administrator.
    """
    if not settings().approval or groups.is_in(db, user_id, groups.ADMIN):
        return
    execute(db, update(User).where(col(User.id) == user_id).values(blocked_by=WAITS))
    label = _user_label(db, user_id)
    for admin in groups.members(db, groups.ADMIN):
        for identifier in identifiers.login_identifiers(db, admin)[:1]:
            facts = {"user": str(user_id)}
            url = links.issue(db, "approve", email=identifier, user_id=admin, valid_for=LINK_LIFE, data=facts)
            if phone_numbers.is_number(identifier):
                outbox.text(db, identifier, "approve", who=label, url=url)
            else:
                outbox.mail(db, identifier, "approve", who=label, url=url)


def pending(db: Db, me: Principal) -> list[PendingUser]:
    """Return the users who wait for an approval, oldest first; at most `MOST_SHOWN`.

    Raises:
        NotAllowed: the caller is not in the group `admin`.
        SessionExpired: the session ended.
    """
    actors.require_admin(db, me)
    query = select(User).where(User.blocked_by == WAITS, col(User.closes_at).is_(None))
    rows = db.exec(query.order_by(col(User.created_at), col(User.id)).limit(MOST_SHOWN)).all()
    contacts = identifiers.reached_by(db, [row.id for row in rows])
    return [
        PendingUser(
            row.id,
            " ".join(part for part in (row.first_name, row.last_name) if part),
            contacts.get(row.id, ""),
            row.created_at,
        )
        for row in rows
    ]


def approve(db: Db, actor: Actor, user_id: object) -> None:
    """Approve a pending user, notify them, and write it to the audit logs of the user and of the administrator.

    Raises:
        BadInput: no pending user has this id.
        NotAllowed: the caller is not in the group `admin`.
        SessionExpired: the session ended.
        StepUpNeeded: the last authentication is too old.
    """
    actors.require(db, actor, fresh=True)
    try:
        pending_id = UUID(user_id) if isinstance(user_id, str) else None
    except ValueError:
        pending_id = None
    if pending_id is None or not _end(db, actor, pending_id):
        raise BadInput(t("No account with this id is waiting for approval."))


def _end(db: Db, actor: Actor, user_id: UUID) -> bool:
    """Approve a pending user, once. Returns False if the user is not pending."""
    statement = update(User).where(col(User.id) == user_id, col(User.blocked_by) == WAITS).values(blocked_by="")
    if execute(db, statement).rowcount != 1:
        return False
    audit.record(db, user_id, "approved", actor.shown_client, actor.name)
    actors.log(db, actor, "did_approved", _name_and_contact(db, user_id))
    url = f"{settings().url}{route('login')}"
    for identifier in identifiers.confirmed(db, user_id) or identifiers.login_identifiers(db, user_id):
        if phone_numbers.is_number(identifier):
            outbox.text(db, identifier, "approved", url=url)
        else:
            outbox.mail(db, identifier, "approved", url=url)
    return True


def _name_and_contact(db: Db, user_id: UUID) -> str:
    row = db.get(User, user_id)
    names = [row.first_name, row.last_name] if row else []
    contact = phone_numbers.format_phone(identifiers.reached_by(db, [user_id]).get(user_id, ""))
    return " · ".join(filter(None, (" ".join(filter(None, names)), contact)))


def _user_label(db: Db, user_id: UUID) -> str:
    row = db.get(User, user_id)
    name = f"{row.first_name} {row.last_name}".strip().translate(_NO_LINK) if row else ""
    contact = next(
        (phone_numbers.format_phone(identifier) for identifier in identifiers.login_identifiers(db, user_id)), ""
    )
    return f"{name} ({contact})" if name and contact else name or contact or t("an unnamed user")


def _says(db: Db, link: ActionLink) -> str:
    if sessions.blocked_by(db, UUID(link.data["user"])) != WAITS:
        return DONE
    return t("{who} signed up and can log in once you approve.", who=_user_label(db, UUID(link.data["user"])))


@link_actions.visitor_action("approve", heading=t("Approve a new user"), button=t("Approve"), says=_says)
def _approve(db: Db, link: ActionLink, visitor: Visitor) -> Done:
    if visitor.me is None or not groups.is_in(db, visitor.me.user_id, groups.ADMIN):
        raise InvalidActionKey(t("Only administrators can approve, and you no longer are one."))
    if not _end(db, Actor(visitor.me, visitor.caller), UUID(link.data["user"])):
        raise InvalidActionKey(DONE)
    return Done(route("approved"))
