"""The dialog that asks for the password, or a code, again; then what was asked for goes on."""

from datetime import timedelta
from typing import Any

import reflex as rx
from reflex_base.event import Event

from authapp.core import clock, identities, login
from authapp.db import call, look
from authapp.states.account import origins_shown
from authapp.states.code_popup import CodePopup
from authapp.states.flow import event, field, waiting

JUST_NOW = timedelta(minutes=1)


class StepUpState(CodePopup, rx.State):
    """Takes a new proof from somebody who is signed in."""

    origins: list[dict[str, str]] = []  # where this person can prove who they are

    @rx.event
    async def enter(self):
        """See with which accounts elsewhere it can be proved."""
        if me := await self._visitor():
            linked = await look(identities.listed, me.user_id)
            mine = {one.name for one in linked if not one.suspended_at}
            self.origins = [one for one in origins_shown(step_up=True) if one["name"] in mine]

    @rx.event
    async def answer(self, form: dict[str, Any]):
        """Check the proof, then do what was asked for."""
        with self._shows_refusal():
            me, client = await self._principal(), self._client()
            if field(form, "challenge_id"):
                await call(login.step_up, me, form["challenge_id"], field(form, "reply"), client)
            else:
                await call(login.step_up_with_password, me, field(form, "password"), client)
            return [rx.set_value("step_up", False), StepUpState.go_on]

    @rx.event
    async def go_on(self):
        """Do what was asked for, as if it was asked for just now; it asks again whether it may."""
        asked = waiting.pop(self._tab(), None)
        if asked is None or asked.until <= clock.now().timestamp():
            return None
        return Event(name=asked.name, payload=asked.payload)

    @rx.event
    async def come_back(self):
        """Go on after a proof elsewhere. An address that says so is no proof; that it was shown just now is."""
        me = await self._visitor()
        if me is None or clock.now() - me.proved_at > JUST_NOW:
            return None
        return StepUpState.go_on

    @rx.event
    async def give_up(self):
        """Forget what was asked for."""
        waiting.pop(self._tab(), None)
        self.refusal = ""

    @event()
    async def send_code(self):
        """Send a code, to somebody who has no password or does not know it; the one that was sent is still good."""
        if self.code_sends:
            return self._open_again()
        return self._waits_for(await call(login.send_code, await self._principal(), self._client()))

    def _purpose(self) -> str:
        return login.STEP_UP

    async def _confirm(self, step: Any, code: Any) -> Any:
        await call(login.step_up_with_code, await self._principal(), step, code)
        self.code_sends = 0
        return [self._closed(), rx.set_value("step_up", False), StepUpState.go_on]
