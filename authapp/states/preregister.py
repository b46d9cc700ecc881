"""The waiting list: an address is noted, and a mail says so."""

from typing import Any

import reflex as rx

from authapp.core import applicants, identifiers
from authapp.db import call
from authapp.states.flow import Flow, field


class PreregisterState(Flow, rx.State):
    """Remembers where the mail went."""

    sent_to: str = ""
    left: bool = False  # came here by the link that takes an address off the list

    @rx.event
    async def submit(self, form: dict[str, Any]):
        """Put an address on the list."""
        with self._shows_refusal():
            await call(applicants.join, field(form, "email"), self._client())
            self.sent_to = identifiers.email(field(form, "email"))

    @rx.event
    async def enter(self):
        """Begin anew."""
        self.reset()
        self.left = self.router.url.query_parameters.get("left") == "list"
