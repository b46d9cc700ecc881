"""Declared events as they run: refusals are shown in the form, and the page is asked for a step-up."""

import inspect
import json
from collections.abc import Callable
from functools import wraps
from typing import Any, Self

from authapp.core.base.errors import ProofOfWorkNeeded, Refusal, SessionExpired, StepUpNeeded
from authapp.core.sessions import sessions
from authapp.db import read
from authapp.guards import registry
from authapp.guards.context import ended_by, goes_on, language_of, running, session_of
from authapp.i18n.texts import into
from authapp.installation.reflex_seams import Event, EventContext, order

Handler = Callable[..., Any]


def guarded(handler: Handler, fresh: bool, background: bool, label: str) -> Handler:
    """Wrap an event handler, so that its refusals are shown.

    Args:
        handler: a coroutine function, or an async generator function.
        fresh: whether the event needs a recent proof.
        background: whether the event runs in the background, as in `rx.event`.
        label: name of the action in the step-up dialog.
    """
    return (_generator if inspect.isasyncgenfunction(handler) else _plain)(handler, fresh, background, label)


def again(event: Event | None) -> dict[str, Any] | None:
    """Return an event as its page can send it again; None for an event that another event started, not the page.

    Also return None for a payload that cannot be encoded: half a surrogate pair would break the connection.
    """
    if event is None or EventContext.get().parent_txid is not None:
        return None
    try:
        json.dumps(event.payload, ensure_ascii=False).encode()
    except (TypeError, ValueError, RecursionError):
        return None
    return {"name": event.name, "payload": event.payload}


def step_up(action: str) -> Any:
    """Ask the page for a new proof. The page keeps the running event, and sends it again after the proof.

    Args:
        action: the name of the action, shown in the dialog.
    """
    return order("step_up", {"action": action, "event": again(running.get())})


def renewed(event: Event) -> list[Event]:
    """Tell a page that its session has a new key: it reconnects with the new key, and sends its event again."""
    orders: list[Event] = Event.from_event_type(order("renewed", {"event": again(event)}))
    return orders


def told(words: str, code: str = "", again: dict[str, Any] | None = None) -> Any:
    """Return an event that shows a refusal in a notice of the page, for events without their own place for it.

    Args:
        words: the message.
        code: the code of the refusal.
        again: the denied event as its page sent it, for a retry.
    """
    return order("denied", {"message": words, "code": code, "event": again})


def _plain(handler: Handler, fresh: bool, background: bool, label: str) -> Handler:
    @wraps(handler)
    async def run(self: Any, *args: Any, **kwargs: Any) -> Any:
        async with _Answered(self, background, label) as outcome:
            if fresh:
                await _require_fresh(self)
            return await handler(self, *args, **kwargs)
        return outcome.order

    return run


def _generator(handler: Handler, fresh: bool, background: bool, label: str) -> Handler:
    @wraps(handler)
    async def run(self: Any, *args: Any, **kwargs: Any) -> Any:
        async with _Answered(self, background, label) as outcome:
            if fresh:
                await _require_fresh(self)
            async for output in handler(self, *args, **kwargs):
                yield output
        if outcome.order:
            yield outcome.order

    return run


class _Answered:
    """Context manager around an event: shows refusals, and tells the page that the event was answered."""

    def __init__(self, state: Any, background: bool, label: str) -> None:
        self.order: Any = None  # the event for the page after a refusal
        self._state, self._background, self._label = state, background, label

    async def __aenter__(self) -> Self:
        registry.require_use()
        goes_on.set(True)
        await self._show("", "", 0)
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: Any) -> bool:
        message, field, answers = "", "", 1
        ended_by.set(error if isinstance(error, Refusal) else None)
        if isinstance(error, StepUpNeeded):
            self.order = step_up(into(self._label, language_of(self._state)))
        elif isinstance(error, ProofOfWorkNeeded) and registry.is_flow(self._state):
            self.order, answers = order("proof", dict(error.details)), 0  # the form waits on, and sends itself again
        elif isinstance(error, Refusal):
            message, field = error.message, error.field
        await self._show(message, field, answers)
        return isinstance(error, Refusal)

    async def _show(self, message: str, field: str, count: int) -> None:
        """Show a refusal in the state when it is a flow, else in a notice of the page."""
        if not registry.is_flow(self._state):
            self.order = told(message) if message else self.order
        elif self._background:
            async with self._state as state:
                state.refusal, state.refused_field, state.answers = message, field, state.answers + count
        else:
            self._state.refusal, self._state.refused_field = message, field
            self._state.answers += count


async def _require_fresh(state: Any) -> None:
    ref = session_of(state)
    me = await read(sessions.alive, ref) if ref else None
    if me is None:
        raise SessionExpired
    if not me.is_fresh:
        raise StepUpNeeded
