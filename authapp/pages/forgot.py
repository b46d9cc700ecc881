"""Account recovery page."""

import reflex as rx

from authapp.core.base.routes import route
from authapp.pages.sign_up import ask_or_sent
from authapp.states.forgot import ForgotByPhoneState, ForgotState
from authapp.ui.form import button, field, form
from authapp.ui.layout import card, frame, link, paragraph
from authapp.ui.phone import phone_field, popup, two_ways
from authapp.ui.slots import slot
from authapp.ui.texts import t


def forgot_page() -> rx.Component:
    """Return the account recovery page."""
    return frame(forgot_content())


def forgot_content() -> rx.Component:
    """Return the recovery forms: email address and sent message, or phone number and code."""
    return rx.el.div(ask_or_sent(ForgotState, _ask()), popup(ForgotByPhoneState), on_mount=ForgotState.enter)


def _ask() -> rx.Component:
    return card(
        t("Recover your account"),
        *slot("forgot.above"),
        two_ways(_by_email(), _by_phone()),
        paragraph(t("Remembered it?"), " ", link(t("Log in"), route("login"))),
        *slot("forgot.below"),
    )


def _by_email() -> rx.Component:
    return rx.el.div(
        paragraph(
            t("Enter your email address. We’ll email you a link that logs you in and lets you set a new password.")
        ),
        form(
            ForgotState,
            ForgotState.submit,
            field(ForgotState, t("Email"), "email", id="email-address", type="email", auto_complete="email"),
            button(t("Send link"), type="submit"),
            proves=True,
        ),
        class_name="stack",
    )


def _by_phone() -> rx.Component:
    return rx.el.div(
        paragraph(
            t("Enter your phone number. We’ll text you a code that logs you in and lets you set a new password.")
        ),
        form(
            ForgotByPhoneState,
            ForgotByPhoneState.submit,
            phone_field(ForgotByPhoneState),
            button(t("Send code"), type="submit"),
            proves=True,
        ),
        class_name="stack",
    )
