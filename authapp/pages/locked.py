"""Page after the link "this wasn't me"."""

import reflex as rx

from authapp.core.base.routes import route
from authapp.ui.layout import card, frame, link, paragraph
from authapp.ui.texts import t


def locked_page() -> rx.Component:
    """Return the page that explains what was done, and what to do next."""
    return frame(
        card(
            t("Your account is locked"),
            paragraph(t("You’ve been logged out on every device, and the password no longer works.")),
            paragraph(t("Choose a new password with the message we sent.")),
            link(t("Recover your account"), route("forgot"), as_button=True),
        )
    )
