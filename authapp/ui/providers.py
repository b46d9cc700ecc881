"""Social login buttons."""

from typing import Any

import reflex as rx

from authapp.states.account import Account, origins_shown
from authapp.ui.browser import Origins
from authapp.ui.texts import say


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
