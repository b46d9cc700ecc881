"""Administration: other users who call its handlers by name are refused, and every search has its answer."""

import json
from uuid import uuid4

import pytest

from authapp.core.admin import directory
from authapp.core.authentication import waitlist
from authapp.core.authorization import groups
from tests.kit.rules import do
from tests.kit.tables import rows
from tests.kit.users import HOME, newcomer
from tests.kit.web.handlers import OURS
from tests.kit.web.http import API, ask
from tests.kit.web.sockets import Intruder, reopen
from tests.kit.web.websocket import Gone

ADMINS = {name: handler for name, handler in OURS.items() if handler.admin}


@pytest.fixture
def rosa(server):
    person = newcomer("Rosa")
    do(groups.add, person.user_id, "admin")
    return person


@pytest.mark.parametrize("member", [False, True], ids=["anonymous", "member"])
def test_other_users_run_and_learn_nothing(server, rosa, alice, member):
    do(groups.create, f"buyers-{alice.user_id.hex[:6]}")
    before = rows(server)

    with Intruder(server, tab="no admin", cookie=alice.key if member else "", path="/admin") as intruder:
        for name, handler in ADMINS.items():
            intruder.call(name, **handler.arguments)
        intruder.settle()

    assert rows(server) == before
    assert rosa.email not in intruder.everything
    assert f"buyers-{alice.user_id.hex[:6]}" not in intruder.everything
    assert intruder.of("people.people_state").get("rows", []) == []


def test_a_removed_administrator_loses_access_at_once(server, rosa, alice):
    with Intruder(server, tab="was one", cookie=rosa.key, path="/admin") as tab:
        tab.call("people.people_state.search", form={"text": alice.email, "number": 1})
        assert alice.email in json.dumps(tab.settle().of("people.people_state")["rows"])
    do(groups.remove, rosa.user_id, "admin")
    before = rows(server)

    with reopen(server, "was one", cookie=rosa.key, path="/admin") as tab:
        for name, handler in ADMINS.items():
            tab.call(name, **handler.arguments)
        tab.call("person.person_state.disable", id=str(alice.user_id))
        tab.settle()

        assert alice.email not in tab.everything
    assert rows(server) == before


def test_a_socket_that_opened_between_two_changes_of_groups_is_closed_all_the_same(server, rosa):
    assert (
        ask(server, "GET", f"{API}/connect", cookie=rosa.key).status_code == 200
    )  # her groups are cached for a second
    do(groups.remove, rosa.user_id, "admin")
    with Intruder(server, tab="in between", cookie=rosa.key, path="/admin") as tab:
        do(groups.add, rosa.user_id, "admin")

        with pytest.raises(Gone):
            tab.until(lambda: False)  # the page reconnects, and may be opened again


def test_the_waiting_list_is_shown_in_parts(server, rosa):
    for _ in range(60):
        do(waitlist.join, f"{uuid4().hex}@example.com", HOME)

    with Intruder(server, tab="patient", cookie=rosa.key, path="/admin") as tab:
        tab.call("admin.admin_page_state.refresh")
        first = tab.settle().of("admin.admin_state")
        tab.call("admin.admin_state.show_more")
        then = tab.settle().of("admin.admin_state")

    assert (len(first["waitlist"]), first["more"]) == (50, True)
    assert len(then["waitlist"]) >= 60
    assert then["waitlist"][:50] == first["waitlist"]


@pytest.mark.parametrize(
    "text",
    [
        "q" * 10_000,
        "q " * 5_000,
        "%",
        "_",
        "%' OR 1=1 --",
        "🦊" * 3_000,
        "\x00\x01\x1f",
        "\ud800",
        "\u202eanna",
        None,
        7,
        ["a"],
        {},
    ],
)
def test_any_search_text_is_answered_and_finds_no_user(server, rosa, text):
    with Intruder(server, tab="search", cookie=rosa.key, path="/admin") as intruder:
        intruder.call("people.people_state.search", form={"text": text, "number": 1})
        seen = intruder.settle().of("people.people_state")

        assert seen["answered"] == 1
        assert seen["rows"] == [] or not isinstance(text, str) or not text.strip("\x00\x01\x1f\ud800")
        assert len(seen["rows"]) <= directory.PAGE
        assert intruder.of("account.account")["trouble"] == ""


def test_arguments_that_no_page_sends_are_refused_and_the_page_goes_on(server, rosa):
    odd = [None, 7, "x", [], {}, "x" * 10_000, "\x00"]
    with Intruder(server, tab="odd", cookie=rosa.key, path="/admin") as intruder:
        for value in odd:
            intruder.call("people.people_state.search", form=value)
            intruder.call("people.people_state.choose_state", state=value)
            intruder.call("people.people_state.choose_group", group=value)
            intruder.call("person.person_state.choose", id=value)
            intruder.call("person.person_state.ask", deed=value)
            intruder.call("person.person_state.end_session", id=value, session=value)
            intruder.call("person.person_state.add_to_group", form=value)
            intruder.call("person.person_state.resend", id=str(rosa.user_id), way=value)
            intruder.call("admin.admin_state.create_group", form={"group": value, "about": value})
            intruder.call("admin.admin_state.send_again", id=value)
        intruder.settle()

        assert intruder.of("account.account")["trouble"] == ""
