"""Who belongs to which group: a named set of users, for guards."""

from uuid import UUID

from sqlalchemy import delete
from sqlmodel import col, select

from authapp.config import settings
from authapp.core import Db, identifiers, run
from authapp.core.devices import Client
from authapp.models import Membership

ADMIN = "admin"


def add(db: Db, user_id: UUID, group: str) -> None:
    """Put a user into a group."""
    if db.get(Membership, (user_id, group)) is None:
        db.add(Membership(user_id=user_id, name=group))
        db.flush()


def remove(db: Db, user_id: UUID, group: str) -> None:
    """Take a user out of a group. Whom the settings name as administrator stays one."""
    run(db, delete(Membership).where(col(Membership.user_id) == user_id, col(Membership.name) == group))


def is_in(db: Db, user_id: UUID, group: str) -> bool:
    """Whether a user is in a group."""
    return db.get(Membership, (user_id, group)) is not None or user_id in _named(db, group)


def members(db: Db, group: str) -> list[UUID]:
    """The users in a group; of `admin`, those whom the settings name come first."""
    listed = db.exec(select(Membership.user_id).where(Membership.name == group)).all()
    return list(dict.fromkeys([*_named(db, group), *listed]))


def _named(db: Db, group: str) -> list[UUID]:
    """Whom the settings name, as far as they are there."""
    names = settings().admins.split(",") if group == ADMIN else []
    owners = (identifiers.owner(db, identifiers.lookup(one, Client())) for one in names if one.strip())
    return [one for one in owners if one]
