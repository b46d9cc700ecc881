"""Groups: named sets of users, for access rules."""

import re
from collections.abc import Iterable
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, func
from sqlalchemy import delete as delete_from
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, select

from authapp.config import settings
from authapp.core import Db, execute
from authapp.core.base import audit, clock, identifiers, typed_text
from authapp.core.base.callers import Caller
from authapp.core.base.changes import changes
from authapp.core.base.errors import BadInput, NotFound
from authapp.i18n.texts import t
from authapp.models import Group, Membership, Session, User

ADMIN = "admin"  # its members may open the admin page; it always exists
LONGEST_NAME = 40
LONGEST_ABOUT = 200
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*")
_UNKNOWN = Caller()


class Listed(NamedTuple):
    """A group with the number of its members."""

    name: str
    about: str
    size: int


def create(db: Db, name: object, about: object = "") -> str:
    """Create a group and return its name.

    Raises:
        BadInput: the group exists, the name is invalid, or the description is too long.
    """
    group, description = spelled(name), about.strip() if typed_text.is_text(about) else ""
    if len(description) > LONGEST_ABOUT:
        raise BadInput(t("Use at most {most} characters.", most=LONGEST_ABOUT), field="about")
    if group == ADMIN or not ensure(db, group, description):
        raise BadInput(t("A group with this name already exists."), field="group")
    return group


def delete(db: Db, name: object) -> None:
    """Delete a group with all its memberships.

    Raises:
        BadInput: the group does not exist, or it is `admin`.
    """
    if name == ADMIN:
        raise BadInput(t("The group “admin” cannot be deleted."))
    if not typed_text.is_text(name) or not execute(db, delete_from(Group).where(col(Group.name) == name)).rowcount:
        raise _no_such(name)
    member_ids = select(Membership.user_id).where(Membership.name == name)
    _announce(db, col(Session.user_id).in_(member_ids))
    execute(db, delete_from(Membership).where(col(Membership.name) == name))


def add(db: Db, user_id: UUID, group: str, *, by: str = "") -> None:
    """Add a user to a group.

    Args:
        user_id: the user.
        group: the name of the group.
        by: the name of the administrator, for the audit log.

    Raises:
        BadInput: the group does not exist.
        NotFound: the user does not exist.
    """
    if group == ADMIN:
        ensure(db, ADMIN, "")
    if not typed_text.is_text(group) or not kept(db, [group]):
        raise _no_such(group)
    identifiers.lock_user(db, user_id)
    if db.get(User, user_id) is None:
        raise NotFound(t("This account no longer exists."))
    if db.get(Membership, (user_id, group), populate_existing=True):
        return
    db.add(Membership(user_id=user_id, name=group))
    _announce(db, col(Session.user_id) == user_id)
    audit.record(db, user_id, "group_joined", _UNKNOWN, _about(group, by))


def remove(db: Db, user_id: UUID, group: str, *, by: str = "") -> None:
    """Remove a user from a group. Administrators that the settings name stay administrators."""
    identifiers.lock_user(db, user_id)
    if row := db.get(Membership, (user_id, group), populate_existing=True):
        db.delete(row)
        _announce(db, col(Session.user_id) == user_id)
        audit.record(db, user_id, "group_left", _UNKNOWN, _about(group, by))


def is_in(db: Db, user_id: UUID, group: str) -> bool:
    """Return whether a user is in a group."""
    return db.get(Membership, (user_id, group)) is not None or user_id in _named(db, group)


def of(db: Db, user_id: UUID) -> list[str]:
    """Return the names of a user's groups, sorted."""
    memberships = set(db.exec(select(Membership.name).where(Membership.user_id == user_id)).all())
    return sorted(memberships | ({ADMIN} if user_id in _named(db, ADMIN) else set()))


def members(db: Db, group: str) -> list[UUID]:
    """Return the users in a group; for `admin`, those that the settings name come first."""
    member_ids = db.exec(select(Membership.user_id).where(Membership.name == group)).all()
    return list(dict.fromkeys([*_named(db, group), *member_ids]))


def listed(db: Db) -> list[Listed]:
    """Return every group, sorted by name."""
    query = select(Membership.name, func.count()).group_by(col(Membership.name))
    counts = dict(db.exec(query).all())
    counts[ADMIN] = len(members(db, ADMIN))
    descriptions = {group.name: group.about for group in db.exec(select(Group)).all()} | {ADMIN: t("Administrators")}
    return [Listed(name, descriptions[name], counts.get(name, 0)) for name in sorted(descriptions)]


def missing(db: Db, wanted: Iterable[str]) -> list[str]:
    """Return the names that belong to no group, sorted."""
    return sorted({*wanted} - names(db))


def lock(db: Db) -> None:
    """Lock the group `admin`. Concurrent changes of administrators, or of their logins, run one after the other."""
    ensure(db, ADMIN, "")
    db.exec(select(Group.name).where(Group.name == ADMIN).with_for_update()).all()


def kept(db: Db, wanted: Iterable[str]) -> set[str]:
    """Return which of these groups exist, and lock them against deletion until the transaction ends."""
    existing: set[str] = set()
    # `admin` first, the order of locks in `admin`.
    for name in sorted(wanted, key=lambda group: (group != ADMIN, group)):
        query = select(Group.name).where(Group.name == name).with_for_update(read=True)
        existing.update(db.exec(query).all())
    return existing


def names(db: Db) -> set[str]:
    """Return the names of all groups."""
    return {ADMIN, *db.exec(select(Group.name)).all()}


def ensure(db: Db, name: str, about: str = "") -> bool:
    """Create a group unless it exists. Returns whether it is new; in a race, the primary key lets one win."""
    if db.get(Group, name, populate_existing=True):
        return False
    try:
        with db.begin_nested():
            db.add(Group(name=name, about=about, created_at=clock.now()))
    except IntegrityError:
        return False
    return True


def spelled(name: object) -> str:
    """Return the normalized name of a group.

    Raises:
        BadInput: the name is invalid.
    """
    text = name.strip() if typed_text.is_text(name) else ""
    if not _NAME.fullmatch(text) or len(text) > LONGEST_NAME:
        most = LONGEST_NAME
        message = t("Use at most {most} lowercase letters, digits, - and _ for the name.", most=most)
        raise BadInput(message, field="group")
    return text


def _no_such(name: object) -> BadInput:
    return BadInput(t("Group “{name}” does not exist.", name=str(name)[:LONGEST_NAME]), field="group")


def _about(group: str, by: str) -> str:
    return " · ".join(part for part in (group, by) if part)


def _announce(db: Db, condition: ColumnElement[bool]) -> None:
    """Make caches and open tabs of these users reload the principal after the commit."""
    session_ids = set(db.exec(select(Session.id).where(condition)).all())
    changes(db).keys_changed.update(session_ids)
    changes(db).groups_changed.update(session_ids)


def _named(db: Db, group: str) -> list[UUID]:
    return named(db) if group == ADMIN else []


def named(db: Db) -> list[UUID]:
    """Return the administrators that the settings name, as far as they have an account."""
    owners = (identifiers.owner(db, identifier) for identifier in identifiers.listed(settings().admins))
    return [owner for owner in owners if owner]
