"""Proof of work: signed, bound to a purpose, valid for ten minutes and once."""

import base64
import json
from datetime import timedelta

import pytest
from sqlmodel import select

from authapp.client.proof import solve
from authapp.core.base import proof_of_work
from authapp.core.base.errors import ProofOfWorkNeeded
from authapp.models import Spent
from tests.kit.proofs import QUICK, challenged, changed
from tests.kit.rules import do, race

SOLVED = "sign_up"


@pytest.fixture
def proof(database, configure):
    configure(AUTHAPP_PROOF_OF_WORK=QUICK)
    return solve(challenged(proof_of_work.require, SOLVED, ""))


def passes(proof, purpose=SOLVED):
    try:
        do(proof_of_work.require, purpose, proof)
    except ProofOfWorkNeeded:
        return False
    return True


def encoded(content):
    return base64.b64encode(json.dumps(content).encode()).decode()


def test_a_proof_counts_once(proof):
    assert [passes(proof) for _ in range(3)] == [True, False, False]


def test_of_eight_requests_with_one_proof_one_passes(proof):
    assert sorted(race(8, lambda _: passes(proof))) == [False] * 7 + [True]


def test_the_same_proof_in_another_spelling_does_not_count_again(proof):
    assert passes(proof)

    assert not passes(encoded(json.loads(base64.b64decode(proof)) | {"more": 1}))
    assert not passes(f"{proof}\n")


def test_a_proof_is_for_one_purpose(proof):
    assert not passes(proof, "recovery")
    assert passes(proof)  # and was not spent by that


def test_a_proof_ends_after_ten_minutes(proof, clock):
    clock.advance(timedelta(minutes=10))

    assert not passes(proof)


def test_a_spent_proof_stays_spent_if_the_clock_is_set_back(proof, clock):
    assert passes(proof)
    clock.advance(timedelta(minutes=-30))

    assert not passes(proof)


def test_a_proof_of_another_key_does_not_count(proof, configure):
    configure(AUTHAPP_SECRET_KEY="another key of thirty-two characters or more")

    assert not passes(proof)


@pytest.mark.parametrize(
    "facts",
    [
        {"data": {"purpose": SOLVED, "until": 9_999_999_999}},
        {"keyPrefix": ""},
        {"keyPrefix": "00"},
        {"nonce": "00" * 16},
        {"cost": 0},
        {"algorithm": "SHA-512"},
        {"algorithm": "SCRYPT"},
        {"keySignature": "00"},
    ],
    ids=str,
)
def test_a_changed_challenge_does_not_count(proof, facts):
    assert not passes(changed(proof, **facts))


def unsolved(proof, **solution):
    content = json.loads(base64.b64decode(proof))
    content["solution"].update(solution)
    return encoded(content)


@pytest.mark.parametrize("counter", [-1, 2**32, 1.5, True, "1", None, [], 201])
def test_a_wrong_solution_does_not_count(proof, counter):
    assert not passes(unsolved(proof, counter=counter))
    assert not passes(unsolved(proof, derivedKey="00" * 32))


@pytest.mark.parametrize(
    "junk",
    [
        "",
        "x",
        "é",
        "e30=",
        "bnVsbA==",
        "W10=",
        encoded({"challenge": {}, "solution": {}}),
        encoded({"challenge": None, "solution": None}),
        encoded({"challenge": {"parameters": None, "signature": 1}, "solution": {"counter": 1, "derivedKey": ""}}),
        base64.b64encode(b"[" * 2900).decode(),
        "A" * 5000,
    ],
    ids=lambda junk: junk[:12],
)
def test_junk_is_refused_with_a_new_challenge(database, configure, junk):
    configure(AUTHAPP_PROOF_OF_WORK=QUICK)

    assert passes(solve(challenged(proof_of_work.require, SOLVED, junk)))
    assert len(do(lambda db: db.exec(select(Spent.digest)).all())) == 1


def test_the_setting_turns_it_off(database, configure):
    configure(AUTHAPP_PROOF_OF_WORK="0")

    assert passes("")


def test_the_number_of_hashes_follows_the_setting(database, configure):
    configure(AUTHAPP_PROOF_OF_WORK="1")

    content = json.loads(base64.b64decode(solve(challenged(proof_of_work.require, SOLVED, ""))))
    assert content["solution"]["counter"] == 0


@pytest.mark.parametrize(
    "facts",
    [
        {"algorithm": "SCRYPT", "cost": 2**20},
        {"cost": 10_000_000},
        {"keyPrefix": "00"},
        {"keyPrefix": "x" * 32},
        {"salt": None},
    ],
    ids=str,
)
def test_a_client_solves_no_challenge_of_another_kind(proof, facts):
    challenge = json.loads(base64.b64decode(changed(proof, **facts)))["challenge"]

    assert solve(encoded(challenge)) == ""


def test_a_client_gives_up_a_challenge_without_a_solution(proof):
    challenge = json.loads(base64.b64decode(changed(proof, keyPrefix="00" * 16)))["challenge"]

    assert solve(encoded(challenge), patience=0) == ""
