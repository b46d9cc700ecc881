"""Main page."""

import reflex as rx

from authapp.config import settings
from authapp.core.base.routes import route
from authapp.states.account import Account
from authapp.ui.layout import card, frame, link, paragraph, sign_up_link
from authapp.ui.slots import slot
from authapp.ui.texts import t


def home_page() -> rx.Component:
    """Return the main page: the name of the user, or the links to log in and sign up."""
    visitor = rx.el.div(
        link(t("Log in"), route("login"), as_button=True),
        sign_up_link(),
        class_name="choices",
    )
    member = rx.el.div(link(t("Open your settings"), route("settings"), as_button=True), class_name="choices")
    return frame(
        card(
            settings().product_name,
            paragraph(t("Sign up, log in, and keep your account in your hands.")),
            rx.cond(
                Account.known,
                rx.cond(Account.who != "", member, visitor),
                rx.el.div(class_name="choices", custom_attrs={"aria-hidden": "true"}),
            ),
            *slot("home.below"),
        )
    )
