"""`GET /connect` returns the user of the session, `POST /connect` returns a challenge."""

import base64
import re

import pytest

from authapp.core.sessions import session_ends
from tests.kit.rules import do
from tests.kit.tables import rows
from tests.kit.web.http import API, ask, cookies, from_new_ip, post

NONCE = "rOprNGfwEbeRWgbNEkqO"


def connect(server, user, nonce=NONCE, **more):
    return post(server, "/connect", {"user": user, "nonce": nonce}, **more)


def test_a_member_is_told_who_they_are(server, alice):
    answer = ask(server, "GET", f"{API}/connect", cookie=alice.key)

    assert answer.status_code == 200
    assert answer.json() == {
        "login": alice.email,
        "user_id": str(alice.user_id),
        "token": alice.me.session_id,
        "user_info": {"first_name": "Alice", "last_name": alice.me.last_name},
    }
    assert alice.key.partition(".")[2] not in answer.text


def test_a_member_whose_session_ended_in_another_process_gets_a_challenge(server, alice):
    assert ask(server, "GET", f"{API}/connect", cookie=alice.key).json()["login"] == alice.email  # cached for a second
    do(session_ends.close, alice.me.session_id)

    assert set(connect(server, alice.email, cookie=alice.key).json()) == {"challenge_id", "challenge"}


def test_a_visitor_is_told_nothing(server):
    answer = ask(server, "GET", f"{API}/connect")

    assert answer.status_code == 200
    assert set(answer.json()) == {"challenge_id", "challenge"}
    assert re.fullmatch(r"[\w-]{24}", answer.json()["challenge"]), "a nonce of the server, and nothing else"


def test_no_two_visitors_get_the_same_nonce(server):
    nonces = [ask(server, "GET", f"{API}/connect").json()["challenge"] for _ in range(20)]

    assert len(set(nonces)) == 20


def test_the_user_of_a_session_can_be_asked_without_an_origin_header(server, alice):
    answer = ask(server, "GET", f"{API}/connect", cookie=alice.key, origin="")

    assert answer.json()["login"] == alice.email


def test_a_challenge_is_a_server_first_message_of_scram(server, alice):
    answer = connect(server, alice.email)

    assert answer.status_code == 200
    assert set(answer.json()) == {"challenge_id", "challenge"}
    whole, salt, rounds = re.fullmatch(r"r=([^,]+),s=([^,]+),i=(\d+)", answer.json()["challenge"]).groups()
    assert whole.startswith(NONCE)
    assert len(whole) >= len(NONCE) + 18
    assert len(base64.b64decode(salt)) == 16
    assert int(rounds) == 4096
    assert cookies(answer) == []


def test_each_challenge_is_another(server, alice):
    one, other = connect(server, alice.email).json(), connect(server, alice.email).json()

    assert one["challenge_id"] != other["challenge_id"]
    assert one["challenge"] != other["challenge"]


def test_the_challenge_of_an_unknown_name_looks_the_same_and_stays_the_same(server, alice):
    known, unknown = connect(server, alice.email), connect(server, "nobody@example.com")
    again = connect(server, "nobody@example.com")

    shapes = [re.sub(r"[\w/+-]{16,}=*", "x", answer.json()["challenge"]) for answer in (known, unknown)]
    assert shapes == ["r=x,s=x,i=4096"] * 2
    assert unknown.json()["challenge"].split(",")[1:] == again.json()["challenge"].split(",")[1:]


def test_asking_for_a_challenge_keeps_nothing(server, alice):
    before = rows(server)

    for user in (alice.email, "nobody@example.com", "no address at all"):
        connect(server, user)

    assert rows(server) == before


def test_the_logged_in_user_needs_no_challenge(server, alice):
    answer = connect(server, f" {alice.email.upper()} ", cookie=alice.key)

    assert answer.json()["login"] == alice.email
    assert "challenge" not in answer.json()


def test_another_logged_in_user_needs_a_challenge(server, alice, bob):
    assert connect(server, bob.email, cookie=alice.key).json()["challenge"] != ""


@pytest.mark.parametrize("user", ["", "   ", "x" * 255, None, 7, [], {}, True])
def test_a_user_that_is_none_is_refused(server, user):
    refused = connect(server, user)

    assert (refused.status_code, refused.json()["error"]) == (422, "BadInput")


NONCES = [
    "",
    "short",
    "x" * 129,
    "with,comma" * 2,
    "with space" * 2,
    "\x00" * 20,
    "é" * 20,
    "a\nbreak" * 4,
    None,
    7,
    [],
    {},
]


@pytest.mark.parametrize("nonce", NONCES, ids=ascii)
def test_a_nonce_that_is_none_is_refused(server, alice, nonce):
    refused = connect(server, alice.email, nonce)

    assert (refused.status_code, refused.json()["error"]) == (422, "BadInput")


ODD = ["\u202eevil@example.com", "😀@example.com"]
UNREADABLE = ["'; DROP TABLE auth_user;--", "<script>alert(1)</script>", "n=a,r=b"]


@pytest.mark.parametrize("user", ODD, ids=ascii)
def test_a_name_that_only_looks_odd_gets_a_challenge_like_any(server, user):
    answer = connect(server, user)

    assert answer.status_code == 200
    assert answer.json()["challenge"].startswith(f"r={NONCE}")


@pytest.mark.parametrize("user", UNREADABLE, ids=ascii)
def test_a_name_that_cannot_be_read_is_refused(server, user):
    refused = connect(server, user)

    assert (refused.status_code, refused.json()["field"]) == (422, "identifier")


def test_too_many_challenges_are_refused_for_a_minute(strict):
    flood = from_new_ip()
    # The limit is 60 a minute, and the calls may begin in one minute and end in the next.
    answers = [connect(strict, "nobody@example.com", headers=flood) for _ in range(121)]

    refused = next(answer for answer in answers if answer.status_code != 200)
    assert (refused.status_code, refused.json()["error"]) == (429, "TooManyRequests")
    assert 1 <= int(refused.headers["retry-after"]) <= 60
    assert "Wait" in refused.json()["message"]
    assert connect(strict, "nobody@example.com", headers=from_new_ip()).status_code == 200
