"""The accounts elsewhere that a person has linked: see them, unlink one. Linking one is in `foreign`."""

from uuid import UUID

from fastapi import APIRouter

from authapp.api.refusals import documented
from authapp.api.session import From, Member
from authapp.core import foreign, identities
from authapp.core.errors import LoggedOut, NotThere, StepUpNeeded
from authapp.core.sessions import Principal
from authapp.db import call, look
from authapp.wire import Identities, IdentityRow

router = APIRouter(tags=["identities"], prefix="/identities")


@router.get("", responses=documented(LoggedOut))
async def show(me: Member) -> Identities:
    """The accounts elsewhere that the person can log in with."""
    return await _told(me)


@router.delete("/{id:uuid}", responses=documented(LoggedOut, NotThere, StepUpNeeded))
async def unlink(id: UUID, me: Member, client: From) -> Identities:
    """Unlink one. The last way in always stays."""
    await call(foreign.unlink, me, str(id), client)
    return await _told(me)


async def _told(me: Principal) -> Identities:
    return Identities(
        identities=[
            IdentityRow(
                id=one.id,
                name=one.name,
                label=identities.label(one.name) or one.name,
                about=one.about,
                linked_at=one.linked_at,
            )
            for one in await look(identities.listed, me.user_id)
        ]
    )
