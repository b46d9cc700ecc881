"""Table of our pages, their paths and audiences; and their content, for pages of products."""

from collections.abc import Callable
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
    look: Callable[[], rx.Component]
    on_load: list[Any]
    members: bool | None = None

    @property
    def route(self) -> str:
        """Return the path of the page."""
        return self.name if self.name == "404" else route(self.name)


def table() -> list[Page]:
    """Return all pages; the outbox only when the settings enable it."""
    pages = [
        Page("home", None, home_page, []),
        Page("login", t("Log in"), login_page, [LoginState.enter], False),
        Page("sign_up", t("Sign up"), sign_up_page, [], False),
        Page("preregister", t("Join the waiting list"), waitlist_page, [], False),
        Page("forgot", t("Recover your account"), forgot_page, []),
        Page("link", t("Confirm"), link_page, [LinkState.enter]),
        Page(
            "settings",
            t("Settings"),
            settings_page,
            [PersonalDataState.load, PasswordState.enter, SettingsState.refresh, LinkedState.enter],
            True,
        ),
        Page("admin", t("People"), admin_page, [AdminPageState.enter], True),
        Page("waiting", t("Waiting"), waiting_page, []),
        Page("confirmed", t("Address confirmed"), confirmed_page, []),
        Page("approved", t("Approved"), approved_page, []),
        Page("closed", t("Account closed"), closed_page, []),
        Page("locked", t("Account locked"), locked_page, []),
        Page("returning", t("Address is coming back"), returning_page, []),
        Page("refused", t("Return refused"), refused_page, []),
    ]
    pages.append(Page("404", t("Not found"), not_found_page, []))
    if config.settings().shows_outbox:
        pages.append(Page("outbox", t("Outbox"), outbox_page, [OutboxState.load]))
    return pages
