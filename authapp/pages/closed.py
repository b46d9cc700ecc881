"""Page after an account was closed."""

import reflex as rx

from authapp.config import settings
from authapp.core.base.routes import route
from authapp.ui.layout import card, frame, link, paragraph
from authapp.ui.texts import t, tn


def closed_page() -> rx.Component:
    """Return the page that explains what happens next, and how to reopen the account."""
    return frame(
        card(
            t("Your account is closed"),
            paragraph(
                tn(
                    "You’re logged out on every device. You can reopen your account by logging in within {count} "
                    "day. After that, everything is deleted for good.",
                    "You’re logged out on every device. You can reopen your account by logging in within {count} "
                    "days. After that, everything is deleted for good.",
                    settings().closing_days,
                )
            ),
            link(t("Log in"), route("login"), as_button=True),
        )
    )
