"""Pending users: members of the group `admin` list and approve them."""

from uuid import UUID

from fastapi import APIRouter

from authapp.api.refusals import documented
from authapp.api.session import From, Member
from authapp.core.authorization import approvals
from authapp.core.base.errors import Denied, LoggedOut, NotThere, StepUpNeeded
from authapp.core.sessions.sessions import Principal
from authapp.db import call, look
from authapp.wire.approvals import Applicant, Applicants

router = APIRouter(tags=["approvals"], prefix="/waiting")


@router.get("", responses=documented(LoggedOut, Denied))
async def show(me: Member) -> Applicants:
    """List the pending users, at most 100."""
    return await _told(me)


@router.post("/{user_id:uuid}/approve", responses=documented(LoggedOut, Denied, StepUpNeeded, NotThere))
async def approve(user_id: UUID, me: Member, client: From) -> Applicants:
    """Approve a pending user, and notify them."""
    await call(approvals.approve, me, str(user_id), client)
    return await _told(me)


async def _told(me: Principal) -> Applicants:
    return Applicants(waiting=[Applicant(**one._asdict()) for one in await look(approvals.waiting, me)])
