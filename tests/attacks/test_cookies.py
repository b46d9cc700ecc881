"""Cookies that are truncated, invented, doubled, quoted or stolen authenticate nobody, and do not harm valid ones."""

from contextlib import suppress
from uuid import uuid4

import httpx
import pytest

from authapp.core.sessions import session_ends, sessions
from authapp.core.sessions.sessions import NewSession
from tests.kit.rules import do
from tests.kit.tables import change, rows
from tests.kit.users import HOME
from tests.kit.web.http import API, ask, challenged, claim, key_in, log_out, logged_in_as, post
from tests.kit.web.sockets import Intruder
from tests.kit.web.websocket import Gone, Refused

LONG = "x" * 8_000


def wrong(alice, bob):
    """Return invalid keys, derived from valid ones."""
    hers, his = alice.key.split("."), bob.key.split(".")
    cut = [alice.key[:-1], alice.key[1:], alice.key[:16], hers[0], hers[1], f"{hers[0]}.", f".{hers[1]}"]
    crossed = [f"{hers[0]}.{his[1]}", f"{his[0]}.{hers[1]}", f"{hers[1]}.{hers[0]}"]
    dressed = [
        f'"{alice.key}"',
        f"%22{alice.key}",
        f"x{alice.key}",
        f"{alice.key}.",
        f"{alice.key}=",
        f"{alice.key}{LONG}",
    ]
    nothing = ["", ".", "null", "undefined", "A" * 16 + "." + "A" * 43, LONG, alice.key.swapcase()]
    return [*cut, *crossed, *dressed, *nothing]


def carrying(server, header):
    """Return the user that a whole Cookie header authenticates, over HTTP and over the socket."""
    known = ask(server, "GET", f"{API}/connect", headers={"Cookie": header.encode()}).json().get("login", "")
    with Intruder(server, tab=uuid4().hex, headers=[("Cookie", header)]) as tab:
        assert tab.of("account.account")["identifier"] == known
    return known


def test_a_wrong_cookie_stands_for_nobody_and_breaks_nothing(server, alice, bob, logged):
    before = rows(server)

    for key in wrong(alice, bob):
        assert logged_in_as(server, key) == "", key[:80]
        with Intruder(server, tab=f"wrong {key[:80]}", cookie=key, path="/settings") as tab:
            assert tab.who == "", key[:80]

    assert rows(server) == before
    assert "Traceback" not in logged()
    assert alice.key not in logged()


def test_a_page_with_a_wrong_cookie_is_a_page_for_visitors(server, alice, bob):
    for key in wrong(alice, bob):
        answer = ask(server, "GET", "/settings", cookie=key)
        assert (answer.status_code, answer.headers["location"]) == (303, "/login?next=/settings"), key[:80]


def test_cookies_of_others_beside_ours_do_no_harm(server, alice):
    for header in (
        "theme=dark; authapp={}",
        "authapp={}; theme=dark",
        "a=b;authapp={};c=d",
        "xauthapp=1; authapp={}; authapp2=3",
    ):
        assert carrying(server, header.format(alice.key)) == alice.email, header
    for header in (
        "xauthapp={}",
        "authapp2={}",
        "__Host-authapp={}",
        "AUTHAPP={}",
        "authapp[]={}",
        "a=authapp={}",
        "{}",
    ):
        assert carrying(server, header.format(alice.key)) == "", header


NOBODY = {"challenge_id", "challenge"}  # the answer to a caller without a session


def test_of_two_cookies_only_the_first_counts(server, alice, bob):
    assert carrying(server, f"authapp={alice.key}; authapp={bob.key}") == alice.email
    assert carrying(server, f"authapp=planted; authapp={bob.key}") == ""


def test_a_key_counts_nowhere_but_in_the_cookie(server, alice):
    places = [{"Authorization": f"Bearer {alice.key}"}, {"X-Csrf-Token": alice.key}, {"Authapp": alice.key}]
    for headers in places:
        assert set(ask(server, "GET", f"{API}/connect", headers=headers).json()) == NOBODY
    for query in (f"authapp={alice.key}", f"token={alice.key}", f"cookie=authapp%3D{alice.key}"):
        assert set(ask(server, "GET", f"{API}/connect?{query}").json()) == NOBODY
        with Intruder(server, query=f"{query}&EIO=4&transport=websocket") as tab:
            assert tab.who == ""


def test_a_stale_cookie_stands_for_nobody(server, alice, bob):
    log_out(server, alice.key)
    change(server, "UPDATE auth_session SET expires_at = opened_at WHERE id = ?", bob.me.session_id)
    do(sessions.purge)

    assert logged_in_as(server, alice.key) == ""
    assert logged_in_as(server, bob.key) == ""


def test_the_key_of_before_a_password_change_stands_for_nobody(server, alice):
    do(sessions.lock, alice.me)

    assert logged_in_as(server, alice.key) == ""
    with Intruder(server, tab="locked", cookie=alice.key) as tab:
        assert tab.who == ""


def test_a_huge_cookie_is_refused_and_the_server_lives_on(server, alice):
    huge = "a=" + "x" * 1_000_000
    with suppress(httpx.TransportError):  # the server may close the connection
        assert ask(server, "GET", f"{API}/connect", headers={"Cookie": huge}).status_code == 431
    with pytest.raises((Refused, Gone)):
        Intruder(server, headers=[("Cookie", huge)])

    assert logged_in_as(server, alice.key) == alice.email


def test_an_attacker_cannot_choose_the_session_of_a_browser(server, alice):
    planted = do(sessions.open, NewSession(alice.user_id, "x", "x"), HOME)
    do(session_ends.close, planted.session_id)
    form = {"identifier": alice.email, "password": alice.password, "keep": False}

    with Intruder(server, tab="victim", cookie=planted.key, path="/login") as tab:
        tab.call("login.login_state.answer", form=form)
        claimed = claim(server, tab.ordered("restart")["ticket"], "victim", planted.key)

    assert key_in(claimed).partition(".")[0] != planted.session_id
    assert logged_in_as(server, planted.key) == ""


def test_a_copy_on_another_port_of_the_host_keeps_its_own_cookies(server, alice, bob):
    """Browsers send the cookies of a host to each of its ports."""
    entered = post(server, "/login", challenged(server, alice.email)[1])
    (own,) = [cookie for cookie in entered.headers.get_list("set-cookie") if key_in(entered) in cookie]

    assert own.startswith(f"authapp-{server.port}=")
    assert carrying(server, f"authapp-1={bob.key}; authapp-{server.port}={alice.key}") == alice.email
    assert carrying(server, f"authapp-1={bob.key}") == ""


def test_a_cookie_of_before_ports_were_in_names_counts_until_there_is_a_new_one(server, alice, bob):
    assert carrying(server, f"authapp={alice.key}") == alice.email
    assert carrying(server, f"authapp={bob.key}; authapp-{server.port}={alice.key}") == alice.email
    for header in (f"authapp={alice.key}", f"authapp-{server.port}={alice.key}"):
        assert ask(server, "POST", f"{API}/logout", json={}, origin="", headers={"Cookie": header}).status_code == 403
