"""Claims of identity providers, logins with them, and linked identities."""

from typing import Any
from uuid import UUID

from authapp.core.account import identities
from authapp.core.account.identities import Claims
from authapp.core.authentication import provider_login
from authapp.core.base.callers import Caller
from tests.kit.rules import do
from tests.kit.users import HOME

ISSUER, OTHER = "https://id.example", "https://other.example"


def claims(subject: str = "alice", **changed: Any) -> Claims:
    """Return the claims of a provider about a user, without email address."""
    facts = {"issuer": ISSUER, "provider": "work", "first_name": "Alice", "last_name": "Liddell"}
    return Claims(subject, **facts | changed)


def proven(subject: str = "alice", email: str = "alice@example.com", **changed: Any) -> Claims:
    """Return claims with a verified email address."""
    return claims(subject, email=email, email_verified=True, **changed)


def log_in_with(user_claims: Claims, caller: Caller = HOME, keep: bool = False, old: str | None = None) -> Any:
    """Log in with the claims of a provider."""
    return do(provider_login.log_in, user_claims, keep=keep, caller=caller, old_session_id=old)


def linked_subjects(user_id: UUID) -> list[tuple[str, str]]:
    """Return issuer and subject of each linked identity."""
    return [(row.issuer, row.subject) for row in do(identities.listed, user_id)]
