"""Pending users: members of the group `admin` list and approve them."""

from uuid import UUID

from fastapi import APIRouter

from authapp.api.refusals import documented
from authapp.api.session import From, Member
from authapp.core.authorization import approvals
from authapp.core.authorization.actors import Actor
from authapp.core.base.errors import NotAllowed, NotFound, SessionExpired, StepUpNeeded
from authapp.core.sessions.sessions import Principal
from authapp.db import read, run
from authapp.wire.approvals import PendingUser, PendingUsers

router = APIRouter(tags=["approvals"], prefix="/waiting")


@router.get("", responses=documented(SessionExpired, NotAllowed))
async def show(me: Member) -> PendingUsers:
    """List the pending users, at most 100."""
    return await _list(me)


@router.post("/{user_id:uuid}/approve", responses=documented(SessionExpired, NotAllowed, StepUpNeeded, NotFound))
async def approve(user_id: UUID, me: Member, caller: From) -> PendingUsers:
    """Approve a pending user, and notify them."""
    await run(approvals.approve, Actor(me, caller), str(user_id))
    return await _list(me)


async def _list(me: Principal) -> PendingUsers:
    return PendingUsers(waiting=[PendingUser.of(user) for user in await read(approvals.pending, me)])
