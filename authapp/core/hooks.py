"""Hooks: what a product does along with a rule, in the same transaction. One that raises a refusal stops the rule."""

from collections.abc import Callable
from typing import Any, TypeVar

from authapp.core import Db

Do = TypeVar("Do", bound=Callable[..., Any])


class Hook:
    """A moment that products may take part in: used as a decorator."""

    def __init__(self, name: str, words: str) -> None:
        self.name = name
        self.__doc__ = words
        self._deeds: list[Callable[..., Any]] = []

    def __call__(self, do: Do) -> Do:
        """Register a plain function; it runs at this moment from then on, after those registered before."""
        self._deeds.append(do)
        return do

    def __bool__(self) -> bool:
        """Whether anything is registered."""
        return bool(self._deeds)

    def run(self, db: Db, *given: Any, **more: Any) -> None:
        """Do what is registered, in order. What one raises ends the rule, and nothing is written."""
        for do in self._deeds:
            do(db, *given, **more)

    def forget(self) -> None:
        """Drop what was registered; for tests."""
        self._deeds.clear()


on_sign_up = Hook("on_sign_up", "`f(db, user)`: an account comes to be; the row is there.")
before_log_in = Hook("before_log_in", "`f(db, user_id, client)`: somebody proved who they are; no session is open yet.")
on_log_in = Hook("on_log_in", "`f(db, opened, client)`: somebody logged in; `opened` names user and session.")
on_log_out = Hook("on_log_out", "`f(db, me, client)`: somebody logs out.")
on_session_open = Hook("on_session_open", "`f(db, opened)`: a session is open, in whatever way it came to be.")
on_session_close = Hook("on_session_close", "`f(db, user_id, session_id)`: a session ends, for whatever reason.")
on_connected_request = Hook("on_connected_request", "`f(db, me)`: somebody who is signed in asks for something.")
on_denied = Hook("on_denied", "`f(db, me, refusal, what)`: a guard says no; `me` is None for visitors.")
on_identifier_added = Hook("on_identifier_added", "`f(db, user_id, identifier)`: an address or number is confirmed.")
on_close_account = Hook("on_close_account", "`f(db, user_id)`: an account is closed.")
