"""A product on top of authapp with work that goes on by itself: what a tab left running after its person has gone."""

import asyncio

import reflex as rx

import authapp

app = authapp.install(rx.App(toaster=None, html_lang="en"))
COUNTED = {"ticks": 0}  # of all who tick


class Ticker(authapp.Flow, rx.State):
    """Counts aloud for whoever started it."""

    tick: int = 0
    told: str = ""
    total: int = 0

    @rx.event(background=True)
    async def run(self):
        """Count twenty times a second, for a minute at most, and say whose count it is."""
        async with self:
            owner = (await self._principal()).identifier
        for number in range(1, 1200):
            await asyncio.sleep(0.05)
            COUNTED["ticks"] += 1
            async with self:
                self.tick, self.told = number, f"{owner} at {number}"

    @rx.event
    async def look(self):
        """How often anybody ticked."""
        self.total = COUNTED["ticks"]


class Gift(authapp.CodePopup, rx.State):
    """Gives something to whoever has a number."""

    given_to: str = ""

    @rx.event
    async def send(self, number: str):
        """Text a code."""
        return await self._send_code(number)

    async def _confirmed(self, number: str):
        self.given_to = number
