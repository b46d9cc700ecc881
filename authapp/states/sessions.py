"""Open sessions of a user."""

from typing import TypedDict

import reflex as rx

from authapp.core.base.routes import route
from authapp.core.sessions import session_list
from authapp.core.sessions.sessions import Principal
from authapp.db import read, run
from authapp.guards.context import session_of
from authapp.guards.declare import event
from authapp.i18n.texts import t
from authapp.states.account import leave
from authapp.states.flow import Flow


class Row(TypedDict):
    """Session as the page shows it; times are ISO 8601."""

    id: str
    browser: str
    ip: str
    opened_at: str
    last_seen_at: str
    is_this: bool


class SessionsState(Flow, rx.State):
    """Session list, and the result of the last action."""

    rows: list[Row] = []
    said: str = ""

    @event(label=t("Log out another device"))
    async def end_session(self, id: str):
        """End one of the sessions. Ending the current session is a logout."""
        self.said = ""
        ref = session_of(self)
        if ref and id == ref.session_id:
            return leave(route("home"))
        await run(session_list.end_session, await self._principal(), id, self._caller())
        await self._load(await self._principal())
        self.said = t("Device logged out.")
        return None

    @event(label=t("Log out everywhere else"))
    async def log_out_others(self):
        """End every other session."""
        self.said = ""
        await run(session_list.log_out_others, await self._principal(), self._caller())
        await self._load(await self._principal())
        self.said = t("All other devices are logged out.")

    async def _load(self, me: Principal) -> None:
        rows = [
            Row(
                id=session.id,
                browser=capital(self._say(session.browser)),
                ip=session.ip,
                opened_at=session.opened_at.isoformat(),
                last_seen_at=session.last_seen_at.replace(second=0, microsecond=0).isoformat(),
                is_this=session.is_this,
            )
            for session in await read(session_list.listed, me)
        ]
        if rows != self.rows:
            self.rows, self.said = rows, ""


def capital(words: str) -> str:
    """Return the words with a capital first letter."""
    return words[:1].upper() + words[1:]
