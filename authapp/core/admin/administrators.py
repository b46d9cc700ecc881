"""Shared parts of administrator actions: permission, the account, the last administrator, and the audit logs."""

from uuid import UUID

from sqlmodel import col, select

from authapp.core import Db
from authapp.core.admin import directory
from authapp.core.authorization import actors, groups
from authapp.core.authorization.actors import Actor
from authapp.core.authorization.groups import ADMIN
from authapp.core.base import audit
from authapp.core.base.errors import BadInput, NotFound
from authapp.i18n.texts import t
from authapp.models import User


def require(db: Db, actor: Actor) -> None:
    """Require a command, or an administrator with a fresh step-up. Administrators act one after the other.

    Of two administrators who remove each other at once, only the first one succeeds.

    Raises:
        NotAllowed: the caller is not in the group `admin`.
        SessionExpired: the session ended.
        StepUpNeeded: the last authentication is too old.
    """
    if actor.principal:
        groups.lock(db)
        actors.require(db, actor, fresh=True)


def account(db: Db, actor: Actor, user_id: object) -> UUID:
    """Return the id of an account that the actor may change.

    Raises:
        NotAllowed, SessionExpired, StepUpNeeded: see `require`.
        NotFound: the account does not exist.
    """
    require(db, actor)
    id = id_of(user_id)
    if db.get(User, id) is None:
        raise gone()
    return id


def require_other_administrator(db: Db, actor: Actor, user_id: UUID) -> None:
    """Refuse an action of an administrator that would leave no active administrator."""
    if actor.principal is None:
        return
    admins = groups.members(db, ADMIN)
    others = select(User).where(col(User.id).in_([admin_id for admin_id in admins if admin_id != user_id]))
    active_users = [user for user in db.exec(others.execution_options(populate_existing=True)) if not user.blocked_by]
    if user_id in admins and not [user for user in active_users if user.closes_at is None]:
        raise BadInput(t("This is the last administrator. Add another one first."))


def record(db: Db, actor: Actor, user_id: UUID, what: str, about: str = "") -> None:
    """Write an action to the audit log of the user and, with the user's name, to that of the administrator."""
    details = " · ".join(filter(None, (about, actor.name)))
    audit.record(db, user_id, what, actor.shown_client, details)
    note(db, actor, user_id, what)


def note(db: Db, actor: Actor, user_id: UUID, what: str, about: str = "") -> None:
    """Write an action and its user to the administrator's own audit log."""
    if actor.principal:
        user = directory.shown(db, [user_id])[0]
        actors.log(db, actor, f"did_{what}", " · ".join(filter(None, (about, user.name, user.identifier))))


def id_of(text: object) -> UUID:
    """Return the UUID in an input.

    Raises:
        NotFound: it is not a UUID.
    """
    try:
        return text if isinstance(text, UUID) else UUID(text if isinstance(text, str) else "")
    except ValueError:
        raise gone() from None


def gone() -> NotFound:
    """Return the refusal of an account that does not exist."""
    return NotFound(t("This account no longer exists."))
