"""The recovery page."""

import reflex as rx

from authapp.pages.sign_up import ask_or_sent
from authapp.states.forgot import ForgotState
from authapp.ui.form import button, field, form
from authapp.ui.layout import card, frame, link, paragraph


def forgot_page() -> rx.Component:
    """Ask for the address; then say where the mail went."""
    return frame(ask_or_sent(ForgotState, _ask()), on_mount=ForgotState.enter)


def _ask() -> rx.Component:
    return card(
        "Recover your account",
        paragraph("Enter your email address. We send you a link that signs you in and lets you set a new password."),
        form(
            ForgotState,
            ForgotState.submit,
            field(ForgotState, "Email", "email", type="email", auto_complete="email"),
            button("Send link", type="submit"),
        ),
        paragraph("Remembered it? ", link("Log in", "/login")),
    )
