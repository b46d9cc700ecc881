"""Registry of the access rules that a product declared, by page, state, event handler and var."""

from typing import Any

import reflex as rx

from authapp.core.authorization import access, groups
from authapp.core.authorization.access import PUBLIC, SIGNED_IN, Allow
from authapp.core.base.process_state import on_reset
from authapp.db import read
from authapp.installation.reflex_seams import (
    RegisteredEventHandler,
    RegistrationContext,
    forget_states,
    format_route,
)

_MARK = "_authapp_allow"
_NO_PRODUCT = {"authapp", "reflex", "reflex_base", "builtins", "abc", "typing"}  # packages that are not the product
_states: dict[type[rx.State], Allow] = {}
_rules: dict[type[rx.State], Allow] = {}  # cache of `of_state`
_pages: dict[str, Allow] = {}  # by route, in Reflex's format
_default: Allow = PUBLIC
_guards_vars = False  # whether any computed var has an access rule
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
    _default = SIGNED_IN
    _rules.clear()


def is_closed() -> bool:
    """Return whether parts of the product without an access rule require a login."""
    return _default is SIGNED_IN


def page(route: str, allow: Allow) -> None:
    """Store the access rule of a page."""
    _pages[format_route(route)] = access.checked(allow)


def state(owner: type[rx.State], allow: Allow) -> None:
    """Store the access rule of a state."""
    _states[owner] = allow
    _rules.clear()


def mark(declared: Any, allow: Allow) -> None:
    """Store the access rule of an event handler, or of the function of a var."""
    setattr(declared, _MARK, access.checked(allow))


def is_marked(declared: Any) -> bool:
    """Return whether an event handler, or the function of a var, has its own access rule."""
    return hasattr(declared, _MARK)


def note_var() -> None:
    """Note that a computed var has an access rule."""
    global _guards_vars
    _guards_vars = True


def guards_vars() -> bool:
    """Return whether any computed var has an access rule."""
    return _guards_vars


def of_page(route: str) -> Allow:
    """Return the access rule of a page of the product."""
    return _pages.get(route, _default)


def of_handler(known: RegisteredEventHandler) -> Allow:
    """Return the access rule of an event handler."""
    own: Allow | None = getattr(known.handler.fn, _MARK, None)
    return of_state(known.states[0]) if own is None else own


def of_state(owner: type[rx.State]) -> Allow:
    """Return the access rule of a state: its own, an inherited one, or the default."""
    if owner not in _rules:
        _rules[owner] = _rule_of(owner)
    return _rules[owner]


def _rule_of(owner: type[rx.State]) -> Allow:
    if owner in _states:
        return _states[owner]
    inherited = (_states[base] for base in owner.__mro__ if base in _states)
    rule = next((allow for allow in inherited if allow is not PUBLIC), None)
    if rule is not None:
        return rule
    return _default if is_of_product(owner) else PUBLIC


def of_var(owner: type[rx.State], name: str) -> Allow:
    """Return the access rule of a var."""
    var = owner.computed_vars.get(name)
    return of_state(owner) if var is None else getattr(var.fget, _MARK, of_state(owner))


def vars_of(owner: type[rx.State]) -> list[str]:
    """Return the names of the vars of a state that are sent to pages."""
    computed = (name for name, var in owner.computed_vars.items() if not var._backend)
    return [*owner.base_vars, *computed]


def handler(name: str) -> RegisteredEventHandler | None:
    """Return the event handler with a name, as clients send it."""
    return RegistrationContext.get().event_handlers.get(name)


async def missing_groups() -> list[str]:
    """Return the groups that access rules name, but that do not exist."""
    return await read(groups.missing, access.GROUPS)


def product_states() -> list[type[rx.State]]:
    """Return every state that belongs neither to authapp nor to Reflex."""
    return [owner for owner in RegistrationContext.get().base_states.values() if is_of_product(owner)]


def guarded_states() -> list[type[rx.State]]:
    """Return every state with an access rule, including our own for administrators."""
    return [owner for owner in RegistrationContext.get().base_states.values() if of_state(owner) is not PUBLIC]


def is_flow(state: Any) -> bool:
    """Return whether a state, or the class of one, is an `authapp.Flow`, which shows its refusals itself."""
    return hasattr(state, "_shows_refusal")


def is_of_product(owner: type) -> bool:
    """Return whether a state, or one of its base classes, belongs neither to authapp nor to Reflex.

    Reflex moves states that are declared in a function, and each copy of an `rx.ComponentState`, into its own module.
    """
    return any(_module(base).partition(".")[0] not in _NO_PRODUCT for base in owner.__mro__)


def called(owner: type) -> str:
    """Return the name of a state in the code of the product."""
    return f"{_module(owner)}.{owner.__qualname__}"


def _forget_product() -> None:
    """Remove the states and pages of the product, and then their access rules."""
    global _default, _guards_vars, _in_use
    forget_states(product_states())
    for owner in [owner for owner in _states if is_of_product(owner)]:
        del _states[owner]
    _rules.clear()
    _pages.clear()
    computed = [var for owner in RegistrationContext.get().base_states.values() for var in owner.computed_vars.values()]
    _default, _guards_vars, _in_use = PUBLIC, any(is_marked(var.fget) for var in computed), False


on_reset(_forget_product, product=True)


def _module(owner: type) -> str:
    return str(vars(owner).get("__original_module__", owner.__module__))
