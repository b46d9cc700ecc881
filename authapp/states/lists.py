"""Lists of pages: a mixin for flows that keep one up to date, and change it."""

from typing import Any

from authapp.core.sessions.sessions import Principal
from authapp.db import run
from authapp.states.flow import Flow, change


class ListState(Flow, mixin=True):  # type: ignore[call-arg]  # an argument of Reflex's class
    """Flow that keeps a list, and the result of the last action on it."""

    rows: list[Any] = []  # of a class of `wire`
    loaded: bool = False  # until then, an empty list means nothing
    said: str = ""

    async def _rows(self, me: Principal) -> list[Any]:
        """Return the rows that the page shows now. Override it."""
        raise NotImplementedError

    async def _load(self, me: Principal | None = None) -> None:
        self._keep(await self._rows(me or await self._principal()))

    def _keep(self, rows: list[Any]) -> None:
        if rows != self.rows:
            self.rows, self.said = rows, ""  # the message belongs to the old list
        change(self, loaded=True)

    async def _do(self, message: str, rule: Any, *arguments: object) -> None:
        """Run a rule of the signed-in user that changes the list, and show its result."""
        self.said = ""
        everything = (await self._principal(), *arguments, self._caller())
        await run(rule, *everything)
        await self._load()
        self.said = message
