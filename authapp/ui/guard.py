"""A page that is not for everybody: its content, or words in its place."""

import reflex as rx

from authapp.routes import route
from authapp.states.account import Account
from authapp.ui.browser import Guarded, SignedOut
from authapp.ui.layout import card, dialogs, frame, link, paragraph
from authapp.ui.texts import say


def guarded(content: rx.Component, page: str, is_open: bool) -> rx.Component:
    """A page that shows nothing before it is known for whom it is.

    Args:
        content: what those see who may.
        page: its route, as Reflex spells it.
        is_open: whether everybody may; then it only has the dialogs.
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
    """What somebody sees in place of a page that is not for them."""
    return frame(
        card(
            say("You may not see this page"),
            paragraph(say("Your account has no access to it. If that changes, it opens here by itself.")),
            rx.el.p(link(say("Back to the main page"), route("home")), class_name="links"),
        )
    )


def _has_dialogs(drawn: rx.Component) -> bool:
    return isinstance(drawn, SignedOut) or any(
        _has_dialogs(one) for one in drawn.children if isinstance(one, rx.Component)
    )
