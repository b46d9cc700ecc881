"""The login form, on its page and wherever a session ended in an open tab."""

from typing import Any

import reflex as rx

from authapp.core import identities, login, paths
from authapp.db import call
from authapp.routes import route
from authapp.states.account import Account, restart
from authapp.states.flow import Flow, field


class LoginState(Flow, rx.State):
    """Answers a challenge, or sends the password where no challenge can be answered."""

    @rx.event
    async def answer(self, form: dict[str, Any]):
        """The page answers a challenge, or hands over the password where it cannot."""
        keep, tab, client = field(form, "keep") is True, self._tab(), self._client()
        with self._shows_refusal():
            if field(form, "challenge_id"):
                welcome = await call(
                    login.answer_challenge,
                    form["challenge_id"],
                    field(form, "reply"),
                    keep=keep,
                    tab=tab,
                    client=client,
                )
            else:
                identifier, password = field(form, "identifier"), field(form, "password")
                welcome = await call(login.with_password, identifier, password, keep=keep, tab=tab, client=client)
            return restart(self._next(), welcome.ticket, welcome.signature, renewal=welcome.renewal)

    @rx.event
    async def enter(self):
        """Whoever is signed in already has no business here; whoever was refused elsewhere is told why."""
        if (await self.get_state(Account)).who:
            return rx.redirect(self._next(), replace=True)
        came = self.router.url.query_parameters
        if words := paths.reason_in_words(came.get("refused"), identities.label(came.get("origin"))):
            self.refusal, self.refused_field = words, ""
            self.answers += 1
        return None

    def _next(self) -> str:
        """Where the visitor wanted to go: `next`, or the page that asked for the login in place."""
        url = self.router.url
        here = paths.safe(url.path) + (f"?{url.query}" if url.query else "")
        visitors = [route(page) for page in ("home", "login", "sign_up")]
        asked = (url.path.rstrip("/") or "/") in visitors
        return paths.safe(url.query_parameters.get("next")) if asked else paths.safe(here)
