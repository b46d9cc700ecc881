"""A locked database: writers get a clear refusal, nothing is half done, and readers go on."""

import threading
from contextlib import contextmanager

import pytest

from authapp.core.base.phone_numbers import format_phone
from tests.kit.contacts import fresh_number, with_number
from tests.kit.messages import code_to
from tests.kit.tables import connect, rows
from tests.kit.users import newcomer, sign_up
from tests.kit.web.flows import PHONES, SIGN_UP, ask_for_code, confirm, tab_of, unclaimed_ticket
from tests.kit.web.handlers import NAMES, WAITING
from tests.kit.web.http import ask, challenged, claim, from_new_ip, key_in, logged_in_as, post
from tests.kit.web.sockets import Intruder

BUSY = "We’re very busy right now. Nothing was changed. Try again in a moment."


@contextmanager
def locked(server):
    """Hold the one lock that every writer of SQLite needs."""
    held = connect(server)
    held.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        held.execute("ROLLBACK")
        held.close()


@pytest.fixture
def alice(strict):
    return newcomer("Alice")


def form(person):
    return {"identifier": person.email, "password": person.password, "keep": False}


FLOWS = {
    "sign_up.sign_up_state.submit": ("/signup", {"email": "locked@example.com"}),
    "forgot.forgot_state.submit": ("/forgot", {"email": "locked@example.com"}),
    "login.login_state.answer": ("/login", None),
    "settings.personal_data_state.save": ("/settings", NAMES),
    "settings.password_state.set_password": ("/settings", None),
    "link.link_state.follow": ("/link", None),
}


def given(name, person, key):
    """Return the content of a flow's form."""
    new = {"password": "quite another password", "confirmation": "quite another password"}
    ready = {"login.login_state.answer": form(person), "settings.password_state.set_password": new}
    return {"form": FLOWS[name][1] or {**ready, "link.link_state.follow": {"key": key}}[name]}


@pytest.mark.parametrize("name", FLOWS)
def test_a_flow_is_refused_in_words_and_works_when_the_lock_is_gone(strict, alice, name):
    key = sign_up(newcomer("Bob").email.replace("bob", "eve"))
    page = FLOWS[name][0]
    cookie = alice.key if page == "/settings" else ""
    state = name.rpartition(".")[0]
    caller = list(from_new_ip().items())
    with Intruder(strict, tab=f"locked {name}", cookie=cookie, path=page, headers=caller) as tab:
        before = rows(strict)
        with locked(strict):
            tab.call(name, **given(name, alice, key))
            tab.settle()
            assert tab.of(state)["refusal"] == BUSY
            assert tab.of("account.account")["trouble"] == ""
        assert rows(strict) == before
        assert not any(order.get("value", {}).get("ticket") for order in tab.orders)

        tab.call(name, **given(name, alice, key))
        tab.until(lambda: rows(strict) != before and tab.of(state)["refusal"] == "")


@pytest.mark.parametrize("flow", WAITING)
def test_a_step_that_waits_for_a_code_is_refused_in_words_and_still_waits_afterwards(strict, alice, flow):
    number = fresh_number() if flow in (SIGN_UP, PHONES) else with_number(alice)
    with tab_of(strict, flow, who=alice if WAITING[flow] else None) as tab:
        with locked(strict):
            assert ask_for_code(tab, flow, number) == ""
            assert tab.of(flow)["refusal"] == BUSY
        step = ask_for_code(tab, flow, number)
        code, before = code_to(number), rows(strict)
        with locked(strict):
            assert confirm(tab, flow, step, code) == BUSY
            for name in ("send_code_again", "give_up_code"):
                tab.call(f"{flow}.{name}", step=step)
                assert tab.settle().of(flow)["refusal"] == BUSY
            tab.call(f"{flow}.resume_code", step=step)
            assert tab.settle().of(flow)["code_target"] == format_phone(number)
            assert tab.of("account.account")["trouble"] == ""
        assert rows(strict) == before

        assert confirm(tab, flow, step, code) == ""


def test_a_ticket_is_refused_with_503_and_still_good_afterwards(strict, alice):
    ticket = unclaimed_ticket(strict, alice)
    before = rows(strict)
    with locked(strict):
        refused = claim(strict, ticket, "hers")
        assert (refused.status_code, refused.json()["error"], refused.json()["message"]) == (503, "Busy", BUSY)
        assert refused.headers["retry-after"] == "1"
    assert rows(strict) == before

    assert logged_in_as(strict, key_in(claim(strict, ticket, "hers"))) == alice.email


def test_a_login_and_a_log_out_over_http_are_refused_and_good_afterwards(strict, alice):
    _, login = challenged(strict, alice.email)
    with locked(strict):
        for call, body, cookie in (("/login", login, ""), ("/logout", {}, alice.key)):
            refused = post(strict, call, body, cookie=cookie)
            assert (refused.status_code, refused.json()["error"]) == (503, "Busy"), call
            assert refused.headers.get_list("set-cookie") == []
        assert logged_in_as(strict, alice.key) == alice.email

    assert post(strict, "/login", login).status_code == 200
    assert post(strict, "/logout", cookie=alice.key).status_code == 200
    assert logged_in_as(strict, alice.key) == ""


def test_readers_go_on_while_more_writers_wait_than_there_are_threads(strict, alice):
    with locked(strict):
        writers = [
            threading.Thread(target=post, args=(strict, "/logout"), kwargs={"cookie": alice.key}) for _ in range(20)
        ]
        for writer in writers:
            writer.start()
        for number in range(5):
            assert logged_in_as(strict, alice.key) == alice.email
            assert ask(strict, "GET", "/login").status_code == 200
            assert challenged(strict, alice.email)[1]["challenge_id"]
            with Intruder(strict, tab=f"reader {number}", cookie=alice.key, path="/settings") as tab:
                assert tab.of("settings.personal_data_state")["first_name"] == "Alice"
        waiting = sum(writer.is_alive() for writer in writers)
        for writer in writers:
            writer.join()
    assert waiting > 8, "the readers were to be served while writers waited"


def test_the_server_survives_a_lock_that_comes_and_goes(strict, alice):
    for number in range(3):
        with locked(strict):
            assert post(strict, "/logout", cookie=alice.key).status_code == 503
        with Intruder(strict, tab=f"between {number}", cookie=alice.key, path="/settings") as tab:
            tab.call("settings.personal_data_state.save", form={"first_name": f"Alice {number}", "last_name": ""})
            assert tab.settle().of("settings.personal_data_state")["saved"] is True
