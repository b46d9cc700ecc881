"""Steps that wait for a one-time code: look at a step, send another code, give it up."""

from uuid import UUID

from fastapi import APIRouter, Response

from authapp.api.refusals import documented
from authapp.api.session import From, Me
from authapp.core.account import phones
from authapp.core.authentication import step_up
from authapp.core.base.errors import CodeNotFoundOrExpired, SessionExpired, StepNotFoundOrExpired, WrongCode
from authapp.core.credentials import codes
from authapp.core.sessions.sessions import Principal
from authapp.db import read, run
from authapp.wire.codes import Purpose, Step, StepBody

router = APIRouter(tags=["codes"], prefix="/codes")
WRONG = (WrongCode, CodeNotFoundOrExpired, StepNotFoundOrExpired)  # refusals of a code
OF_MEMBERS = {phones.ADD, step_up.STEP_UP}


def told(purpose: str, step: codes.Step) -> Step:
    """Return a step as an answer of the API."""
    fields = step._asdict()
    return Step.model_validate({"purpose": purpose, "step": fields.pop("key"), **fields})


@router.post("/look", responses=documented(SessionExpired, StepNotFoundOrExpired))
async def show(body: StepBody, me: Me) -> Step:
    """Show the state of a step: guesses left, and when another code may be sent."""
    step = await read(codes.peek, body.purpose, body.step, _owner(body.purpose, me))
    if step is None:
        raise StepNotFoundOrExpired
    return told(body.purpose, step)


@router.post("/send", status_code=202, responses=documented(SessionExpired, StepNotFoundOrExpired))
async def send_again(body: StepBody, me: Me, caller: From) -> Step:
    """Send another code. The previous code becomes void."""
    user_id = _owner(body.purpose, me)
    return told(body.purpose, await run(codes.send_again, body.purpose, body.step, caller, user_id))


@router.post("/give-up", status_code=204, responses=documented(SessionExpired))
async def give_up(body: StepBody, me: Me) -> Response:
    """End a step without a code. A step that is over already may be given up too."""
    await run(codes.give_up, body.purpose, body.step, _owner(body.purpose, me))
    return Response(status_code=204)


def _owner(purpose: Purpose, me: Principal | None) -> UUID | None:
    """Return the user that a step belongs to: the signed-in user, or None for a step before a login.

    Raises:
        SessionExpired: the step requires a login, and nobody is signed in.
    """
    if purpose not in OF_MEMBERS:
        return None
    if me is None:
        raise SessionExpired
    return me.user_id
