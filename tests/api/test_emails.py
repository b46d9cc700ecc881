"""Email addresses over HTTP: added, confirmed by a link, made the main one, removed. Users reach only their own."""

from uuid import uuid4

import pytest

from tests.kit.contacts import add_email, fresh_number, login_identifiers
from tests.kit.messages import link_to, subjects_to
from tests.kit.tables import rows
from tests.kit.users import grow_stale, newcomer
from tests.kit.web.api import SENT, STALE, call, refusal_in
from tests.kit.web.http import from_new_ip

NOT_THERE = (422, "BadInput", "")


def fresh_address():
    return f"second{fresh_number()[1:]}@example.com"


def added(server, who):
    """Add and confirm a second email address. Returns it and the id of its row."""
    address = fresh_address()
    return address, add_email(who, address)


def shown(answer):
    return [(row["address"], row["is_main"], row["confirmed_at"] is not None) for row in answer.json()["emails"]]


def test_the_addresses_are_listed(server, alice):
    answer = call(server, "GET /emails", who=alice)

    assert answer.status_code == 200
    assert shown(answer) == [(alice.email, True, True)]
    assert set(answer.json()["emails"][0]) == {"id", "address", "is_main", "added_at", "confirmed_at", "undelivered"}
    assert answer.json()["emails"][0]["added_at"].endswith("Z")


def test_an_added_address_waits_for_its_link(server, alice):
    address = fresh_address()

    answer = call(server, "POST /emails", {"new_email": f" {address.upper()}"}, who=alice)

    assert answer.status_code == 201
    assert shown(answer) == [(alice.email, True, True), (address, False, False)]
    call(server, "POST /links/follow", {"key": link_to(address)}, who=alice)
    assert shown(call(server, "GET /emails", who=alice))[1] == (address, False, True)


def test_another_users_email_is_answered_like_a_free_one(server, alice, bob):
    unknown = bob.email.replace("bob", "rob")
    answers = [call(server, "POST /emails", {"new_email": address}, who=alice) for address in (bob.email, unknown)]

    last = [answer.json()["emails"][-1] for answer in answers]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert sorted(last[0]) == sorted(last[1])
    assert [row["confirmed_at"] for row in last] == [None, None]
    assert subjects_to(bob.email)[-1] != subjects_to(unknown)[-1]


@pytest.mark.parametrize("text", ["", "nobody", "x" * 300 + "@example.com", "HER OWN", "WAITS"])
def test_an_address_that_cannot_be_added_is_refused_in_words(server, alice, text):
    blocked_by = fresh_address()
    call(server, "POST /emails", {"new_email": blocked_by}, who=alice)
    before = rows(server)

    refused = call(
        server, "POST /emails", {"new_email": {"HER OWN": alice.email, "WAITS": blocked_by}.get(text, text)}, who=alice
    )

    assert refusal_in(refused) == (422, "BadInput", "new_email")
    assert rows(server) == before


def test_another_link_is_sent(server, alice):
    address = fresh_address()
    id = call(server, "POST /emails", {"new_email": address}, who=alice).json()["emails"][-1]["id"]

    answer = call(server, f"POST /emails/{id}/send", who=alice)

    assert (answer.status_code, answer.json()) == (202, SENT)
    assert len(subjects_to(address)) == 2
    confirmed = call(server, "GET /emails", who=alice).json()["emails"][0]["id"]
    assert refusal_in(call(server, f"POST /emails/{confirmed}/send", who=alice)) == NOT_THERE


def test_another_address_is_made_the_main_one(server, alice):
    address, id = added(server, alice)

    answer = call(server, f"POST /emails/{id}/main", who=alice)

    assert answer.status_code == 200
    assert shown(answer) == [(address, True, True), (alice.email, False, True)]


def test_an_address_that_waits_is_not_made_the_main_one(server, alice):
    id = call(server, "POST /emails", {"new_email": fresh_address()}, who=alice).json()["emails"][-1]["id"]

    assert refusal_in(call(server, f"POST /emails/{id}/main", who=alice)) == NOT_THERE
    assert shown(call(server, "GET /emails", who=alice))[0] == (alice.email, True, True)


def test_an_address_is_removed_but_not_the_last(server, alice):
    _, id = added(server, alice)

    answer = call(server, f"DELETE /emails/{id}", who=alice)

    assert (answer.status_code, shown(answer)) == (200, [(alice.email, True, True)])
    last = answer.json()["emails"][0]["id"]
    assert refusal_in(call(server, f"DELETE /emails/{last}", who=alice)) == NOT_THERE
    assert login_identifiers(alice) == [alice.email]


CALLS = ["POST /emails/{id}/send", "POST /emails/{id}/main", "DELETE /emails/{id}"]


@pytest.mark.parametrize("what", CALLS)
def test_another_users_email_is_refused_like_an_unknown_one(server, alice, bob, what):
    add_email(bob, fresh_address())
    his = call(server, "POST /emails", {"new_email": fresh_address()}, who=bob).json()["emails"]
    before = rows(server)

    told = set()
    for id in (*(row["id"] for row in his), uuid4()):
        refused = call(server, what.format(id=id), who=alice)
        assert refusal_in(refused) == NOT_THERE
        told.add(refused.text)

    assert len(told) == 1
    assert refusal_in(call(server, what.format(id="x"), who=alice))[:2] == (404, "NotFound")
    assert rows(server) == before


def test_adding_and_removing_ask_for_a_proof_first(server, alice):
    _, id = added(server, alice)
    grow_stale(alice)
    before = rows(server)

    assert refusal_in(call(server, "POST /emails", {"new_email": fresh_address()}, who=alice)) == STALE
    assert refusal_in(call(server, f"DELETE /emails/{id}", who=alice)) == STALE

    assert rows(server) == before
    assert call(server, f"POST /emails/{id}/main", who=alice).status_code == 200


def test_mails_to_one_address_are_bounded(strict):
    carol = newcomer("Carol")
    address = fresh_address()
    answer = call(strict, "POST /emails", {"new_email": address}, who=carol, headers=from_new_ip())
    id = answer.json()["emails"][-1]["id"]
    for _ in range(4):
        assert call(strict, f"POST /emails/{id}/send", who=carol, headers=from_new_ip()).status_code == 202

    refused = call(strict, f"POST /emails/{id}/send", who=carol, headers=from_new_ip())

    assert refusal_in(refused)[:2] == (429, "TooManyRequests")
    assert len(subjects_to(address)) == 5
