"""Linked accounts of a user at identity providers."""

from typing import TypedDict

import reflex as rx

from authapp.core.account import identities
from authapp.core.authentication import provider_login
from authapp.core.base import paths
from authapp.core.base.routes import route
from authapp.core.sessions.sessions import Principal
from authapp.db import read, run
from authapp.guards.declare import event
from authapp.i18n.texts import t
from authapp.installation.reflex_seams import order
from authapp.states.flow import Flow


class Linked(TypedDict):
    """Linked account as the page shows it."""

    id: str
    name: str
    label: str
    about: str
    suspended: bool


class LinkedState(Flow, rx.State):
    """Linked accounts, and the result of the last action."""

    linked: list[Linked] = []
    said: str = ""
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
        if label and any(row["name"] == parameters.get("linked") for row in self.linked):
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
        self.said = ""
        await run(provider_login.unlink, await self._principal(), id, self._caller())
        await self._load(await self._principal())
        self.said = t("Account unlinked.")

    async def _load(self, me: Principal) -> None:
        rows = [
            Linked(
                id=str(identity.id),
                name=identity.provider,
                label=identities.label(identity.provider) or identity.provider,
                about=identity.about,
                suspended=identity.suspended_at is not None,
            )
            for identity in await read(identities.listed, me.user_id)
        ]
        if rows != self.linked:
            self.linked, self.said = rows, ""  # the message belongs to the old list
