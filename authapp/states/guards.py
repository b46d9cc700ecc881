"""What of a product is for whom: its pages, events and vars, as they were declared, and what is closed to who asks."""

import copy
import inspect
from collections.abc import Callable
from contextvars import ContextVar
from functools import wraps
from typing import Any, TypeVar

import reflex as rx
from reflex_base.event import Event
from reflex_base.registry import RegisteredEventHandler, RegistrationContext

from authapp.core import guards
from authapp.core.guards import EVERYBODY, MEMBERS, Allow
from authapp.core.sessions import Principal

S = TypeVar("S", bound=type[rx.State])

# Who asks: set before an event runs, and before each change of a state is sent.
asking: ContextVar[Principal | None] = ContextVar("authapp_asking", default=None)
# The event that runs, and whether it goes on by itself after a step-up.
running: ContextVar[Event | None] = ContextVar("authapp_running", default=None)
goes_on: ContextVar[bool] = ContextVar("authapp_goes_on", default=False)

_MARK = "_authapp_allow"
_states: dict[type[rx.State], Allow] = {}
_default: Allow = EVERYBODY


def close() -> None:
    """From now on everything of the product needs a log-in, unless it says otherwise."""
    global _default
    _default = MEMBERS


def mark(declared: Any, allow: Allow) -> None:
    """Note for whom a handler is, or the function of a var."""
    setattr(declared, _MARK, guards.checked(allow))


def state(*, allow: Allow) -> Callable[[S], S]:
    """For whom a whole state is: its vars, and those of its events that say nothing themselves.

    Whoever may not see it has the first values of its vars. `EVERYBODY` is for this state alone; any other guard is
    for the states that inherit from it too.

    Args:
        allow: `EVERYBODY`, `MEMBERS`, a group, a tuple of groups (any of them), or a function of the principal.
    """
    law = guards.checked(allow)

    def declare(declared: S) -> S:
        _states[declared] = law
        return declared

    return declare


def var(*, allow: Allow, initial_value: Any, **more: Any) -> Callable[[Callable[[Any], Any]], Any]:
    """A computed var for some: its function runs only for those who may see it; all others have `initial_value`.

    It is computed anew whenever its state is sent, for whoever asks then, and never kept.

    Args:
        allow: `EVERYBODY`, `MEMBERS`, a group, a tuple of groups (any of them), or a function of the principal.
        initial_value: what everybody else has, and what is in the public files of the build.
        more: what `rx.var` takes besides.
    """
    law = guards.checked(allow)

    def declare(compute: Callable[[Any], Any]) -> Any:
        slow = guards.is_slow(law) or inspect.iscoroutinefunction(compute)

        async def slowly(self: Any) -> Any:
            if not await guards.passes(asking.get(), law):
                return copy.copy(initial_value)
            value = compute(self)
            return await value if inspect.isawaitable(value) else value

        def quickly(self: Any) -> Any:
            return compute(self) if guards.passes_now(asking.get(), law) else copy.copy(initial_value)

        guarded = wraps(compute)(slowly if slow else quickly)
        mark(guarded, law)
        return rx.var(guarded, initial_value=initial_value, cache=False, **more)

    return declare


def of_handler(known: RegisteredEventHandler) -> Allow:
    """For whom a handler is."""
    own: Allow | None = getattr(known.handler.fn, _MARK, None)
    return of_state(known.states[0]) if own is None else own


def of_state(owner: type[rx.State]) -> Allow:
    """For whom a state is that says nothing of its parts."""
    if owner in _states:
        return _states[owner]
    inherited = (_states[base] for base in owner.__mro__ if base in _states)
    law = next((one for one in inherited if one is not EVERYBODY), None)
    if law is not None:
        return law
    return _default if is_of_product(owner) else EVERYBODY


def is_of_product(owner: type) -> bool:
    """Whether a state is neither ours nor the framework's."""
    return owner.__module__.partition(".")[0] not in ("authapp", "reflex", "reflex_base")


def handler(name: str) -> RegisteredEventHandler | None:
    """A handler by its name on the wire."""
    return RegistrationContext.get().event_handlers.get(name)


def told(words: str) -> Any:
    """Words for a notice of the page: for whatever has no place of its own for a refusal."""
    return rx.set_value("denied", {"message": words})
