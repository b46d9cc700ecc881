"""Access rules of pages, events, states and vars of a product, and what they hide from the current user."""

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

from authapp.core.authorization import groups, guards
from authapp.core.authorization.guards import EVERYBODY, MEMBERS, Allow
from authapp.core.base.errors import Refusal
from authapp.core.sessions.sessions import Principal
from authapp.db import look

S = TypeVar("S", bound=type[rx.State])

# The principal of the user: set before an event runs, and before each delta of a state is sent.
asking: ContextVar[Principal | None] = ContextVar("authapp_asking", default=None)
closed: ContextVar[frozenset[str]] = ContextVar("authapp_closed", default=frozenset())  # states hidden from the user
shut: ContextVar[bool] = ContextVar("authapp_shut", default=False)  # whether the page is denied to the user
# The running event, whether its page sends it again after a step-up, and the refusal that ended it.
running: ContextVar[Event | None] = ContextVar("authapp_running", default=None)
goes_on: ContextVar[bool] = ContextVar("authapp_goes_on", default=False)
ended_by: ContextVar[Refusal | None] = ContextVar("authapp_ended_by", default=None)

_UNSET: Any = object()
_MARK = "_authapp_allow"
_NO_PRODUCT = {"authapp", "reflex", "reflex_base", "builtins", "abc", "typing"}  # packages that are not the product
_states: dict[type[rx.State], Allow] = {}
_vars: list[Callable[[Any], Any]] = []
_pages: dict[str, Allow] = {}  # by route, in Reflex's format
_default: Allow = EVERYBODY
_in_use = False


def use() -> None:
    """Note that the middleware checks these access rules before any event runs."""
    global _in_use
    _in_use = True


def require_use() -> None:
    """Fail in an app that does not check these access rules.

    Raises:
        RuntimeError: authapp is not installed in the app.
    """
    if not _in_use:
        raise RuntimeError("authapp is not installed in this app: call authapp.install(app)")


def close() -> None:
    """Make everything of the product require a login, unless it declares another access rule."""
    global _default
    _default = MEMBERS
    of_state.cache_clear()


def is_closed() -> bool:
    """Return whether parts of the product without an access rule require a login."""
    return _default is MEMBERS


def page(route: str, allow: Allow) -> None:
    """Store the access rule of a page."""
    _pages[format_route(route)] = guards.checked(allow)


def of_page(route: str) -> Allow:
    """Return the access rule of a page of the product."""
    return _pages.get(route, _default)


def mark(declared: Any, allow: Allow) -> None:
    """Store the access rule of an event handler, or of the function of a var."""
    setattr(declared, _MARK, guards.checked(allow))


def state(*, allow: Allow) -> Callable[[S], S]:
    """Declare the access rule of a state: for its vars, and for its events without their own rule.

    Users without access get the initial values of its vars. `EVERYBODY` applies to this state only. Any other rule also
    applies to the states that inherit from it.

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
    """Declare a computed var with an access rule. Its function runs only for users with access.

    All others get `initial_value`. The var is computed whenever its state is sent, for the user who receives it. It is
    never cached.

    Args:
        allow: `EVERYBODY`, `MEMBERS`, a group, a tuple of groups (any of them), or a function of the principal.
        initial_value: value for users without access, also in the public files of the build. The default is the empty
            value of the type.
        more: further arguments of `rx.var`.
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
    """Mixin: Reflex stores the last sent value as a digest. It would store a text as it is, in files too."""

    def _pending_delta_record(self, instance: rx.State, value: Any, token: str) -> Any:
        return super()._pending_delta_record(instance, [value], token)  # type: ignore[misc]  # of the var beside it


class _Quick(_Sealed, ComputedVar[Any]):
    pass


class _Slow(_Sealed, AsyncComputedVar[Any]):
    pass


def of_handler(known: RegisteredEventHandler) -> Allow:
    """Return the access rule of an event handler."""
    own: Allow | None = getattr(known.handler.fn, _MARK, None)
    return of_state(known.states[0]) if own is None else own


@cache
def of_state(owner: type[rx.State]) -> Allow:
    """Return the access rule of a state: its own, an inherited one, or the default."""
    if owner in _states:
        return _states[owner]
    inherited = (_states[base] for base in owner.__mro__ if base in _states)
    law = next((one for one in inherited if one is not EVERYBODY), None)
    if law is not None:
        return law
    return _default if is_of_product(owner) else EVERYBODY


def of_var(owner: type[rx.State], name: str) -> Allow:
    """Return the access rule of a var."""
    known = owner.computed_vars.get(name)
    return of_state(owner) if known is None else getattr(known.fget, _MARK, of_state(owner))  # type: ignore[arg-type]  # classes are hashable


def vars_of(owner: type[rx.State]) -> list[str]:
    """Return the names of the vars of a state that are sent to pages."""
    computed = (name for name, known in owner.computed_vars.items() if not known._backend)
    return [*owner.base_vars, *computed]


async def missing_groups() -> list[str]:
    """Return the groups that access rules name, but that do not exist."""
    return await look(groups.missing, guards.GROUPS)


def product_states() -> list[type[rx.State]]:
    """Return every state that belongs neither to authapp nor to Reflex."""
    return [one for one in RegistrationContext.get().base_states.values() if is_of_product(one)]


def guarded_states() -> list[type[rx.State]]:
    """Return every state with an access rule, including our own for administrators."""
    return [one for one in RegistrationContext.get().base_states.values() if of_state(one) is not EVERYBODY]


def guards_vars() -> bool:
    """Return whether any computed var has an access rule."""
    return bool(_vars)


async def closed_to(me: Principal | None) -> frozenset[str]:
    """Return the names of the states whose vars are hidden from a user."""
    laws = [(one.get_full_name(), of_state(one)) for one in guarded_states()]  # type: ignore[arg-type]  # classes are hashable
    said = {law: await guards.passes(me, law) for law in {law for _, law in laws}}
    return frozenset(name for name, law in laws if not said[law])


def withhold(delta: dict[str, dict[str, Any]], closed: frozenset[str]) -> dict[str, dict[str, Any]]:
    """Replace the values of hidden vars with initial values, except vars that the browser stores itself."""
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
    """Return whether a var has its own access rule, is stored in the browser, or only counts answers for a form."""
    known = owner.computed_vars.get(var)
    if known is not None:
        return hasattr(known.fget, _MARK)
    return owner._is_client_storage(var) or (var == "answers" and hasattr(owner, "_shows_refusal"))


def first_value(owner: type[rx.State], var: str) -> Any:
    """Return the initial value of a var, which is public."""
    known = owner.computed_vars.get(var)
    if known is None:
        return owner.get_fields()[var].default_value()
    given = known._initial_value
    return _empty(known._var_type) if isinstance(given, types.Unset) else copy.copy(given)


def empty_first_values() -> None:
    """Give each guarded computed var an empty initial value: the build would compute one and publish it (R14)."""
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
    """Clear the cached computed vars of a state tree, because the user or the groups of the user changed."""
    for name, known in root.computed_vars.items():
        known.mark_dirty(root)
        root.dirty_vars.add(name)
    for part in root.substates.values():
        forget_computed(part)
    root._mark_ancestors_dirty()


def is_of_product(owner: type) -> bool:
    """Return whether a state, or one of its base classes, belongs neither to authapp nor to Reflex.

    Reflex moves states that are declared in a function, and each copy of an `rx.ComponentState`, into its own module.
    """
    return any(_module(one).partition(".")[0] not in _NO_PRODUCT for one in owner.__mro__)


def called(owner: type) -> str:
    """Return the name of a state in the code of the product."""
    return f"{_module(owner)}.{owner.__qualname__}"


def _module(declared: type) -> str:
    return str(vars(declared).get("__original_module__", declared.__module__))


def handler(name: str) -> RegisteredEventHandler | None:
    """Return the event handler with a name, as clients send it."""
    return RegistrationContext.get().event_handlers.get(name)


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
    return rx.set_value("step_up", {"action": action, "event": again(running.get())})


def renewed(event: Event) -> list[Event]:
    """Tell a page that its session has a new key: it reconnects with the new key, and sends its event again."""
    return Event.from_event_type(rx.set_value("renewed", {"event": again(event)}))


def told(words: str, code: str = "", again: dict[str, Any] | None = None) -> Any:
    """Return an event that shows a refusal in a notice of the page, for events without their own place for it.

    Args:
        words: the message.
        code: the code of the refusal.
        again: the denied event as its page sent it, for a retry.
    """
    return rx.set_value("denied", {"message": words, "code": code, "event": again})
