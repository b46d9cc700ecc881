"""Recover an account by e-mail: ask for the address, mail a link."""

from typing import Any

import reflex as rx

from authapp.core import accounts
from authapp.db import call
from authapp.states.flow import Flow, field


class ForgotState(Flow, rx.State):
    """Remembers where the mail went."""

    sent_to: str = ""

    @rx.event
    async def submit(self, form: dict[str, Any]):
        """Mail a recovery link."""
        with self._shows_refusal():
            await call(accounts.recover, field(form, "email"), self._client())
            self.sent_to = str(field(form, "email")).strip()

    @rx.event
    async def enter(self):
        """Begin anew."""
        self.reset()
