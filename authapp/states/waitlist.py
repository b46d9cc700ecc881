"""Waitlist form: stores an email address and mails a confirmation."""

from typing import Any

import reflex as rx

from authapp.core.authentication import waitlist
from authapp.core.base import identifiers
from authapp.db import run
from authapp.guards.declare import event
from authapp.states.flow import Flow, field


class WaitlistState(Flow, rx.State):
    """State of the waitlist form."""

    sent_to: str = ""
    left: bool = False  # opened by the link that removes an address from the waitlist

    @event()
    async def submit(self, form: dict[str, Any]):
        """Add an email address to the waitlist."""
        await run(waitlist.join, field(form, "email"), self._caller(form))
        self.sent_to = identifiers.email(field(form, "email"))

    @rx.event
    async def enter(self):
        """Reset the form."""
        self.reset()
        self.left = self.router.url.query_parameters.get("left") == "list"
