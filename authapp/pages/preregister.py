"""Waitlist page, for visitors who want an account when sign-up is by invitation."""

import reflex as rx

from authapp.config import settings
from authapp.core.base.routes import route
from authapp.pages.sign_up import ask_or_sent
from authapp.states.preregister import PreregisterState
from authapp.ui.form import button, field, form
from authapp.ui.layout import card, frame, link, paragraph
from authapp.ui.texts import say


def preregister_page() -> rx.Component:
    """Return the waitlist page."""
    return frame(preregister_content())


def preregister_content() -> rx.Component:
    """Return the form for the email address, then the message where the mail went."""
    return rx.el.div(ask_or_sent(PreregisterState, _ask(), _joined), on_mount=PreregisterState.enter)


def _ask() -> rx.Component:
    state = PreregisterState
    return card(
        say("Join the waiting list"),
        rx.cond(
            state.left,
            rx.el.p(say("You’re off the list, and we deleted your address."), role="status", class_name="good"),
            rx.fragment(),
        ),
        paragraph(say("Leave your email address, and we’ll send you an invitation when there is an account for you.")),
        form(
            state,
            state.submit,
            field(state, say("Email"), "email", type="email", auto_complete="email"),
            button(say("Join"), type="submit"),
        ),
        *(_open() if settings().sign_up == "open" else []),
        paragraph(say("Already have an account?"), " ", link(say("Log in"), route("login"))),
    )


def _open() -> list[rx.Component]:
    return [paragraph(say("No need to wait:"), " ", link(say("Sign up"), route("sign_up")))]


def _joined(address: rx.Component, *more: rx.Component) -> rx.Component:
    """Return the same message for known and unknown addresses, against user enumeration."""
    outbox = link(say("Open the outbox"), route("outbox"), as_button=True) if settings().shows_outbox else rx.fragment()
    return card(
        say("Check your email"),
        paragraph(say("We sent an email to {address}. It explains the next step.", address=address), role="status"),
        paragraph(say("Not there? Check your spam folder.")),
        outbox,
        *more,
    )
