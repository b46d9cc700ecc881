"""Account recovery: by a link in a mail, or by a one-time code in a text."""

from typing import Any

import reflex as rx

from authapp.core.authentication import accounts, recovery
from authapp.core.base import identifiers
from authapp.db import run
from authapp.guards.declare import event
from authapp.states.account import restart
from authapp.states.code_popup import CodePopup
from authapp.states.flow import Flow, field


class ForgotState(Flow, rx.State):
    """State of the recovery form for email addresses."""

    sent_to: str = ""

    @event()
    async def submit(self, form: dict[str, Any]):
        """Mail a recovery link."""
        await run(recovery.recover, field(form, "email"), self._caller(form))
        self.sent_to = identifiers.email(field(form, "email"))

    @rx.event
    async def enter(self):
        """Reset the form."""
        self.reset()


class ForgotByPhoneState(CodePopup, rx.State):
    """State of the recovery form for phone numbers. It sends a one-time code."""

    @event()
    async def submit(self, form: dict[str, Any]):
        """Text a one-time code to the number."""
        return self._waits_for(await run(recovery.recover_by_phone, field(form, "phone"), self._caller(form)))

    def _purpose(self) -> str:
        return recovery.RECOVERY

    async def _whose(self) -> None:
        """Return None: the user is not signed in yet."""

    async def _confirm(self, step: Any, code: Any) -> Any:
        ticket = await run(recovery.confirm_recovery, step, code, tab=self._tab(), caller=self._caller())
        return restart(accounts.password_page(), ticket)
