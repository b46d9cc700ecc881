"""Approvals: new users who cannot log in until a member of the group `admin` approves them."""

from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import update
from sqlmodel import col, select

from authapp.config import settings
from authapp.core import Db, run
from authapp.core.authorization import groups
from authapp.core.base import history, identifiers
from authapp.core.base.devices import Client
from authapp.core.base.errors import BadInput, DeadLink, Denied
from authapp.core.credentials import links
from authapp.core.credentials.links import Done
from authapp.core.messages import outbox
from authapp.core.sessions import sessions
from authapp.core.sessions.sessions import Principal
from authapp.i18n.texts import say
from authapp.models import ActionLink, User
from authapp.routes import route

WAITS = "approval"
LINK_LIFE = timedelta(days=7)
MOST_SHOWN = 100  # pending users in one answer
DONE = say("This account no longer needs approval: another administrator approved it, or it was deleted.")
_NO_LINK = str.maketrans("./:@", "    ")  # a name must not become a link in the approval mail (phishing)


class Applicant(NamedTuple):
    """A new user who waits for an approval."""

    id: UUID
    name: str
    identifier: str  # the main email address, or a phone number
    since: datetime


def ask(db: Db, user_id: UUID) -> None:
    """Block the login of a new user, and mail every administrator a link that approves the user.

    Nothing happens if approvals are off, or if the user is an administrator.
    """
    if not settings().approval or groups.is_in(db, user_id, groups.ADMIN):
        return
    run(db, update(User).where(col(User.id) == user_id).values(waits=WAITS))
    who = _who(db, user_id)
    for admin in groups.members(db, groups.ADMIN):
        for way in identifiers.ways_in(db, admin)[:1]:
            facts = {"user": str(user_id)}
            url = links.issue(db, "approve", email=way, user_id=admin, valid_for=LINK_LIFE, data=facts)
            if identifiers.is_number(way):
                outbox.text(db, way, "approve", who=who, url=url)
            else:
                outbox.mail(db, way, "approve", who=who, url=url)


def waiting(db: Db, me: Principal) -> list[Applicant]:
    """Return the users who wait for an approval, oldest first; at most `MOST_SHOWN`.

    Raises:
        Denied: the caller is not in the group `admin`.
        LoggedOut: the session ended.
    """
    require_admin(db, me)
    waits = select(User).where(User.waits == WAITS, col(User.closes_at).is_(None))
    rows = db.exec(waits.order_by(col(User.created_at), col(User.id)).limit(MOST_SHOWN)).all()
    reached = identifiers.reached_by(db, [row.id for row in rows])
    return [
        Applicant(
            row.id,
            " ".join(part for part in (row.first_name, row.last_name) if part),
            reached.get(row.id, ""),
            row.created_at,
        )
        for row in rows
    ]


def approve(db: Db, me: Principal, user_id: object, client: Client) -> None:
    """Approve a pending user, and notify them.

    Raises:
        BadInput: no pending user has this id.
        Denied: the caller is not in the group `admin`.
        LoggedOut: the session ended.
        StepUpNeeded: the last authentication is too old.
    """
    require_admin(db, me, fresh=True)
    try:
        wanted = UUID(user_id) if isinstance(user_id, str) else None
    except ValueError:
        wanted = None
    if wanted is None or not _end(db, wanted, client):
        raise BadInput(say("No account with this id is waiting for approval."))


def require_admin(db: Db, me: Principal, *, fresh: bool = False) -> None:
    """Require that the caller is an administrator.

    Raises:
        Denied: the caller is not in the group `admin`.
        LoggedOut: the session ended.
        StepUpNeeded: `fresh` is set, and the last authentication is too old.
    """
    sessions.require(db, me, fresh=fresh)
    if not groups.is_in(db, me.user_id, groups.ADMIN):
        raise Denied


def _end(db: Db, user_id: UUID, client: Client) -> bool:
    """Approve a pending user, once. Returns False if the user is not pending."""
    ended = update(User).where(col(User.id) == user_id, col(User.waits) == WAITS).values(waits="")
    if run(db, ended).rowcount != 1:
        return False
    history.record(db, user_id, "approved", client)
    url = f"{settings().url}{route('login')}"
    for way in identifiers.confirmed(db, user_id) or identifiers.ways_in(db, user_id):
        if identifiers.is_number(way):
            outbox.text(db, way, "approved", url=url)
        else:
            outbox.mail(db, way, "approved", url=url)
    return True


def _who(db: Db, user_id: UUID) -> str:
    row = db.get(User, user_id)
    name = f"{row.first_name} {row.last_name}".strip().translate(_NO_LINK) if row else ""
    way = next((identifiers.dialled(one) for one in identifiers.ways_in(db, user_id)), "")
    return f"{name} ({way})" if name and way else name or way or say("an unnamed user")


def _says(db: Db, link: ActionLink) -> str:
    if sessions.waits(db, UUID(link.data["user"])) != WAITS:
        return DONE
    return say("{who} signed up and can log in once you approve.", who=_who(db, UUID(link.data["user"])))


@links.action("approve", heading=say("Approve a new user"), button=say("Approve"), says=_says)
def _approve(db: Db, link: ActionLink) -> Done:
    if link.user_id is None or not groups.is_in(db, link.user_id, groups.ADMIN):
        raise DeadLink(say("Only administrators can approve, and you no longer are one."))
    if not _end(db, UUID(link.data["user"]), links.follower(db)):
        raise DeadLink(DONE)
    return Done(route("approved"))
