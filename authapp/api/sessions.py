"""Sessions of the user: list them, end one, end all others."""

from fastapi import APIRouter, Response

from authapp.api.refusals import documented
from authapp.api.session import From, Member, forget_cookies
from authapp.core.base.errors import LoggedOut, NotThere, StepUpNeeded
from authapp.core.sessions import sessions
from authapp.core.sessions.sessions import Principal
from authapp.db import call, look
from authapp.wire.sessions import SessionRow, Sessions

router = APIRouter(tags=["sessions"], prefix="/sessions")


@router.get("", responses=documented(LoggedOut))
async def show(me: Member) -> Sessions:
    """List the open sessions of the user."""
    return await _told(me)


@router.delete("/others", responses=documented(LoggedOut, StepUpNeeded))
async def sign_out_others(me: Member, client: From) -> Sessions:
    """End every session except the current one."""
    await call(sessions.sign_out_others, me, client)
    return await _told(me)


@router.delete("/{id}", responses=documented(LoggedOut, NotThere, StepUpNeeded))
async def sign_out(id: str, response: Response, me: Member, client: From) -> Sessions:
    """End one session. Ending the current session logs the user out."""
    if id == me.session_id:
        await call(sessions.log_out, me, client)
        forget_cookies(response)
    else:
        await call(sessions.sign_out, me, id, client)
    return await _told(me)


async def _told(me: Principal) -> Sessions:
    return Sessions(sessions=[SessionRow(**one._asdict()) for one in await look(sessions.listed, me)])
