"""Page after the link "this wasn't me"."""

import reflex as rx

from authapp.routes import route
from authapp.ui.layout import card, frame, link, paragraph
from authapp.ui.texts import say


def secured_page() -> rx.Component:
    """Return the page that explains what was done, and what to do next."""
    return frame(
        card(
            say("Your account is locked"),
            paragraph(say("Every session is signed out, and the password does not work any more.")),
            paragraph(say("We sent a message that leads to a new password: then the account is yours again.")),
            link(say("Recover your account"), route("forgot"), as_button=True),
        )
    )
