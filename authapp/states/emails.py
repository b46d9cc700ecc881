"""Email addresses of a user."""

from typing import Any

import reflex as rx

from authapp.core.account import emails
from authapp.core.sessions.sessions import Principal
from authapp.db import read
from authapp.guards.declare import event
from authapp.i18n.texts import t
from authapp.states.flow import field
from authapp.states.lists import ListState
from authapp.wire.contacts import Contact


class EmailsState(ListState, rx.State):
    """Email addresses, and the result of the last action."""

    rows: list[Contact] = []
    added: int = 0  # number of added addresses; each increase empties the form

    @event(label=t("Add email"))
    async def add(self, form: dict[str, Any]):
        """Mail a confirmation link to a new email address."""
        message = t("We sent an email to the new address. Follow the link in it to confirm the address.")
        await self._do(message, emails.add, field(form, "new_email"))
        self.added += 1

    @event()
    async def send_again(self, id: str):
        """Mail another confirmation link."""
        await self._do(t("We sent another email. Check your spam folder too."), emails.send_again, id)

    @event()
    async def make_main(self, id: str):
        """Make an email address the main one."""
        await self._do(t("Primary address changed."), emails.make_main, id)

    @event(label=t("Remove an email address"))
    async def remove(self, id: str):
        """Remove an email address."""
        await self._do(t("Address removed."), emails.remove, id)

    async def _rows(self, me: Principal) -> list[Contact]:
        return [
            Contact.of(email, id=str(email.id), shown=email.address, confirmed=email.confirmed_at is not None)
            for email in await read(emails.listed, me.user_id)
        ]
