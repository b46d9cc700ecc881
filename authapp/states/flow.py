"""What every flow has: the principal, the client, and a place for a refusal."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import reflex as rx

from authapp.core import sessions
from authapp.core.devices import Client
from authapp.core.errors import LoggedOut, Refusal
from authapp.core.sessions import Principal
from authapp.db import look
from authapp.states.account import session_of


class Flow(rx.State, mixin=True):
    """A conversation with one tab. Mix it into a state: `class MyState(authapp.Flow, rx.State)`."""

    refusal: str = ""  # the words of the last *no*
    refused_field: str = ""  # the field they belong to
    answers: int = 0  # how often we answered; the form waits for it to change

    async def _principal(self) -> Principal:
        """Who asks.

        Raises:
            LoggedOut: nobody is signed in, or the session ended.
        """
        me = await self._visitor()
        if me is None:
            raise LoggedOut
        return me

    async def _visitor(self) -> Principal | None:
        """Who asks, or None when nobody is signed in."""
        session_id = session_of(self)
        return await look(sessions.alive, session_id) if session_id else None

    def _client(self) -> Client:
        return Client(self.router.session.client_ip, self.router.headers.user_agent)

    def _tab(self) -> str:
        return str(self.router.session.client_token)

    @contextmanager
    def _shows_refusal(self) -> Iterator[None]:
        """Run a rule; its refusal is shown beside the field it names, and the form keeps what was typed."""
        self.refusal = self.refused_field = ""
        try:
            yield
        except Refusal as no:
            self.refusal, self.refused_field = no.message, no.field
        finally:
            self.answers += 1


def field(form: Any, name: str) -> Any:
    """One field of a submitted form. The socket takes anything from anybody, so nothing is believed."""
    return form.get(name) if isinstance(form, dict) else None
