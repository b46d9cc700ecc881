"""The page for addresses that lead nowhere."""

import reflex as rx

from authapp.routes import route
from authapp.ui.layout import card, frame, link, paragraph
from authapp.ui.texts import say


def not_found_page() -> rx.Component:
    """Say so, and offer a way on."""
    return frame(
        card(
            say("There is no such page"),
            paragraph(say("The address may be mistyped, or the page has moved.")),
            link(say("Go to the main page"), route("home"), as_button=True),
        )
    )
