"""Page after an older email address refused the return of a removed one."""

import reflex as rx

from authapp.core.base.routes import route
from authapp.ui.layout import card, frame, link, paragraph
from authapp.ui.texts import t


def refused_page() -> rx.Component:
    """Return the page that explains what was refused, with a link to the account."""
    return frame(
        card(
            t("It stays removed"),
            paragraph(t("Nobody can log in or recover your account with that address or number.")),
            link(t("Go to your settings"), route("settings"), as_button=True),
        )
    )
