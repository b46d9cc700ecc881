"""The sign-up page."""

from typing import Any

import reflex as rx

from authapp.config import settings
from authapp.states.sign_up import SignUpState
from authapp.ui.browser import AnotherAddress, MailSent, SentTo
from authapp.ui.form import button, field, form
from authapp.ui.layout import card, frame, link, paragraph


def sign_up_page() -> rx.Component:
    """Ask for the address; then say where the mail went."""
    return frame(ask_or_sent(SignUpState, _ask()), on_mount=SignUpState.enter)


def ask_or_sent(state: Any, ask: rx.Component) -> rx.Component:
    """A form that asks for an address, and in its place the words that say where the mail went."""
    sent = mail_sent(SentTo.create(), AnotherAddress.create("Use another address"))
    return MailSent.create(rx.fragment(ask), rx.fragment(sent), to=state.sent_to, on_again=state.enter)


def mail_sent(address: rx.Component, *more: rx.Component) -> rx.Component:
    """The same words whether or not we know the address."""
    outbox = link("Open the outbox", "/outbox", as_button=True) if settings().shows_outbox else rx.fragment()
    return card(
        "Check your mail",
        paragraph("We sent a mail to ", address, ". Follow the link in it to go on.", role="status"),
        paragraph("Nothing there? Please look into the spam folder too."),
        outbox,
        *more,
    )


def _ask() -> rx.Component:
    return card(
        "Sign up",
        paragraph("Enter your email address. We send you a link; name and password come after it."),
        form(
            SignUpState,
            SignUpState.submit,
            field(SignUpState, "Email", "email", type="email", auto_complete="email"),
            button("Sign up", type="submit"),
        ),
        paragraph("Already with us? ", link("Log in", "/login")),
    )
