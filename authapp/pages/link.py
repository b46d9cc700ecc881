"""Page of an action link: one screen for each outcome."""

import reflex as rx

from authapp.core.base.routes import route
from authapp.pages.sign_up import mail_sent
from authapp.states import link as flow
from authapp.states.account import Account
from authapp.states.link import LinkState
from authapp.ui.browser import LinkKey, LinkKeyField
from authapp.ui.form import button, field, form
from authapp.ui.layout import card, frame, link, login_form, paragraph, sign_up_link
from authapp.ui.texts import t


def link_page() -> rx.Component:
    """Return the page that a mailed link opens."""
    return frame(link_content())


def link_content() -> rx.Component:
    """Return the content that explains what the link does, with the button that does it."""
    screen = rx.match(
        LinkState.outcome,
        (flow.GOOD, _good()),
        (flow.NO_SUCH, _no_such()),
        (flow.INVALID, _invalid()),
        (flow.ACTIVATED, _activated()),
        (flow.OTHER_USER, _other_user()),
        (flow.CUSTOM_SIGN_UP, _custom_sign_up()),
        (flow.CUSTOM_LOG_IN, _custom_log_in()),
        rx.el.p(t("One moment…"), role="status", class_name="waiting"),
    )
    return LinkKey.create(
        screen, known=Account.known, who=Account.who, outcome=LinkState.outcome, on_look=LinkState.look
    )


def _good() -> rx.Component:
    return card(
        LinkState.heading,
        paragraph(t("This link is for {address}.", address=rx.el.strong(LinkState.email))),
        rx.cond(LinkState.says != "", paragraph(LinkState.says), rx.fragment()),
        form(LinkState, LinkState.follow, LinkKeyField.create(), button(LinkState.button, type="submit")),
    )


def _no_such() -> rx.Component:
    return card(
        t("This link is not valid"),
        paragraph(t("It may have been cut off. Open the full link from your email, or get a new one.")),
        rx.el.div(
            link(t("Recover your account"), route("forgot"), as_button=True),
            sign_up_link(),
            class_name="choices",
        ),
    )


def _invalid() -> rx.Component:
    new_link_form = rx.fragment(
        paragraph(t("We’ll send a new one to {address}.", address=rx.el.strong(LinkState.email))),
        form(
            LinkState,
            LinkState.send_again,
            LinkKeyField.create(),
            button(t("Send a new link"), type="submit"),
            proves=True,
        ),
    )
    error_card = card(
        t("This link is not valid"),
        paragraph(t("It was already used or has expired.")),
        rx.cond(LinkState.repeats, new_link_form, paragraph(t("Ask the person who sent it for a new one."))),
    )
    return rx.cond(LinkState.sent, mail_sent(rx.el.strong(LinkState.email)), error_card)


def _activated() -> rx.Component:
    return card(
        t("Log in"),
        paragraph(
            t("{address} is already confirmed. Log in to continue.", address=rx.el.strong(LinkState.email)),
            role="status",
        ),
        login_form(identifier=LinkState.email),
        rx.el.p(link(t("Forgot your password?"), route("forgot")), class_name="links"),
    )


def _other_user() -> rx.Component:
    return card(
        t("Switch account?"),
        paragraph(
            t(
                "You’re logged in as {me}, but this link is for {other}.",
                me=rx.el.strong(Account.identifier),
                other=rx.el.strong(LinkState.email),
            )
        ),
        form(LinkState, LinkState.switch, LinkKeyField.create(), button(t("Switch account"), type="submit")),
        rx.el.button(t("Stay logged in"), type="button", on_click=LinkState.stay, class_name="button-quiet"),
    )


def _custom_sign_up() -> rx.Component:
    sign_up_card = card(
        LinkState.heading,
        paragraph(
            t("To continue, sign up first with the address that this link was sent to. Then you’ll come back here.")
        ),
        form(
            LinkState,
            LinkState.sign_up,
            LinkKeyField.create(),
            field(LinkState, t("Email"), "email", type="email", read_only=True, initial=LinkState.email),
            button(t("Sign up"), type="submit"),
            proves=True,
        ),
    )
    return rx.cond(LinkState.sent, mail_sent(rx.el.strong(LinkState.email)), sign_up_card)


def _custom_log_in() -> rx.Component:
    return card(
        LinkState.heading,
        rx.cond(
            LinkState.log_in_as != "",
            paragraph(t("To continue, log in as {address}.", address=rx.el.strong(LinkState.log_in_as))),
            paragraph(t("To continue, log in to the account that asked for it.")),
        ),
        login_form(identifier=LinkState.log_in_as),
    )
