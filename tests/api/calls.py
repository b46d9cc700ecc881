"""Helpers for calls of the API, written as in the README, and for what they return."""

import re
from typing import Any

from authapp.core.base import identifiers
from authapp.core.sessions import sessions
from authapp.core.sessions.sessions import NewSession
from tests.attacks.caller import API, ask, challenged, key_in
from tests.attacks.conftest import database
from tests.attacks.phones import code_to
from tests.people import HOME, Person, do
from tests.servers import Server

SENT = {"message": "We sent you an email. Follow the link in it."}


def call(server: Server, what: str, body: Any = None, *, who: Person | None = None, **more: Any) -> Any:
    """Make one call, like `PATCH /account`, with a JSON body if one is given."""
    method, path = what.split()
    more |= {} if body is None else {"json": body}
    return ask(server, method, API + path, cookie=who.key if who else "", **more)


def no(answer: Any) -> tuple[int, str, str]:
    """Return the status, the code and the field of a refusal."""
    said = answer.json()
    assert set(said) == {"error", "message", "field"}, answer.text
    assert said["message"]
    return answer.status_code, said["error"], said["field"]


LOGGED_OUT = (440, "SessionExpired", "")
STALE = (403, "StepUpNeeded", "")
STEP_GONE = (410, "StepNotFoundOrExpired", "code")


def confirmed(server: Server, what: str, step: dict[str, Any], *, who: Person | None = None) -> Any:
    """Confirm a step with the code that was last sent to its phone number."""
    number = re.sub(r"[^+\d]", "", step["target"])
    return call(server, what, {"step": step["step"], "code": code_to(server, number)}, who=who)


def entered(answer: Any, person: Person | None = None) -> Person:
    """Return the user whose session cookie an answer sets."""
    me = do(sessions.resume, key_in(answer))
    assert me is not None
    return Person(person.email if person else me.identifier, me.user_id, key_in(answer), me)


def mailed_link(server: Server, address: str) -> str:
    """Return the link key in the newest mail to an email address."""
    with database(server) as held:
        asked = "SELECT text FROM auth_message WHERE recipient = ? ORDER BY written_at DESC"
        found = [re.search(r"/link#(\S+)", text) for (text,) in held.execute(asked, (address,))]
    return next(match[1] for match in found if match)


def mails_to(server: Server, address: str) -> list[str]:
    """Return the subjects of the mails to an email address, oldest first."""
    with database(server) as held:
        asked = "SELECT subject FROM auth_message WHERE recipient = ? ORDER BY written_at"
        return [subject for (subject,) in held.execute(asked, (address,))]


def logs_in(server: Server, person: Person, password: str) -> bool:
    """Return whether the user can log in with a password."""
    _, reply = challenged(server, person.email, password)
    return bool(call(server, "POST /login", reply).status_code == 200)


def ways(person: Person) -> list[str]:
    """Return the identifiers that a user can log in with."""
    return list(do(identifiers.ways_in, person.user_id))


def another_session(person: Person) -> Person:
    """Return the same user with a session on another device."""
    opened = do(sessions.open, NewSession(person.user_id, person.email, "password"), HOME)
    return Person(person.email, person.user_id, opened.key, do(sessions.resume, opened.key))
