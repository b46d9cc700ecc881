"""Guarded page: its content, or a refusal in its place."""

import reflex as rx

from authapp.routes import route
from authapp.states.account import Account
from authapp.ui.browser import Guarded, SignedOut
from authapp.ui.layout import card, dialogs, frame, link, paragraph
from authapp.ui.texts import say


def guarded(content: rx.Component, page: str, is_open: bool) -> rx.Component:
    """Return a page that shows nothing before the access rule is checked.

    Args:
        content: content for users with access.
        page: route of the page, in Reflex's format.
        is_open: whether everybody has access; the page then only gets the dialogs.
    """
    whole = content if _has_dialogs(content) else rx.fragment(content, rx.el.div(dialogs(), class_name="authapp"))
    if is_open:
        return whole
    return Guarded.create(
        rx.fragment(whole),
        rx.fragment(denied_screen()),
        page=page,
        shown=Account.page,
        is_open=Account.page_open,
        who=Account.who,
        known=Account.known,
        login=route("login"),
    )


def denied_screen() -> rx.Component:
    """Return the screen for users without access to a page."""
    return frame(
        card(
            say("No access"),
            paragraph(say("Your account has no access to this page. If that changes, the page opens by itself.")),
            rx.el.p(link(say("Back to the main page"), route("home")), class_name="links"),
        )
    )


def _has_dialogs(drawn: rx.Component) -> bool:
    return isinstance(drawn, SignedOut) or any(
        _has_dialogs(one) for one in drawn.children if isinstance(one, rx.Component)
    )
