"""The person's own settings: names and password."""

from typing import Any

import reflex as rx

from authapp.core import accounts, paths
from authapp.db import call
from authapp.states.account import Account, restart
from authapp.states.flow import Flow, field


class PersonalDataState(Flow, rx.State):
    """The names, as they are kept."""

    first_name: str = ""
    last_name: str = ""
    saved: bool = False

    @rx.event
    async def load(self):
        """Fetch the names."""
        with self._shows_refusal():
            me = await self._principal()
            self.first_name, self.last_name, self.saved = me.first_name, me.last_name, False

    @rx.event
    async def save(self, form: dict[str, Any]):
        """Keep the names."""
        self.saved = False
        with self._shows_refusal():
            await call(accounts.set_names, await self._principal(), field(form, "first_name"), field(form, "last_name"))
            me = await self._principal()
            self.first_name, self.last_name, self.saved = me.first_name, me.last_name, True
            (await self.get_state(Account))._is(me)


class PasswordState(Flow, rx.State):
    """Setting a password. What is typed never becomes a var."""

    asked_for: bool = False  # came here from a link, to set one
    changed: bool = False

    @rx.event
    async def enter(self):
        """See why the visitor came."""
        wanted = self.router.url.query_parameters
        self.asked_for, self.changed = wanted.get("set") == "password", wanted.get("changed") == "password"

    @rx.event
    async def set_password(self, form: dict[str, Any]):
        """Set it, end every other session, and give this browser a new key."""
        with self._shows_refusal():
            ticket = await call(
                accounts.set_password,
                await self._principal(),
                field(form, "password"),
                field(form, "confirmation"),
                tab=self._tab(),
                client=self._client(),
            )
            return restart(f"{paths.SETTINGS}?changed=password", ticket)
