"""The conversation of the code popup: a mixin for every flow that sends a code and goes on when it comes back."""

import math
from typing import Any
from uuid import UUID

import reflex as rx

from authapp.core import clock, codes
from authapp.core.codes import Step
from authapp.core.errors import StepGone, TooManyRequests
from authapp.db import call, look
from authapp.states.flow import Flow, field


class CodePopup(Flow, mixin=True):
    """A flow that waits for a one-time code. Mix it into a state: `class GiftState(authapp.CodePopup, rx.State)`.

    Send with `return await self._send_code(number)`, go on in `_confirmed`, and put `authapp.code_popup(GiftState)`
    into the page. A code is good for the state that sent it alone, and for nobody but who asked for it.
    """

    code_target: str = ""  # where the code went, as it is dialled
    code_guesses: int = 0
    code_pause: int = 0  # seconds until another may be sent, from when this was said
    code_sends: int = 0  # 0: we have not looked for a step that waits

    async def _send_code(self, number: object) -> Any:
        """Text a code to a number and open the popup. The event that calls this returns what it returns.

        Raises:
            BadInput: not a phone number; said beside the field `phone`.
            TooManyRequests: too many codes, or too soon after the last one.
        """
        step = await call(codes.send, self._purpose(), number, self._client(), user_id=await self._whose())
        return self._waits_for(step)

    async def _confirmed(self, number: str) -> Any:
        """What follows when the code was right; may return events.

        Args:
            number: the number that got the code, in E.164.
        """

    @rx.event
    async def confirm_code(self, form: dict[str, Any]):
        """Check what was typed; the right code closes the popup and goes on."""
        step = field(form, "step")
        with self._shows_refusal("code"):
            went_on = await self._confirm(step, field(form, "code"))
            return [*_listed(went_on), _order(self, "")]
        return await self._stay_or_leave(step)

    @rx.event
    async def send_code_again(self, step: str):
        """Send another code; the one before is void."""
        wait = 0
        with self._shows_refusal():
            try:
                seen = await call(codes.send_again, self._purpose(), step, self._client(), await self._whose())
            except TooManyRequests as no:
                wait = no.wait
                raise
            return self._waits_for(seen)
        leaving = await self._stay_or_leave(step)
        self.code_pause = max(self.code_pause, wait)
        return leaving

    @rx.event
    async def give_up_code(self, step: str):
        """Wait no more."""
        self.code_sends = 0
        with self._shows_refusal():
            await call(codes.give_up, self._purpose(), step, await self._whose())

    @rx.event
    async def resume_code(self, step: str):
        """The page waits in a step that this state has not heard of: after a reload, a lost line, or a restart."""
        if await self._show(step) or await look(codes.is_waiting, self._purpose(), step):
            return None  # in the second case its person is signed out just now
        return _order(self, "")

    def _purpose(self) -> str:
        return self.get_full_name()

    async def _whose(self) -> UUID | None:
        """Whose step it is: that of whoever is signed in; of nobody else, and of nobody after them."""
        me = await self._visitor()
        return me.user_id if me else None

    async def _confirm(self, step: Any, code: Any) -> Any:
        done = await call(codes.confirm, self._purpose(), step, code, await self._whose())
        return await self._confirmed(done.target)

    def _waits_for(self, step: Step) -> Any:
        """Show a step, and hand its key to the page: an order, which is in no var."""
        self._take(step)
        return _order(self, step.key)

    def _closed(self) -> Any:
        """Close the popup: for what must not happen before that."""
        return _order(self, "")

    def _open_again(self) -> Any:
        """Show the popup that was put aside."""
        return rx.set_value("code", {"name": self.get_full_name(), "again": True})

    async def _show(self, key: object) -> bool:
        step = await look(codes.look, self._purpose(), key, await self._whose())
        if step:
            self._take(step)
        return step is not None

    def _take(self, step: Step) -> None:
        self.code_target, self.code_guesses, self.code_sends = step.target, step.guesses, step.sends
        self.code_pause = max(0, math.ceil((step.again_at - clock.now()).total_seconds()))

    async def _stay_or_leave(self, key: object) -> Any:
        """After a refusal: a step that is over leads back to the form, where its words are said."""
        if self.refusal != self._say(StepGone.message):
            await self._show(key)
            return None
        self.code_sends, self.refused_field = 0, ""
        return _order(self, "")


def _order(state: CodePopup, step: str) -> Any:
    return rx.set_value("code", {"name": state.get_full_name(), "step": step})


def _listed(events: Any) -> list[Any]:
    return list(events) if isinstance(events, (list, tuple)) else [] if events is None else [events]
