"""The page after an account was closed."""

import reflex as rx

from authapp.config import settings
from authapp.routes import route
from authapp.ui.layout import card, frame, link, paragraph


def closed_page() -> rx.Component:
    """Says what happens next, and the way back."""
    return frame(
        card(
            "Your account is closed",
            paragraph(
                f"Every session is signed out. In {settings().closing_days} days your account is deleted with all "
                "that is in it. If you change your mind before then, log in: it stays as it was."
            ),
            link("Log in", route("login"), as_button=True),
        )
    )
