"""User enumeration: messages, codes, headers, page content and time do not reveal whether an identifier is known.

The tests compare work by the database statements and the number of password hashes. Those that use a clock compare
many runs in turns, because a busy machine slows both alike.
"""

import re
import time
import uuid

import pytest
from sqlalchemy import event

from authapp.core.account import phones
from authapp.core.authentication import recovery, sign_up, waitlist
from authapp.core.base.errors import Refusal
from authapp.core.base.phone_numbers import format_phone
from authapp.core.credentials import codes, passwords
from authapp.db.engines import engine
from tests.kit.contacts import barred_number, fresh_number, with_number
from tests.kit.messages import written_to
from tests.kit.rules import do
from tests.kit.users import HOME, PASSWORD, newcomer
from tests.kit.web.flows import FORGOT, PHONES, SIGN_UP, ask_for_code, confirm, pass_the_pause, tab_of
from tests.kit.web.handlers import NAMES
from tests.kit.web.http import challenged, from_new_ip, post
from tests.kit.web.sockets import Intruder

CHANGING = {"date", "content-length"}


@pytest.fixture
def names(server):
    """Return a known email address, and an unknown one of the same length."""
    known = newcomer("Carol").email
    return known, known.replace("carol", "derek")


@pytest.fixture
def phone_numbers(server):
    """Return a known phone number and an unknown one."""
    return with_number(newcomer("Carol")), fresh_number()


def told(answer, name):
    headers = {key: value for key, value in answer.headers.items() if key not in CHANGING}
    return answer.status_code, headers, answer.text.replace(name, "NAME")


@pytest.mark.parametrize("kind", ["names", "phone_numbers"])
def test_connect(server, request, kind):
    names = request.getfixturevalue(kind)
    known, unknown = (post(server, "/connect", {"user": name, "nonce": "n" * 24}) for name in names)

    assert told(known, "")[:2] == told(unknown, "")[:2]
    assert len(known.json()["challenge"]) == len(unknown.json()["challenge"])
    assert re.sub(r"[\w+/=-]{16,}", "X", known.text) == re.sub(r"[\w+/=-]{16,}", "X", unknown.text)


@pytest.mark.parametrize("kind", ["names", "phone_numbers"])
def test_a_wrong_answer_to_a_challenge(server, request, kind):
    names = request.getfixturevalue(kind)
    answers = [post(server, "/login", challenged(server, name, "a wrong password")[1]) for name in names]

    assert told(answers[0], names[0]) == told(answers[1], names[1])


def on_page(server, path, handler, form, name):
    """Return what a flow sends to the page, without the identifier and without what differs between any two tabs."""
    with Intruder(server, tab=f"{path} {uuid.uuid4()}", path=path, headers=list(from_new_ip().items())) as tab:
        heard = len(tab.settle().heard)  # the page is complete
        tab.call(handler, form={key: name if value == "NAME" else value for key, value in form.items()})
        tab.settle()
        return [packet.replace(name, "NAME") for packet in tab.heard[heard:]]


FLOWS = {
    "/signup": ("sign_up.sign_up_state.submit", {"email": "NAME"}),
    "/preregister": ("waitlist.waitlist_state.submit", {"email": "NAME"}),
    "/forgot": ("forgot.forgot_state.submit", {"email": "NAME"}),
    "/login": ("login.login_state.answer", {"identifier": "NAME", "password": "a wrong password", "keep": False}),
}


@pytest.mark.parametrize("path", FLOWS)
def test_pages(server, names, path):
    known, unknown = (on_page(server, path, *FLOWS[path], name) for name in names)

    assert known == unknown


def test_the_page_to_log_in_with_a_number(server, phone_numbers):
    known, unknown = (on_page(server, "/login", *FLOWS["/login"], number) for number in phone_numbers)

    assert known == unknown


@pytest.mark.parametrize("kind", ["address", "number"])
def test_waiting_after_failures(strict, kind):
    known = newcomer("Carol").email
    names = (known, known.replace("carol", "derek"))
    refusals = []
    for name in names if kind == "address" else (with_number(newcomer("Carol")), fresh_number()):
        for _ in range(7):
            client = from_new_ip()
            refused = post(strict, "/login", challenged(strict, name, "wrong", headers=client)[1], headers=client)
        refusals.append(told(refused, name))

    assert refusals[0] == refusals[1]
    assert refusals[0][0] == 429


def test_the_limit_of_mails_to_one_address(strict):
    known = newcomer("Carol").email
    heard = []
    for name in (known, known.replace("carol", "derek")):
        asked = [on_page(strict, "/forgot", *FLOWS["/forgot"], name) for _ in range(5)]
        heard.append(asked[-1])

    assert heard[0] == heard[1]


def taken_and_barred():
    number = barred_number()
    do(phones.claim, newcomer("Erin").user_id, number)
    return number


NUMBERS = {
    "unknown": fresh_number,
    "taken": lambda: with_number(newcomer("Carol")),
    "barred": barred_number,
    "taken and barred": taken_and_barred,
}


def waiting_page(server, flow, number):
    """Return what a page receives that requests a code and submits wrong ones, without what differs between any two."""
    who = newcomer("Derek") if flow == PHONES else None
    with tab_of(server, flow, who=who) as tab:
        heard = len(tab.heard)
        step = ask_for_code(tab, flow, number)
        for code in ("123 45", *["000000"] * 6):
            confirm(tab, flow, step, code)
        tab.call(f"{flow}.send_code_again", step=step)
        tab.settle()
        pass_the_pause(server, number)
        tab.call(f"{flow}.send_code_again", step=step)
        tab.settle()
        confirm(tab, flow, step, "000000")
        tab.call(f"{flow}.resume_code", step=step)
        tab.call(f"{flow}.give_up_code", step=step)
        said = "\n".join(tab.settle().heard[heard:])
    assert said.count(format_phone(number)) >= 2
    said = said.replace(step, "KEY").replace(format_phone(number), "NUMBER")
    said = re.sub(r'"code_pause_rx_state_":\d+', '"code_pause":"SOON"', said)
    return in_time(said)


def in_time(said):
    """Return a message without its waiting time, which is shorter a moment later."""
    return re.sub(r"wait \d+ \w+", "wait", said)


@pytest.mark.parametrize("flow", [SIGN_UP, FORGOT, PHONES])
def test_pages_that_wait_for_a_code(server, flow):
    heard = {name: waiting_page(server, flow, number()) for name, number in NUMBERS.items()}

    for name, said in heard.items():
        assert said == heard["unknown"], name


@pytest.mark.parametrize("flow", [SIGN_UP, FORGOT, PHONES])
def test_the_limit_of_codes_to_one_number(strict, flow):
    told = {}
    for name, number in ((name, make()) for name, make in NUMBERS.items()):
        for _ in range(6):
            with tab_of(strict, flow, who=newcomer("Derek") if flow == PHONES else None) as tab:
                sent, page = ask_for_code(tab, flow, number), tab.of(flow)
                told[name] = bool(sent), in_time(page["refusal"]), page["refused_field"]
            pass_the_pause(strict, number)
        assert len(written_to(number)) == 5

    assert told["unknown"][1].startswith("Too many codes for this email or phone. Wait")
    assert set(told.values()) == {told["unknown"]}


@pytest.fixture
def work(server, monkeypatch):
    """Return what takes time, in order: statements, commits and hashes."""
    done, asked = [], engine()
    listeners = {
        name: lambda *given, name=name: done.append(given[2] if len(given) > 2 else name)
        for name in ("before_cursor_execute", "commit", "rollback")
    }
    for name, listener in listeners.items():
        event.listen(asked, name, listener)
    made = passwords.make_record
    monkeypatch.setattr(passwords, "make_record", lambda *given, **more: done.append("a hash") or made(*given, **more))
    yield done
    for name, listener in listeners.items():
        event.remove(asked, name, listener)


def sign_up_with_link(address):
    """Ask for an account with a link key, to which the new account shall return after the sign-up."""
    do(sign_up.sign_up, address, HOME, then="Zk0c2bQ7r4d1gT8y.J3x0")


MAILED = {
    "sign up": lambda address: do(sign_up.sign_up, address, HOME),
    "sign up, led on to a link": sign_up_with_link,
    "recover": lambda address: do(recovery.recover, address, HOME),
    "join the waiting list": lambda address: do(waitlist.join, address, HOME),
}


@pytest.mark.parametrize("ask", MAILED.values(), ids=MAILED)
def test_asking_for_a_mail_is_as_much_work_for_a_known_address(names, work, ask):
    seen = []
    for name in names:
        work.clear()
        ask(name)
        seen.append(list(work))

    assert sum("INSERT INTO auth_action_link" in one for one in seen[0]) == 1
    assert seen[0] == seen[1]


ROUNDS = 150


@pytest.mark.parametrize("ask", [MAILED["sign up"], MAILED["recover"]], ids=["sign up", "recover"])
def test_the_time_of_many_interleaved_requests_does_not_tell_known_addresses(names, configure, ask):
    configure(AUTHAPP_RATE_LIMITS="false")
    times = {name: [] for name in names}
    for turn in range(ROUNDS):
        for name in names if turn % 2 else names[::-1]:
            times[name].append(processor_time(ask, name))

    # How often the known email address took longer. One more row for one of the two made this 0.02 and 0.98.
    longer = sum(known > unknown for known, unknown in zip(*times.values(), strict=True)) / ROUNDS
    assert 0.1 < longer < 0.9


def processor_time(ask, name):
    """Return the processor time of a request in this thread, which other load on the machine does not change."""
    began = time.thread_time()
    ask(name)
    return time.thread_time() - began


def begin(flow, me, number):
    if flow == SIGN_UP:
        return do(sign_up.sign_up_by_phone, number, sign_up.NewUser(*NAMES.values(), PASSWORD), HOME)
    if flow == FORGOT:
        return do(recovery.recover_by_phone, number, HOME)
    return do(phones.add, me, number, HOME)


@pytest.mark.parametrize("flow", [SIGN_UP, FORGOT, PHONES])
def test_asking_for_a_code_and_typing_a_wrong_one_is_as_much_work(server, work, flow):
    purpose = {SIGN_UP: sign_up.SIGN_UP, FORGOT: recovery.RECOVERY, PHONES: phones.ADD}[flow]
    seen = {}
    for name, make in NUMBERS.items():
        me, number = newcomer("Derek").me, make()
        whose = me.user_id if flow == PHONES else None
        work.clear()
        step = begin(flow, me, number)
        for _ in range(6):
            with pytest.raises(Refusal):
                do(codes.confirm, purpose, step.key, "000000", whose)
        pass_the_pause(server, number)
        do(codes.send_again, purpose, step.key, HOME, whose)
        seen[name] = list(work)

    assert sum("INSERT INTO auth_code" in one for one in seen["unknown"]) == 1
    assert seen["unknown"].count("a hash") == (2 if flow == SIGN_UP else 0)
    for name, done in seen.items():
        assert done == seen["unknown"], name
