"""Who a user is elsewhere: identities, each an (origin, subject) pair that means them. Never an e-mail address."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import delete, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, select

from authapp.config import settings
from authapp.core import Db, clock, identifiers, run
from authapp.core.errors import BadInput, IdentityTaken
from authapp.models import Identity
from authapp.texts import say

MOST = 10  # identities of one user
LONGEST = 255  # characters of a subject


@dataclass(frozen=True, slots=True)
class Claims:
    """What an origin says of a person.

    Args:
        subject: what the origin calls them; never given to anybody else there. At most 255 characters.
        email: their address there, if it says one.
        email_verified: whether the origin made sure that the address is theirs.
        first_name: as they are called there.
        last_name: the same.
        about: how they know this account there: an address or a name. For their own eyes.
        origin: the issuer, else the name the origin is registered under; who verifies need not say it.
        name: the name the origin is registered under; who verifies need not say it.
        proved_at: when they last proved there who they are, if it says so.
        token: digest of what can be shown but once.
        until: when that would be useless anyway.
        nonce: the nonce of the token, if it has one. An ID token (JWT) need not repeat it here: we read it ourselves.
    """

    subject: str
    email: str = ""
    email_verified: bool = False
    first_name: str = ""
    last_name: str = ""
    about: str = ""
    origin: str = ""
    name: str = ""
    proved_at: datetime | None = None
    token: bytes = b""
    until: datetime | None = None
    nonce: str = ""


class Origin(NamedTuple):
    """Who may say who somebody is."""

    name: str
    label: str
    has_page: bool = True  # whether a browser can be sent there to log in
    can_step_up: bool = True  # whether it says when the user authenticated; without that a step-up there proves nothing


_registered: dict[str, Origin] = {}


def register(origin: Origin) -> None:
    """Let an origin say who somebody is."""
    _registered[origin.name] = origin


def origins() -> dict[str, Origin]:
    """Every origin, by its name: those of the settings, then those that the product registered."""
    entries = settings().origins
    return {
        **{one.called: Origin(one.called, one.shown, can_step_up=one.sends_auth_time) for one in entries},
        **_registered,
    }


def label(name: object) -> str:
    """What people call an origin; empty when it is none of ours."""
    known = origins().get(name) if isinstance(name, str) else None
    return known.label if known else ""


def spelled(claims: Claims) -> Claims:
    """The claims as we keep them. What cannot be used is left out, but for the subject.

    Raises:
        BadInput: there is no subject that could be kept.
    """
    subject = claims.subject
    if not identifiers.is_text(subject) or not 0 < len(subject) <= LONGEST:
        raise BadInput(say("The origin says nothing that could be kept."))
    try:
        email = identifiers.email(claims.email)
    except BadInput:
        email = ""
    first, last, about = (_name(text) for text in (claims.first_name, claims.last_name, claims.about))
    about = email or about or " ".join(part for part in (first, last) if part)
    verified = claims.email_verified is True and email != ""
    return replace(claims, email=email, email_verified=verified, first_name=first, last_name=last, about=about)


def find(db: Db, claims: Claims) -> Identity | None:
    """The identity that these claims are of."""
    wanted = select(Identity).where(Identity.origin == claims.origin, Identity.subject == claims.subject)
    return db.exec(wanted.execution_options(populate_existing=True)).first()


def listed(db: Db, user_id: UUID) -> list[Identity]:
    """The identities of a user, by age."""
    mine = select(Identity).where(Identity.user_id == user_id)
    return list(db.exec(mine.order_by(col(Identity.linked_at), col(Identity.id))).all())


def usable(db: Db, user_id: UUID, *, but: UUID | None = None) -> bool:
    """Whether a user can log in with an identity: of an origin that is still registered, and not suspended."""
    known = origins()
    return any(one.name in known and one.id != but and not one.suspended_at for one in listed(db, user_id))


def add(db: Db, user_id: UUID, claims: Claims) -> Identity:
    """Make an identity a user's; of two who are at it, the table knows the first.

    Raises:
        IdentityTaken: it is somebody's.
    """
    row = Identity(
        user_id=user_id,
        origin=claims.origin,
        subject=claims.subject,
        name=claims.name,
        about=claims.about,
        linked_at=clock.now(),
    )
    try:
        with db.begin_nested():
            db.add(row)
    except IntegrityError:
        raise IdentityTaken(label(claims.name)) from None
    return row


def of(db: Db, user_id: UUID, id: object) -> Identity:
    """An identity of a user, by its id.

    Raises:
        BadInput: there is none.
    """
    try:
        row = db.get(Identity, UUID(id), populate_existing=True) if isinstance(id, str) else None
    except ValueError:
        row = None
    if row is None or row.user_id != user_id:
        raise BadInput(say("This account is not linked to yours any more."))
    return row


def forget(db: Db, id: UUID) -> None:
    """Take an identity from its user."""
    run(db, delete(Identity).where(col(Identity.id) == id))


def undo(db: Db, user_id: UUID, id: str) -> None:
    """Take an identity back; a last way in stays."""
    for one in listed(db, user_id):
        if str(one.id) == id and (identifiers.ways_in(db, user_id) or usable(db, user_id, but=one.id)):
            forget(db, one.id)


def suspend(db: Db, user_id: UUID, since: datetime, now: datetime) -> None:
    """Stop logins with every identity that was linked after a moment, until it is linked again: a thief's way back."""
    newer = (col(Identity.user_id) == user_id, col(Identity.linked_at) > since, col(Identity.suspended_at).is_(None))
    run(db, update(Identity).where(*newer).values(suspended_at=now))


def lift(db: Db, user_id: UUID, suspended_at: datetime) -> None:
    """Allow logins again with the identities that were suspended at a moment."""
    then = (col(Identity.user_id) == user_id, col(Identity.suspended_at) == suspended_at)
    run(db, update(Identity).where(*then).values(suspended_at=None))


def called(db: Db, user_id: UUID) -> str:
    """What stands for the identifier of a user who has no address and no number; it can never be looked up as one."""
    for one in listed(db, user_id):
        name = one.about.strip()
        odd = "@" in name or name.startswith("+") or not any(letter.isalpha() for letter in name)
        return (label(one.name) or one.name) if odd else name
    return ""


def identifier(db: Db, user_id: UUID) -> str:
    """What a session of a user is opened with, who came with an identity: the main address or number, if any."""
    return next(iter(identifiers.ways_in(db, user_id)), "") or called(db, user_id)


def _name(text: object) -> str:
    try:
        return identifiers.name(text[: identifiers.LONGEST_NAME] if isinstance(text, str) else "", "name")
    except BadInput:
        return ""
