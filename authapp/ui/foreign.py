"""Buttons that lead to accounts elsewhere, and back."""

from typing import Any

import reflex as rx

from authapp.states.account import Account, origins_shown
from authapp.ui import browser  # noqa: F401  # its shared file is what ours imports from
from authapp.ui.published import published
from authapp.ui.texts import say

_LIBRARY = f"$/public/{published(lambda: rx.asset('foreign.jsx', shared=True))}"


class Origins(rx.Component):
    """One button for each origin: as the page was built, and then as the server says."""

    library = _LIBRARY
    tag = "Origins"
    built: rx.Var[list[dict[str, str]]]
    live: rx.Var[list[dict[str, str]]]
    known: rx.Var[bool]
    mode: rx.Var[str]
    words: rx.Var[str]
    divider: rx.Var[str]


class LeftHere(rx.Component):
    """Says what went wrong on the way to an origin that the server sent the page to."""

    library = _LIBRARY
    tag = "LeftHere"


class Proved(rx.Component):
    """Goes on with what was asked for, after a proof at a provider."""

    library = _LIBRARY
    tag = "Proved"
    who: rx.Var[str]
    hydrated: rx.Var[bool]


def ways_in() -> rx.Component:
    """ "Continue with …", for each origin; nothing where there is none. In the page as it is built."""
    return Origins.create(
        built=origins_shown(),
        live=Account.origins,
        known=Account.known,
        mode="login",
        words=say("Continue with {label}"),
        divider=say("or"),
    )


def proofs(origins: Any, divider: Any) -> rx.Component:
    """ "Continue with …" for a new proof, for each origin that the person has linked."""
    return Origins.create(live=origins, known=True, mode="prove", words=say("Continue with {label}"), divider=divider)
