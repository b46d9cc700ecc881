"""The page after an address was confirmed that another origin said."""

import reflex as rx

from authapp.routes import route
from authapp.ui.layout import card, frame, link, paragraph
from authapp.ui.texts import say


def confirmed_page() -> rx.Component:
    """Leads back to where the login waits."""
    return frame(
        card(
            say("Your address is confirmed"),
            paragraph(say("Go back to the window that waits: it goes on by itself.")),
            paragraph(say("If it is closed, log in again.")),
            link(say("Log in"), route("login"), as_button=True),
        )
    )
