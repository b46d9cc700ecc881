"""Hooks of schemathesis, which run around each call in its own process: a live session key, and a check."""

import os
from typing import Any
from uuid import UUID

import schemathesis

from authapp.core.sessions import sessions
from authapp.core.sessions.sessions import NewSession
from authapp.wire.sessions import TOKEN_HEADER
from tests.kit.rules import do
from tests.kit.users import HOME

MEMBER = "SCHEMATHESIS_MEMBER"  # the id of the user who makes the calls; if unset, nobody is logged in
REFUSED = {400, 401, 403, 404, 405, 409, 410, 415, 422, 440}
_kept = {"key": ""}


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: Any) -> None:
    """Send the key of a live session.

    Some calls end the session that makes them: logging out, closing the account, setting a password. The tests include
    these calls, too. The call after them opens a new session, so that it is not refused for the old one.
    """
    if member := os.environ.get(MEMBER):
        if do(sessions.resume, _kept["key"]) is None:
            new = NewSession(UUID(member), "carol@example.com", "password")
            _kept["key"] = do(sessions.open, new, HOME).key
        case.headers[TOKEN_HEADER] = _kept["key"]


@schemathesis.check
def members_only(context: Any, response: Any, case: Any) -> None:
    """Assert that a caller without a session is refused wherever the documentation requires a session."""
    needs_session = {} not in case.operation.definition.raw.get("security", [{}])
    if needs_session and not os.environ.get(MEMBER):
        assert response.status_code in REFUSED, f"nobody got an answer: {response.status_code}"
