"""Closing the account."""

import reflex as rx

from authapp.core import closing
from authapp.db import call
from authapp.routes import route
from authapp.states.account import leave
from authapp.states.flow import Flow, event
from authapp.texts import say


class ClosingState(Flow, rx.State):
    """Asks first."""

    asking: bool = False

    @rx.event
    async def ask(self):
        """Say what closing means, and ask whether it is meant."""
        self.asking, self.refusal = True, ""
        self.answers += 1

    @rx.event
    async def keep(self):
        """It was not meant."""
        self.asking, self.refusal = False, ""
        self.answers += 1

    @event(label=say("Close account"))
    async def close(self):
        """Close it, and leave."""
        await call(closing.close, await self._principal(), self._client())
        self.asking = False
        return leave(route("closed"))
