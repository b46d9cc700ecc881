"""Social login buttons."""

from typing import Any

import reflex as rx

from authapp.states.account import Account, provider_rows
from authapp.ui.browser import Providers, logos
from authapp.ui.texts import t


def provider_buttons() -> rx.Component:
    """Return a "Continue with …" button for each provider, as part of the static page; nothing without providers."""
    return Providers.create(
        built=provider_rows(),
        live=Account.providers,
        known=Account.known,
        mode="login",
        words=t("Continue with {label}"),
        divider=t("or"),
        logos=logos.FOLDER,
    )


def step_up_buttons(providers: Any, divider: Any) -> rx.Component:
    """Return a "Continue with …" button for a step-up, for each provider that the user has linked."""
    words = t("Continue with {label}")
    return Providers.create(live=providers, known=True, mode="prove", words=words, divider=divider, logos=logos.FOLDER)
