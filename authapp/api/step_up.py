"""A new proof of who somebody is, for serious changes: the password by challenge, or a code."""

from fastapi import APIRouter

from authapp.api.codes import WRONG, told
from authapp.api.refusals import documented
from authapp.api.session import From, Member
from authapp.core import login, sessions
from authapp.core.errors import ChallengeGone, LoggedOut, WrongCredentials
from authapp.core.sessions import Principal
from authapp.db import call, look
from authapp.wire import CodeBody, Fresh, Step, StepUpBody

router = APIRouter(tags=["step-up"], prefix="/step-up")


@router.post("", responses=documented(LoggedOut, ChallengeGone, WrongCredentials))
async def answer(body: StepUpBody, me: Member, client: From) -> Fresh:
    """Answer a challenge of `POST /connect`, which was asked with `again`; or say the password, where it was empty."""
    if body.password is None:
        await call(login.step_up, me, body.challenge_id, body.challenge_reply, client)
    else:
        await call(login.step_up_with_password, me, body.password, client)
    return await _fresh(me)


@router.post("/code", status_code=202, responses=documented(LoggedOut))
async def send_code(me: Member, client: From) -> Step:
    """Send a code, for somebody who has no password or does not know it: to the main number, else the main address."""
    return told(login.STEP_UP, await call(login.send_code, me, client))


@router.post("/code/confirm", responses=documented(LoggedOut, *WRONG))
async def confirm_code(body: CodeBody, me: Member) -> Fresh:
    """Take the code that came as the proof."""
    await call(login.step_up_with_code, me, body.step, body.code)
    return await _fresh(me)


async def _fresh(me: Principal) -> Fresh:
    now = await look(sessions.alive, me.session_id)
    if now is None:
        raise LoggedOut  # ended in the same moment
    return Fresh(fresh_until=now.fresh_until)
