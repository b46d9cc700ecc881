"""A new proof over HTTP: by challenge, or by code; then the same call does what it was asked for."""

from scramp import ScramClient

from tests.api.calls import LOGGED_OUT, STALE, STEP_GONE, call, confirmed, no
from tests.attacks.caller import elsewhere
from tests.attacks.conftest import newcomer
from tests.attacks.phones import code_to, with_number
from tests.attacks.test_settings import grow_stale
from tests.people import PASSWORD

SERIOUS = {"new_email": "another@example.com"}


def proof(server, who, password=PASSWORD, *, user="", **more):
    """The body of a step-up: the challenge is asked for with `again`, since who asks is signed in."""
    client = ScramClient(["SCRAM-SHA-256"], user or who.email, password)
    nonce = client.get_client_first().partition(",r=")[2]
    body = {"user": user or who.email, "nonce": nonce, "again": True}
    asked = call(server, "POST /connect", body, who=who, **more).json()
    client.set_server_first(asked["challenge"])
    return {"challenge_id": asked["challenge_id"], "challenge_reply": client.get_client_final()}


def is_fresh(server, who):
    refused = call(server, "DELETE /sessions/x", who=who)
    assert no(refused) in (STALE, (422, "BadInput", ""))
    return no(refused) != STALE


def test_the_password_proves_it_again(server, alice):
    grow_stale(alice)
    assert not is_fresh(server, alice)

    answer = call(server, "POST /step-up", proof(server, alice), who=alice)

    assert answer.status_code == 200
    assert answer.json() == {"fresh_until": call(server, "GET /account", who=alice).json()["fresh_until"]}
    assert is_fresh(server, alice)


def test_a_client_that_cannot_answer_a_challenge_says_the_password(server, alice):
    grow_stale(alice)

    refused = call(server, "POST /step-up", {"password": "not her password"}, who=alice)
    assert no(refused) == (401, "BadUserOrPassword", "password")
    assert not is_fresh(server, alice)
    assert call(server, "POST /step-up", {"password": PASSWORD}, who=alice).status_code == 200
    assert is_fresh(server, alice)


def test_a_proof_is_one_of_the_two(server, alice):
    for body in ({}, {**proof(server, alice), "password": PASSWORD}):
        refused = call(server, "POST /step-up", body, who=alice)
        assert no(refused) == (422, "BadInput", "")
        assert "challenge_reply" in refused.json()["message"]


def test_a_wrong_password_proves_nothing(server, alice):
    grow_stale(alice)

    refused = call(server, "POST /step-up", proof(server, alice, "not her password"), who=alice)

    assert no(refused) == (401, "BadUserOrPassword", "password")
    assert not is_fresh(server, alice)


def test_the_password_of_somebody_else_proves_nothing(server, alice, bob):
    grow_stale(alice)

    refused = call(server, "POST /step-up", proof(server, alice, user=bob.email), who=alice)

    assert no(refused) == (401, "BadUserOrPassword", "password")
    assert not is_fresh(server, alice)


def test_a_challenge_is_answered_once(server, alice):
    body = proof(server, alice)
    assert call(server, "POST /step-up", body, who=alice).status_code == 200

    for again in (body, body | {"challenge_id": "made up"}):
        refused = call(server, "POST /step-up", again, who=alice)
        assert (refused.status_code, refused.json()["error"]) == (401, "ChallengeNotFoundOrExpired")
        assert refused.json()["challenge_id"] == again["challenge_id"]


def test_a_code_proves_it_too(server, alice):
    with_number(alice)
    grow_stale(alice)

    step = call(server, "POST /step-up/code", who=alice)

    assert (step.status_code, step.json()["purpose"]) == (202, "step_up")
    answer = confirmed(server, "POST /step-up/code/confirm", step.json(), who=alice)
    assert answer.status_code == 200
    assert answer.json()["fresh_until"]
    assert is_fresh(server, alice)


def test_a_code_of_somebody_else_proves_nothing(server, alice, bob):
    number = with_number(alice)
    step = call(server, "POST /step-up/code", who=alice).json()
    grow_stale(bob)
    body = {"step": step["step"], "code": code_to(server, number)}

    assert no(call(server, "POST /step-up/code/confirm", body, who=bob)) == STEP_GONE

    assert not is_fresh(server, bob)
    assert call(server, "POST /step-up/code/confirm", body, who=alice).status_code == 200


def test_what_is_no_code_costs_no_guess_and_a_wrong_one_does(server, alice):
    with_number(alice)
    step = call(server, "POST /step-up/code", who=alice).json()

    refused = call(server, "POST /step-up/code/confirm", {"step": step["step"], "code": "12"}, who=alice)
    assert no(refused) == (422, "BadInput", "code")
    refused = call(server, "POST /step-up/code/confirm", {"step": step["step"], "code": "000000"}, who=alice)
    assert no(refused) == (401, "WrongCode", "code")

    seen = call(server, "POST /codes/look", {"purpose": "step_up", "step": step["step"]}, who=alice)
    assert seen.json()["guesses"] == 4


def test_a_session_that_ended_proves_nothing(server, alice):
    body = proof(server, alice)
    call(server, "POST /logout", {}, who=alice)

    assert no(call(server, "POST /step-up", body, who=alice)) == LOGGED_OUT
    assert no(call(server, "POST /step-up/code", who=alice)) == LOGGED_OUT


def test_wrong_proofs_are_bounded_like_logins(strict):
    carol = newcomer("Carol")
    for _ in range(6):
        client = elsewhere()
        call(strict, "POST /step-up", proof(strict, carol, "wrong", headers=client), who=carol, headers=client)

    client = elsewhere()
    refused = call(strict, "POST /step-up", proof(strict, carol, headers=client), who=carol, headers=client)

    assert no(refused)[:2] == (429, "TooManyRequests")
