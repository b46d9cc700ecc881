"""Base of every flow: the principal, the caller, and a place for refusals."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import reflex as rx

from authapp.core.authorization import access
from authapp.core.authorization.access import SIGNED_IN, Allow
from authapp.core.base import callers
from authapp.core.base.callers import Caller
from authapp.core.base.errors import Refusal, SessionExpired, StepUpNeeded
from authapp.core.sessions import sessions
from authapp.core.sessions.sessions import Principal
from authapp.db import read
from authapp.guards.context import goes_on, language_of, line_of, session_of, waiting_of
from authapp.i18n.texts import Text, into

HONEYPOT = "website"  # name of the form field that people do not see


class Flow(rx.State, mixin=True):  # type: ignore[call-arg]  # an argument of Reflex's class
    """State of one flow in one tab. Mix it into a state: `class MyState(authapp.Flow, rx.State)`."""

    refusal: str = ""  # the message of the last refusal
    refused_field: str = ""  # the field that it belongs to
    answers: int = 0  # number of answers; the form waits until it changes

    async def _principal(self, allow: Allow = SIGNED_IN) -> Principal:
        """Return the principal of the signed-in user.

        Args:
            allow: access rule, as in `authapp.event`; for long-running events that check it again.

        Raises:
            SessionExpired: no user is signed in, or the session ended.
            NotAllowed: the access rule denies this user.
        """
        me = await self._visitor()
        if me is None:
            raise SessionExpired
        if refusal := await access.refusal(me, allow):
            raise refusal
        return me

    async def _visitor(self) -> Principal | None:
        """Return the principal of the signed-in user, or None for a visitor."""
        ref = session_of(self)
        return await read(sessions.alive, ref) if ref else None

    def __setattr__(self, name: str, value: Any) -> None:
        """Set a var. A text is stored in the language of this tab."""
        super().__setattr__(name, self._say(value) if isinstance(value, Text) else value)

    def _say(self, words: str) -> str:
        """Translate a text into the language of this tab."""
        return into(words, language_of(self))

    def _caller(self, form: Any = None) -> Caller:
        """Return the caller, with the proof of work and the hidden field of a form."""
        headers, proof = self.router.headers, field(form, "proof")
        return Caller(
            self.router.session.client_ip,
            headers.user_agent,
            callers.held_device_cookie(line_of(self)),
            languages=headers.accept_language,
            language=language_of(self),
            waiting=waiting_of(self),
            proof=proof if isinstance(proof, str) else "",
            is_bot=bool(field(form, HONEYPOT)),
        )

    def _tab(self) -> str:
        return str(self.router.session.client_token)

    @contextmanager
    def _shows_refusal(self, field: str = "") -> Iterator[None]:
        """Show a refusal of the rule that runs inside, beside the field that it names. The form keeps its input.

        Args:
            field: the field for refusals that name none; without it they appear above the form.
        """
        self.refusal = self.refused_field = ""
        try:
            yield
        except Refusal as refusal:
            if isinstance(refusal, StepUpNeeded) and goes_on.get():
                raise  # the event asks for the proof, and the page sends the event again
            self.refusal, self.refused_field = refusal.message, refusal.field or field
        finally:
            self.answers += 1


def field(form: Any, name: str) -> Any:
    """Return one field of a submitted form. Never trust the type: a client can send anything over the socket."""
    return form.get(name) if isinstance(form, dict) else None


def change(state: rx.State, **facts: Any) -> None:
    """Set the vars whose value is new. Reflex sends a var to the page whenever it is set."""
    for var, value in facts.items():
        if getattr(state, var) != value:
            setattr(state, var, value)
