"""Login page."""

import reflex as rx

from authapp.core.base.routes import route
from authapp.states.account import Account
from authapp.ui.layout import card, frame, link, login_form, newcomers
from authapp.ui.slots import slot
from authapp.ui.texts import t


def login_page() -> rx.Component:
    """Return the login page. The form is part of the static page, so it is usable before anything has loaded."""
    return frame(
        rx.cond(Account.who == "", login_card(), rx.el.p(t("One moment…"), role="status", class_name="waiting"))
    )


def login_card() -> rx.Component:
    """Return the login form with its links."""
    return card(
        t("Log in"),
        *slot("login.above"),
        login_form(),
        rx.el.p(link(t("Forgot your password?"), route("forgot")), class_name="links"),
        newcomers(),
        *slot("login.below"),
    )
