"""Linked accounts of a user at identity providers."""

import reflex as rx

from authapp.core.account import identities
from authapp.core.authentication import provider_login
from authapp.core.base import paths
from authapp.core.base.routes import route
from authapp.core.sessions.sessions import Principal
from authapp.db import read
from authapp.guards.declare import event
from authapp.i18n.texts import t
from authapp.installation.reflex_seams import order
from authapp.states.lists import ListState
from authapp.wire.identities import LinkedAccount


class LinkedState(ListState, rx.State):
    """Linked accounts, and the result of the last action."""

    rows: list[LinkedAccount] = []
    came: bool = False  # returned from a provider with a result to show

    @rx.event
    async def enter(self):
        """Show the result when the user returns from a provider."""
        parameters = self.router.url.query_parameters
        label = identities.label(parameters.get("origin")) or identities.label(parameters.get("linked"))
        self.refusal, self.refused_field = paths.reason_in_words(parameters.get("refused"), label), ""
        self.answers += 1
        self.said = ""
        if me := await self._visitor():
            await self._load(me)
        if label and any(row.auth_origin == parameters.get("linked") for row in self.rows):
            self.said = t("{label} linked. You can now log in with it.", label=label)
        self.came = bool(self.refusal or self.said)

    @event(fresh=True, label=t("Link an account"))
    async def link(self, name: str):
        """Redirect to a provider to link an account there."""
        self.said = ""
        next_path = f"{route('settings')}?linked={name if identities.label(name) else ''}#{paths.LINKED}"
        return order("foreign", {"name": name, "mode": "link", "next": next_path})

    @event(label=t("Unlink an account"))
    async def unlink(self, id: str):
        """Unlink an account."""
        await self._do(t("Account unlinked."), provider_login.unlink, id)

    async def _rows(self, me: Principal) -> list[LinkedAccount]:
        return [
            LinkedAccount.of(
                identity,
                auth_origin=identity.provider,
                label=identities.label(identity.provider) or identity.provider,
                suspended=identity.suspended_at is not None,
            )
            for identity in await read(identities.listed, me.user_id)
        ]
