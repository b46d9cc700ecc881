"""What happened to the account of a person."""

from typing import TypedDict

import reflex as rx

from authapp.core import history
from authapp.core.sessions import Principal
from authapp.db import look
from authapp.states.flow import Flow


class Line(TypedDict):
    """An entry as the page shows it; the time is ISO 8601."""

    id: str
    what: str
    about: str
    at: str
    where: str


class HistoryState(Flow, rx.State):
    """The newest entries."""

    lines: list[Line] = []

    async def _load(self, me: Principal) -> None:
        shown = [
            Line(
                id=str(one.id),
                what=self._say(history.WORDS.get(one.what, one.what)),
                about=one.about,
                at=one.at.isoformat(),
                where=" · ".join(part for part in (self._say(one.browser), one.address) if part),
            )
            for one in await look(history.newest, me.user_id)
        ]
        if shown != self.lines:
            self.lines = shown
