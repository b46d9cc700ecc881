"""Vars that are hidden from a user: which states they are in, and what the page gets in their place."""

import copy
import inspect
from typing import Any

import reflex as rx

from authapp.core.authorization import access
from authapp.core.sessions.sessions import Principal
from authapp.guards import registry
from authapp.installation.reflex_seams import FIELD_MARKER, RegistrationContext, set_initial_value, types


async def closed_to(me: Principal | None) -> frozenset[str]:
    """Return the names of the states whose vars are hidden from a user."""
    rules = [(owner.get_full_name(), registry.of_state(owner)) for owner in registry.guarded_states()]
    allowed = {rule: await access.passes(me, rule) for rule in {rule for _, rule in rules}}
    return frozenset(name for name, rule in rules if not allowed[rule])


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
    computed = owner.computed_vars.get(var)
    if computed is not None:
        return registry.is_marked(computed.fget)
    return owner._is_client_storage(var) or (var == "answers" and registry.is_flow(owner))


def first_value(owner: type[rx.State], var: str) -> Any:
    """Return the initial value of a var, which is public."""
    computed = owner.computed_vars.get(var)
    if computed is None:
        return owner.get_fields()[var].default_value()
    initial = computed._initial_value
    return empty_value(computed._var_type) if isinstance(initial, types.Unset) else copy.copy(initial)


def empty_first_values() -> None:
    """Give each guarded computed var an empty initial value: the build would compute one and publish it (R14)."""
    for owner in registry.guarded_states():
        for name, computed in owner.computed_vars.items():
            if isinstance(computed._initial_value, types.Unset):
                set_initial_value(computed, first_value(owner, name))


def empty_value(kind: Any) -> Any:
    """Return the empty value of a type; None if the type has no such value."""
    try:
        return types.get_default_value_for_type(kind)
    except (TypeError, ValueError):
        return None


def forget_computed(root: rx.State) -> None:
    """Clear the cached computed vars of a state tree, because the user or the groups of the user changed."""
    for name, computed in root.computed_vars.items():
        computed.mark_dirty(root)
        root.dirty_vars.add(name)
    for substate in root.substates.values():
        forget_computed(substate)
    root._mark_ancestors_dirty()
