"""Identities (linked accounts) of users at identity providers.

The pair (`issuer`, `subject`) identifies a user. An email address from a provider never does.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import delete, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, select

from authapp.config import settings
from authapp.core import Db, execute
from authapp.core.base import clock, identifiers, person_names, typed_text
from authapp.core.base.errors import BadInput, IdentityTaken
from authapp.core.base.process_state import registrations
from authapp.i18n.texts import t
from authapp.models import Identity

MOST = 10  # identities of one user
LONGEST = 255  # characters of a subject


@dataclass(frozen=True, slots=True)
class Claims:
    """Claims of an identity provider about a user.

    Args:
        subject: the provider's id of the user, which it never reuses for another user. At most 255 characters.
        email: the email address at the provider, if it sends one.
        email_verified: whether the provider verified that the email address belongs to the user.
        first_name: the first name at the provider.
        last_name: the last name at the provider.
        about: an email address or name by which the user recognizes the account. Only the user sees it.
        issuer: the issuer, else the registered name of the provider. A token verifier may leave it empty.
        provider: the registered name of the provider. A token verifier may leave it empty.
        proved_at: when the user last authenticated at the provider, if it sends that.
        token: digest of a token that is accepted only once (replay protection).
        until: when that token expires, so that its digest need not be kept longer.
        nonce: the nonce of the token, if it has one. Not needed for an ID token (JWT): authapp reads it from the token.
    """

    subject: str
    email: str = ""
    email_verified: bool = False
    first_name: str = ""
    last_name: str = ""
    about: str = ""
    issuer: str = ""
    provider: str = ""
    proved_at: datetime | None = None
    token: bytes = b""
    until: datetime | None = None
    nonce: str = ""


class Provider(NamedTuple):
    """An identity provider that users can log in with."""

    name: str
    label: str
    has_page: bool = True  # whether a browser can be sent to a login page of the provider
    can_step_up: bool = True  # whether it sends `auth_time`; without that a step-up with it proves nothing
    preset: str = ""  # name of its preset, which has a logo


_registered: dict[str, Provider] = registrations({})


def register(provider: Provider) -> None:
    """Register an identity provider under its name."""
    _registered[provider.name] = provider


def providers() -> dict[str, Provider]:
    """Return all identity providers by name: those of the settings, then those that the product registered."""
    of_settings = {
        entry.called: Provider(entry.called, entry.shown, can_step_up=entry.sends_auth_time, preset=entry.preset or "")
        for entry in settings().providers
    }
    return {**of_settings, **_registered}


def label(name: object) -> str:
    """Return the display name of an identity provider; empty when no provider has this name."""
    provider = providers().get(name) if isinstance(name, str) else None
    return provider.label if provider else ""


def normalized(claims: Claims) -> Claims:
    """Return the claims in the form that we store. Unusable claims become empty, except the subject.

    Raises:
        BadInput: the subject is missing or cannot be stored.
    """
    subject = claims.subject
    if not typed_text.is_text(subject) or not 0 < len(subject) <= LONGEST:
        raise BadInput(t("The provider sent no user information that could be stored."))
    try:
        email = identifiers.email(claims.email)
    except BadInput:
        email = ""
    first, last, about = (_name(text) for text in (claims.first_name, claims.last_name, claims.about))
    about = email or about or " ".join(part for part in (first, last) if part)
    verified = claims.email_verified is True and email != ""
    return replace(claims, email=email, email_verified=verified, first_name=first, last_name=last, about=about)


def find(db: Db, claims: Claims) -> Identity | None:
    """Return the stored identity with the `issuer` and `subject` of the claims, or None."""
    query = select(Identity).where(Identity.issuer == claims.issuer, Identity.subject == claims.subject)
    return db.exec(query.execution_options(populate_existing=True)).first()


def listed(db: Db, user_id: UUID) -> list[Identity]:
    """Return the identities of a user, the oldest first."""
    query = select(Identity).where(Identity.user_id == user_id)
    return list(db.exec(query.order_by(col(Identity.linked_at), col(Identity.id))).all())


def usable(db: Db, user_id: UUID, *, but: UUID | None = None) -> bool:
    """Return whether a user can log in with an identity.

    Its provider must still be registered and it must not be suspended. The identity `but` is ignored.
    """
    registry = providers()
    return any(
        identity.provider in registry and identity.id != but and not identity.suspended_at
        for identity in listed(db, user_id)
    )


def add(db: Db, user_id: UUID, claims: Claims) -> Identity:
    """Add an identity to a user. A unique index decides when two requests try it at once.

    Raises:
        IdentityTaken: the identity belongs to a user already.
    """
    row = Identity(
        user_id=user_id,
        issuer=claims.issuer,
        subject=claims.subject,
        provider=claims.provider,
        about=claims.about,
        linked_at=clock.now(),
    )
    try:
        with db.begin_nested():
            db.add(row)
    except IntegrityError:
        raise IdentityTaken(label(claims.provider)) from None
    return row


def of(db: Db, user_id: UUID, id: object) -> Identity:
    """Return an identity of a user by its id.

    Raises:
        BadInput: the user has no identity with this id.
    """
    try:
        row = db.get(Identity, UUID(id), populate_existing=True) if isinstance(id, str) else None
    except ValueError:
        row = None
    if row is None or row.user_id != user_id:
        raise BadInput(t("This account is no longer linked to yours."))
    return row


def forget(db: Db, id: UUID) -> None:
    """Delete an identity."""
    execute(db, delete(Identity).where(col(Identity.id) == id))


def undo(db: Db, user_id: UUID, id: str) -> None:
    """Delete an identity that a security mail reported, unless it is the only way to log in."""
    for identity in listed(db, user_id):
        if str(identity.id) == id and (
            identifiers.login_identifiers(db, user_id) or usable(db, user_id, but=identity.id)
        ):
            forget(db, identity.id)


def suspend(db: Db, user_id: UUID, since: datetime, now: datetime) -> None:
    """Suspend the identities that were linked after `since`, until they are linked again: a thief may have linked them.

    Args:
        db: the transaction.
        user_id: the user.
        since: identities that were linked after this time are suspended.
        now: the time of the suspension, with which `lift` can undo it.
    """
    conditions = (
        col(Identity.user_id) == user_id,
        col(Identity.linked_at) > since,
        col(Identity.suspended_at).is_(None),
    )
    execute(db, update(Identity).where(*conditions).values(suspended_at=now))


def lift(db: Db, user_id: UUID, suspended_at: datetime) -> None:
    """Allow logins again with the identities that `suspend` suspended at this time."""
    conditions = (col(Identity.user_id) == user_id, col(Identity.suspended_at) == suspended_at)
    execute(db, update(Identity).where(*conditions).values(suspended_at=None))


def called(db: Db, user_id: UUID) -> str:
    """Return a display name in place of an identifier, for a user without an email address and phone number.

    It never looks like an email address or phone number, so it cannot be confused with another user's identifier.
    """
    for identity in listed(db, user_id):
        name = identity.about.strip()
        is_ambiguous = "@" in name or name.startswith("+") or not any(letter.isalpha() for letter in name)
        return (label(identity.provider) or identity.provider) if is_ambiguous else name
    return ""


def identifier(db: Db, user_id: UUID) -> str:
    """Return the identifier of a session after a social login: the first of `login_identifiers`, else `called`."""
    return next(iter(identifiers.login_identifiers(db, user_id)), "") or called(db, user_id)


def _name(text: object) -> str:
    try:
        return person_names.name(text[: person_names.LONGEST_NAME] if isinstance(text, str) else "", "name")
    except BadInput:
        return ""
