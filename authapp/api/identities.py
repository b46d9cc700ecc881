"""Linked accounts of the user at identity providers: list, link, unlink."""

from uuid import UUID

from fastapi import APIRouter

from authapp.api.refusals import documented
from authapp.api.session import From, Member
from authapp.core.account import identities
from authapp.core.authentication import challenges, provider_login
from authapp.core.base.errors import (
    ChallengeNotFoundOrExpired,
    IdentityTaken,
    NotFound,
    ProviderUnavailable,
    SessionExpired,
    StepUpNeeded,
    Unverified,
)
from authapp.core.sessions.sessions import Principal
from authapp.db import read, run
from authapp.providers import logins
from authapp.wire.identities import Identities, IdentityRow, LinkIdentityBody

router = APIRouter(tags=["identities"], prefix="/identities")


@router.get("", responses=documented(SessionExpired))
async def show(me: Member) -> Identities:
    """List the accounts at identity providers that the user can log in with."""
    return await _list(me)


@router.post(
    "",
    status_code=201,
    responses=documented(
        SessionExpired, ChallengeNotFoundOrExpired, IdentityTaken, ProviderUnavailable, StepUpNeeded, Unverified
    ),
)
async def link(body: LinkIdentityBody, me: Member, caller: From) -> Identities:
    """Link an account at an identity provider. The body has a token of the provider, as for a login."""
    if not me.is_fresh:
        raise StepUpNeeded  # before the token is used up
    nonce = await run(challenges.spend_nonce, body.challenge_id) if body.challenge_id else None
    await run(provider_login.link, me, await logins.claims_of(body.auth_origin, body.token, nonce), caller)
    return await _list(me)


@router.delete("/{id:uuid}", responses=documented(SessionExpired, NotFound, StepUpNeeded))
async def unlink(id: UUID, me: Member, caller: From) -> Identities:
    """Unlink an account at an identity provider. The last way to log in cannot be unlinked."""
    await run(provider_login.unlink, me, str(id), caller)
    return await _list(me)


async def _list(me: Principal) -> Identities:
    return Identities(
        identities=[
            IdentityRow.of(
                identity,
                auth_origin=identity.provider,
                label=identities.label(identity.provider),
                suspended=identity.suspended_at is not None,
            )
            for identity in await read(identities.listed, me.user_id)
        ]
    )
