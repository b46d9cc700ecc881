"""What every flow has: the principal, the client, a place for a refusal, and events that ask for a step-up."""

import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, Self

import reflex as rx

from authapp.core import devices, guards, sessions
from authapp.core.devices import Client
from authapp.core.errors import LoggedOut, Refusal, StepUpNeeded
from authapp.core.guards import MEMBERS, Allow
from authapp.core.sessions import Principal
from authapp.db import look
from authapp.states.account import LINE_HEADER, language_of, session_of, waiting_of
from authapp.states.guards import ended_by, goes_on, mark, require_use, step_up, told
from authapp.texts import Text, into

Handler = Callable[..., Any]


class Flow(rx.State, mixin=True):
    """A conversation with one tab. Mix it into a state: `class MyState(authapp.Flow, rx.State)`."""

    refusal: str = ""  # the words of the last *no*
    refused_field: str = ""  # the field they belong to
    answers: int = 0  # how often we answered; the form waits for it to change

    async def _principal(self, allow: Allow = MEMBERS) -> Principal:
        """Who asks.

        Args:
            allow: whom it must be, as in `authapp.event`; for events that go on for long and ask again.

        Raises:
            LoggedOut: nobody is signed in, or the session ended.
            Denied: it is somebody else.
        """
        me = await self._visitor()
        if me is None:
            raise LoggedOut
        if no := await guards.refusal(me, allow):
            raise no
        return me

    async def _visitor(self) -> Principal | None:
        """Who asks, or None when nobody is signed in."""
        ref = session_of(self)
        return await look(sessions.alive, ref) if ref else None

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
            devices.of_line(str(headers.raw_headers.get(LINE_HEADER) or "")),
            languages=headers.accept_language,
            language=language_of(self),
            waiting=waiting_of(self),
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
        except Refusal as no:
            if isinstance(no, StepUpNeeded) and goes_on.get():
                raise  # `event` asks for the proof, and does the same again
            self.refusal, self.refused_field = no.message, no.field or field
        finally:
            self.answers += 1


def event(
    handler: Handler | None = None,
    *,
    allow: Allow | None = None,
    fresh: bool = False,
    background: bool = False,
    label: str = "",
) -> Any:
    """An event of a flow, for whom it is for, whose refusals are shown in place.

    When the rule asks for a step-up (`StepUpNeeded`), the page asks for the password in a dialog that names the action.
    The page keeps the event, and sends it again with the same arguments after the proof; the server keeps nothing.

    Args:
        handler: the function, where nothing is said of it: `@authapp.event` is `@authapp.event()`.
        allow: `EVERYBODY`, `MEMBERS`, a group, a tuple of groups (any of them), or a function of the principal, sync
            or async. Nobody else runs the event, whichever way it is called. Without it: whoever may see the state.
        fresh: ask for a step-up before the event itself when the last proof is older than `step_up_minutes`. What
            serves as the law is the rule that is called; an event that calls none says so here.
        background: as in `rx.event`; the event asks for `async with self` itself.
        label: what the event does, as the dialog of a step-up names it, like `say("Pay the bill")`. Without it: the
            name of the function in words.
    """

    def declare(handler: Handler) -> Any:
        if not inspect.iscoroutinefunction(handler) and not inspect.isasyncgenfunction(handler):
            raise TypeError(f"{handler.__qualname__} must be `async def`: a plain one keeps everybody else waiting")
        words = label or handler.__name__.strip("_").replace("_", " ").capitalize()
        guarded = (_generator if inspect.isasyncgenfunction(handler) else _plain)(handler, fresh, background, words)
        if allow is not None:
            mark(guarded, allow)
        return rx.event(guarded, background=background)

    return declare if handler is None else declare(handler)


def _plain(handler: Handler, fresh: bool, background: bool, label: str) -> Handler:
    @wraps(handler)
    async def guarded(self: Any, *args: Any, **given: Any) -> Any:
        async with _Answered(self, background, label) as answered:
            if fresh:
                await _require_fresh(self)
            return await handler(self, *args, **given)
        return answered.order

    return guarded


def _generator(handler: Handler, fresh: bool, background: bool, label: str) -> Handler:
    @wraps(handler)
    async def guarded(self: Any, *args: Any, **given: Any) -> Any:
        async with _Answered(self, background, label) as answered:
            if fresh:
                await _require_fresh(self)
            async for said in handler(self, *args, **given):
                yield said
        if answered.order:
            yield answered.order

    return guarded


class _Answered:
    """Around an event: what its rule refuses is shown, and the page is told that it was answered."""

    def __init__(self, state: Any, background: bool, label: str) -> None:
        self.order: Any = None  # what the page does about a refusal
        self._state, self._background, self._label = state, background, label

    async def __aenter__(self) -> Self:
        require_use()
        goes_on.set(True)
        await self._say("", "", 0)
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, at: Any) -> bool:
        words = field = ""
        ended_by.set(error if isinstance(error, Refusal) else None)
        if isinstance(error, StepUpNeeded):
            self.order = step_up(into(self._label, language_of(self._state)))
        elif isinstance(error, Refusal):
            words, field = error.message, error.field
        await self._say(words, field, 1)
        return isinstance(error, Refusal)

    async def _say(self, words: str, field: str, more: int) -> None:
        """In the state, where it is a flow; else in a notice of the page."""
        if not isinstance(self._state, Flow):
            self.order = told(words) if words else self.order
        elif self._background:
            async with self._state as state:
                state.refusal, state.refused_field, state.answers = words, field, state.answers + more
        else:
            self._state.refusal, self._state.refused_field = words, field
            self._state.answers += more


async def _require_fresh(state: Any) -> None:
    ref = session_of(state)
    me = await look(sessions.alive, ref) if ref else None
    if me is None:
        raise LoggedOut
    if not me.is_fresh:
        raise StepUpNeeded


def field(form: Any, name: str) -> Any:
    """One field of a submitted form. The socket takes anything from anybody, so nothing is believed."""
    return form.get(name) if isinstance(form, dict) else None
