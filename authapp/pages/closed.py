"""Page after an account was closed."""

import reflex as rx

from authapp.config import settings
from authapp.routes import route
from authapp.ui.layout import card, frame, link, paragraph
from authapp.ui.texts import counted, say


def closed_page() -> rx.Component:
    """Return the page that explains what happens next, and how to reopen the account."""
    return frame(
        card(
            say("Your account is closed"),
            paragraph(
                counted(
                    "Every session is signed out. In {count} day your account is deleted with all that is in it. If "
                    "you change your mind before then, log in: it stays as it was.",
                    "Every session is signed out. In {count} days your account is deleted with all that is in it. If "
                    "you change your mind before then, log in: it stays as it was.",
                    settings().closing_days,
                )
            ),
            link(say("Log in"), route("login"), as_button=True),
        )
    )
