"""What of a product is for whom: its pages, events and vars, as they were declared, and what is closed to who asks."""

import copy
import inspect
import json
from collections.abc import Callable
from contextvars import ContextVar
from functools import cache, wraps
from typing import Any, TypeVar, get_type_hints

import reflex as rx
from reflex.utils import types
from reflex_base.constants.state import FIELD_MARKER
from reflex_base.event import Event
from reflex_base.event.context import EventContext
from reflex_base.registry import RegisteredEventHandler, RegistrationContext
from reflex_base.utils.format import format_route
from reflex_base.vars.base import AsyncComputedVar, ComputedVar

from authapp.core import groups, guards
from authapp.core.errors import Refusal
from authapp.core.guards import EVERYBODY, MEMBERS, Allow
from authapp.core.sessions import Principal
from authapp.db import look

S = TypeVar("S", bound=type[rx.State])

# Who asks: set before an event runs, and before each change of a state is sent.
asking: ContextVar[Principal | None] = ContextVar("authapp_asking", default=None)
closed: ContextVar[frozenset[str]] = ContextVar("authapp_closed", default=frozenset())  # states, to who asks
shut: ContextVar[bool] = ContextVar("authapp_shut", default=False)  # the page, to who asks
# The event that runs, whether its page sends it again after a step-up, and the refusal that ended it.
running: ContextVar[Event | None] = ContextVar("authapp_running", default=None)
goes_on: ContextVar[bool] = ContextVar("authapp_goes_on", default=False)
ended_by: ContextVar[Refusal | None] = ContextVar("authapp_ended_by", default=None)

_UNSET: Any = object()
_MARK = "_authapp_allow"
_NO_PRODUCT = {"authapp", "reflex", "reflex_base", "builtins", "abc", "typing"}  # packages
_states: dict[type[rx.State], Allow] = {}
_vars: list[Callable[[Any], Any]] = []
_pages: dict[str, Allow] = {}  # by route, as Reflex spells it
_default: Allow = EVERYBODY
_in_use = False


def use() -> None:
    """From now on somebody asks here before anything runs."""
    global _in_use
    _in_use = True


def require_use() -> None:
    """End an event of an app in which nobody asks here.

    Raises:
        RuntimeError: authapp is not installed in the app.
    """
    if not _in_use:
        raise RuntimeError("nothing guards this app: call authapp.install(app)")


def close() -> None:
    """From now on everything of the product needs a log-in, unless it says otherwise."""
    global _default
    _default = MEMBERS
    of_state.cache_clear()


def is_closed() -> bool:
    """Whether everything of the product needs a log-in that does not say otherwise."""
    return _default is MEMBERS


def page(route: str, allow: Allow) -> None:
    """Note for whom a page is."""
    _pages[format_route(route)] = guards.checked(allow)


def of_page(route: str) -> Allow:
    """For whom a page of the product is."""
    return _pages.get(route, _default)


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
        of_state.cache_clear()
        return declared

    return declare


def var(*, allow: Allow, initial_value: Any = _UNSET, **more: Any) -> Callable[[Callable[[Any], Any]], Any]:
    """A computed var for some: its function runs only for those who may see it; all others have `initial_value`.

    It is computed anew whenever its state is sent, for whoever asks then, and never kept.

    Args:
        allow: `EVERYBODY`, `MEMBERS`, a group, a tuple of groups (any of them), or a function of the principal.
        initial_value: what everybody else has, and what is in the public files of the build; when it is not given,
            what is empty of its type.
        more: what `rx.var` takes besides.
    """
    law = guards.checked(allow)

    def declare(compute: Callable[[Any], Any]) -> Any:
        slow = guards.is_slow(law) or inspect.iscoroutinefunction(compute)
        first = _empty(get_type_hints(compute)["return"]) if initial_value is _UNSET else initial_value

        async def slowly(self: Any) -> Any:
            if not await guards.passes(asking.get(), law):
                return copy.copy(first)
            value = compute(self)
            return await value if inspect.isawaitable(value) else value

        def quickly(self: Any) -> Any:
            return compute(self) if guards.passes_now(asking.get(), law) else copy.copy(first)

        guarded = wraps(compute)(slowly if slow else quickly)
        mark(guarded, law)
        _vars.append(guarded)
        return (_Slow if slow else _Quick)(guarded, initial_value=first, cache=False, **more)

    return declare


class _Sealed:
    """What was sent last is noted by its digest: Reflex would keep a text as it is, in files too."""

    def _pending_delta_record(self, instance: rx.State, value: Any, token: str) -> Any:
        return super()._pending_delta_record(instance, [value], token)  # type: ignore[misc]  # of the var beside it


class _Quick(_Sealed, ComputedVar[Any]):
    pass


class _Slow(_Sealed, AsyncComputedVar[Any]):
    pass


def of_handler(known: RegisteredEventHandler) -> Allow:
    """For whom a handler is."""
    own: Allow | None = getattr(known.handler.fn, _MARK, None)
    return of_state(known.states[0]) if own is None else own


@cache
def of_state(owner: type[rx.State]) -> Allow:
    """For whom a state is that says nothing of its parts."""
    if owner in _states:
        return _states[owner]
    inherited = (_states[base] for base in owner.__mro__ if base in _states)
    law = next((one for one in inherited if one is not EVERYBODY), None)
    if law is not None:
        return law
    return _default if is_of_product(owner) else EVERYBODY


def of_var(owner: type[rx.State], name: str) -> Allow:
    """For whom a var is."""
    known = owner.computed_vars.get(name)
    return of_state(owner) if known is None else getattr(known.fget, _MARK, of_state(owner))


def vars_of(owner: type[rx.State]) -> list[str]:
    """The vars of a state that reach a page."""
    computed = (name for name, known in owner.computed_vars.items() if not known._backend)
    return [*owner.base_vars, *computed]


async def missing_groups() -> list[str]:
    """The groups that something is for, and that are not there."""
    return await look(groups.missing, guards.GROUPS)


def product_states() -> list[type[rx.State]]:
    """Every state that is neither ours nor the framework's."""
    return [one for one in RegistrationContext.get().base_states.values() if is_of_product(one)]


def guarded_states() -> list[type[rx.State]]:
    """Every state that is not for everybody; of ours too, for some are for administrators."""
    return [one for one in RegistrationContext.get().base_states.values() if of_state(one) is not EVERYBODY]


def guards_vars() -> bool:
    """Whether a var is computed for some alone."""
    return bool(_vars)


async def closed_to(me: Principal | None) -> frozenset[str]:
    """The names of the states whose vars somebody may not see."""
    laws = [(one.get_full_name(), of_state(one)) for one in guarded_states()]
    said = {law: await guards.passes(me, law) for law in {law for _, law in laws}}
    return frozenset(name for name, law in laws if not said[law])


def withhold(delta: dict[str, dict[str, Any]], closed: frozenset[str]) -> dict[str, dict[str, Any]]:
    """Put first values in place of what somebody may not see; what a browser keeps itself stays."""
    for name in closed & delta.keys():
        owner = RegistrationContext.get().base_states[name]
        for key, value in delta[name].items():
            var = key.removesuffix(FIELD_MARKER)
            if is_own(owner, var):
                continue
            if inspect.iscoroutine(value):
                value.close()
            delta[name][key] = first_value(owner, var)
    return delta


def is_own(owner: type[rx.State], var: str) -> bool:
    """Whether a var says itself for whom it is, is kept in the browser, or only counts answers, which a form awaits."""
    known = owner.computed_vars.get(var)
    if known is not None:
        return hasattr(known.fget, _MARK)
    return owner._is_client_storage(var) or (var == "answers" and hasattr(owner, "_shows_refusal"))


def first_value(owner: type[rx.State], var: str) -> Any:
    """What everybody may see of a var: what it has before anything happened."""
    known = owner.computed_vars.get(var)
    if known is None:
        return owner.get_fields()[var].default_value()
    given = known._initial_value
    return _empty(known._var_type) if isinstance(given, types.Unset) else copy.copy(given)


def empty_first_values() -> None:
    """Give each closed computed var an empty first value: else the build computes one, and publishes it (R14)."""
    for owner in guarded_states():
        for name, known in owner.computed_vars.items():
            if isinstance(known._initial_value, types.Unset):
                object.__setattr__(known, "_initial_value", first_value(owner, name))


def _empty(kind: Any) -> Any:
    try:
        return types.get_default_value_for_type(kind)
    except (TypeError, ValueError):
        return None


def forget_computed(root: rx.State) -> None:
    """Whoever asks is somebody else than before, or in other groups: nothing that was computed for them is kept."""
    for name, known in root.computed_vars.items():
        known.mark_dirty(root)
        root.dirty_vars.add(name)
    for part in root.substates.values():
        forget_computed(part)
    root._mark_ancestors_dirty()


def is_of_product(owner: type) -> bool:
    """Whether a state, or anything that it inherits, is neither ours nor the framework's.

    Reflex moves what is declared in a function, and each copy of an `rx.ComponentState`, into a module of its own.
    """
    return any(_module(one).partition(".")[0] not in _NO_PRODUCT for one in owner.__mro__)


def called(owner: type) -> str:
    """A state as its product's code calls it."""
    return f"{_module(owner)}.{owner.__qualname__}"


def _module(declared: type) -> str:
    return str(vars(declared).get("__original_module__", declared.__module__))


def handler(name: str) -> RegisteredEventHandler | None:
    """A handler by its name on the wire."""
    return RegistrationContext.get().event_handlers.get(name)


def again(event: Event | None) -> dict[str, Any] | None:
    """An event as its page can send it again; None for what a chain of events led to, which was never the page's own.

    What cannot go back is not handed back either: the line would break over half a character.
    """
    if event is None or EventContext.get().parent_txid is not None:
        return None
    try:
        json.dumps(event.payload, ensure_ascii=False).encode()
    except (TypeError, ValueError, RecursionError):
        return None
    return {"name": event.name, "payload": event.payload}


def step_up(action: str) -> Any:
    """Ask the page for a new proof. The page keeps the event that runs now, and sends it again after the proof.

    Args:
        action: what was asked for, in words that the dialog shows.
    """
    return rx.set_value("step_up", {"action": action, "event": again(running.get())})


def renewed(event: Event) -> list[Event]:
    """Tell a page that its session has another key by now: it connects with that, and sends its event again."""
    return Event.from_event_type(rx.set_value("renewed", {"event": again(event)}))


def told(words: str, code: str = "", again: dict[str, Any] | None = None) -> Any:
    """Words for a notice of the page, for whatever has no place of its own for a refusal.

    Args:
        words: what is said.
        code: of the refusal.
        again: the event that was denied, as its page sent it: it may send it again.
    """
    return rx.set_value("denied", {"message": words, "code": code, "event": again})
