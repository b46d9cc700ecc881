"""Page after the owner of a removed address or number undid its removal."""

import reflex as rx

from authapp.ui.layout import card, frame, paragraph
from authapp.ui.texts import t


def returning_page() -> rx.Component:
    """Return the page that says when the address or number is back."""
    return frame(
        card(
            t("It’s coming back in 24 hours"),
            paragraph(t("We sent you another message. Open its link in 24 hours to get back into your account.")),
            paragraph(t("We’ve notified the older addresses and numbers of the account, if any. They can refuse.")),
        )
    )
