"""The login page."""

import reflex as rx

from authapp.routes import route
from authapp.states.account import Account
from authapp.ui.layout import card, frame, link, login_form, newcomers
from authapp.ui.slots import slot
from authapp.ui.texts import say


def login_page() -> rx.Component:
    """The form is in the page as it is built, so that it can be used before anything has loaded."""
    return frame(
        rx.cond(Account.who == "", login_card(), rx.el.p(say("One moment…"), role="status", class_name="waiting"))
    )


def login_card() -> rx.Component:
    """The login form with its ways out."""
    return card(
        say("Log in"),
        *slot("login.above"),
        login_form(),
        rx.el.p(link(say("Forgot your password?"), route("forgot")), class_name="links"),
        newcomers(),
        *slot("login.below"),
    )
