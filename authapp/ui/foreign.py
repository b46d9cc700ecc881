"""Social login buttons."""

from typing import Any

import reflex as rx

from authapp.states.account import Account, origins_shown
from authapp.ui import browser  # noqa: F401  # its shared file is what ours imports from
from authapp.ui.published import published
from authapp.ui.texts import say

_LIBRARY = f"$/public/{published(lambda: rx.asset('foreign.jsx', shared=True))}"


class Origins(rx.Component):
    """One button for each provider: from the static page first, then from the server."""

    library = _LIBRARY
    tag = "Origins"
    built: rx.Var[list[dict[str, str]]]
    live: rx.Var[list[dict[str, str]]]
    known: rx.Var[bool]
    mode: rx.Var[str]
    words: rx.Var[str]
    divider: rx.Var[str]


class LeftHere(rx.Component):
    """Notice for errors on the way to a provider, when the server started the redirect."""

    library = _LIBRARY
    tag = "LeftHere"


class Proved(rx.Component):
    """Helper that sends the waiting event after a step-up at a provider."""

    library = _LIBRARY
    tag = "Proved"
    who: rx.Var[str]
    hydrated: rx.Var[bool]


def ways_in() -> rx.Component:
    """Return a "Continue with …" button for each provider, as part of the static page; nothing without providers."""
    return Origins.create(
        built=origins_shown(),
        live=Account.origins,
        known=Account.known,
        mode="login",
        words=say("Continue with {label}"),
        divider=say("or"),
    )


def proofs(origins: Any, divider: Any) -> rx.Component:
    """Return a "Continue with …" button for a step-up, for each provider that the user has linked."""
    return Origins.create(live=origins, known=True, mode="prove", words=say("Continue with {label}"), divider=divider)
