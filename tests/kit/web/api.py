"""Helpers for calls of the API, written as in the README, and for what they return."""

import re
from typing import Any

import httpx

from authapp import api, config
from authapp.api import docs
from authapp.core.sessions import sessions
from tests.kit.messages import code_to
from tests.kit.processes.servers import Server
from tests.kit.rules import do
from tests.kit.users import Person
from tests.kit.web.http import API, ask, challenged, cookies, key_in

SENT = {"message": "We sent you an email. Follow the link in it."}


def call(server: Server, what: str, body: Any = None, *, who: Person | None = None, **more: Any) -> Any:
    """Make one call, like `PATCH /account`, with a JSON body if one is given."""
    method, path = what.split()
    more |= {} if body is None else {"json": body}
    return ask(server, method, API + path, cookie=who.key if who else "", **more)


def refusal_in(answer: Any) -> tuple[int, str, str]:
    """Return the status, the code and the field of a refusal."""
    said = answer.json()
    assert set(said) == {"error", "message", "field"}, answer.text
    assert said["message"]
    return answer.status_code, said["error"], said["field"]


LOGGED_OUT = (440, "SessionExpired", "")
STALE = (403, "StepUpNeeded", "")
STEP_GONE = (410, "StepNotFoundOrExpired", "code")


def confirm_step(server: Server, what: str, step: dict[str, Any], *, who: Person | None = None) -> Any:
    """Confirm a step with the code that was last sent to its phone number."""
    number = re.sub(r"[^+\d]", "", step["target"])
    return call(server, what, {"step": step["step"], "code": code_to(number)}, who=who)


def logged_in_user(answer: Any, person: Person | None = None) -> Person:
    """Return the user whose session cookie an answer sets."""
    me = do(sessions.resume, key_in(answer))
    assert me is not None
    return Person(person.email if person else me.identifier, me.user_id, key_in(answer), me)


def can_log_in(server: Server, person: Person, password: str) -> bool:
    """Return whether the user can log in with a password."""
    _, reply = challenged(server, person.email, password)
    return bool(call(server, "POST /login", reply).status_code == 200)


def refused_status(answer: httpx.Response) -> int:
    """Check that a refusal has the usual three fields and sets no cookie, and return its status."""
    assert set(answer.json()) == {"error", "message", "field"}, answer.text[:200]
    assert answer.headers["content-type"] == "application/json"
    assert cookies(answer) == []
    return answer.status_code


def documented_calls() -> set[str]:
    """Return every call of the OpenAPI document, as the README writes it."""
    app = api.build().calls
    (mounted,) = [route.app for route in app.routes if getattr(route, "path", "") == config.settings().rpc_path]
    document = docs.of(mounted)
    (server,) = document["servers"]
    return {f"{verb.upper()} {server['url']}{path}" for path, verbs in document["paths"].items() for verb in verbs}
