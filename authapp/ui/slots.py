"""Slots: places around our forms that a product fills with its own components."""

from collections.abc import Callable, Mapping

import reflex as rx

SLOTS = {
    "header": "in the header of every page, between product name and user",
    "footer": "at the end of every page",
    "home.below": "on the main page, below the login links",
    "login.above": "above the login form",
    "login.below": "below the login form and its links",
    "sign_up.above": "above the sign-up form",
    "sign_up.below": "below the sign-up form and its links",
    "forgot.above": "above the form that recovers an account",
    "forgot.below": "below the recovery form and its links",
    "settings.above": "above the sections of the settings",
    "settings.below": "below the sections of the settings",
}
_filled: dict[str, Callable[[], rx.Component]] = {}


def fill(slots: Mapping[str, Callable[[], rx.Component]]) -> None:
    """Fill slots, by slot name, with functions that return a component.

    Raises:
        ValueError: there is no slot with that name.
    """
    if unknown_names := slots.keys() - SLOTS.keys():
        raise ValueError(f"slot {sorted(unknown_names)[0]!r} does not exist; the slots are {', '.join(SLOTS)}")
    _filled.clear()
    _filled.update(slots)


def slot(name: str) -> list[rx.Component]:
    """Return the component that a product put into a slot, in a list; an empty list without one."""
    return [_filled[name]()] if name in _filled else []
