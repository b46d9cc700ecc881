"""Linked accounts elsewhere over HTTP: listed, unlinked; one's own alone."""

from uuid import uuid4

from authapp.core import identities
from authapp.core.identities import Claims
from tests.api.calls import STALE, call, no
from tests.attacks.conftest import rows
from tests.attacks.test_settings import grow_stale
from tests.people import do

NOT_THERE = (422, "BadInput", "")


def linked(who):
    """The id of an account elsewhere that is linked to somebody's."""
    claims = Claims(str(uuid4()), about="Ann elsewhere", origin="https://elsewhere.example", name="elsewhere")
    return str(do(identities.add, who.user_id, claims).id)


def ids(answer):
    return [row["id"] for row in answer.json()["identities"]]


def test_they_are_listed(server, alice, bob):
    id = linked(alice)
    linked(bob)

    answer = call(server, "GET /identities", who=alice)

    assert answer.status_code == 200
    (row,) = answer.json()["identities"]
    assert row.pop("linked_at").endswith("Z")
    assert row == {"id": id, "name": "elsewhere", "label": "elsewhere", "about": "Ann elsewhere"}


def test_one_is_unlinked(server, alice):
    one, other = linked(alice), linked(alice)

    answer = call(server, f"DELETE /identities/{one}", who=alice)

    assert (answer.status_code, ids(answer)) == (200, [other])
    assert no(call(server, f"DELETE /identities/{one}", who=alice)) == NOT_THERE


def test_one_of_somebody_else_is_as_one_that_is_not_there(server, alice, bob):
    his = linked(bob)
    before = rows(server)

    told = {call(server, f"DELETE /identities/{id}", who=alice).text for id in (his, uuid4())}

    assert len(told) == 1
    assert no(call(server, f"DELETE /identities/{his}", who=alice)) == NOT_THERE
    assert rows(server) == before


def test_unlinking_asks_for_a_proof_first(server, alice):
    id = linked(alice)
    grow_stale(alice)
    before = rows(server)

    assert no(call(server, f"DELETE /identities/{id}", who=alice)) == STALE

    assert rows(server) == before
