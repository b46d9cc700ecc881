"""Linked accounts over HTTP: only their user sees and unlinks them; a provider's proof links them."""

from uuid import uuid4

import pytest

from authapp.core.base import clock
from authapp.models import Identity
from tests.kit.rules import do
from tests.kit.tables import rows
from tests.kit.users import grow_stale
from tests.kit.web.api import STALE, call, refusal_in

UNKNOWN = (400, "unverified", "")


def linked(person, about="ann there"):
    """Link an account at a provider that is no longer registered here. Returns the id of the link."""
    return str(do(_link, person.user_id, about))


def _link(db, user_id, about):
    facts = {"issuer": "https://elsewhere.example", "provider": "elsewhere", "linked_at": clock.now()}
    row = Identity(user_id=user_id, subject=uuid4().hex, about=about, **facts)
    db.add(row)
    db.flush()
    return row.id


def test_ones_own_identities_are_listed(server, alice, bob):
    id = linked(alice)
    linked(bob, "bob there")

    answer = call(server, "GET /identities", who=alice)

    (row,) = answer.json()["identities"]
    assert answer.status_code == 200
    assert set(row) == {"id", "auth_origin", "label", "about", "linked_at", "suspended"}
    assert (row["id"], row["auth_origin"], row["label"], row["about"]) == (id, "elsewhere", "", "ann there")


def test_an_identity_is_unlinked(server, alice):
    first, second = linked(alice, "first"), linked(alice, "second")

    answer = call(server, f"DELETE /identities/{first}", who=alice)

    assert answer.status_code == 200
    assert [row["id"] for row in answer.json()["identities"]] == [second]


@pytest.mark.parametrize("whose", ["bob", "nobody"])
def test_another_users_identity_is_refused_like_an_unknown_one(server, alice, bob, whose):
    id = linked(bob) if whose == "bob" else str(uuid4())
    before = rows(server)

    assert refusal_in(call(server, f"DELETE /identities/{id}", who=alice)) == (422, "BadInput", "")
    assert rows(server) == before


def test_linking_and_unlinking_need_a_fresh_proof(server, alice):
    id = linked(alice)
    grow_stale(alice)
    before = rows(server)

    assert refusal_in(call(server, f"DELETE /identities/{id}", who=alice)) == STALE
    assert refusal_in(call(server, "POST /identities", {"auth_origin": "x", "token": "y"}, who=alice)) == STALE
    assert rows(server) == before


def test_a_token_of_an_unknown_provider_is_refused(server, alice):
    before = rows(server)

    refused = call(server, "POST /identities", {"auth_origin": "elsewhere", "token": "y"}, who=alice)

    assert refusal_in(refused) == UNKNOWN
    assert rows(server) == before


def test_the_same_at_a_login(server):
    before = rows(server)

    for origin in ("elsewhere", "google", "", "x" * 60):
        assert refusal_in(call(server, "POST /login", {"auth_origin": origin, "token": "a.b.c"})) == UNKNOWN
    assert rows(server) == before


def test_a_challenge_that_was_made_up_is_refused_at_a_foreign_login(server):
    body = {"auth_origin": "elsewhere", "token": "y", "challenge_id": "made up"}
    refused = call(server, "POST /login", body).json()

    assert (refused["error"], refused["challenge_id"]) == ("ChallengeNotFoundOrExpired", "made up")
