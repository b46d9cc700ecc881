"""The dialog that asks for the password again; then what was asked for goes on."""

from typing import Any

import reflex as rx

from authapp.core import accounts, clock, login
from authapp.db import call
from authapp.states.flow import Flow, field, waiting


class StepUpState(Flow, rx.State):
    """Takes a new proof from somebody who is signed in."""

    sent: bool = False  # a link is on its way, for somebody who has no password

    @rx.event
    async def answer(self, form: dict[str, Any]):
        """Check the proof, then do what was asked for."""
        with self._shows_refusal():
            me, client = await self._principal(), self._client()
            if field(form, "challenge_id"):
                await call(login.step_up, me, form["challenge_id"], field(form, "reply"), client)
            else:
                await call(login.step_up_with_password, me, field(form, "password"), client)
            self.sent = False
            return [rx.set_value("step_up", False), StepUpState.go_on]

    @rx.event
    async def go_on(self):
        """Do what was asked for, as if it was asked for just now; it asks again whether it may."""
        asked = waiting.pop(self._tab(), None)
        if asked is None or asked.until <= clock.now().timestamp():
            return None
        return await asked.handler(await self.get_state(asked.state), **asked.given)

    @rx.event
    async def give_up(self):
        """Forget what was asked for."""
        waiting.pop(self._tab(), None)
        self.refusal, self.sent = "", False

    @rx.event
    async def send_link(self):
        """Mail a link that signs in anew, for somebody who does not know a password."""
        with self._shows_refusal():
            me = await self._principal()
            await call(accounts.recover, me.identifier, self._client())
            self.sent = True
