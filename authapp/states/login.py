"""Login form: on its page, and in the dialog that appears when a session ends in an open tab."""

from typing import Any

import reflex as rx

from authapp.core.account import identities
from authapp.core.authentication import login, proofs
from authapp.core.base import paths
from authapp.core.base.routes import route
from authapp.db import run
from authapp.states.account import Account, restart
from authapp.states.flow import Flow, field


class LoginState(Flow, rx.State):
    """State of the login form."""

    @rx.event
    async def answer(self, form: dict[str, Any]):
        """Log in with the reply to a challenge, or with the password when the page cannot answer challenges."""
        keep, tab, caller = field(form, "keep") is True, self._tab(), self._caller()
        with self._shows_refusal():
            if field(form, "challenge_id"):
                reply = proofs.Reply(form["challenge_id"], field(form, "reply"))
                welcome = await run(login.answer_challenge, reply, keep=keep, tab=tab, caller=caller)
            else:
                credentials = proofs.Credentials(field(form, "identifier"), field(form, "password"))
                welcome = await run(login.with_password, credentials, keep=keep, tab=tab, caller=caller)
            return restart(self._next(), welcome.ticket, welcome.signature, renewal=welcome.renewal)

    @rx.event
    async def enter(self):
        """Redirect users who are signed in already. Show why a provider login was refused."""
        if (await self.get_state(Account)).who:
            return rx.redirect(self._next(), replace=True)
        parameters = self.router.url.query_parameters
        if message := paths.reason_in_words(parameters.get("refused"), identities.label(parameters.get("origin"))):
            self.refusal, self.refused_field = message, ""
            self.answers += 1
        return None

    def _next(self) -> str:
        """Return the path to open after the login: `next`, or the page that shows the login dialog."""
        url = self.router.url
        current_path = paths.safe(url.path) + (f"?{url.query}" if url.query else "")
        visitor_pages = [route(page) for page in ("home", "login", "sign_up")]
        is_visitor_page = (url.path.rstrip("/") or "/") in visitor_pages
        return paths.safe(url.query_parameters.get("next")) if is_visitor_page else paths.safe(current_path)
