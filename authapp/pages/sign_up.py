"""Sign-up page."""

from collections.abc import Callable
from typing import Any

import reflex as rx

from authapp.config import settings
from authapp.core.base.routes import route
from authapp.states.sign_up import SignUpByPhoneState, SignUpState
from authapp.ui.browser import AnotherAddress, MailSent, SentTo, Username
from authapp.ui.form import button, field, form
from authapp.ui.layout import card, frame, link, paragraph
from authapp.ui.phone import phone_field, phone_id, popup, two_ways
from authapp.ui.providers import provider_buttons
from authapp.ui.slots import slot
from authapp.ui.texts import t


def sign_up_page() -> rx.Component:
    """Return the sign-up page."""
    return frame(sign_up_content())


def sign_up_content() -> rx.Component:
    """Return the sign-up forms: email address and sent message, or phone number and code."""
    if settings().sign_up != "open":
        return _closed()
    return rx.el.div(ask_or_sent(SignUpState, _ask()), popup(SignUpByPhoneState), on_mount=SignUpState.enter)


def ask_or_sent(state: Any, ask: rx.Component, message: Callable[..., rx.Component] | None = None) -> rx.Component:
    """Return a form for an email address, replaced by a message where the mail went after it is sent."""
    sent = (message or mail_sent)(SentTo.create(), AnotherAddress.create(t("Use another address")))
    return MailSent.create(rx.fragment(ask), rx.fragment(sent), to=state.sent_to, on_again=state.enter)


def mail_sent(address: rx.Component, *more: rx.Component) -> rx.Component:
    """Return the same message for known and unknown addresses, against user enumeration."""
    outbox = link(t("Open the outbox"), route("outbox"), as_button=True) if settings().shows_outbox else rx.fragment()
    return card(
        t("Check your email"),
        paragraph(
            t("We sent an email to {address}. Follow the link in it to continue.", address=address), role="status"
        ),
        paragraph(t("Not there? Check your spam folder.")),
        outbox,
        *more,
    )


def _ask() -> rx.Component:
    return card(
        t("Sign up"),
        *slot("sign_up.above"),
        two_ways(_by_email(), _by_phone()),
        provider_buttons(),
        paragraph(t("Already have an account?"), " ", link(t("Log in"), route("login"))),
        *slot("sign_up.below"),
    )


def _closed() -> rx.Component:
    return card(
        t("Sign up"),
        _by_invitation()
        if settings().sign_up == "invitation"
        else paragraph(t("Sign-up is closed. If you need an account, contact the site’s administrator.")),
        paragraph(t("Already have an account?"), " ", link(t("Log in"), route("login"))),
    )


def _by_invitation() -> rx.Component:
    return rx.fragment(
        paragraph(t("You need an invitation to sign up here. If you have one, follow the link in the email.")),
        link(t("Join the waiting list"), route("preregister"), as_button=True),
    )


def _by_email() -> rx.Component:
    return rx.el.div(
        paragraph(t("We’ll email you a link. You’ll choose a name and password next.")),
        form(
            SignUpState,
            SignUpState.submit,
            field(SignUpState, t("Email"), "email", id="email-address", type="email", auto_complete="email"),
            button(t("Sign up"), type="submit"),
            proves=True,
        ),
        class_name="stack",
    )


def _by_phone() -> rx.Component:
    state, min_length = SignUpByPhoneState, settings().password_min_length
    return rx.el.div(
        paragraph(t("We’ll text you a code to finish.")),
        form(
            state,
            state.submit,
            phone_field(state),
            field(state, t("First name"), "first_name", auto_complete="given-name"),
            field(state, t("Last name"), "last_name", auto_complete="family-name", required=False),
            Username.create(field=phone_id()),
            field(
                state,
                t("Password"),
                "password",
                type="password",
                auto_complete="new-password",
                least=min_length,
                own=[settings().product_name],
            ),
            button(t("Send code"), type="submit"),
            proves=True,
        ),
        class_name="stack",
    )
