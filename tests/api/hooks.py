"""What schemathesis runs around each of its calls, in its own process: the key of a session that lives, and a check."""

import os
from typing import Any
from uuid import UUID

import schemathesis

from authapp.core import sessions
from authapp.wire import TOKEN_HEADER
from tests.people import HOME, do

MEMBER = "SCHEMATHESIS_MEMBER"  # the id of whoever makes the calls; nobody without it
REFUSED = {400, 401, 403, 404, 405, 409, 410, 415, 422, 440}
_kept = {"key": ""}


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: Any) -> None:
    """Show the key of a session.

    Some calls end the session that makes them: to log out, to close the account, to set a password. None of them is
    left out; the next call is made with a session of its own, so it does not find the door shut.
    """
    if member := os.environ.get(MEMBER):
        if do(sessions.resume, _kept["key"]) is None:
            facts: Any = {"identifier": "carol@example.com", "method": "password", "keep": False, "client": HOME}
            _kept["key"] = do(sessions.open, UUID(member), **facts).key
        case.headers[TOKEN_HEADER] = _kept["key"]


@schemathesis.check
def members_only(context: Any, response: Any, case: Any) -> None:
    """Whoever is nobody is refused what is documented to need a session."""
    needs_session = {} not in case.operation.definition.raw.get("security", [{}])
    if needs_session and not os.environ.get(MEMBER):
        assert response.status_code in REFUSED, f"nobody got an answer: {response.status_code}"
