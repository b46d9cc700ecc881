"""Calls of the API as the README writes them, and short words for what came back."""

import re
from typing import Any

from authapp.core import identifiers, sessions
from tests.attacks.caller import API, ask, challenged, key_in
from tests.attacks.conftest import database
from tests.attacks.phones import code_to
from tests.people import HOME, Person, do
from tests.servers import Server

SENT = {"message": "We sent you an email. Follow the link in it."}


def call(server: Server, what: str, body: Any = None, *, who: Person | None = None, **more: Any) -> Any:
    """One call: `PATCH /account`, with a JSON body where there is one."""
    method, path = what.split()
    more |= {} if body is None else {"json": body}
    return ask(server, method, API + path, cookie=who.key if who else "", **more)


def no(answer: Any) -> tuple[int, str, str]:
    """A refusal: its status, its name, and the field it belongs to."""
    said = answer.json()
    assert set(said) == {"error", "message", "field"}, answer.text
    assert said["message"]
    return answer.status_code, said["error"], said["field"]


LOGGED_OUT = (440, "SessionExpired", "")
STALE = (403, "StepUpNeeded", "")
STEP_GONE = (410, "StepNotFoundOrExpired", "code")


def confirmed(server: Server, what: str, step: dict[str, Any], *, who: Person | None = None) -> Any:
    """Type the code that was sent last to a number."""
    number = re.sub(r"[^+\d]", "", step["target"])
    return call(server, what, {"step": step["step"], "code": code_to(server, number)}, who=who)


def entered(answer: Any, person: Person | None = None) -> Person:
    """Whoever holds the cookie of an answer."""
    me = do(sessions.resume, key_in(answer))
    assert me is not None
    return Person(person.email if person else me.identifier, me.user_id, key_in(answer), me)


def mailed_link(server: Server, address: str) -> str:
    """The key in the newest mail to an address."""
    with database(server) as held:
        asked = "SELECT text FROM auth_message WHERE recipient = ? ORDER BY written_at DESC"
        found = [re.search(r"/link#(\S+)", text) for (text,) in held.execute(asked, (address,))]
    return next(match[1] for match in found if match)


def mails_to(server: Server, address: str) -> list[str]:
    """The subjects of the mails to an address, the oldest first."""
    with database(server) as held:
        asked = "SELECT subject FROM auth_message WHERE recipient = ? ORDER BY written_at"
        return [subject for (subject,) in held.execute(asked, (address,))]


def logs_in(server: Server, person: Person, password: str) -> bool:
    """Whether a password is the one that opens the account."""
    _, reply = challenged(server, person.email, password)
    return bool(call(server, "POST /login", reply).status_code == 200)


def ways(person: Person) -> list[str]:
    """What a person can log in with."""
    return list(do(identifiers.ways_in, person.user_id))


def another_session(person: Person) -> Person:
    """The same person on another device."""
    facts = {"identifier": person.email, "method": "password", "keep": False, "client": HOME}
    opened = do(sessions.open, person.user_id, **facts)
    return Person(person.email, person.user_id, opened.key, do(sessions.resume, opened.key))
