"""Flow that closes the account of the user."""

import reflex as rx

from authapp.core.account import closing
from authapp.core.base.routes import route
from authapp.db import run
from authapp.guards.declare import event
from authapp.i18n.texts import t
from authapp.states.account import leave
from authapp.states.flow import Flow


class ClosingState(Flow, rx.State):
    """State of the section that closes the account. It asks for a confirmation first."""

    asking: bool = False

    @rx.event
    async def ask(self):
        """Explain what closing does, and ask for a confirmation."""
        self.asking, self.refusal = True, ""
        self.answers += 1

    @rx.event
    async def keep(self):
        """Keep the account."""
        self.asking, self.refusal = False, ""
        self.answers += 1

    @event(label=t("Close account"))
    async def close(self):
        """Close the account and log out."""
        await run(closing.close, await self._principal(), self._caller())
        self.asking = False
        return leave(route("closed"))
