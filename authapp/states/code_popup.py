"""Flow of the code popup: a mixin for flows that send a one-time code and continue when the user enters it."""

import math
from typing import Any
from uuid import UUID

import reflex as rx

from authapp.core.base import clock, rate_limits
from authapp.core.base.errors import StepNotFoundOrExpired, TooManyRequests
from authapp.core.credentials import codes
from authapp.core.credentials.codes import Step
from authapp.db import read, run
from authapp.installation.reflex_seams import order
from authapp.states.flow import Flow, field


def guesses() -> int:
    """Return how many guesses a code has."""
    return rate_limits.GUESSES_PER_CODE.most


class CodePopup(Flow, mixin=True):  # type: ignore[call-arg]  # an argument of Reflex's class
    """Flow that waits for a one-time code. Mix it into a state: `class GiftState(authapp.CodePopup, rx.State)`.

    Send with `return await self._send_code(number)`, continue in `_confirmed`, and put `authapp.code_popup(GiftState)`
    into the page. A code is valid only for the state that sent it, and only for the user who requested it.
    """

    code_target: str = ""  # the recipient of the code, in dialling format
    code_guesses: int = 0
    code_pause: int = 0  # seconds until another code may be sent, counted from this update
    code_sends: int = 0  # 0: no waiting step is loaded
    code_undelivered: bool = False  # the number gets no texts; always False where that could reveal an account

    async def _send_code(self, number: object) -> Any:
        """Text a code to a number and open the popup. Return the result of this call from your event.

        Raises:
            BadInput: not a phone number; shown beside the field `phone`.
            TooManyRequests: too many codes, or too soon after the last one.
        """
        step = await run(codes.send, self._purpose(), number, self._caller(), user_id=await self._whose())
        return self._waits_for(step)

    async def _confirmed(self, number: str) -> Any:
        """Run after the correct code was entered; may return events. Override it.

        Args:
            number: the number that received the code, in E.164.
        """

    @rx.event
    async def confirm_code(self, form: dict[str, Any]):
        """Check the entered code. The correct code closes the popup and continues the flow."""
        step = field(form, "step")
        with self._shows_refusal("code"):
            events = await self._confirm(step, field(form, "code"))
            return [*_event_list(events), _order(self, "")]
        return await self._stay_or_leave(step)

    @rx.event
    async def send_code_again(self, step: str):
        """Send another code; the previous code becomes invalid."""
        wait = 0
        with self._shows_refusal():
            try:
                new_step = await run(codes.send_again, self._purpose(), step, self._caller(), await self._whose())
            except TooManyRequests as refusal:
                wait = refusal.wait
                raise
            return self._waits_for(new_step)
        event = await self._stay_or_leave(step)
        self.code_pause = max(self.code_pause, wait)
        return event

    @rx.event
    async def give_up_code(self, step: str):
        """Cancel the step."""
        self.code_sends = 0
        with self._shows_refusal():
            await run(codes.give_up, self._purpose(), step, await self._whose())

    @rx.event
    async def resume_code(self, step: str):
        """Load the step that the page still waits in, after a reload, a lost connection, or a server restart."""
        if await self._show(step) or await read(codes.is_waiting, self._purpose(), step):
            return None  # in the second case the user of the step is signed out at the moment
        return _order(self, "")

    @rx.event
    async def look_code(self, step: str):
        """Load whether the number of the step gets texts. The text service may say so some time after the code."""
        if found := await read(codes.peek, self._purpose(), step, await self._whose()):
            self.code_undelivered = found.undelivered

    def _purpose(self) -> str:
        return self.get_full_name()

    async def _whose(self) -> UUID | None:
        """Return the owner of the step: the signed-in user, or None for visitors. No other user can take it over."""
        me = await self._visitor()
        return me.user_id if me else None

    async def _confirm(self, step: Any, code: Any) -> Any:
        record = await run(codes.confirm, self._purpose(), step, code, await self._whose())
        return await self._confirmed(record.target)

    def _waits_for(self, step: Step) -> Any:
        """Show a step, and hand its key to the page in a one-time event, never in a var."""
        self._take(step)
        return _order(self, step.key)

    def _closed(self) -> Any:
        """Return the event that closes the popup, for events that must run after it is closed."""
        return _order(self, "")

    def _open_again(self) -> Any:
        """Return the event that shows the popup again after the user put it aside."""
        return order("code", {"name": self.get_full_name(), "again": True})

    async def _show(self, key: object) -> bool:
        step = await read(codes.peek, self._purpose(), key, await self._whose())
        if step:
            self._take(step)
        return step is not None

    def _take(self, step: Step) -> None:
        self.code_target, self.code_guesses, self.code_sends = step.target, step.guesses, step.sends
        self.code_pause = max(0, math.ceil((step.again_at - clock.now()).total_seconds()))
        self.code_undelivered = step.undelivered

    async def _stay_or_leave(self, key: object) -> Any:
        """Reload the step after a refusal. A step that is over closes the popup; its refusal appears above the form."""
        if self.refusal != self._say(StepNotFoundOrExpired.message):
            await self._show(key)
            return None
        self.code_sends, self.refused_field = 0, ""
        return _order(self, "")


def _order(state: CodePopup, step: str) -> Any:
    return order("code", {"name": state.get_full_name(), "step": step})


def _event_list(events: Any) -> list[Any]:
    return list(events) if isinstance(events, (list, tuple)) else [] if events is None else [events]
