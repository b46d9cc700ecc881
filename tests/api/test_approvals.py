"""Approvals over HTTP: only administrators see pending users and approve them."""

from uuid import uuid4

import pytest

from authapp.core.authorization import groups
from authapp.core.base import audit
from authapp.models import User
from tests.kit.rules import do
from tests.kit.tables import rows
from tests.kit.users import grow_stale, newcomer
from tests.kit.web.api import STALE, call, refusal_in
from tests.kit.web.sockets import Intruder

DENIED = (403, "NotAllowed", "")


@pytest.fixture
def admin(alice):
    do(groups.add, alice.user_id, groups.ADMIN)
    return alice


@pytest.fixture
def applicant(server):
    person = newcomer("Derek")
    do(lambda db: setattr(db.get(User, person.user_id), "blocked_by", "approval"))
    return person


def ids(answer):
    return [row["id"] for row in answer.json()["waiting"]]


def test_an_administrator_sees_who_waits_and_approves(server, admin, applicant):
    seen = call(server, "GET /waiting", who=admin)
    assert seen.status_code == 200
    row = next(row for row in seen.json()["waiting"] if row["id"] == str(applicant.user_id))
    assert set(row) == {"id", "name", "identifier", "since"}
    assert row["identifier"] == applicant.email

    answer = call(server, f"POST /waiting/{applicant.user_id}/approve", who=admin)

    assert answer.status_code == 200
    assert str(applicant.user_id) not in ids(answer)
    assert do(lambda db: db.get(User, applicant.user_id).blocked_by) == ""


def approve_over_http(server, admin, applicant):
    assert call(server, f"POST /waiting/{applicant.user_id}/approve", who=admin).status_code == 200


def approve_on_the_page(server, admin, applicant):
    with Intruder(server, tab=f"desk {applicant.user_id}", cookie=admin.key, path="/admin") as tab:
        tab.call("admin.admin_state.approve", id=str(applicant.user_id))
        tab.settle()


def approve_on_the_page_of_the_user(server, admin, applicant):
    with Intruder(server, tab=f"file {applicant.user_id}", cookie=admin.key, path="/admin") as tab:
        tab.call("person.person_state.approve", id=str(applicant.user_id))
        tab.settle()


@pytest.mark.parametrize(
    "approve", [approve_over_http, approve_on_the_page, approve_on_the_page_of_the_user], ids=lambda way: way.__name__
)
def test_every_way_writes_the_same_events_and_hides_where_the_administrator_is(server, admin, applicant, approve):
    approve(server, admin, applicant)

    [seen] = [event for event in do(audit.newest, applicant.user_id) if event.what == "approved"]
    [done] = [event for event in do(audit.newest, admin.user_id) if event.what == "did_approved"]
    assert (seen.about, seen.ip, seen.browser) == (admin.me.name, "", "")
    assert done.about == f"{applicant.me.name} · {applicant.email}"
    assert done.ip == "127.0.0.1"


def test_a_user_who_is_no_administrator_can_neither_list_nor_approve(server, bob, applicant):
    before = rows(server)

    assert refusal_in(call(server, "GET /waiting", who=bob)) == DENIED
    for id in (applicant.user_id, uuid4()):
        assert refusal_in(call(server, f"POST /waiting/{id}/approve", who=bob)) == DENIED

    assert rows(server) == before


def test_a_user_who_is_not_pending_is_refused_like_an_unknown_one(server, admin, bob):
    before = rows(server)

    told = set()
    for id in (bob.user_id, uuid4()):
        refused = call(server, f"POST /waiting/{id}/approve", who=admin)
        assert refusal_in(refused) == (422, "BadInput", "")
        told.add(refused.text)

    assert len(told) == 1
    assert refusal_in(call(server, "POST /waiting/x/approve", who=admin))[:2] == (404, "NotFound")
    assert rows(server) == before


def test_approving_asks_for_a_proof_first(server, admin, applicant):
    grow_stale(admin)
    before = rows(server)

    assert refusal_in(call(server, f"POST /waiting/{applicant.user_id}/approve", who=admin)) == STALE

    assert rows(server) == before
    assert call(server, "GET /waiting", who=admin).status_code == 200
