"""Open sessions of a user."""

from typing import TypedDict

import reflex as rx

from authapp.core.sessions import sessions
from authapp.core.sessions.sessions import Principal
from authapp.db import call, look
from authapp.i18n.texts import say
from authapp.routes import route
from authapp.states.account import leave, session_of
from authapp.states.flow import Flow, event


class Row(TypedDict):
    """Session as the page shows it; times are ISO 8601."""

    id: str
    browser: str
    address: str
    opened_at: str
    last_seen_at: str
    is_this: bool


class SessionsState(Flow, rx.State):
    """Session list, and the result of the last action."""

    rows: list[Row] = []
    said: str = ""

    @event(label=say("Log out another device"))
    async def sign_out(self, id: str):
        """End one of the sessions. Ending the current session is a logout."""
        self.said = ""
        ref = session_of(self)
        if ref and id == ref.session_id:
            return leave(route("home"))
        await call(sessions.sign_out, await self._principal(), id, self._client())
        await self._load(await self._principal())
        self.said = say("Device logged out.")
        return None

    @event(label=say("Log out everywhere else"))
    async def sign_out_others(self):
        """End every other session."""
        self.said = ""
        await call(sessions.sign_out_others, await self._principal(), self._client())
        await self._load(await self._principal())
        self.said = say("All other devices are logged out.")

    async def _load(self, me: Principal) -> None:
        shown = [
            Row(
                id=one.id,
                browser=capital(self._say(one.browser)),
                address=one.address,
                opened_at=one.opened_at.isoformat(),
                last_seen_at=one.last_seen_at.replace(second=0, microsecond=0).isoformat(),
                is_this=one.is_this,
            )
            for one in await look(sessions.listed, me)
        ]
        if shown != self.rows:
            self.rows, self.said = shown, ""


def capital(words: str) -> str:
    """Return the words with a capital first letter."""
    return words[:1].upper() + words[1:]
