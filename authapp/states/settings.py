"""Settings of the user: names, password, and lists that stay up to date."""

from typing import Any

import reflex as rx

from authapp.core.authentication import accounts
from authapp.core.base import paths
from authapp.core.base.routes import route
from authapp.db import run
from authapp.guards.declare import event
from authapp.i18n.texts import t
from authapp.states.account import Account, restart
from authapp.states.audit import AuditState
from authapp.states.emails import EmailsState
from authapp.states.flow import Flow, field
from authapp.states.identities import LinkedState
from authapp.states.phones import PhonesState
from authapp.states.sessions import SessionsState


class PersonalDataState(Flow, rx.State):
    """Stored names of the user."""

    first_name: str = ""
    last_name: str = ""
    loaded: bool = False  # until then the form waits: it would erase the names
    saved: bool = False

    @rx.event
    async def load(self):
        """Load the names."""
        with self._shows_refusal():
            if await self._visitor() is None:
                return  # a tab that reconnects after its session ended has a dialog that says so
            me = await self._principal()
            self.first_name, self.last_name, self.saved = me.first_name, me.last_name, False
            self.loaded = True

    @event()
    async def save(self, form: dict[str, Any]):
        """Save the names."""
        self.saved = False
        names = (field(form, "first_name"), field(form, "last_name"))
        await run(accounts.set_names, await self._principal(), *names, self._caller())
        me = await self._principal()
        self.first_name, self.last_name, self.saved = me.first_name, me.last_name, True
        (await self.get_state(Account))._is(me)


class PasswordState(Flow, rx.State):
    """State of the password form. Typed passwords never become vars."""

    asked_for: bool = False  # opened from a link, to set a password
    changed: bool = False

    @rx.event
    async def enter(self):
        """Read from the URL why the page was opened."""
        parameters = self.router.url.query_parameters
        self.asked_for, self.changed = parameters.get("set") == "password", parameters.get("changed") == "password"

    @event(label=t("Set password"))
    async def set_password(self, form: dict[str, Any]):
        """Set the password, end every other session, and give this browser a new session key.

        The page asks once; a page of a product may send a `confirmation`, too.
        """
        password = field(form, "password")
        confirmation = field(form, "confirmation")
        ticket = await run(
            accounts.set_password,
            await self._principal(),
            accounts.NewPassword(password, password if confirmation is None else confirmation),
            tab=self._tab(),
            caller=self._caller(),
        )
        next_path = self.router.url.query_parameters.get("next")  # the destination of a new user after sign-up
        return restart(paths.safe(next_path, f"{route('settings')}?changed=password"), ticket)


class SettingsState(Flow, rx.State):
    """State that keeps the lists of the open settings page up to date."""

    @rx.event
    async def refresh(self):
        """Load changes. The page sends this event itself, so it does not count as activity of the user."""
        with self._shows_refusal():
            me = await self._principal()
            for list_state in (EmailsState, PhonesState, LinkedState, SessionsState, AuditState):
                await (await self.get_state(list_state))._load(me)
