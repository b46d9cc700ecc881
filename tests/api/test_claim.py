"""`POST /session` trades a ticket for a cookie, `POST /logout` ends the session (more in `attacks/test_tickets.py`)."""

import re

from tests.kit.tables import rows
from tests.kit.web.flows import unclaimed_ticket
from tests.kit.web.handlers import PASSWORDS
from tests.kit.web.http import challenged, claim, cookies, key_in, logged_in_as, post
from tests.kit.web.sockets import Intruder


def kept(server, person, keep):
    with Intruder(server, tab="hers", path="/login") as tab:
        form = {"identifier": person.email, "password": person.password, "keep": keep}
        tab.call("login.login_state.answer", form=form)
        return claim(server, tab.ordered("restart")["ticket"], tab.tab)


def test_the_answer_says_who_and_never_the_key(server, alice):
    answer = claim(server, unclaimed_ticket(server, alice), "hers")

    assert answer.status_code == 200
    assert answer.json()["login"] == alice.email
    assert answer.json()["user_id"] == str(alice.user_id)
    assert answer.json()["token"] == key_in(answer).partition(".")[0]
    assert key_in(answer).partition(".")[2] not in answer.text


def test_the_cookie_dies_with_the_browser_unless_it_is_kept(server, alice):
    (cookie,) = cookies(kept(server, alice, keep=False))
    assert re.fullmatch(r"authapp=[\w-]{16}\.[\w-]{43}; HttpOnly; Path=/; SameSite=lax", cookie)

    (cookie,) = cookies(kept(server, alice, keep=True))
    assert re.fullmatch(r"authapp=[\w-]{16}\.[\w-]{43}; HttpOnly; Max-Age=2592000; Path=/; SameSite=lax", cookie)


def test_only_a_real_tick_keeps(server, alice):
    for keep in ("true", "on", 1, ["x"], {"x": 1}, None):
        (cookie,) = cookies(kept(server, alice, keep=keep))
        assert "Max-Age" not in cookie, keep


def test_a_new_key_after_a_password_change_is_of_the_same_session(server, alice):
    with Intruder(server, tab="hers", cookie=alice.key, path="/settings") as tab:
        tab.call("settings.password_state.set_password", form=PASSWORDS)
        answer = claim(server, tab.ordered("restart")["ticket"], "hers", alice.key)

    assert answer.json()["token"] == alice.me.session_id
    assert logged_in_as(server, key_in(answer)) == alice.email
    assert logged_in_as(server, alice.key) == ""


def test_a_ticket_that_is_none_is_refused_and_sets_nothing(server, alice):
    before = rows(server)

    refused = claim(server, "A" * 16 + "." + "A" * 43, "hers", alice.key)

    assert (refused.status_code, refused.json()["error"]) == (401, "TicketNotFoundOrExpired")
    assert refused.json()["message"] == "This took too long. Log in again."
    assert cookies(refused) == []
    assert rows(server) == before
    assert logged_in_as(server, alice.key) == alice.email


def test_logging_out_ends_the_session_and_takes_the_cookie_back(server, alice, bob):
    answer = post(server, "/logout", cookie=alice.key)

    assert (answer.status_code, set(answer.json())) == (200, {"challenge_id", "challenge"})
    (cookie,) = cookies(answer)
    assert re.match(r'authapp=""; expires=[^;]+; HttpOnly; Max-Age=0; Path=/; SameSite=lax', cookie)
    assert logged_in_as(server, alice.key) == ""
    assert logged_in_as(server, bob.key) == bob.email


def test_logging_out_ends_no_other_session_of_the_same_person(server, alice):
    other = key_in(post(server, "/login", challenged(server, alice.email)[1]))

    post(server, "/logout", cookie=alice.key)

    assert logged_in_as(server, other) == alice.email


def test_logging_out_twice_works(server, alice):
    for cookie in ("", "nonsense", alice.key, alice.key):
        assert post(server, "/logout", cookie=cookie).status_code == 200
