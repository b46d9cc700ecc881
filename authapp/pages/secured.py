"""The page after "this wasn't me"."""

import reflex as rx

from authapp.routes import route
from authapp.ui.layout import card, frame, link, paragraph


def secured_page() -> rx.Component:
    """Says what was done, and what to do next."""
    return frame(
        card(
            "Your account is locked",
            paragraph("Every session is signed out, and the password does not work any more."),
            paragraph("We sent a message that leads to a new password: then the account is yours again."),
            link("Recover your account", route("forgot"), as_button=True),
        )
    )
