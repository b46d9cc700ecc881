"""A mobile app over HTTP alone: the session key is in a header, without cookies or pages."""

import re
from datetime import UTC, datetime

import pytest

from authapp.core.authorization import groups
from authapp.wire.sessions import TOKEN_HEADER
from tests.kit.contacts import fresh_number, with_number
from tests.kit.messages import code_to, link_to
from tests.kit.rules import do
from tests.kit.tables import rows
from tests.kit.users import PASSWORD, grow_stale, newcomer
from tests.kit.web.api import LOGGED_OUT, STALE, call, can_log_in, refusal_in
from tests.kit.web.http import API, ask, challenged, cookies

NEW_PASSWORD = "a horse of another colour"
NAMES = {"first_name": "Nina", "last_name": "Simone"}


class App:
    """A mobile app. It stores the token of its session, and nothing else."""

    def __init__(self, server):
        self.server = server
        self.token = ""

    def ask(self, what, body=None):
        """Make one call, without an Origin header. An answer may only delete cookies."""
        method, path = what.split()
        headers = {TOKEN_HEADER: self.token} if self.token else {}
        more = {} if body is None else {"json": body}
        answer = ask(self.server, method, API + path, origin="", headers=headers, **more)
        assert all("Max-Age=0" in cookie for cookie in answer.headers.get_list("set-cookie"))
        return answer

    def do(self, what, body=None):
        """Make a call that must succeed, and return its JSON."""
        answer = self.ask(what, body)
        assert answer.status_code < 300, answer.text
        return answer.json() if answer.content else None

    def enter(self, session):
        """Store the session key."""
        assert re.fullmatch(r"[\w-]{16}\.[\w-]{43}", session["token"])
        self.token = session["token"]
        return self

    def log_in(self, user, password):
        """Prove the password, and check the server's signature."""
        client, body = challenged(self.server, user, password, origin="")
        session = self.do("POST /login", body)
        client.set_server_final(f"v={session['signature']}")
        return self.enter(session)


@pytest.fixture
def app(keyed):
    return App(keyed)


def test_the_whole_life_of_an_account(keyed, app):
    number, address = fresh_number(), f"nina{fresh_number()[1:]}@example.com"

    step = app.do("POST /signup/phone", {"phone": number, **NAMES, "password": PASSWORD})
    assert datetime.fromisoformat(step["again_at"]) > datetime.now(UTC)
    code = code_to(number)
    app.enter(app.do("POST /signup/phone/confirm", {"step": step["step"], "code": code}))
    assert app.do("GET /connect")["user_info"] == NAMES
    assert app.do("PATCH /account", {"first_name": "Eunice"})["first_name"] == "Eunice"

    waiting = app.do("POST /emails", {"new_email": address})["emails"]
    assert [row["confirmed_at"] for row in waiting] == [None]
    link = {"key": f"{keyed.url}/link#{link_to(address)}"}
    assert app.do("POST /links/look", link)["outcome"] == "good"
    assert app.do("POST /links/follow", link) == {
        "path": "/settings#emails",
        "session": None,
        "ended": False,
        "link": "",
    }
    assert app.do("GET /account")["identifiers"] == [address, number]

    tablet = App(keyed).log_in(address, PASSWORD)
    assert tablet.do("GET /account")["login"] == address
    old = app.token
    form = {"password": NEW_PASSWORD, "confirmation": NEW_PASSWORD}
    app.enter(app.do("PUT /account/password", form))
    assert app.token != old
    assert app.token.partition(".")[0] == old.partition(".")[0], "the same session, under another key"
    for dead in (old, tablet.token):
        stranger = App(keyed)
        stranger.token = dead
        assert refusal_in(stranger.ask("GET /account")) == LOGGED_OUT

    tablet.token = ""
    tablet.log_in(address, NEW_PASSWORD)
    mine, other = app.do("GET /sessions")["sessions"]
    assert (mine["is_this"], other["is_this"]) == (True, False)
    assert len(app.do(f"DELETE /sessions/{other['id']}")["sessions"]) == 1
    assert refusal_in(tablet.ask("GET /account")) == LOGGED_OUT

    happened = [entry["what"] for entry in app.do("GET /history")["history"]]
    assert happened[:3] == ["session_ended", "logged_in", "password_set"]
    assert app.do("DELETE /account")["until"] > datetime.now(UTC).isoformat()
    assert refusal_in(app.ask("GET /account")) == LOGGED_OUT


def test_no_secret_is_logged_or_said_again(keyed, app):
    carol, number = newcomer("Carol"), fresh_number()
    step = app.do("POST /signup/phone", {"phone": number, **NAMES, "password": PASSWORD})["step"]
    app.do("POST /recover", {"email": carol.email})
    link, code = link_to(carol.email), code_to(number)
    refused = [
        app.ask("POST /signup/phone", {"phone": number, **NAMES, "password": PASSWORD, "more": 1}),
        app.ask("POST /signup/phone/confirm", {"step": step, "code": code, "more": 1}),
        app.ask("POST /links/follow", {"key": link, "more": 1}),
        app.ask("PUT /account/password", {"password": PASSWORD, "confirmation": NEW_PASSWORD}),
        app.ask("POST /step-up", {"password": PASSWORD, "challenge_reply": "x"}),
    ]
    app.enter(app.do("POST /links/follow", {"key": link})["session"])

    secrets = (PASSWORD, NEW_PASSWORD, step, link, app.token)
    assert [secret for secret in secrets if secret in keyed.logged()] == []
    assert [answer.text for answer in refused if any(secret in answer.text for secret in (*secrets, code))] == []


def test_a_user_who_forgot_the_password_logs_in_by_a_link(keyed, app):
    carol = newcomer("Carol")

    app.do("POST /recover", {"email": carol.email})
    app.enter(app.do("POST /links/follow", {"key": link_to(carol.email)})["session"])

    app.enter(app.do("PUT /account/password", {"password": NEW_PASSWORD, "confirmation": NEW_PASSWORD}))
    assert app.do("GET /account")["login"] == carol.email
    assert App(keyed).log_in(carol.email, NEW_PASSWORD).token != app.token


def test_a_serious_change_is_done_after_a_new_proof(keyed, app):
    carol = newcomer("Carol")
    number = with_number(carol)
    app.log_in(carol.email, PASSWORD)
    grow_stale(carol)
    assert refusal_in(app.ask("DELETE /account")) == STALE

    step = app.do("POST /step-up/code")
    app.enter(app.do("POST /step-up/code/confirm", {"step": step["step"], "code": code_to(number)}))

    assert app.do("DELETE /account")["until"]


def test_logging_in_again_ends_the_session_there_was(keyed, app):
    carol = newcomer("Carol")
    first = app.log_in(carol.email, PASSWORD).token
    step = app.do("POST /signup/phone", {"phone": (number := fresh_number()), **NAMES, "password": PASSWORD})

    app.enter(app.do("POST /signup/phone/confirm", {"step": step["step"], "code": code_to(number)}))

    stranger = App(keyed)
    stranger.token = first
    assert refusal_in(stranger.ask("GET /account")) == LOGGED_OUT


def test_a_pending_user_is_told_so_and_logs_in_when_approved(guarded):
    admin, app = App(guarded), App(guarded)
    carol = newcomer("Carol")
    do(groups.add, carol.user_id, groups.ADMIN)
    admin.log_in(carol.email, PASSWORD)
    number, address = fresh_number(), f"nina{fresh_number()[1:]}@example.com"
    step = app.do("POST /signup/phone", {"phone": number, **NAMES, "password": PASSWORD})

    by_code = app.do("POST /signup/phone/confirm", {"step": step["step"], "code": code_to(number)})
    app.do("POST /signup", {"email": address})
    by_link = app.do("POST /links/follow", {"key": link_to(address)})["session"]

    assert [set(blocked_by) for blocked_by in (by_code, by_link)] == [{"user_id", "reason"}] * 2
    assert [blocked_by["reason"] for blocked_by in (by_code, by_link)] == ["approval", "approval"]
    assert app.do("POST /login", challenged(guarded, number, origin="")[1]) == by_code
    waiting = admin.do("GET /waiting")["waiting"]
    assert [row["identifier"] for row in waiting] == [number, address]
    rest = admin.do(f"POST /waiting/{by_code['user_id']}/approve")["waiting"]
    assert [row["identifier"] for row in rest] == [address]
    assert app.log_in(number, PASSWORD).do("GET /account")["login"] == number


def test_a_browser_keeps_its_cookie_where_apps_have_the_header(keyed):
    """Our own pages use the cookie; scripts never see a new key for it."""
    carol = newcomer("Carol")
    form = {"password": NEW_PASSWORD, "confirmation": NEW_PASSWORD}

    answer = call(keyed, "PUT /account/password", form, who=carol)

    (cookie,) = cookies(answer)
    assert cookie.startswith(f"authapp={carol.me.session_id}.")
    assert "HttpOnly" in cookie
    assert answer.json()["token"] == carol.me.session_id
    assert can_log_in(keyed, carol, NEW_PASSWORD)


def test_a_key_that_is_cut_or_differs_is_refused_everywhere(keyed, app):
    carol = newcomer("Carol")
    before = rows(keyed)
    app.token = carol.key[:-1]

    refused = app.ask("DELETE /account")

    assert (refused.status_code, refused.json()["error"]) == (400, "InvalidSession")
    assert rows(keyed) == before
