"""The main page."""

import reflex as rx

from authapp.config import settings
from authapp.states.account import Account
from authapp.ui.layout import card, frame, link, paragraph


def home_page() -> rx.Component:
    """Who you are, or the two ways in."""
    visitor = rx.el.div(
        link("Log in", "/login", as_button=True),
        rx.el.a("Sign up", href="/signup", class_name="button-quiet"),
        class_name="choices",
    )
    member = paragraph("Good to see you. Your picture, name and password are under Settings.")
    return frame(
        card(
            settings().product_name,
            paragraph("Accounts that are yours: sign up, log in, and stay in control."),
            rx.cond(
                Account.known,
                rx.cond(Account.who != "", member, visitor),
                rx.el.div(class_name="choices", custom_attrs={"aria-hidden": "true"}),
            ),
        )
    )
