"""The sign-up page."""

import reflex as rx

from authapp.config import settings
from authapp.states.sign_up import SignUpState
from authapp.ui.form import button, field, form
from authapp.ui.layout import card, frame, link, paragraph


def sign_up_page() -> rx.Component:
    """Ask for the address; then say where the mail went."""
    # Begun anew when the page is opened, not when its line comes back: then it still says where the mail went.
    return frame(rx.cond(SignUpState.sent_to == "", _ask(), mail_sent(SignUpState.sent_to)), on_mount=SignUpState.enter)


def mail_sent(address: rx.Var[str]) -> rx.Component:
    """The same words whether or not we know the address."""
    outbox = link("Open the outbox", "/outbox", as_button=True) if settings().shows_outbox else rx.fragment()
    return card(
        "Check your mail",
        paragraph("We sent a mail to ", rx.el.strong(address), ". Follow the link in it to go on.", role="status"),
        paragraph("Nothing there? Look into the spam folder, or check the address and try again."),
        outbox,
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
