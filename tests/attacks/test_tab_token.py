"""R1: the tab token, which proxies log, gives access to nothing without the session it belongs to."""

import json
import re
from urllib.parse import quote

import pytest

from authapp.api.requests import identity
from authapp.core.base.phone_numbers import format_phone
from authapp.core.sessions.sessions import SessionRef
from tests.kit.contacts import fresh_number, with_number
from tests.kit.messages import code_to
from tests.kit.tables import rows
from tests.kit.users import newcomer
from tests.kit.web.flows import FORGOT, PATHS, SIGN_UP, ask_for_code, confirm, tickets
from tests.kit.web.handlers import NAMES, PASSWORDS, STEP
from tests.kit.web.http import ask, cookies, log_out
from tests.kit.web.sockets import Intruder, reopen

TAB = "11111111-2222-4333-8444-555555555555"


@pytest.fixture
def left_behind(server, alice):
    """Leave a tab of Alice's settings: its socket is closed, its state is still in the server's memory."""
    with Intruder(server, tab=TAB, cookie=alice.key, path="/settings") as tab:
        tab.call("settings.personal_data_state.save", form={"first_name": "Alice", "last_name": "Secret"})
        assert tab.settle().of("settings.personal_data_state")["last_name"] == "Secret"
    return alice


def nothing_of(person, intruder):
    facts = (person.email, str(person.user_id), person.me.session_id, "Secret")
    return not any(fact in intruder.everything for fact in facts)


def test_her_own_session_finds_its_tab_again(server, left_behind):
    with reopen(server, TAB, cookie=left_behind.key) as tab:
        assert tab.of("settings.personal_data_state")["last_name"] == "Secret"


def test_an_anonymous_client_with_her_tab_token_sees_nothing(server, left_behind):
    with Intruder(server, tab=TAB, path="/settings") as intruder:
        assert intruder.who == ""
        assert nothing_of(left_behind, intruder)


def test_an_anonymous_client_with_her_tab_token_does_nothing(server, left_behind):
    before = rows(server)

    with Intruder(server, tab=TAB, path="/settings") as intruder:
        intruder.call("settings.personal_data_state.save", form=NAMES)
        intruder.call("settings.password_state.set_password", form=PASSWORDS)
        intruder.settle()

    assert rows(server) == before
    assert intruder.orders == []
    assert nothing_of(left_behind, intruder)


def test_another_person_with_her_tab_token_sees_only_themselves(server, left_behind, bob):
    with Intruder(server, tab=TAB, cookie=bob.key, path="/settings") as intruder:
        assert intruder.who == str(bob.user_id)
        assert intruder.of("settings.personal_data_state")["first_name"] == "Bob"
        assert nothing_of(left_behind, intruder)


def test_her_tab_token_is_worth_nothing_while_she_is_connected_either(server, alice, bob):
    with Intruder(server, tab=TAB, cookie=alice.key, path="/settings") as hers:
        for key in ("", bob.key):
            with Intruder(server, tab=TAB, cookie=key, path="/settings") as intruder:
                intruder.call("settings.personal_data_state.save", form=NAMES)
                intruder.settle()
                assert nothing_of(alice, intruder)
        assert hers.settle().who == str(alice.user_id)
        assert "Mallory" not in hers.everything


def test_her_tab_token_is_worth_nothing_after_she_logged_out(server, left_behind):
    log_out(server, left_behind.key)

    with Intruder(server, tab=TAB, cookie=left_behind.key, path="/settings") as intruder:
        assert intruder.who == ""
        assert nothing_of(left_behind, intruder)


QUERIES = ["token={it}", "token=x&token={it}", "token=&token={it}", "%74oken={it}", "token=x&%74oken={it}"]
QUERIES += ["token=x;token={it}", "token[]={it}", "TOKEN={it}", "token={it}%00", "token=x%26token={it}"]


def test_the_name_the_server_gives_a_tab_opens_nothing(server, left_behind):
    hers = identity(left_behind.me.session_id, TAB)

    for query in QUERIES:
        asked = query.format(it=quote(hers)) + "&EIO=4&transport=websocket"
        with Intruder(server, query=asked, path="/settings") as intruder:
            assert intruder.of("")["rx_router_session"]["client_token"] != hers
            assert nothing_of(left_behind, intruder), query


def ref_of(person):
    """Return the session reference that the guard writes into the handshake. Only the states may read it."""
    return str(SessionRef(person.me.session_id, person.me.digest))


def test_a_header_cannot_choose_the_session(server, left_behind):
    for header in ("Authorization", "AUTHORIZATION", "X-Forwarded-User", "Proxy-Authorization", "X-Authorization"):
        with Intruder(server, tab=TAB, headers=[(header, ref_of(left_behind))], path="/settings") as intruder:
            assert intruder.who == "", header
            intruder.call("settings.personal_data_state.load")
            assert intruder.settle().of("settings.personal_data_state")["first_name"] == ""


def test_an_event_cannot_choose_the_session(server, left_behind):
    claimed = {
        "headers": {"authorization": ref_of(left_behind)},
        "token": identity(left_behind.me.session_id, TAB),
    }

    with Intruder(server, tab="mine") as intruder:
        packet = intruder.packet("settings.settings_state.refresh")
        packet["router_data"] |= claimed
        packet["token"] = claimed["token"]
        intruder.emit("event", packet)
        intruder.settle()

    assert intruder.who == ""
    assert intruder.of("settings.settings_state")["refusal"] != ""
    assert nothing_of(left_behind, intruder)


def browser_of(server):
    """Return the cookies of a visitor who has just opened a page."""
    given = cookies(ask(server, "GET", "/signup"))
    return [("Cookie", "; ".join(cookie.partition(";")[0] for cookie in given))] if given else []


def test_the_input_of_a_visitor_is_not_resumed_by_the_tab_token_alone(server):
    address = newcomer("Carol").email
    hers = browser_of(server)
    with Intruder(server, tab="a visitor's", path="/signup", headers=hers) as visitor:
        visitor.call("sign_up.sign_up_state.submit", form={"email": address})
        assert visitor.settle().of("sign_up.sign_up_state")["sent_to"] == address

    for other in ([], browser_of(server)):
        with reopen(server, "a visitor's", headers=other) as intruder:
            assert address not in intruder.everything


WAITS = "the tab of a visitor who waits"


def waiting_visitor(server, flow):
    """Leave a visitor waiting for a code, with a closed socket. Returns the tab, the step's key, code and number."""
    number = fresh_number() if flow == SIGN_UP else with_number(newcomer("Carol"))
    with Intruder(server, tab=f"{WAITS} {number}", path=PATHS[flow]) as visitor:
        key = ask_for_code(visitor, flow, number)
        assert visitor.of(flow)["code_target"] == format_phone(number)
    return visitor.tab, key, code_to(number), number


def leaves(server, tab, flow, code, path, **more):
    """Return what a client with only the tab token gets for every attempt, without what differs between any two."""
    with reopen(server, tab, path=path, **more) as intruder:
        for step in ("", None, STEP):
            for name in ("resume_code", "look_code", "send_code_again", "give_up_code"):
                intruder.call(f"{flow}.{name}", step=step)
            for typed in (code, "123456"):
                intruder.call(f"{flow}.confirm_code", form={"step": step, "code": typed})
        intruder.call("hydrate")
        heard = [packet for packet in intruder.settle().heard if packet.startswith("42/_event,")]
    assert tickets(intruder) == []
    return intruder, [in_order(packet) for packet in heard]


def in_order(packet):
    """Return a packet with its vars sorted by name, and without the names of tab and socket."""
    text = json.dumps(json.loads(packet.partition(",")[2]), sort_keys=True)
    return re.sub(
        r'"(client_token|session_id|sec[-_]websocket[-_]key|x[-_]authapp[-_]line|line_rx_state_)": "[^"]*"',
        r'"\1": ""',
        text,
    )


@pytest.mark.parametrize("flow", [SIGN_UP, FORGOT])
@pytest.mark.parametrize("way", [{}, {"auth": {}}], ids=["hydrates", "does not hydrate"])
@pytest.mark.parametrize("path", ["", "/login"], ids=["same page", "another page"])
def test_a_stolen_tab_token_of_a_visitor_who_waits_for_a_code_is_useless(server, flow, way, path):
    tab, key, code, number = waiting_visitor(server, flow)
    before = rows(server)

    intruder, got = leaves(server, tab, flow, code, path or PATHS[flow], **way)
    _, from_a_new_tab = leaves(server, f"never used {number}", flow, code, path or PATHS[flow], **way)

    assert got == from_a_new_tab
    for secret in (number, format_phone(number), format_phone(number)[-7:], code, *NAMES.values(), *key.split(".")):
        assert secret not in intruder.everything
    assert rows(server) == before
    with reopen(server, tab, path=PATHS[flow]) as visitor:
        visitor.call(f"{flow}.resume_code", step=key)
        assert visitor.settle().of(flow)["code_target"] == format_phone(number)
        assert confirm(visitor, flow, key, code) == ""
        assert len(tickets(visitor)) == 1


@pytest.mark.parametrize("flow", [SIGN_UP, FORGOT])
def test_while_the_visitor_waits_the_same_token_is_another_tab(server, flow):
    number = fresh_number()
    with Intruder(server, tab=f"{WAITS} {number}", path=PATHS[flow]) as visitor:
        key, before = ask_for_code(visitor, flow, number), rows(server)

        for way in ({}, {"auth": {}}):
            with Intruder(server, tab=visitor.tab, path=PATHS[flow], **way) as intruder:
                for name in ("resume_code", "look_code", "send_code_again", "give_up_code"):
                    intruder.call(f"{flow}.{name}", step=STEP)
                intruder.settle()
                assert format_phone(number) not in intruder.everything
                assert key not in intruder.everything

        assert rows(server) == before
        assert visitor.settle().of(flow)["code_target"] == format_phone(number)
