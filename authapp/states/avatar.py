"""Picture of the user, on a server that cannot read pictures. Else the page sends them to the API."""

import reflex as rx

from authapp.core.account import avatars
from authapp.db import run
from authapp.guards.declare import event
from authapp.i18n.texts import t
from authapp.states.account import Account
from authapp.states.flow import Flow


class AvatarState(Flow, rx.State):
    """Result of the removal."""

    said: str = ""

    @event()
    async def remove(self):
        """Remove the picture."""
        self.said = ""
        await run(avatars.remove, await self._principal())
        (await self.get_state(Account))._is(await self._principal())
        self.said = t("Picture removed.")
