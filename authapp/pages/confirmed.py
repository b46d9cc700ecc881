"""Page after the user confirmed an email address that came from a provider."""

import reflex as rx

from authapp.core.base.routes import route
from authapp.ui.layout import card, frame, link, paragraph
from authapp.ui.texts import t


def confirmed_page() -> rx.Component:
    """Return the page that leads back to the waiting login."""
    return frame(
        card(
            t("Your address is confirmed"),
            paragraph(t("Return to the window where you signed up or logged in. It updates by itself.")),
            paragraph(t("If you closed it, log in again.")),
            link(t("Log in"), route("login"), as_button=True),
        )
    )
