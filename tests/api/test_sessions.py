"""Open sessions over HTTP: listed, ended one by one or all others. Users reach only their own."""

from tests.kit.tables import rows
from tests.kit.users import another_session, grow_stale
from tests.kit.web.api import LOGGED_OUT, STALE, call, refusal_in
from tests.kit.web.http import ask, cookies, logged_in_as

NOT_THERE = (422, "BadInput", "")


def ids(answer):
    return [row["id"] for row in answer.json()["sessions"]]


def test_the_one_that_asks_comes_first(server, alice):
    other = another_session(alice)

    answer = call(server, "GET /sessions", who=alice)

    assert answer.status_code == 200
    assert ids(answer) == [alice.me.session_id, other.me.session_id]
    assert [row["is_this"] for row in answer.json()["sessions"]] == [True, False]
    assert set(answer.json()["sessions"][0]) == {"id", "browser", "ip", "opened_at", "last_seen_at", "is_this"}
    assert answer.json()["sessions"][0]["opened_at"].endswith("Z")
    assert alice.key.partition(".")[2] not in answer.text


def test_another_one_is_ended(server, alice):
    one, other = another_session(alice), another_session(alice)

    answer = call(server, f"DELETE /sessions/{one.me.session_id}", who=alice)

    assert answer.status_code == 200
    assert ids(answer) == [alice.me.session_id, other.me.session_id]
    assert [logged_in_as(server, person.key) for person in (one, other, alice)] == ["", alice.email, alice.email]
    assert refusal_in(call(server, "GET /sessions", who=one)) == LOGGED_OUT
    assert refusal_in(call(server, f"DELETE /sessions/{one.me.session_id}", who=alice)) == NOT_THERE


def test_all_others_are_ended(server, alice, bob):
    others = [another_session(alice), another_session(alice)]

    answer = call(server, "DELETE /sessions/others", who=alice)

    assert (answer.status_code, ids(answer)) == (200, [alice.me.session_id])
    assert [logged_in_as(server, person.key) for person in (*others, bob)] == ["", "", bob.email]


def test_to_end_the_one_that_asks_is_to_log_out(server, alice):
    grow_stale(alice)  # this needs no recent proof
    other = another_session(alice)

    answer = call(server, f"DELETE /sessions/{alice.me.session_id}", who=alice)

    assert (answer.status_code, ids(answer)) == (200, [other.me.session_id])
    assert 'authapp=""' in cookies(answer)[0]
    assert logged_in_as(server, alice.key) == ""


def test_another_users_session_is_refused_like_an_unknown_one(server, alice, bob):
    before = rows(server)

    told = set()
    for id in (bob.me.session_id, "A" * 16, "x", "%00", "1" * 500):
        refused = call(server, f"DELETE /sessions/{id}", who=alice)
        assert refusal_in(refused) == NOT_THERE
        told.add(refused.text)

    assert len(told) == 1
    assert rows(server) == before
    assert logged_in_as(server, bob.key) == bob.email


def test_the_documentation_names_exactly_the_refusals_of_an_unknown_session(server, alice):
    operation = ask(server, "GET", "/api/openapi.json").json()["paths"]["/sessions/{id}"]["delete"]

    unknown = call(server, "DELETE /sessions/unknown", who=alice)

    assert str(unknown.status_code) in operation["responses"]
    assert "404" not in operation["responses"]  # as for every row that the user does not have


def test_ending_others_asks_for_a_proof_first(server, alice):
    other = another_session(alice)
    grow_stale(alice)
    before = rows(server)

    for what in (f"DELETE /sessions/{other.me.session_id}", "DELETE /sessions/others"):
        assert refusal_in(call(server, what, who=alice)) == STALE

    assert rows(server) == before
    assert logged_in_as(server, other.key) == alice.email
