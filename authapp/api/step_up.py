"""Step-up: a new proof of identity before serious changes, by password challenge or by code."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from authapp.api.codes import WRONG, told
from authapp.api.refusals import documented
from authapp.api.session import From, Me, Member, bounded, let_in
from authapp.core.authentication import step_up as step_up_rules
from authapp.core.authentication.proofs import Reply
from authapp.core.base.callers import Caller
from authapp.core.base.errors import (
    BadUserOrPassword,
    ChallengeNotFoundOrExpired,
    CodeNotFoundOrExpired,
    SessionExpired,
    StepNotFoundOrExpired,
)
from authapp.core.sessions import sessions
from authapp.core.sessions.sessions import Opened, Principal, SessionRef
from authapp.db import read, run
from authapp.wire.codes import CodeBody, Step
from authapp.wire.login import Fresh, LoginOk, StepUpBody

router = APIRouter(tags=["step-up"], prefix="/step-up")


@dataclass(frozen=True)
class Renewal:
    """Step-up request, and the response that carries the new session key."""

    request: Request
    response: Response
    me: Principal | None
    caller: Caller

    async def take(
        self, step_up: Callable[..., str], *given: object, proof: list[str], guessable: bool = False
    ) -> Fresh:
        """Check the proof and return the new key. A repeat of the same request within 30 s gets the same answer."""
        sent_proof = json.dumps(proof)
        if self.me is None:
            return await self._answer(await self._repeat(sent_proof, guessable))
        try:
            opened = await run(step_up_rules.renew_at_once, step_up, self.me, *given, proof=sent_proof)
        except (ChallengeNotFoundOrExpired, CodeNotFoundOrExpired, SessionExpired, StepNotFoundOrExpired) as refusal:
            try:  # the same request may have been answered before, and the answer lost
                opened = await self._repeat(sent_proof, guessable)
            except SessionExpired:
                raise refusal from None
        return await self._answer(opened)

    async def _repeat(self, proof: str, guessable: bool) -> Opened:
        ref: SessionRef | None = self.request.scope["authapp.key"].ref
        if ref is None:
            raise SessionExpired
        await bounded(self.request)
        return await run(step_up_rules.repeat, ref, proof, self.caller, guessable=guessable)

    async def _answer(self, opened: Opened) -> Fresh:
        result = await let_in(opened, self.request, self.response)
        principal = await read(sessions.resume, opened.key)
        if principal is None or not isinstance(result, LoginOk):
            raise SessionExpired  # the session ended during this request
        return Fresh(**result.model_dump(exclude={"signature"}), fresh_until=principal.fresh_until)


async def _renewal(request: Request, response: Response, me: Me, caller: From) -> Renewal:
    return Renewal(request, response, me, caller)


Renew = Annotated[Renewal, Depends(_renewal)]


@router.post("", responses=documented(SessionExpired, ChallengeNotFoundOrExpired, BadUserOrPassword))
async def answer(body: StepUpBody, renewal: Renew) -> Fresh:
    """Answer a challenge that `POST /connect` gave for `again`, or send the password if that challenge is empty.

    The session gets a new key: the `token`, or the cookie. For 30 seconds the old key still allows one thing: the same
    request again gets the same answer, in case the first answer was lost.
    """
    if body.password is None:
        reply = Reply(body.challenge_id, body.challenge_reply or "")
        proof = ["challenge", body.challenge_id, body.challenge_reply or ""]
        return await renewal.take(step_up_rules.step_up, reply, renewal.caller, proof=proof)
    proof = ["password", body.challenge_id, body.password]
    return await renewal.take(
        step_up_rules.step_up_with_password, body.password, renewal.caller, proof=proof, guessable=True
    )


@router.post("/code", status_code=202, responses=documented(SessionExpired))
async def send_code(me: Member, caller: From) -> Step:
    """Send a step-up code in place of the password: to the main phone number, else to the main email address."""
    return told(step_up_rules.STEP_UP, await run(step_up_rules.send_code, me, caller))


@router.post("/code/confirm", responses=documented(SessionExpired, *WRONG))
async def confirm_code(body: CodeBody, renewal: Renew) -> Fresh:
    """Step up with the code that was sent. The answer has the new key, like the answer of `POST /step-up`."""
    proof = ["code", body.step, body.code]
    return await renewal.take(step_up_rules.step_up_with_code, body.step, body.code, proof=proof)
