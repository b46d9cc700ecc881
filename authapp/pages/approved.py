"""Page after an administrator approved a new user."""

import reflex as rx

from authapp.core.base.routes import route
from authapp.ui.layout import card, frame, link, paragraph
from authapp.ui.texts import t


def approved_page() -> rx.Component:
    """Return the page that confirms the approval."""
    return frame(
        card(
            t("Approved"),
            paragraph(t("The new user can log in now. We let them know.")),
            link(t("Continue"), route("home"), as_button=True),
        )
    )
