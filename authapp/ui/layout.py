"""Layout of every page: frame, header, notices, cards, dialogs."""

from typing import Any

import reflex as rx

from authapp.config import settings
from authapp.core.base.routes import route
from authapp.installation.reflex_seams import has_too_many_connection_errors
from authapp.states.account import Account
from authapp.states.login import LoginState
from authapp.states.step_up import StepUpState
from authapp.ui.browser import (
    CookieCheck,
    Denied,
    Every,
    Face,
    Languages,
    LogOut,
    Members,
    NavLink,
    Notice,
    Proved,
    RouteFocus,
    SignedOut,
    SkipLink,
    StepUp,
    Time,
)
from authapp.ui.code_popup import code_popup
from authapp.ui.form import action, button, checkbox, field, form, notice
from authapp.ui.providers import provider_buttons, step_up_buttons
from authapp.ui.slots import slot
from authapp.ui.texts import languages, t


def frame(*children: rx.Component, **props: Any) -> rx.Component:
    """Return a complete page: header, error notices, content, footer, and the dialogs for step-up and login."""
    return rx.el.div(
        SkipLink.create(t("Skip to content")),
        _header(),
        _unreadable(),
        _offline(),
        _trouble(),
        Notice.create(),
        rx.el.main(*children, id="content", tab_index=-1, class_name="page"),
        _footer(),
        dialogs(),
        RouteFocus.create(),
        class_name="authapp frame",
        **props,
    )


def dialogs() -> rx.Component:
    """Return the dialogs for denied events: step-up, code, login and refusal."""
    return rx.fragment(
        StepUp.create(
            rx.el.h2(t("Confirm it’s you"), id="authapp-step-up", class_name="heading"),
            _confirm_again(),
            line=Account.line,
            hydrated=rx.State.is_hydrated,
            on_open=StepUpState.enter,
            on_give_up=StepUpState.give_up,
        ),
        Proved.create(who=Account.who, hydrated=rx.State.is_hydrated),
        code_popup(StepUpState, change=t("Cancel"), field_id=""),
        SignedOut.create(
            _signed_out(),
            _log_in_first(),
            login_form("authapp-again-"),
            rx.el.p(link(t("Leave this page"), route("home")), class_name="links"),
            newcomers(),
            t("Not now"),
            who=Account.who,
            identifier=rx.cond(Account.reachable, Account.identifier, ""),
        ),
        Denied.create(t("Try again"), t("Close")),
    )


def card(heading: Any, *children: rx.Component, narrow: bool = True) -> rx.Component:
    """Return the card of a page with a single topic."""
    return rx.el.div(rx.el.h1(heading, class_name="heading"), *children, class_name="card narrow" if narrow else "card")


def section(heading: Any, *children: rx.Component, **props: Any) -> rx.Component:
    """Return one of several sections of a page."""
    return rx.el.section(rx.el.h2(heading, class_name="subheading"), *children, class_name="card", **props)


def paragraph(*children: Any, **props: Any) -> rx.Component:
    """Return a paragraph of text."""
    return rx.el.p(*children, class_name="text", **props)


def link(words: Any, href: Any, *, as_button: bool = False) -> rx.Component:
    """Return a link inside the app."""
    return rx.el.a(words, href=href, class_name="button" if as_button else "link")


def every(seconds: int, on_tick: Any) -> rx.Component:
    """Return an invisible component that sends an event every `seconds` while the page is visible."""
    return Every.create(seconds=seconds, on_tick=on_tick)


def time(at: Any) -> rx.Component:
    """Return a time in the time zone and language of the reader. `at` is ISO 8601 with a time zone."""
    return Time.create(at=at)


def sign_up_link() -> rx.Component:
    """Return a link to sign-up or the waitlist, styled as a button; nothing when sign-up is closed."""
    if settings().sign_up == "closed":
        return rx.fragment()
    if settings().sign_up == "invitation":
        return rx.el.a(t("Join the waiting list"), href=route("preregister"), class_name="button-quiet")
    return rx.el.a(t("Sign up"), href=route("sign_up"), class_name="button-quiet")


def newcomers() -> rx.Component:
    """Return the sign-up or waitlist hint below a login form; nothing when sign-up is closed."""
    if settings().sign_up == "open":
        return paragraph(t("New here?"), " ", link(t("Sign up"), route("sign_up")))
    if settings().sign_up == "invitation":
        return paragraph(t("New here?"), " ", link(t("Join the waiting list"), route("preregister")))
    return rx.fragment()


def members(content: rx.Component, otherwise: rx.Component) -> rx.Component:
    """Return content for signed-in users, and an alternative for visitors. It is no protection: guard the events."""
    return Members.create(rx.fragment(content), rx.fragment(otherwise), who=Account.who, known=Account.known)


def login_form(prefix: str = "", identifier: Any = None) -> rx.Component:
    """Return the login form. The password field has no name, so it is never submitted."""
    initial_prop = {} if identifier is None else {"initial": identifier}
    password_form = form(
        LoginState,
        LoginState.answer,
        field(
            LoginState,
            t("Email or phone"),
            "identifier",
            id=f"{prefix}identifier",
            phone=True,
            auto_complete="username",
            auto_capitalize="none",
            spell_check=False,
            **initial_prop,
        ),
        field(
            LoginState,
            t("Password"),
            "password",
            id=f"{prefix}password",
            type="password",
            auto_complete="current-password",
            secret=True,
        ),
        checkbox(t("Keep me logged in"), "keep"),
        button(t("Log in"), type="submit"),
        challenge=True,
    )
    return rx.fragment(password_form, provider_buttons())


def _header() -> rx.Component:
    user_menu = rx.el.div(
        Face.create(avatar=Account.avatar, initials=Account.initials),
        rx.el.span(t("Logged in as {name}", name=rx.el.strong(rx.el.bdi(Account.name))), class_name="who"),
        rx.el.nav(
            rx.cond(Account.is_admin, NavLink.create(t("People"), href=route("admin")), rx.fragment()),
            NavLink.create(t("Settings"), href=route("settings")),
            aria_label=t("Main"),
            class_name="menu",
        ),
        LogOut.create(t("Log out")),
        class_name="session",
    )
    return rx.el.header(
        rx.el.a(settings().product_name, href=route("home"), class_name="brand", custom_attrs={"translate": "no"}),
        *(rx.el.div(component, class_name="header-slot") for component in slot("header")),
        rx.cond(Account.who != "", user_menu, rx.fragment()),
        class_name="header",
    )


def _footer() -> rx.Component:
    """Return the footer: the slot of the product, and the language choice for visitors, who have no settings."""
    components, choices, is_visitor = slot("footer"), languages(), Account.who == ""
    choice = [rx.cond(is_visitor, Languages.create(offered=choices), rx.fragment())] if len(choices) > 1 else []
    footer = rx.el.footer(*choice, *components, class_name="footer")
    return footer if components else rx.cond(is_visitor, footer, rx.fragment()) if choice else rx.fragment()


def _unreadable() -> rx.Component:
    """Return the messages for browsers that do not run the scripts of the page, or do not keep its cookies."""
    script_error = t("This page needs JavaScript. Allow it for this site, then reload the page.")
    cookie_error = t(
        "You logged in, but your browser did not keep the cookie for it. Allow cookies for this site. If you run "
        "this site: the proxy must pass on Set-Cookie, and the public address in the settings must be this one."
    )
    load_error = t(
        "This page did not load completely. Reload it, or use a newer browser: Safari 16.4, Chrome 111, Firefox "
        "114, or later."
    )
    return rx.fragment(
        rx.el.noscript(rx.el.p(script_error, class_name="offline")),
        rx.el.p(load_error, id="authapp-no-script", class_name="offline", hidden=True),
        CookieCheck.create(
            rx.el.p(cookie_error, role="alert", class_name="offline"), who=Account.who, known=Account.known
        ),
    )


def _offline() -> rx.Component:
    reconnecting = t("You’re offline. Reconnecting… nothing you typed is lost.")
    no_connection = t(
        "This page cannot connect to the server. We keep trying. Some networks block websockets: try another "
        "network. If you run this site: the proxy must pass on the upgrade to websockets."
    )
    message = rx.el.p(rx.cond(Account.known, reconnecting, no_connection), role="status", class_name="offline")
    return rx.cond(has_too_many_connection_errors, message, rx.fragment())


def _trouble() -> rx.Component:
    return rx.cond(
        Account.trouble != "",
        rx.el.div(
            rx.el.p(Account.trouble, role="alert"),
            rx.el.button(t("Dismiss"), type="button", on_click=Account.dismiss_trouble, class_name="button-quiet"),
            class_name="notice-bad page-notice",
        ),
        rx.fragment(),
    )


def _signed_out() -> rx.Component:
    return rx.fragment(
        rx.el.h2(t("You’ve been logged out"), id="authapp-signed-out", class_name="heading"),
        paragraph(t("Log in to continue. Nothing you typed was lost.")),
    )


def _log_in_first() -> rx.Component:
    return rx.fragment(
        rx.el.h2(t("Log in to continue"), id="authapp-signed-out", class_name="heading"),
        paragraph(t("Log in and we’ll finish what you started.")),
    )


def _confirm_again() -> rx.Component:
    password_form = form(
        StepUpState,
        StepUpState.answer,
        rx.el.input(type="hidden", name="identifier", value=Account.identifier),
        field(
            StepUpState,
            t("Password"),
            "password",
            id="authapp-step-up-password",
            type="password",
            auto_complete="current-password",
            secret=True,
        ),
        button(t("Continue"), type="submit"),
        challenge=True,
        again=True,
    )
    return rx.fragment(
        rx.cond(
            Account.has_password & Account.reachable,
            rx.fragment(paragraph(t("Enter your password to continue.")), password_form),
            rx.fragment(
                notice(StepUpState),
                rx.cond(
                    Account.reachable,
                    paragraph(t("Your account has no password yet. Get a code to continue.")),
                    rx.cond(
                        StepUpState.providers,
                        paragraph(t("Confirm with a linked account to continue.")),
                        paragraph(t("Log out and log in again. Then try this once more.")),
                    ),
                ),
            ),
        ),
        rx.cond(
            Account.reachable,
            action(
                StepUpState,
                rx.cond(Account.has_password, t("Send me a code instead"), t("Send me a code")),
                StepUpState.send_code,
            ),
            rx.fragment(),
        ),
        step_up_buttons(StepUpState.providers, rx.cond(Account.reachable, t("or"), "")),
    )
