"""Codes and steps of other users, over sockets and HTTP."""

import pytest

from authapp.core.base.errors import CodeNotFoundOrExpired, NumberTaken, StepNotFoundOrExpired
from tests.kit.codes import wrong_codes
from tests.kit.contacts import fresh_number
from tests.kit.messages import code_to
from tests.kit.rules import race
from tests.kit.tables import query, rows
from tests.kit.users import newcomer
from tests.kit.web.flows import (
    GIFT,
    PHONES,
    SIGN_UP,
    STEP_UP,
    ask_for_code,
    confirm,
    pass_the_pause,
    step_in,
    tab_of,
    tickets,
)
from tests.kit.web.handlers import STEP, WAITING
from tests.kit.web.http import claim, key_in, logged_in_as, post
from tests.kit.web.sockets import Intruder, reopen

SIGNED_OUT = "You’ve been logged out. Log in again."


@pytest.mark.parametrize("flow", WAITING)
@pytest.mark.parametrize("key", ["", None, 7, [STEP], {STEP: STEP}, STEP, "x" * 60, "HALF"], ids=str)
def test_before_a_code_was_sent_there_is_none_to_confirm_resend_or_give_up(server, alice, steps, flow, key):
    step = steps[flow][0].partition(".")[0] + STEP[16:] if key == "HALF" else key
    before = rows(server)

    with tab_of(server, flow, who=alice if WAITING[flow] else None) as tab:
        for code in ("123456", steps[flow][1], "", None, [steps[flow][1]]):
            assert confirm(tab, flow, step, code) == StepNotFoundOrExpired.message
        tab.call(f"{flow}.send_code_again", step=step)
        assert tab.settle().of(flow)["refusal"] == StepNotFoundOrExpired.message
        tab.call(f"{flow}.give_up_code", step=step)
        tab.call(f"{flow}.resume_code", step=step)
        assert tab.settle().of(flow)["code_target"] == ""
        assert {order["value"]["step"] for order in tab.orders if order.get("ref") == "authapp:code"} == {""}
        assert tickets(tab) == []

    assert rows(server) == before


@pytest.mark.parametrize("flow", WAITING)
@pytest.mark.parametrize("other", WAITING)
def test_a_code_of_one_purpose_serves_no_other(server, alice, steps, flow, other):
    before, (step, code) = rows(server), steps[other]
    if flow == other:
        return

    with tab_of(server, flow, who=alice) as tab:
        assert confirm(tab, flow, step, code) == StepNotFoundOrExpired.message
        for name in ("send_code_again", "resume_code", "look_code", "give_up_code"):
            tab.call(f"{flow}.{name}", step=step)
        assert tab.settle().of(flow)["code_target"] == ""
        assert tickets(tab) == []

    assert rows(server) == before


@pytest.mark.parametrize("flow", [PHONES, STEP_UP])
@pytest.mark.parametrize("who", ["nobody", "bob"])
def test_a_step_of_one_person_serves_no_other(server, steps, bob, flow, who):
    before, (step, code) = rows(server), steps[flow]

    with tab_of(server, flow, who=bob if who == "bob" else None) as tab:
        for guess in (code, *wrong_codes(code)[:6]):
            assert confirm(tab, flow, step, guess) == (StepNotFoundOrExpired.message if who == "bob" else SIGNED_OUT)
        for name in ("send_code_again", "resume_code", "look_code", "give_up_code"):
            tab.call(f"{flow}.{name}", step=step)
        assert tab.settle().of(flow)["code_target"] == ""

    assert rows(server) == before


def test_the_code_of_one_tab_is_wrong_in_another_that_waits_for_the_same_number(server):
    number, keys, codes = fresh_number(), [], []
    with tab_of(server, SIGN_UP) as one, tab_of(server, SIGN_UP) as other:
        for tab in (one, other):
            keys.append(ask_for_code(tab, SIGN_UP, number))
            codes.append(code_to(number))
            pass_the_pause(server, number)
        if codes[0] != codes[1]:
            assert confirm(other, SIGN_UP, keys[1], codes[0]).startswith("This code is wrong.")
        assert tickets(other) == []
        assert confirm(one, SIGN_UP, keys[0], codes[0]) == ""
        assert len(tickets(one)) == 1


def test_a_step_from_before_logging_out_waits_for_its_person_alone(server, alice, bob):
    number = fresh_number()
    with tab_of(server, PHONES, who=alice) as tab:
        step = ask_for_code(tab, PHONES, number)
    code = code_to(number)
    assert post(server, "/logout", cookie=alice.key).status_code == 200
    before = rows(server)

    with reopen(server, tab.tab, cookie=alice.key, path="/settings") as gone:
        assert confirm(gone, PHONES, step, code) == SIGNED_OUT
    with reopen(server, tab.tab, cookie=bob.key, path="/settings") as his:
        assert confirm(his, PHONES, step, code) == StepNotFoundOrExpired.message

    assert rows(server) == before


def test_a_step_from_before_logging_in_is_nobodys_after_it(product):
    carol, number = newcomer("Carol"), fresh_number()
    with Intruder(product, tab="before") as tab:
        tab.call(f"{GIFT}.send", number=number)
        step = step_in(tab.settle())
        assert tab.of(GIFT)["code_guesses"] == 5
    code, before = code_to(number), rows(product)

    with Intruder(product, tab="after", cookie=carol.key) as hers:
        assert confirm(hers, GIFT, step, code) == StepNotFoundOrExpired.message
        for name in ("send_code_again", "resume_code", "look_code", "give_up_code"):
            hers.call(f"{GIFT}.{name}", step=step)
        assert hers.settle().of(GIFT)["given_to"] == ""
    assert rows(product) == before

    with Intruder(product, tab="still nobody") as tab:
        assert confirm(tab, GIFT, step, code) == ""
        assert tab.of(GIFT)["given_to"] == number


def test_an_order_to_a_popup_names_the_flow_that_was_called_and_nothing_a_client_sent(server, steps):
    for flow in WAITING:
        with tab_of(server, flow) as tab:
            for key in (STEP, "authapp:code", {"name": SIGN_UP, "step": STEP}, *(key for key, _ in steps.values())):
                tab.call(f"{flow}.resume_code", step=key)
                confirm(tab, flow, key, {"name": SIGN_UP, "step": STEP})
            orders = [order["value"] for order in tab.settle().orders if order.get("ref") == "authapp:code"]
        assert {(order["name"].rpartition(".")[2], order["step"]) for order in orders} <= {
            (f"authapp___states___{flow.replace('.', '____')}", "")
        }


# --- two users with one phone number ----------------------------------------------------------------------------------


def test_of_two_who_sign_up_with_one_number_at_once_one_gets_it(server):
    number, tabs, given = fresh_number(), [], []
    for _ in range(2):
        tabs.append(tab_of(server, SIGN_UP))
        step = ask_for_code(tabs[-1], SIGN_UP, number)
        given.append((step, code_to(number)))
        pass_the_pause(server, number)

    said = race(2, lambda which: confirm(tabs[which], SIGN_UP, *given[which]))

    won = said.index("")
    assert said[1 - won] in (CodeNotFoundOrExpired.message, NumberTaken.message)
    assert [len(tickets(tab)) for tab in tabs] == [int(which == won) for which in range(2)]
    ticket = tickets(tabs[won])[0]
    assert logged_in_as(server, key_in(claim(server, ticket, tabs[won].tab))) == number

    loser, (step, _) = tabs[1 - won], given[1 - won]
    loser.call(f"{SIGN_UP}.send_code_again", step=step)
    loser.settle()
    assert confirm(loser, SIGN_UP, step, code_to(number)) in (NumberTaken.message, StepNotFoundOrExpired.message)
    assert tickets(loser) == []
    for tab in tabs:
        tab.close()
    assert len(query(server, "SELECT id FROM auth_phone WHERE number = ?", number)) == 1


def test_of_one_who_signs_up_and_one_who_adds_the_same_number_one_gets_it(server, alice):
    number = fresh_number()
    with tab_of(server, SIGN_UP) as new, tab_of(server, PHONES, who=alice) as hers:
        tabs, flows, given = [new, hers], [SIGN_UP, PHONES], []
        for tab, flow in zip(tabs, flows, strict=True):
            given.append((ask_for_code(tab, flow, number), code_to(number)))
            pass_the_pause(server, number)

        said = race(2, lambda which: confirm(tabs[which], flows[which], *given[which]))

        assert said.count("") == 1
        assert {*said} - {""} <= {CodeNotFoundOrExpired.message, NumberTaken.message}
        assert len(tickets(new)) == (said[0] == "")
    owners = query(server, "SELECT user_id FROM auth_phone WHERE number = ?", number)
    assert len(owners) == 1
    assert (owners[0][0] == alice.user_id.hex) == (said[1] == "")
