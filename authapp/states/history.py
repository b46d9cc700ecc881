"""Audit log of the account of a user."""

from typing import TypedDict

import reflex as rx

from authapp.core.base import history
from authapp.core.sessions.sessions import Principal
from authapp.db import look
from authapp.models import Entry
from authapp.states.flow import Flow


class Line(TypedDict):
    """Audit log entry as the page shows it; the time is ISO 8601."""

    id: str
    what: str
    about: str
    at: str
    where: str


def line(tab: Flow, one: Entry) -> Line:
    """Return an audit log entry in the language of a tab."""
    return Line(
        id=str(one.id),
        what=tab._say(history.WORDS.get(one.what, one.what)),
        about=" · ".join(tab._say(part) if part == history.SERVER else part for part in one.about.split(" · ")),
        at=one.at.isoformat(),
        where=" · ".join(part for part in (tab._say(one.browser), one.address) if part),
    )


class HistoryState(Flow, rx.State):
    """Newest entries of the audit log."""

    lines: list[Line] = []

    async def _load(self, me: Principal) -> None:
        shown = [line(self, one) for one in await look(history.newest, me.user_id)]
        if shown != self.lines:
            self.lines = shown
