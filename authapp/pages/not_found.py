"""Page for unknown URLs (404)."""

import reflex as rx

from authapp.core.base.routes import route
from authapp.ui.layout import card, frame, link, paragraph
from authapp.ui.texts import t


def not_found_page() -> rx.Component:
    """Return the 404 page, with a link to the main page."""
    return frame(
        card(
            t("Page not found"),
            paragraph(t("The address may be mistyped, or the page has moved.")),
            link(t("Go to the main page"), route("home"), as_button=True),
        )
    )
