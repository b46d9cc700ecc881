"""Events in an order that no page uses, twice, or all at once: each one is refused or has its single effect."""

import pytest

from authapp.core.base.errors import StepNotFoundOrExpired
from authapp.core.sessions import sessions
from tests.kit.contacts import fresh_number, with_number
from tests.kit.messages import code_to, written_to
from tests.kit.rules import do, race
from tests.kit.tables import rows
from tests.kit.users import PASSWORD, newcomer, sign_up
from tests.kit.web.flows import FORGOT, SIGN_UP, ask_for_code, confirm, tab_of
from tests.kit.web.handlers import ENDS, OURS, PASSWORDS
from tests.kit.web.http import challenged, claim, key_in, logged_in_as, post
from tests.kit.web.sockets import Intruder


def unknown():
    """Return an email address that no user has."""
    return newcomer("Carol").email.replace("carol", "dora")


def tickets(tab):
    return [order["value"]["ticket"] for order in tab.orders if order.get("value", {}).get("ticket")]


def test_a_link_is_followed_without_having_been_looked_at(server):
    address = unknown()
    key = sign_up(address)

    with Intruder(server, tab="blind", path="/") as tab:
        tab.path = "/link"
        tab.call("link.link_state.follow", form={"key": key})
        order = tab.settle().restart

    assert order["path"] == "/settings?set=password"
    assert logged_in_as(server, key_in(claim(server, order["ticket"], "blind"))) == address


def test_a_second_click_follows_nothing(server):
    key = sign_up(unknown())

    with Intruder(server, tab="twice", path="/link") as tab:
        for _ in range(5):
            tab.call("link.link_state.follow", form={"key": key})
            tab.call("link.link_state.switch", form={"key": key})
        tab.settle()

    assert len(tickets(tab)) == 1


def test_eight_tabs_that_follow_one_link_at_once_are_one(server):
    key = sign_up(unknown())
    tabs = [Intruder(server, tab=f"of eight {number}", path="/link") for number in range(8)]

    def follow(number):
        tabs[number].call("link.link_state.follow", form={"key": key})
        tabs[number].settle()

    race(8, follow)
    for tab in tabs:
        tab.close()

    assert sum(len(tickets(tab)) for tab in tabs) == 1


def test_another_link_is_not_sent_for_one_that_is_none(server):
    before = rows(server)

    with Intruder(server, tab="again", path="/link") as tab:
        tab.call("link.link_state.send_again", form={"key": "none"})
        tab.settle()

    assert rows(server) == before


def test_an_answer_before_any_question_is_refused(server, alice):
    made_up = {"user": alice.email, "challenge_id": "A" * 200, "challenge_reply": "c=biws,r=x,p=AAAA"}
    refused = post(server, "/login", made_up)
    assert (refused.status_code, refused.json()["error"]) == (401, "ChallengeNotFoundOrExpired")

    with Intruder(server, tab="answer", path="/login") as tab:
        tab.call("login.login_state.answer", form={"challenge_id": "A" * 200, "reply": "c=biws,r=x,p=AAAA"})
        tab.settle()
    assert tab.of("login.login_state")["refusal"] == refused.json()["message"]
    assert tickets(tab) == []


def test_an_answer_given_twice_is_good_once_however_the_challenge_is_spelled(server, alice):
    _, login = challenged(server, alice.email)
    assert post(server, "/login", login).status_code == 200
    before = rows(server)

    id = login["challenge_id"]
    spelled = [id, f"{id}=", f"{id}==", f"{id}\n", f" {id}", id.replace("-", "+"), id.replace("_", "/")]
    spelled += [id[:-1] + last for last in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"]
    for again in spelled:
        refused = post(server, "/login", {**login, "challenge_id": again})
        assert (refused.status_code, refused.json()["error"]) == (401, "ChallengeNotFoundOrExpired"), again[-4:]
    assert rows(server) == before


def test_a_challenge_answered_wrong_is_spent_too(server, alice):
    _, login = challenged(server, alice.email)
    wrong = login["challenge_reply"].replace(",p=", ",p=A")

    assert post(server, "/login", {**login, "challenge_reply": wrong}).status_code == 401
    assert post(server, "/login", login).json()["error"] == "ChallengeNotFoundOrExpired"


def test_an_answer_over_http_is_not_good_again_on_the_socket(server, alice):
    _, login = challenged(server, alice.email)
    assert post(server, "/login", login).status_code == 200

    with Intruder(server, tab="replay", path="/login") as tab:
        tab.call("login.login_state.answer", form={**login, "reply": login["challenge_reply"]})
        tab.settle()
    assert tickets(tab) == []


def test_two_password_changes_in_a_row_leave_one_ticket(server, alice):
    with Intruder(server, tab="hers", cookie=alice.key, path="/settings") as tab:
        for _ in range(3):
            tab.call("settings.password_state.set_password", form=PASSWORDS)
        ticket = tab.ordered("restart")["ticket"]  # the first change ends the key of this socket
        claimed = claim(server, ticket, "hers", alice.key)
        tab.ended()

    assert logged_in_as(server, key_in(claimed)) == alice.email
    assert tickets(tab) == [ticket]


@pytest.mark.parametrize("flow", [SIGN_UP, FORGOT])
def test_a_right_code_typed_five_times_at_once_opens_one_session(server, flow):
    number = with_number(newcomer("Carol")) if flow == FORGOT else fresh_number()
    with tab_of(server, flow) as tab:
        step = ask_for_code(tab, flow, number)
        form = {"step": step, "code": code_to(number)}
        for _ in range(5):
            tab.call(f"{flow}.confirm_code", form=form)
            tab.call(f"{flow}.send_code_again", step=step)
        tab.settle()
        assert tab.of(flow)["refusal"] == StepNotFoundOrExpired.message

    assert len(tickets(tab)) == 1
    assert sum("is your code" in text for text in written_to(number)) == 1


def test_a_step_that_was_given_up_takes_no_code(server):
    number = fresh_number()
    with tab_of(server, SIGN_UP) as tab:
        step = ask_for_code(tab, SIGN_UP, number)
        tab.call(f"{SIGN_UP}.give_up_code", step=step)
        tab.settle()
        assert confirm(tab, SIGN_UP, step, code_to(number)) == StepNotFoundOrExpired.message
        tab.call(f"{SIGN_UP}.send_code_again", step=step)
        assert tab.settle().of(SIGN_UP)["refusal"] == StepNotFoundOrExpired.message

    assert tickets(tab) == []
    assert len(written_to(number)) == 1


def test_an_event_before_hydrating_does_what_it_does_after_it(server, alice):
    for cookie, refusal in (("", "You’ve been logged out. Log in again."), (alice.key, "")):
        with Intruder(server, tab=f"no hydrate {cookie}", cookie=cookie, path="/settings", auth={}) as tab:
            tab.call("settings.personal_data_state.save", form={"first_name": "Early", "last_name": "Bird"})
            tab.settle()
            assert tab.of("settings.personal_data_state")["refusal"] == refusal

    assert do(sessions.resume, alice.key).name == "Early Bird"


def test_everything_at_once_in_any_order_leaves_the_server_sane(server, alice, logged):
    with Intruder(server, tab="storm", cookie=alice.key, path="/settings") as tab:
        calls = [*OURS.items(), *reversed(OURS.items())]
        for name, handler in calls * 3:
            if name not in ENDS:
                tab.call(name, **handler.arguments)
        tab.settle()
        assert tab.who == str(alice.user_id)

    assert "Traceback" not in logged()
    assert logged_in_as(server, alice.key) == alice.email
    assert post(server, "/login", challenged(server, alice.email, PASSWORD)[1]).status_code == 200
