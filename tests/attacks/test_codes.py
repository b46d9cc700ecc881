"""Six-digit codes: no guessing, no flooding of phones, and no use of a code of another step, tab or user."""

import pytest

from authapp.core.account import phones
from authapp.core.base.errors import CodeNotFoundOrExpired, StepNotFoundOrExpired
from authapp.core.base.rate_limits import counting
from tests.kit.codes import wrong_codes
from tests.kit.contacts import fresh_number, with_number
from tests.kit.messages import code_to, written_to
from tests.kit.processes.servers import running
from tests.kit.rules import do, race
from tests.kit.tables import change, query, rows
from tests.kit.users import HOME, PASSWORD, grow_stale, newcomer, principal
from tests.kit.web.flows import (
    FORGOT,
    PHONES,
    SIGN_UP,
    STEP_UP,
    ask_for_code,
    confirm,
    guesses_spent,
    pass_the_pause,
    tab_of,
    tickets,
)
from tests.kit.web.http import challenged, claim, from_new_ip, logged_in_as, post

TOO_MANY = "Too many "
SIGNED_OUT = "You’ve been logged out. Log in again."


# --- guessing ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("flow", [SIGN_UP, FORGOT])
def test_after_five_guesses_a_code_is_dead(strict, flow):
    number = with_number(newcomer("Carol")) if flow == FORGOT else fresh_number()
    with tab_of(strict, flow) as tab:
        step = ask_for_code(tab, flow, number)
        code = code_to(number)
        said = [confirm(tab, flow, step, guess) for guess in wrong_codes(code)[:5]]
        assert said[0] == "This code is wrong. 4 attempts left."
        assert said[4] == "This code is wrong, and that was the last attempt. Get a new code."

        assert confirm(tab, flow, step, code) == CodeNotFoundOrExpired.message
        assert tickets(tab) == []


NO_CODES = ["", " ", "12345", "1234567", "12345x", "0x1234", "1e5", "+12345", "-123456.0", "\u00b2" * 6, "\u2460" * 6]
NO_CODES += [
    None,
    True,
    123456,
    123456.0,
    10**400,
    ["123456"],
    {"code": "123456"},
    "123456\x00",
    "\ud800" * 6,
    "1" * 50_000,
]


def test_a_malformed_code_is_no_guess_and_breaks_nothing(strict):
    number = fresh_number()
    with tab_of(strict, SIGN_UP) as tab:
        step = ask_for_code(tab, SIGN_UP, number)
        for typed in NO_CODES:
            assert confirm(tab, SIGN_UP, step, typed) == "Enter the 6 digits of the code.", repr(typed)[:20]
        assert tab.of("account.account")["trouble"] == ""
        assert guesses_spent(strict, number) == 0

        arabic = "".join(chr(0x0660 + int(digit)) for digit in code_to(number))
        assert confirm(tab, SIGN_UP, step, f" {arabic[:3]}-{arabic[3:]}\n") == ""


def test_new_codes_do_not_bring_more_than_ten_guesses_an_hour(strict):
    number = fresh_number()
    with tab_of(strict, SIGN_UP) as tab:
        step = ask_for_code(tab, SIGN_UP, number)
        for _ in range(2):
            for guess in wrong_codes(code_to(number))[:5]:
                assert "This code is wrong" in confirm(tab, SIGN_UP, step, guess)
            pass_the_pause(strict, number)
            tab.call(f"{SIGN_UP}.send_code_again", step=step)
            tab.settle()
        right = code_to(number)
        for guess in [*wrong_codes(right)[:5], right]:
            assert confirm(tab, SIGN_UP, step, guess).startswith(TOO_MANY)

        assert tickets(tab) == []
    assert query(strict, "SELECT uses_left FROM auth_code WHERE target = ?", number) == [(0,)]  # the third was not sent
    assert len(written_to(number)) == 2
    assert query(strict, "SELECT id FROM auth_phone WHERE number = ?", number) == []


def test_many_clients_and_flows_have_ten_guesses_and_five_codes_an_hour_together(strict):
    carol, number = newcomer("Carol"), fresh_number()
    flows = [SIGN_UP, FORGOT, PHONES, SIGN_UP, FORGOT, SIGN_UP, PHONES]
    tabs = [tab_of(strict, flow, who=carol if flow == PHONES else None) for flow in flows]
    steps = []
    for flow, tab in zip(flows, tabs, strict=True):
        steps.append(ask_for_code(tab, flow, number))
        pass_the_pause(strict, number)
    assert [bool(step) for step in steps] == [True] * 5 + [False] * 2
    assert len(written_to(number)) == 5
    for flow, tab in list(zip(flows, tabs, strict=True))[5:]:
        assert tab.of(flow)["refusal"].startswith(TOO_MANY)

    sent = {match for text in written_to(number) for match in text.split()}

    def guess(which):
        for code in (code for code in wrong_codes("000000") if code not in sent):
            confirm(tabs[which], flows[which], steps[which], code)

    race(5, guess)
    for tab in tabs:
        tab.close()
    assert guesses_spent(strict, number) == 10
    assert query(strict, "SELECT id FROM auth_phone WHERE number = ?", number) == []


def test_of_ten_right_guesses_at_once_one_is_taken(strict):
    number = fresh_number()
    with tab_of(strict, SIGN_UP) as first:
        step = ask_for_code(first, SIGN_UP, number)
    code, tabs = code_to(number), [tab_of(strict, SIGN_UP) for _ in range(5)]

    race(5, lambda which: confirm(tabs[which], SIGN_UP, step, code))

    for tab in tabs:
        tab.close()
    assert sum(len(tickets(tab)) for tab in tabs) == 1
    assert len(query(strict, "SELECT id FROM auth_phone WHERE number = ?", number)) == 1


# --- flooding phones --------------------------------------------------------------------------------------------------


def test_a_code_is_not_sent_again_before_its_time_by_anybody(strict):
    number = fresh_number()
    with tab_of(strict, SIGN_UP) as tab, tab_of(strict, FORGOT) as other:
        step = ask_for_code(tab, SIGN_UP, number)
        for _ in range(10):
            tab.call(f"{SIGN_UP}.send_code_again", step=step)
        tab.settle()
        assert "We sent a code just now." in tab.of(SIGN_UP)["refusal"]
        assert ask_for_code(other, FORGOT, number) == ""
        assert "We sent a code just now." in other.of(FORGOT)["refusal"]

    assert len(written_to(number)) == 1


def test_one_client_gets_twenty_codes_an_hour_over_all_numbers_and_flows(strict):
    network = from_new_ip()["X-Forwarded-For"].removesuffix("1")
    numbers = [fresh_number() for _ in range(22)]
    got = []
    for count, number in enumerate(numbers):
        flow, caller = (SIGN_UP, FORGOT)[count % 2], {"X-Forwarded-For": f"{network}{count + 1:x}"}
        with tab_of(strict, flow, caller=caller) as tab:
            got.append(bool(ask_for_code(tab, flow, number)))
            refusal = tab.of(flow)["refusal"]

    assert got == [True] * 20 + [False] * 2
    assert refusal.startswith(TOO_MANY)
    assert [len(written_to(number)) for number in numbers] == [1] * 20 + [0] * 2
    with tab_of(strict, SIGN_UP) as neighbour:
        assert ask_for_code(neighbour, SIGN_UP, numbers[-1])


def test_a_day_has_so_many_texts_and_no_more(tmp_path, configure):
    given = {"AUTHAPP_RATE_LIMITS": "true", "AUTHAPP_TRUSTED_PROXIES": "1", "AUTHAPP_TEXTS_PER_DAY": "3"}
    with running(tmp_path, **given) as server:
        configure(DATABASE_URL=server.database_url, AUTHAPP_URL=server.url, AUTHAPP_RATE_LIMITS="false")
        numbers = [fresh_number() for _ in range(4)]
        for count, number in enumerate(numbers):
            flow = (SIGN_UP, FORGOT)[count % 2]
            with tab_of(server, flow) as tab:
                assert bool(ask_for_code(tab, flow, number)) == (count < 3)
        assert tab.of(FORGOT)["refusal"].startswith("We can’t send more text messages today. Wait 1 day")
        pass_the_pause(server, numbers[0])
        with tab_of(server, SIGN_UP) as tab:
            assert ask_for_code(tab, SIGN_UP, numbers[0]) == ""

        assert sum(len(written_to(number)) for number in numbers) == 3


# --- over HTTP --------------------------------------------------------------------------------------------------------


def test_a_code_is_no_key_and_no_ticket_and_logs_nobody_in(server):
    number = fresh_number()
    with tab_of(server, SIGN_UP) as tab:
        step, code = ask_for_code(tab, SIGN_UP, number), code_to(number)
        bodies = [{"step": step, "code": code}, {"key": step, "code": code, "purpose": "sign_up", "phone": number}]
        before = rows(server)

        for call in ("/connect", "/login", "/session"):
            for body in [*bodies, {"user": number, "code": code}, {"ticket": step, "code": code}]:
                assert post(server, call, body).status_code == 422, call
        for ticket in (step, code):
            assert claim(server, ticket, tab.tab).status_code == 401
            assert logged_in_as(server, ticket) == ""

        assert rows(server) == before
        assert confirm(tab, SIGN_UP, step, code) == ""
        assert tickets(tab)


def spelled(number):
    bare = number.removeprefix("+49")
    ways = [f"0049 {bare}", f"0{bare}", f"+49 (0) {bare[:4]}-{bare[4:]}", f"(0{bare[:4]}) / {bare[4:]}"]
    return [number, *ways]


def test_a_number_is_rate_limited_at_login_in_any_spelling_and_from_any_client(strict):
    number = with_number(newcomer("Carol"))
    names = spelled(number)

    def log_in(name, password):
        caller = from_new_ip() | {"Accept-Language": "de-DE"}
        return post(strict, "/login", challenged(strict, name, password, headers=caller)[1], headers=caller)

    assert all(log_in(name, PASSWORD).status_code == 200 for name in names), "each is a way to spell it"
    assert [log_in(name, "a wrong password").status_code for name in names] == [401] * 5
    tally = counting.digest("failures", number)
    assert query(strict, "SELECT count FROM auth_rate_counter WHERE digest = ?", tally) == [(5,)]
    change(strict, "UPDATE auth_rate_counter SET count = 20 WHERE digest = ?", tally)  # makes the pause a long one
    assert log_in(names[0], "a wrong password").status_code == 401
    for name in names:
        refused = log_in(name, PASSWORD)
        assert (refused.status_code, refused.json()["error"]) == (429, "TooManyRequests"), name

    with tab_of(strict, SIGN_UP) as tab:
        tab.call("login.login_state.answer", form={"identifier": number, "password": PASSWORD, "keep": False})
        assert tab.settle().of("login.login_state")["refusal"].startswith(TOO_MANY)
        assert tickets(tab) == []


def test_one_client_tries_twenty_numbers_a_minute_at_login(strict):
    caller = from_new_ip()
    for _ in range(20):
        asks = challenged(strict, fresh_number(), "a wrong password", headers=caller)[1]
        assert post(strict, "/login", asks, headers=caller).status_code == 401

    carols = with_number(newcomer("Carol"))
    assert post(strict, "/login", challenged(strict, carols, headers=caller)[1], headers=caller).status_code == 429


# --- codes and steps of other users -----------------------------------------------------------------------------------


# --- step-up ----------------------------------------------------------------------------------------------------------


def is_fresh(person):
    return principal(person.me.session_id).is_fresh


def test_only_a_code_for_a_step_up_steps_up(server, alice, steps):
    grow_stale(alice)
    with tab_of(server, STEP_UP, who=alice) as tab:
        for flow in (PHONES, FORGOT, SIGN_UP):
            assert confirm(tab, STEP_UP, *steps[flow]) == StepNotFoundOrExpired.message
        assert not is_fresh(alice)

        assert confirm(tab, STEP_UP, *steps[STEP_UP]) == ""
        assert not is_fresh(alice)  # until the tab claims the ticket
        assert claim(server, tab.ordered("renew")["ticket"], tab.tab, alice.key).status_code == 200
        assert is_fresh(alice)


def test_a_step_up_needs_a_session(server, alice, steps):
    grow_stale(alice)
    before = rows(server)
    with tab_of(server, STEP_UP) as tab:
        assert ask_for_code(tab, STEP_UP) == ""
        assert tab.of(STEP_UP)["refusal"] == SIGNED_OUT
        assert confirm(tab, STEP_UP, *steps[STEP_UP]) == SIGNED_OUT

    assert rows(server) == before
    assert not is_fresh(alice)


def test_a_code_to_what_was_removed_meanwhile_does_not_step_up(server, alice):
    number = with_number(alice)
    with tab_of(server, STEP_UP, who=alice) as tab:
        step = ask_for_code(tab, STEP_UP)
        (row,) = [one for one in do(phones.listed, alice.user_id) if one.number == number]
        do(phones.remove, alice.me, str(row.id), HOME)
        grow_stale(alice)
        pass_the_pause(server, number)
        tab.call(f"{STEP_UP}.send_code_again", step=step)
        tab.settle()

        assert confirm(tab, STEP_UP, step, code_to(number)) != ""
    assert not is_fresh(alice)
