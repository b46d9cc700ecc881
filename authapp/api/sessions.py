"""Sessions of the user: list them, end one, end all others."""

from fastapi import APIRouter, Response

from authapp.api.refusals import documented
from authapp.api.session import From, Member, forget_cookies
from authapp.core.base.errors import SessionExpired, StepUpNeeded
from authapp.core.sessions import session_list, sessions
from authapp.core.sessions.sessions import Principal
from authapp.db import read, run
from authapp.wire.sessions import SessionRow, Sessions

router = APIRouter(tags=["sessions"], prefix="/sessions")


@router.get("", responses=documented(SessionExpired))
async def show(me: Member) -> Sessions:
    """List the open sessions of the user."""
    return await _list(me)


@router.delete("/others", responses=documented(SessionExpired, StepUpNeeded))
async def log_out_others(me: Member, caller: From) -> Sessions:
    """End every session except the current one."""
    await run(session_list.log_out_others, me, caller)
    return await _list(me)


@router.delete("/{id}", responses=documented(SessionExpired, StepUpNeeded))
async def end_session(id: str, response: Response, me: Member, caller: From) -> Sessions:
    """End one session. Ending the current session logs the user out."""
    if id == me.session_id:
        await run(sessions.log_out, me, caller)
        forget_cookies(response)
    else:
        await run(session_list.end_session, me, id, caller)
    return await _list(me)


async def _list(me: Principal) -> Sessions:
    return Sessions(sessions=[SessionRow.of(row) for row in await read(session_list.listed, me)])
