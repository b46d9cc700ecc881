"""Page of a waiting login: shows the reason, and continues automatically when the wait ends."""

import reflex as rx

from authapp.config import settings
from authapp.core.base.routes import route
from authapp.ui.browser import Waiting
from authapp.ui.layout import card, frame, link, paragraph
from authapp.ui.texts import t

REASONS = ["email", "approval", "disabled", "over"]


def waiting_page() -> rx.Component:
    """Return one card for each reason. The page polls which reason applies, and whether the wait is over."""
    note = paragraph(t("This page updates by itself."))
    return frame(
        Waiting.create(
            card(
                t("Confirm your email address"),
                paragraph(t("We sent you an email. Follow the link in it, and you’ll be logged in here.")),
                note,
            ),
            card(
                t("Your account is waiting for approval"),
                paragraph(
                    t(
                        "An administrator of {product} has to approve it. We’ll let you know when that is done. "
                        "You can close this page.",
                        product=settings().product_name,
                    )
                ),
                note,
            ),
            card(
                t("Your account is disabled"),
                paragraph(
                    t(
                        "An administrator of {product} disabled it. Contact them if you need access.",
                        product=settings().product_name,
                    )
                ),
            ),
            card(
                t("Nothing to wait for"),
                paragraph(t("This request is done or has expired.")),
                link(t("Log in"), route("login"), as_button=True),
            ),
            reasons=REASONS,
        )
    )
