"""Base of every flow: the principal, the caller, a place for refusals, and events that ask for a step-up."""

import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, Self

import reflex as rx

from authapp.core.authorization import guards
from authapp.core.authorization.guards import MEMBERS, Allow
from authapp.core.base import devices
from authapp.core.base.devices import Client
from authapp.core.base.errors import LoggedOut, Refusal, StepUpNeeded
from authapp.core.sessions import sessions
from authapp.core.sessions.sessions import Principal
from authapp.db import look
from authapp.i18n.texts import Text, into
from authapp.states.account import LINE_HEADER, language_of, session_of, waiting_of
from authapp.states.guards import ended_by, goes_on, mark, require_use, step_up, told

Handler = Callable[..., Any]


class Flow(rx.State, mixin=True):  # type: ignore[call-arg]  # an argument of Reflex's class
    """State of one flow in one tab. Mix it into a state: `class MyState(authapp.Flow, rx.State)`."""

    refusal: str = ""  # the message of the last refusal
    refused_field: str = ""  # the field that it belongs to
    answers: int = 0  # number of answers; the form waits until it changes

    async def _principal(self, allow: Allow = MEMBERS) -> Principal:
        """Return the principal of the signed-in user.

        Args:
            allow: access rule, as in `authapp.event`; for long-running events that check it again.

        Raises:
            LoggedOut: no user is signed in, or the session ended.
            Denied: the access rule denies this user.
        """
        me = await self._visitor()
        if me is None:
            raise LoggedOut
        if no := await guards.refusal(me, allow):
            raise no
        return me

    async def _visitor(self) -> Principal | None:
        """Return the principal of the signed-in user, or None for a visitor."""
        ref = session_of(self)
        return await look(sessions.alive, ref) if ref else None

    def __setattr__(self, name: str, value: Any) -> None:
        """Set a var. A text is stored in the language of this tab."""
        super().__setattr__(name, self._say(value) if isinstance(value, Text) else value)

    def _say(self, words: str) -> str:
        """Translate a text into the language of this tab."""
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
        """Show a refusal of the rule that runs inside, beside the field that it names. The form keeps its input.

        Args:
            field: the field for refusals that name none; without it they appear above the form.
        """
        self.refusal = self.refused_field = ""
        try:
            yield
        except Refusal as no:
            if isinstance(no, StepUpNeeded) and goes_on.get():
                raise  # `event` asks for the proof, and the page sends the event again
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
    """Declare an event with an access rule. Its refusals are shown in the form.

    When a rule raises `StepUpNeeded`, the page asks for the password in a dialog that names the action. The page keeps
    the event, and sends it again with the same arguments after the proof. The server stores nothing.

    Args:
        handler: the function, when the decorator has no arguments: `@authapp.event` is `@authapp.event()`.
        allow: `EVERYBODY`, `MEMBERS`, a group, a tuple of groups (any of them), or a function of the principal, sync
            or async. It holds however the event is called. The default is the access rule of the state.
        fresh: ask for a step-up before the event runs when the last proof is older than `step_up_minutes`. A rule that
            needs a fresh proof checks that itself; set this for an event that calls no such rule.
        background: as in `rx.event`; the event itself uses `async with self`.
        label: name of the action in the step-up dialog, like `say("Pay the bill")`. The default is the function name
            in words.
    """

    def declare(handler: Handler) -> Any:
        if not inspect.iscoroutinefunction(handler) and not inspect.isasyncgenfunction(handler):
            raise TypeError(f"{handler.__qualname__} must be `async def`: a plain function blocks all other users")
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
    """Context manager around an event: shows refusals, and tells the page that the event was answered."""

    def __init__(self, state: Any, background: bool, label: str) -> None:
        self.order: Any = None  # the event for the page after a refusal
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
        """Show a refusal in the state when it is a flow, else in a notice of the page."""
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
    """Return one field of a submitted form. Never trust the type: a client can send anything over the socket."""
    return form.get(name) if isinstance(form, dict) else None
