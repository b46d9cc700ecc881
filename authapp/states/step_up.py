"""Step-up dialog: asks for the password or a code again, then the page sends the waiting event."""

from typing import Any

import reflex as rx

from authapp.core.account import identities
from authapp.core.authentication import step_up
from authapp.core.authentication.proofs import Reply
from authapp.db import read, run
from authapp.guards.declare import event
from authapp.states.account import provider_rows, renew
from authapp.states.code_popup import CodePopup
from authapp.states.flow import field
from authapp.wire.identities import ProviderRow


class StepUpState(CodePopup, rx.State):
    """State of the step-up dialog. It takes a new proof from a signed-in user."""

    providers: list[ProviderRow] = []  # the providers with which this user can prove their identity

    @rx.event
    async def enter(self):
        """Load the linked providers that support step-up."""
        if me := await self._visitor():
            user_identities = await read(identities.listed, me.user_id)
            names = {identity.provider for identity in user_identities if not identity.suspended_at}
            self.providers = [provider for provider in provider_rows(step_up=True) if provider.name in names]

    @rx.event
    async def answer(self, form: dict[str, Any]):
        """Check the proof. The page exchanges its ticket, then sends the waiting event."""
        with self._shows_refusal():
            me, caller, tab = await self._principal(), self._caller(), self._tab()
            if field(form, "challenge_id"):
                reply = Reply(form["challenge_id"], field(form, "reply"))
                ticket = await run(step_up.step_up, me, reply, caller, tab=tab)
            else:
                ticket = await run(step_up.step_up_with_password, me, field(form, "password"), caller, tab=tab)
            return renew(ticket)

    @rx.event
    async def give_up(self):
        """Clear the last refusal. The page has discarded the waiting event."""
        self.refusal = ""

    @event()
    async def send_code(self):
        """Send a code to a user who has no password or forgot it. Show the popup again when a code was sent already."""
        if self.code_sends:
            return self._open_again()
        return self._waits_for(await run(step_up.send_code, await self._principal(), self._caller()))

    def _purpose(self) -> str:
        return step_up.STEP_UP

    async def _confirm(self, step: Any, code: Any) -> Any:
        ticket = await run(step_up.step_up_with_code, await self._principal(), step, code, tab=self._tab())
        self.code_sends = 0
        return [self._closed(), renew(ticket)]
