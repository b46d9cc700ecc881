"""Email addresses of a user."""

from typing import Any, TypedDict

import reflex as rx

from authapp.core.account import emails
from authapp.core.sessions.sessions import Principal
from authapp.db import read, run
from authapp.guards.declare import event
from authapp.i18n.texts import t
from authapp.states.flow import Flow, field


class Address(TypedDict):
    """Email address as the page shows it."""

    id: str
    address: str
    is_main: bool
    confirmed: bool


class EmailsState(Flow, rx.State):
    """Email addresses, and the result of the last action."""

    addresses: list[Address] = []
    said: str = ""
    added: int = 0  # number of added addresses; each increase empties the form

    @event(label=t("Add email"))
    async def add(self, form: dict[str, Any]):
        """Mail a confirmation link to a new email address."""
        self.said = ""
        await run(emails.add, await self._principal(), field(form, "new_email"), self._caller())
        self.added += 1
        await self._load(await self._principal())
        self.said = t("We sent an email to the new address. Follow the link in it to confirm the address.")

    @event()
    async def send_again(self, id: str):
        """Mail another confirmation link."""
        self.said = ""
        await run(emails.send_again, await self._principal(), id, self._caller())
        self.said = t("We sent another email. Check your spam folder too.")

    @event()
    async def make_main(self, id: str):
        """Make an email address the main one."""
        self.said = ""
        await run(emails.make_main, await self._principal(), id, self._caller())
        await self._load(await self._principal())
        self.said = t("Primary address changed.")

    @event(label=t("Remove an email address"))
    async def remove(self, id: str):
        """Remove an email address."""
        self.said = ""
        await run(emails.remove, await self._principal(), id, self._caller())
        await self._load(await self._principal())
        self.said = t("Address removed.")

    async def _load(self, me: Principal) -> None:
        rows = [
            Address(
                id=str(email.id), address=email.address, is_main=email.is_main, confirmed=email.confirmed_at is not None
            )
            for email in await read(emails.listed, me.user_id)
        ]
        if rows != self.addresses:
            self.addresses, self.said = rows, ""  # the message belongs to the old list
