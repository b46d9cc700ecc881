"""The page after a removed address or number said that its removal was a mistake."""

import reflex as rx

from authapp.ui.layout import card, frame, paragraph
from authapp.ui.texts import say


def returning_page() -> rx.Component:
    """Says when it is back, and what to wait for."""
    return frame(
        card(
            say("It comes back in 24 hours"),
            paragraph(say("We sent you another message. Open its link in 24 hours to get back into your account.")),
            paragraph(say("The older addresses of the account, if there are any, are told now and may refuse.")),
        )
    )
