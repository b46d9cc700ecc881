"""Table of our pages, their paths and audiences; and their content, for pages of products."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import reflex as rx

from authapp import config
from authapp.core.base.routes import route
from authapp.pages.admin import admin_page
from authapp.pages.approved import approved_page
from authapp.pages.closed import closed_page
from authapp.pages.confirmed import confirmed_page
from authapp.pages.forgot import forgot_content, forgot_page
from authapp.pages.home import home_page
from authapp.pages.link import link_content, link_page
from authapp.pages.locked import locked_page
from authapp.pages.login import login_card, login_page
from authapp.pages.not_found import not_found_page
from authapp.pages.outbox import outbox_page
from authapp.pages.refused import refused_page
from authapp.pages.returning import returning_page
from authapp.pages.settings import settings_content, settings_page
from authapp.pages.sign_up import sign_up_content, sign_up_page
from authapp.pages.waiting import waiting_page
from authapp.pages.waitlist import waitlist_content, waitlist_page
from authapp.states.admin import AdminPageState
from authapp.states.identities import LinkedState
from authapp.states.link import LinkState
from authapp.states.login import LoginState
from authapp.states.outbox import OutboxState
from authapp.states.settings import PasswordState, PersonalDataState, SettingsState
from authapp.ui.texts import t

# The content functions are for pages of products: a screen with its flow, without the frame.
__all__ = [
    "Page",
    "forgot_content",
    "link_content",
    "login_card",
    "settings_content",
    "sign_up_content",
    "table",
    "waitlist_content",
]


class Page(NamedTuple):
    """Page of ours. `members`: True for signed-in users only, False for visitors only, None for everybody."""

    name: str  # in `routes.py`, which maps it to a path
    title: Any  # a text made with `t`; None: the name of the product alone
    description: Any  # for search engines and previews of links
    look: Callable[[], rx.Component]
    on_load: Sequence[Any] = ()
    members: bool | None = None

    @property
    def route(self) -> str:
        """Return the path of the page."""
        return self.name if self.name == "404" else route(self.name)


def table() -> list[Page]:
    """Return all pages; the outbox only when the settings enable it."""
    pages = [
        Page("home", None, t("Sign up, log in, and keep your account in your hands."), home_page),
        Page("login", t("Log in"), t("Log in to your account."), login_page, [LoginState.enter], False),
        Page("sign_up", t("Sign up"), t("Create an account with your email or phone."), sign_up_page, [], False),
        Page(
            "preregister",
            t("Join the waiting list"),
            t("Ask for an invitation to create an account."),
            waitlist_page,
            [],
            False,
        ),
        Page("forgot", t("Recover your account"), t("Get back into your account without your password."), forgot_page),
        Page("link", t("Confirm"), t("Continue with the link from your email."), link_page, [LinkState.enter]),
        Page(
            "settings",
            t("Settings"),
            t("Manage your name, password, addresses, sessions and data."),
            settings_page,
            [PersonalDataState.load, PasswordState.enter, SettingsState.refresh, LinkedState.enter],
            True,
        ),
        Page(
            "admin", t("People"), t("Manage people, groups and invitations."), admin_page, [AdminPageState.enter], True
        ),
        Page("waiting", t("Waiting"), t("Your login continues here as soon as it can."), waiting_page),
        Page("confirmed", t("Address confirmed"), t("Your email address is confirmed."), confirmed_page),
        Page("approved", t("Approved"), t("The new account can log in now."), approved_page),
        Page("closed", t("Account closed"), t("How to reopen a closed account."), closed_page),
        Page("locked", t("Account locked"), t("How to unlock your account."), locked_page),
        Page("returning", t("Address is coming back"), t("When a removed address comes back."), returning_page),
        Page("refused", t("Return refused"), t("The address stays removed."), refused_page),
    ]
    pages.append(Page("404", t("Not found"), t("This page does not exist."), not_found_page))
    if config.settings().shows_outbox:
        about = t("Emails and text messages of this demo.")
        pages.append(Page("outbox", t("Outbox"), about, outbox_page, [OutboxState.load]))
    return pages
