"""A product with background work, as a tab leaves it running after its user has logged out."""

import asyncio

import reflex as rx

import authapp

app = authapp.install(rx.App(toaster=None, html_lang="en"))
COUNTED = {"ticks": 0}  # over all tabs


class Ticker(authapp.Flow, rx.State):
    """A counter that runs for the user who started it."""

    tick: int = 0
    told: str = ""
    total: int = 0

    @rx.event(background=True)
    async def run(self):
        """Count twenty times a second for a minute at most, and show the user's identifier."""
        async with self:
            owner = (await self._principal()).identifier
        for number in range(1, 1200):
            await asyncio.sleep(0.05)
            COUNTED["ticks"] += 1
            async with self:
                self.tick, self.told = number, f"{owner} at {number}"

    @rx.event
    async def look(self):
        """Show how often all counters ticked."""
        self.total = COUNTED["ticks"]


class Gift(authapp.CodePopup, rx.State):
    """A gift for the owner of a phone number."""

    given_to: str = ""

    @rx.event
    async def send(self, number: str):
        """Send a code by text message."""
        return await self._send_code(number)

    async def _confirmed(self, number: str):
        self.given_to = number
