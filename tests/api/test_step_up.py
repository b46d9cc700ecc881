"""Step-up over HTTP, by challenge or by code: afterwards the refused call succeeds."""

from datetime import timedelta

import pytest
from scramp import ScramClient
from sqlalchemy import update

from authapp.core import execute
from authapp.core.base import clock
from authapp.models import Session
from tests.kit.contacts import with_number
from tests.kit.messages import code_to
from tests.kit.rules import do, race
from tests.kit.users import PASSWORD, grow_stale, newcomer
from tests.kit.web.api import LOGGED_OUT, STALE, STEP_GONE, call, confirm_step, logged_in_user, refusal_in
from tests.kit.web.http import from_new_ip, key_in

SERIOUS = {"new_email": "another@example.com"}


def proof(server, who, password=PASSWORD, *, user="", **more):
    """Return the body of a step-up. Asking for the challenge needs `again`, because the caller is logged in."""
    client = ScramClient(["SCRAM-SHA-256"], user or who.email, password)
    nonce = client.get_client_first().partition(",r=")[2]
    body = {"user": user or who.email, "nonce": nonce, "again": True}
    asked = call(server, "POST /connect", body, who=who, **more).json()
    client.set_server_first(asked["challenge"])
    return {"challenge_id": asked["challenge_id"], "challenge_reply": client.get_client_final()}


def is_fresh(server, who):
    refused = call(server, "DELETE /sessions/x", who=who)
    assert refusal_in(refused) in (STALE, (422, "BadInput", ""))
    return refusal_in(refused) != STALE


def test_the_password_proves_it_again_and_the_answer_has_a_new_key(server, alice):
    grow_stale(alice)
    assert not is_fresh(server, alice)

    answer = call(server, "POST /step-up", proof(server, alice), who=alice)

    renewed, said = logged_in_user(answer, alice), answer.json()
    assert said["fresh_until"] == call(server, "GET /account", who=renewed).json()["fresh_until"]
    assert (said["login"], said["token"]) == (alice.email, alice.me.session_id)
    assert renewed.me.session_id == alice.me.session_id
    assert is_fresh(server, renewed)
    assert refusal_in(call(server, "GET /account", who=alice)) == LOGGED_OUT


PROOFS = {
    "challenge": lambda server, who: ("POST /step-up", proof(server, who)),
    "password": lambda server, who: ("POST /step-up", {"password": PASSWORD}),
    "code": lambda server, who: ("POST /step-up/code/confirm", code_of(server, who)),
}


def code_of(server, who):
    number = with_number(who)
    step = call(server, "POST /step-up/code", who=who).json()["step"]
    return {"step": step, "code": code_to(number)}


@pytest.mark.parametrize("way", PROOFS)
def test_an_answer_that_was_lost_is_repeated_for_thirty_seconds_and_nothing_else_is(server, alice, way):
    what, body = PROOFS[way](server, alice)
    first = call(server, what, body, who=alice)
    assert first.status_code == 200

    again = call(server, what, body, who=alice)
    assert (again.json(), key_in(again)) == (first.json(), key_in(first))
    assert refusal_in(call(server, "GET /account", who=alice)) == LOGGED_OUT
    assert refusal_in(call(server, what, body, who=None))[:2] == LOGGED_OUT[:2]

    long_ago = clock.now() - timedelta(seconds=31)
    do(execute, update(Session).where(Session.id == alice.me.session_id).values(proved_at=long_ago))
    assert refusal_in(call(server, what, body, who=alice)) == LOGGED_OUT


@pytest.mark.parametrize("way", PROOFS)
def test_the_old_key_and_another_proof_bring_nothing(server, alice, way):
    what, body = PROOFS[way](server, alice)
    assert call(server, what, body, who=alice).status_code == 200

    for other in (
        {"challenge_id": "made up"},
        {"challenge_reply": "c=biws,r=x,p=x"},
        {"step": "x"},
        {"code": "000000"},
    ):
        if other.keys() & body.keys():
            assert refusal_in(call(server, what, body | other, who=alice)) == LOGGED_OUT
    assert refusal_in(call(server, "POST /step-up", {"password": PASSWORD + "?"}, who=alice)) == LOGGED_OUT


def test_a_thief_cannot_guess_the_password_by_asking_for_the_answer_again(strict):
    carol, client = newcomer("Carol"), from_new_ip()
    assert call(strict, "POST /step-up", {"password": PASSWORD}, who=carol, headers=client).status_code == 200

    guesses = [
        call(strict, "POST /step-up", {"password": f"guess {number}"}, who=carol, headers=from_new_ip())
        for number in range(7)
    ]

    assert [answer.status_code for answer in guesses[:5]] == [440] * 5
    assert guesses[-1].status_code == 429
    assert call(strict, "POST /step-up", {"password": PASSWORD}, who=carol, headers=from_new_ip()).status_code == 429


def test_the_same_request_eight_times_at_once_gives_one_new_key(server, alice):
    body = proof(server, alice)

    answers = race(8, lambda _: call(server, "POST /step-up", body, who=alice))

    assert {answer.status_code for answer in answers} == {200}
    assert len({key_in(answer) for answer in answers}) == 1


def test_a_client_that_cannot_answer_a_challenge_says_the_password(server, alice):
    grow_stale(alice)

    refused = call(server, "POST /step-up", {"password": "not her password"}, who=alice)
    assert refusal_in(refused) == (401, "BadUserOrPassword", "password")
    assert not is_fresh(server, alice)
    assert is_fresh(server, logged_in_user(call(server, "POST /step-up", {"password": PASSWORD}, who=alice), alice))


def test_a_proof_is_one_of_the_two(server, alice):
    for body in ({}, {**proof(server, alice), "password": PASSWORD}):
        refused = call(server, "POST /step-up", body, who=alice)
        assert refusal_in(refused) == (422, "BadInput", "")
        assert "challenge_reply" in refused.json()["message"]


def test_a_wrong_password_proves_nothing(server, alice):
    grow_stale(alice)

    refused = call(server, "POST /step-up", proof(server, alice, "not her password"), who=alice)

    assert refusal_in(refused) == (401, "BadUserOrPassword", "password")
    assert not is_fresh(server, alice)


def test_another_users_password_proves_nothing(server, alice, bob):
    grow_stale(alice)

    refused = call(server, "POST /step-up", proof(server, alice, user=bob.email), who=alice)

    assert refusal_in(refused) == (401, "BadUserOrPassword", "password")
    assert not is_fresh(server, alice)


def test_a_challenge_is_answered_once(server, alice):
    body = proof(server, alice)
    renewed = logged_in_user(call(server, "POST /step-up", body, who=alice), alice)

    for again in (body, body | {"challenge_id": "made up"}):
        refused = call(server, "POST /step-up", again, who=renewed)
        assert (refused.status_code, refused.json()["error"]) == (401, "ChallengeNotFoundOrExpired")
        assert refused.json()["challenge_id"] == again["challenge_id"]


def test_a_code_proves_it_too(server, alice):
    with_number(alice)
    grow_stale(alice)

    step = call(server, "POST /step-up/code", who=alice)

    assert (step.status_code, step.json()["purpose"]) == (202, "step_up")
    answer = confirm_step(server, "POST /step-up/code/confirm", step.json(), who=alice)
    assert answer.status_code == 200
    assert answer.json()["fresh_until"]
    assert is_fresh(server, logged_in_user(answer, alice))


def test_another_users_code_proves_nothing(server, alice, bob):
    number = with_number(alice)
    step = call(server, "POST /step-up/code", who=alice).json()
    grow_stale(bob)
    body = {"step": step["step"], "code": code_to(number)}

    assert refusal_in(call(server, "POST /step-up/code/confirm", body, who=bob)) == STEP_GONE

    assert not is_fresh(server, bob)
    assert call(server, "POST /step-up/code/confirm", body, who=alice).status_code == 200


def test_a_malformed_code_costs_no_guess_and_a_wrong_one_does(server, alice):
    with_number(alice)
    step = call(server, "POST /step-up/code", who=alice).json()

    refused = call(server, "POST /step-up/code/confirm", {"step": step["step"], "code": "12"}, who=alice)
    assert refusal_in(refused) == (422, "BadInput", "code")
    refused = call(server, "POST /step-up/code/confirm", {"step": step["step"], "code": "000000"}, who=alice)
    assert refusal_in(refused) == (401, "WrongCode", "code")

    seen = call(server, "POST /codes/look", {"purpose": "step_up", "step": step["step"]}, who=alice)
    assert seen.json()["guesses"] == 4


def test_a_session_that_ended_proves_nothing(server, alice):
    body = proof(server, alice)
    call(server, "POST /logout", {}, who=alice)

    assert refusal_in(call(server, "POST /step-up", body, who=alice)) == LOGGED_OUT
    assert refusal_in(call(server, "POST /step-up/code", who=alice)) == LOGGED_OUT


def test_wrong_proofs_are_bounded_like_logins(strict):
    carol = newcomer("Carol")
    for _ in range(6):
        client = from_new_ip()
        call(strict, "POST /step-up", proof(strict, carol, "wrong", headers=client), who=carol, headers=client)

    client = from_new_ip()
    refused = call(strict, "POST /step-up", proof(strict, carol, headers=client), who=carol, headers=client)

    assert refusal_in(refused)[:2] == (429, "TooManyRequests")
