"""What every flow has: the principal, the client, a place for a refusal, and events that wait for a step-up."""

import inspect
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, NamedTuple

import reflex as rx

from authapp.core import clock, sessions
from authapp.core.devices import Client
from authapp.core.errors import LoggedOut, Refusal, StepUpNeeded
from authapp.core.sessions import Principal
from authapp.db import look
from authapp.states.account import language_of, session_of
from authapp.texts import Text, into


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

    def __setattr__(self, name: str, value: Any) -> None:
        """Keep a value; a text is kept as whoever looks at this tab reads it."""
        super().__setattr__(name, self._say(value) if isinstance(value, Text) else value)

    def _say(self, words: str) -> str:
        """A text in the language of this tab."""
        return into(words, language_of(self))

    def _client(self) -> Client:
        headers = self.router.headers
        return Client(
            self.router.session.client_ip,
            headers.user_agent,
            languages=headers.accept_language,
            language=language_of(self),
        )

    def _tab(self) -> str:
        return str(self.router.session.client_token)

    @contextmanager
    def _shows_refusal(self, field: str = "") -> Iterator[None]:
        """Run a rule; its refusal is shown beside the field it names, and the form keeps what was typed.

        Args:
            field: where a refusal is shown that names none; else it is above the form.
        """
        self.refusal = self.refused_field = ""
        try:
            yield
        except StepUpNeeded:
            raise  # `event` asks for the proof, and does the same again
        except Refusal as no:
            self.refusal, self.refused_field = no.message, no.field or field
        finally:
            self.answers += 1


class Waiting(NamedTuple):
    """An event that goes on after a step-up."""

    state: type[rx.State]
    handler: Callable[..., Awaitable[Any]]
    given: dict[str, Any]
    until: float  # seconds, as a timestamp


PATIENCE = 600  # seconds an event waits for the proof
MOST_WAITING = 10_000
# By tab, in this process and nowhere else: what was typed may be a password. A tab that reconnects elsewhere asks anew.
waiting: dict[str, Waiting] = {}


def event(*, fresh: bool = False) -> Callable[[Callable[..., Awaitable[Any]]], Any]:
    """An event of a flow whose refusals are shown in place.

    When the rule asks for a step-up (`StepUpNeeded`), the page asks for the password in a dialog; after the proof the
    same event runs again with the same arguments.

    Args:
        fresh: ask for a step-up before the event itself when the last proof is older than `step_up_minutes`. What
            serves as the law is the rule that is called; an event that calls none says so here.
    """

    def declare(handler: Callable[..., Awaitable[Any]]) -> Any:
        if not inspect.iscoroutinefunction(handler):
            raise TypeError(f"{handler.__qualname__} must be `async def`, and not a generator")

        @wraps(handler)
        async def guarded(self: Any, **given: Any) -> Any:
            try:
                with self._shows_refusal():
                    if fresh and not (await self._principal()).is_fresh:
                        raise StepUpNeeded
                    return await handler(self, **given)
            except StepUpNeeded:
                _wait(self, guarded, given)
                return rx.set_value("step_up", True)

        return rx.event(guarded)

    return declare


def _wait(state: Any, handler: Callable[..., Awaitable[Any]], given: dict[str, Any]) -> None:
    now = clock.now().timestamp()
    if len(waiting) >= MOST_WAITING:
        for tab in [tab for tab, one in waiting.items() if one.until <= now] or list(waiting)[: MOST_WAITING // 2]:
            waiting.pop(tab, None)
    waiting[state._tab()] = Waiting(type(state), handler, given, now + PATIENCE)


def field(form: Any, name: str) -> Any:
    """One field of a submitted form. The socket takes anything from anybody, so nothing is believed."""
    return form.get(name) if isinstance(form, dict) else None
