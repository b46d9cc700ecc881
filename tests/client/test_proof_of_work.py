"""Proof of work over HTTP and the socket of a page: needed near a limit, solved by the client, never skipped."""

import json
from itertools import count

import pytest

from authapp.client import Client
from authapp.client.proof import solve
from authapp.core.base.errors import ProofOfWorkNeeded, TooManyRequests
from authapp.models import ActionLink, Message
from tests.kit.apps import share_database
from tests.kit.processes.servers import running
from tests.kit.proofs import QUICK
from tests.kit.tables import count_rows
from tests.kit.web.http import API, ask, from_new_ip
from tests.kit.web.sockets import Intruder

CALLS = ("/signup", "/recover", "/preregister")
STATES = {
    "/signup": "sign_up.sign_up_state",
    "/forgot": "forgot.forgot_state",
    "/preregister": "waitlist.waitlist_state",
}
addresses = (f"somebody{number}@example.com" for number in count())


@pytest.fixture(scope="module")
def guarded(tmp_path_factory):
    """Run the app with four requests an hour for each IP address: the third needs a proof of work."""
    limits = {"requests_per_ip": "4/hour"}
    more = {"AUTHAPP_TRUSTED_PROXIES": "1", "AUTHAPP_LIMITS": json.dumps(limits), "AUTHAPP_PROOF_OF_WORK": QUICK}
    with running(tmp_path_factory.mktemp("guarded"), AUTHAPP_RATE_LIMITS="true", **more) as started:
        yield started


@pytest.fixture
def shared(guarded, configure):
    return share_database(guarded, configure)


def use_half(server, caller):
    for _ in range(2):
        assert ask(server, "POST", f"{API}/signup", json={"email": next(addresses)}, headers=caller).status_code == 202


@pytest.mark.parametrize("path", CALLS)
def test_a_call_near_the_limit_is_refused_with_a_challenge_and_passes_with_its_proof(shared, path):
    caller, email = from_new_ip(), next(addresses)
    use_half(shared, caller)
    before = count_rows(Message, ActionLink)

    def call(**more):
        return ask(shared, "POST", API + path, json={"email": email}, headers=caller | more)

    refused = call()
    assert (refused.status_code, refused.json()["error"]) == (403, "ProofOfWorkNeeded")
    assert call(**{"X-Proof-Of-Work": "junk"}).status_code == 403
    assert count_rows(Message, ActionLink) == before

    proof = solve(refused.json()["challenge"])
    assert call(**{"X-Proof-Of-Work": proof}).status_code == 202
    assert count_rows(Message, ActionLink) == [before[0] + 1, before[1] + 1]
    assert call(**{"X-Proof-Of-Work": proof}).status_code == 403  # a proof counts once


def test_the_clients_solve_it_by_themselves_and_the_limit_stays(shared, make):
    client = make(shared, headers=from_new_ip())
    for _ in range(4):
        assert client.call("POST", "/signup", {"email": next(addresses)})["message"]

    with pytest.raises(TooManyRequests) as refusal:
        client.call("POST", "/signup", {"email": next(addresses)})

    assert refusal.value.message == "Too many sign-ups or recoveries from your network. Wait 1 hour and try again."
    assert refusal.value.wait > 3500


def test_a_challenge_that_no_client_can_solve_is_raised(stub, make):
    stub.says["/signup"] = (403, {}, {"error": "ProofOfWorkNeeded", "message": "x", "field": "", "challenge": "e30="})

    with pytest.raises(ProofOfWorkNeeded):
        make(stub).call("POST", "/signup", {"email": "ann@example.com"})

    assert len(stub.heard) == 1


def test_a_server_that_accepts_no_proof_is_asked_twice_and_no_more(shared, stub, make):
    caller = from_new_ip()
    use_half(shared, caller)
    refused = ask(shared, "POST", f"{API}/signup", json={"email": next(addresses)}, headers=caller)
    stub.says["/signup"] = (403, {}, refused.json())

    with pytest.raises(ProofOfWorkNeeded):
        make(stub).call("POST", "/signup", {"email": "ann@example.com"})

    assert ["X-Proof-Of-Work" in headers for _, headers, _ in stub.heard] == [False, True]


def ordered(tab, name):
    return [order["value"] for order in tab.orders if order.get("ref") == f"authapp:{name}"]


@pytest.mark.parametrize("path", STATES)
def test_a_page_gets_the_challenge_and_its_form_waits_on(shared, path):
    caller, state, email = from_new_ip(), STATES[path], next(addresses)
    use_half(shared, caller)
    with Intruder(shared, tab=f"proves {path}", path=path, headers=list(caller.items())) as tab:
        tab.call(f"{state}.submit", form={"email": email})
        tab.settle()
        [order] = ordered(tab, "proof")
        assert (tab.of(state).get("answers", 0), tab.of(state).get("refusal", "")) == (0, "")

        tab.call(f"{state}.submit", form={"email": email, "proof": {"a": 1}})
        tab.settle()
        assert len(ordered(tab, "proof")) == 2

        tab.call(f"{state}.submit", form={"email": email, "proof": solve(order["challenge"])})
        tab.settle()
        assert (tab.of(state)["answers"], tab.of(state)["sent_to"]) == (1, email)


@pytest.mark.parametrize("path", STATES)
@pytest.mark.parametrize("filled", ["https://spam.example", ["x"]], ids=str)
def test_a_page_answers_a_bot_as_it_answers_people_and_writes_nothing(shared, path, filled):
    state, email = STATES[path], next(addresses)
    before = count_rows(Message, ActionLink)
    with Intruder(shared, tab=f"fills {path} {filled}", path=path, headers=list(from_new_ip().items())) as tab:
        for _ in range(6):  # more than the limit, and without a proof
            tab.call(f"{state}.submit", form={"email": email, "website": filled})
        tab.settle()

        assert (tab.of(state)["answers"], tab.of(state)["sent_to"], tab.of(state).get("refusal", "")) == (6, email, "")
    assert count_rows(Message, ActionLink) == before


def test_a_plain_client_has_the_header_in_no_other_request(stub):
    stub.says["/data"] = (200, {}, {})
    with Client(stub.url) as client:
        client.call("GET", "/data")

    assert "X-Proof-Of-Work" not in stub.heard[0][1]
