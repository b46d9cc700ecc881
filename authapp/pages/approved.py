"""Page after an administrator approved a new user."""

import reflex as rx

from authapp.core.base.routes import route
from authapp.ui.layout import card, frame, link, paragraph
from authapp.ui.texts import say


def approved_page() -> rx.Component:
    """Return the page that confirms the approval."""
    return frame(
        card(
            say("Approved"),
            paragraph(say("The new user can log in now. We let them know.")),
            link(say("Continue"), route("home"), as_button=True),
        )
    )
