"""The page after an administrator approved a new user."""

import reflex as rx

from authapp.routes import route
from authapp.ui.layout import card, frame, link, paragraph


def approved_page() -> rx.Component:
    """Says what was done."""
    return frame(
        card(
            "Approved",
            paragraph("The new user can log in now. We told them."),
            link("Go on", route("home"), as_button=True),
        )
    )
