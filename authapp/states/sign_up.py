"""Sign-up: by a link in a mail, or by a one-time code in a text."""

from typing import Any

import reflex as rx

from authapp.core.authentication import sign_up
from authapp.core.base import identifiers
from authapp.core.base.routes import route
from authapp.db import run
from authapp.guards.declare import event
from authapp.states.account import restart
from authapp.states.code_popup import CodePopup
from authapp.states.flow import Flow, field


class SignUpState(Flow, rx.State):
    """State of the sign-up form for email addresses."""

    sent_to: str = ""

    @event()
    async def submit(self, form: dict[str, Any]):
        """Mail a sign-up link."""
        await run(sign_up.sign_up, field(form, "email"), self._caller(form))
        self.sent_to = identifiers.email(field(form, "email"))

    @rx.event
    async def enter(self):
        """Reset the form."""
        self.reset()


class SignUpByPhoneState(CodePopup, rx.State):
    """State of the sign-up form for phone numbers. It creates the account after the code was entered.

    Typed values never become vars.
    """

    @event()
    async def submit(self, form: dict[str, Any]):
        """Text a one-time code to the number."""
        number, *values = (field(form, name) for name in ("phone", "first_name", "last_name", "password"))
        new_user, caller = sign_up.NewUser(*values), self._caller(form)
        return self._waits_for(await run(sign_up.sign_up_by_phone, number, new_user, caller))

    def _purpose(self) -> str:
        return sign_up.SIGN_UP

    async def _whose(self) -> None:
        """Return None: the account does not exist yet."""

    async def _confirm(self, step: Any, code: Any) -> Any:
        ticket = await run(sign_up.confirm_sign_up, step, code, tab=self._tab(), caller=self._caller())
        return restart(route("home"), ticket)
