"""Open sessions of a user."""

import reflex as rx

from authapp.core.base.routes import route
from authapp.core.sessions import session_list
from authapp.core.sessions.session_list import Listed
from authapp.core.sessions.sessions import Principal
from authapp.db import read
from authapp.guards.context import session_of
from authapp.guards.declare import event
from authapp.i18n.texts import t
from authapp.states.account import leave
from authapp.states.flow import Flow
from authapp.states.lists import ListState
from authapp.wire.sessions import SessionRow


class SessionsState(ListState, rx.State):
    """Session list, and the result of the last action."""

    rows: list[SessionRow] = []

    @event(label=t("Log out another device"))
    async def end_session(self, id: str):
        """End one of the sessions. Ending the current session is a logout."""
        self.said = ""
        ref = session_of(self)
        if ref and id == ref.session_id:
            return leave(route("home"))
        await self._do(t("Device logged out."), session_list.end_session, id)
        return None

    @event(label=t("Log out everywhere else"))
    async def log_out_others(self):
        """End every other session."""
        await self._do(t("All other devices are logged out."), session_list.log_out_others)

    async def _rows(self, me: Principal) -> list[SessionRow]:
        return [session_row(self, session) for session in await read(session_list.listed, me)]


def session_row(tab: Flow, session: Listed) -> SessionRow:
    """Return a session in the language of a tab. The minute suffices: each new time would be sent to the page."""
    browser = tab._say(session.browser)
    last_seen_at = session.last_seen_at.replace(second=0, microsecond=0)
    return SessionRow.of(session, browser=browser[:1].upper() + browser[1:], last_seen_at=last_seen_at)
