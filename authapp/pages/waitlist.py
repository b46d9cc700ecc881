"""Waitlist page, for visitors who want an account when sign-up is by invitation."""

import reflex as rx

from authapp.config import settings
from authapp.core.base.routes import route
from authapp.pages.sign_up import ask_or_sent
from authapp.states.waitlist import WaitlistState
from authapp.ui.form import button, field, form
from authapp.ui.layout import card, frame, link, paragraph
from authapp.ui.texts import t


def waitlist_page() -> rx.Component:
    """Return the waitlist page."""
    return frame(waitlist_content())


def waitlist_content() -> rx.Component:
    """Return the form for the email address, then the message where the mail went."""
    return rx.el.div(ask_or_sent(WaitlistState, _ask(), _joined), on_mount=WaitlistState.enter)


def _ask() -> rx.Component:
    state = WaitlistState
    return card(
        t("Join the waiting list"),
        rx.cond(
            state.left,
            rx.el.p(t("You’re off the list, and we deleted your address."), role="status", class_name="good"),
            rx.fragment(),
        ),
        paragraph(t("Leave your email address, and we’ll send you an invitation when there is an account for you.")),
        form(
            state,
            state.submit,
            field(state, t("Email"), "email", type="email", auto_complete="email"),
            button(t("Join"), type="submit"),
            proves=True,
        ),
        *(_open() if settings().sign_up == "open" else []),
        paragraph(t("Already have an account?"), " ", link(t("Log in"), route("login"))),
    )


def _open() -> list[rx.Component]:
    return [paragraph(t("No need to wait:"), " ", link(t("Sign up"), route("sign_up")))]


def _joined(address: rx.Component, *more: rx.Component) -> rx.Component:
    """Return the same message for known and unknown addresses, against user enumeration."""
    outbox = link(t("Open the outbox"), route("outbox"), as_button=True) if settings().shows_outbox else rx.fragment()
    return card(
        t("Check your email"),
        paragraph(t("We sent an email to {address}. It explains the next step.", address=address), role="status"),
        paragraph(t("Not there? Check your spam folder.")),
        outbox,
        *more,
    )
