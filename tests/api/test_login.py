"""`POST /login` takes the answer to a challenge and opens a session."""

import re

import bcrypt
import pytest
from scramp import ScramException
from sqlalchemy import update
from sqlmodel import col

from authapp.client.scram import derive
from authapp.core import execute
from authapp.core.credentials import passwords, scram
from authapp.models import User
from tests.kit.rules import do
from tests.kit.tables import rows
from tests.kit.users import newcomer
from tests.kit.web.http import challenged, cookies, from_new_ip, key_in, log_out, logged_in_as, post

WRONG = {"error": "BadUserOrPassword", "message": "Email, phone or password is wrong. Check them and try again."}
GONE = "ChallengeNotFoundOrExpired"


def test_an_independent_client_logs_in_and_knows_that_the_server_is_ours(server, alice):
    client, login = challenged(server, alice.email)

    answer = post(server, "/login", login)

    assert answer.status_code == 200
    session = logged_in_as(server, key_in(answer))
    assert session == alice.email == answer.json()["login"]
    assert answer.json()["user_id"] == str(alice.user_id)
    assert answer.json()["token"] == key_in(answer).partition(".")[0]
    assert set(answer.json()) - {"renewal"} == {"login", "user_id", "token", "user_info", "signature"}
    client.set_server_final(f"v={answer.json()['signature']}")


def test_the_signature_is_of_this_exchange_alone(server, alice):
    one, login = challenged(server, alice.email)
    _, other_login = challenged(server, alice.email)
    post(server, "/login", login)
    foreign = post(server, "/login", other_login).json()["signature"]

    with pytest.raises(ScramException):
        one.set_server_final(f"v={foreign}")


def test_the_cookie_is_for_the_browser_alone(server, alice):
    (cookie,) = cookies(post(server, "/login", challenged(server, alice.email)[1]))

    pattern = r"authapp=[\w-]{16}\.[\w-]{43}; HttpOnly; Path=/; SameSite=lax"
    assert re.fullmatch(pattern, cookie), "no Max-Age: it dies with the browser"


def test_the_key_is_not_in_the_body(server, alice):
    answer = post(server, "/login", challenged(server, alice.email)[1])

    assert key_in(answer).partition(".")[2] not in answer.text


def test_an_address_may_be_written_in_capitals(server, alice):
    assert post(server, "/login", challenged(server, alice.email.upper())[1]).status_code == 200


def test_a_wrong_password_opens_nothing(server, alice):
    before = rows(server)
    _, login = challenged(server, alice.email, "not her password")

    refused = post(server, "/login", login)

    assert refused.status_code == 401
    assert refused.json() == {**WRONG, "field": "password"}
    assert cookies(refused) == []
    assert rows(server) == before


def test_an_unknown_name_is_refused_in_the_same_words(server):
    refused = post(server, "/login", challenged(server, "nobody@example.com")[1])

    assert (refused.status_code, refused.json()) == (401, {**WRONG, "field": "password"})


@pytest.mark.parametrize("id", ["", "x", "A" * 400, "A" * 4000, "é" * 40, "\x00"], ids=ascii)
def test_a_challenge_that_was_made_up_is_refused_alike_for_known_and_unknown(server, alice, id):
    answers = []
    for user in (alice.email, "nobody@example.com"):
        refused = post(server, "/login", {"user": user, "challenge_id": id, "challenge_reply": "c=biws,r=x,p=AAAA"})
        answers.append((refused.status_code, refused.json()))

    assert answers[0] == answers[1]
    assert (answers[0][0], answers[0][1]["error"]) == (401, GONE)


def test_a_challenge_is_answered_once_right_or_wrong(server, alice):
    for password in (alice.password, "not her password"):
        _, login = challenged(server, alice.email, password)
        post(server, "/login", login)
        again = post(server, "/login", login)
        assert (again.status_code, again.json()["error"]) == (401, GONE)
        assert cookies(again) == []


def test_a_challenge_of_one_is_no_challenge_of_another(server, alice, bob):
    _, hers = challenged(server, alice.email)
    _, his = challenged(server, bob.email, "not his password")

    crossed = {**his, "challenge_id": hers["challenge_id"]}

    assert post(server, "/login", crossed).status_code == 401


REPLIES = [
    "",
    "x",
    ",",
    "c=biws",
    "c=biws,r=,p=",
    "c=n,r=x,p=AAAA",
    "c=biws,r=x,p=!!",
    "p=\x00",
    "c=é,r=é,p=é",
    "m=1,c=b",
]


@pytest.mark.parametrize("reply", REPLIES, ids=ascii)
def test_a_reply_that_is_none_is_a_wrong_password(server, alice, reply):
    _, login = challenged(server, alice.email)

    refused = post(server, "/login", {**login, "challenge_reply": reply})

    assert (refused.status_code, refused.json()["error"]) == (401, "BadUserOrPassword")


def test_after_five_failures_even_the_right_password_waits(strict):
    alice = newcomer("Alice")
    for _ in range(6):
        thief = from_new_ip()
        post(strict, "/login", challenged(strict, alice.email, "not her password", headers=thief)[1], headers=thief)

    hers = from_new_ip()
    refused = post(strict, "/login", challenged(strict, alice.email, headers=hers)[1], headers=hers)

    assert (refused.status_code, refused.json()["error"]) == (429, "TooManyRequests")
    assert int(refused.headers["retry-after"]) >= 1
    assert cookies(refused) == []


def test_each_login_is_a_session_of_its_own(server, alice):
    one, other = (key_in(post(server, "/login", challenged(server, alice.email)[1])) for _ in range(2))

    assert one.partition(".")[0] != other.partition(".")[0]
    log_out(server, one)
    assert logged_in_as(server, one) == ""
    assert logged_in_as(server, other) == alice.email


def test_logging_in_ends_the_session_that_the_browser_had(server, alice, bob):
    key = key_in(post(server, "/login", challenged(server, bob.email)[1], cookie=alice.key))

    assert logged_in_as(server, key) == bob.email
    assert logged_in_as(server, alice.key) == ""


def _imported(server, person):
    sealed = passwords.seal_record(bcrypt.hashpw(person.password.encode(), bcrypt.gensalt(4)).decode(), person.user_id)
    values = {"password_record": sealed, "imported": True}
    do(execute, update(User).where(col(User.id) == person.user_id).values(**values))
    asked = post(server, "/connect", {"user": person.email, "nonce": "n" * 24}).json()
    assert asked["challenge"] == ""
    return {"user": person.email, "challenge_id": asked["challenge_id"]}


def test_an_imported_hash_takes_the_password_itself(server, alice):
    answer = post(server, "/login", {**_imported(server, alice), "password": alice.password})

    assert answer.status_code == 200
    assert answer.json()["signature"] == ""
    assert logged_in_as(server, key_in(answer)) == alice.email
    assert post(server, "/connect", {"user": alice.email, "nonce": "n" * 24}).json()["challenge"] != ""


def test_the_challenge_is_spent_by_a_wrong_password_too(server, alice):
    body = _imported(server, alice)

    wrong = post(server, "/login", {**body, "password": "not her password"})
    again = post(server, "/login", {**body, "password": alice.password})

    assert (wrong.status_code, wrong.json()) == (401, {**WRONG, "field": "password"})
    assert (again.status_code, again.json()["error"]) == (401, GONE)
    assert cookies(again) == []


BOTH_OR_NEITHER = [{}, {"password": None}, {"password": "x", "challenge_reply": "x"}, {"challenge_reply": None}]
BOTH_OR_NEITHER += [{"password": None, "challenge_reply": None}, {"password": "x" * 1001}, {"password": 7}]


@pytest.mark.parametrize("proof", BOTH_OR_NEITHER, ids=str)
def test_a_login_has_either_a_reply_or_a_password(server, alice, proof):
    refused = post(server, "/login", {"user": alice.email, "challenge_id": "x", **proof})

    assert (refused.status_code, refused.json()["error"]) == (422, "BadInput")
    assert "challenge_reply" in refused.json()["message"]


def test_a_record_of_before_is_renewed_by_a_call_of_its_own_and_once(server, alice):
    do(scram.forget, alice.user_id)
    renewal = post(server, "/login", challenged(server, alice.email)[1]).json()["renewal"]
    proof = derive(alice.password, renewal["salt"], renewal["iterations"])
    body = {"token": renewal["token"], **proof}

    first, again = (post(server, "/renewal", body) for _ in range(2))

    assert (first.status_code, again.status_code) == (204, 410)
    assert again.json()["error"] == "RenewalNotFoundOrExpired"
    assert post(server, "/login", challenged(server, alice.email)[1]).json()["renewal"] is None


@pytest.mark.parametrize("path", ["/login", "/step-up", "/session", "/connect"])
def test_no_other_call_accepts_a_record(server, alice, path):
    do(scram.forget, alice.user_id)
    renewal = post(server, "/login", challenged(server, alice.email)[1]).json()["renewal"]
    proof = derive(alice.password, renewal["salt"], renewal["iterations"])

    post(server, path, {"token": renewal["token"], **proof}, cookie=alice.key)

    assert post(server, "/login", challenged(server, alice.email)[1]).json()["renewal"]
