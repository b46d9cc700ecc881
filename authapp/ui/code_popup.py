"""Popup that asks for a one-time code, for any flow with the mixin `CodePopup`."""

from typing import Any

import reflex as rx

from authapp.config import settings
from authapp.core.base.routes import route
from authapp.states.account import Account
from authapp.states.code_popup import CodePopup, guesses
from authapp.ui.browser import ChangeTarget, CodeDialog, SendAgain
from authapp.ui.form import button, field, form
from authapp.ui.texts import t, tn


def code_popup(
    state: type[CodePopup], *, change: Any = None, field_id: str = "phone", other_field: str = ""
) -> rx.Component:
    """Return the popup of a flow. It opens automatically when the flow has sent a code.

    Args:
        state: a state with the mixin `CodePopup`.
        change: the label of the button that cancels and leads back.
        field_id: the id of the field that it leads back to.
        other_field: the id of a field for an email address, for users who get no text; empty: none.
    """
    name = state.get_full_name()
    id = name.rpartition(".")[2].replace("_", "-")
    attempts_left = rx.match(
        state.code_guesses,
        (guesses(), ""),  # nothing before the first wrong code
        (0, t("No attempts left. Get a new code.")),
        tn("{count} attempt left.", "{count} attempts left.", state.code_guesses),
    )
    target = rx.el.strong(state.code_target, class_name=rx.cond(state.code_target.contains("@"), "", "number"))
    popup = CodeDialog.create(
        rx.el.h2(t("Enter the code"), id=f"{id}-heading", class_name="heading"),
        rx.cond(
            state.code_undelivered,
            rx.el.p(
                t("We can’t send text messages to {target}. Check the number, or use another one.", target=target),
                role="alert",
                class_name="notice-bad",
            ),
            rx.el.p(
                rx.cond(
                    state.code_sends > 1,
                    t("We sent a new six-digit code to {target}.", target=target),
                    t("We sent a six-digit code to {target}.", target=target),
                ),
                role="status",
                class_name="text",
            ),
        ),
        form(
            state,
            state.confirm_code,
            field(
                state,
                t("Code"),
                "code",
                type="code",
                id=f"{id}-code",
                hint=rx.cond(state.refused_field == "code", "", attempts_left),
            ),
            button(t("Confirm"), type="submit"),
        ),
        SendAgain.create(
            ChangeTarget.create(t("Change number") if change is None else change),
            *([ChangeTarget.create(t("Use email instead"), to=other_field)] if other_field else []),
            answers=state.answers,
            sends=state.code_sends,
            pause=state.code_pause,
            on_press=state.send_code_again,
        ),
        _outbox(),
        name=name,
        label=f"{id}-heading",
        field=field_id,
        who=Account.who,
        known=state.code_sends > 0,
        sends=state.code_sends,
        undelivered=state.code_undelivered,
        on_look=state.look_code,
        on_resume=state.resume_code,
        on_give_up=state.give_up_code,
    )
    return rx.el.div(popup, class_name="authapp")  # styled as on our pages, wherever it is used


def _outbox() -> rx.Component:
    """Return a link to the outbox of a demo, where the code is. It opens a new tab: this page must stay open."""
    if not settings().shows_outbox:
        return rx.fragment()
    label = t("Open the outbox (in a new tab)")
    return rx.el.p(rx.el.a(label, href=route("outbox"), target="_blank", class_name="link"), class_name="links")
