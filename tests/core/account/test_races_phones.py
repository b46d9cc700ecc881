"""Races between confirmations, guesses and texts of phone numbers."""

import subprocess
import sys
from datetime import timedelta

import pytest

from authapp.core.account import phones
from authapp.core.authentication import recovery, sign_up
from authapp.core.base.callers import Caller
from authapp.core.base.errors import (
    CodeNotFoundOrExpired,
    NumberTaken,
    Refusal,
    StepNotFoundOrExpired,
    TooManyRequests,
    WrongCode,
)
from authapp.core.credentials import codes
from authapp.core.sessions import sessions
from authapp.models import AuditEvent, Code, Message, Phone, Session, Ticket, User
from tests.kit.codes import PURPOSE, begin, join_by_phone, sign_up_by_phone, wrong_code
from tests.kit.contacts import (
    FREE,
    HERS,
    phone_number,
    phones_of,
)
from tests.kit.messages import code_to, texts_to
from tests.kit.rules import do, race, winners
from tests.kit.tables import count_rows
from tests.kit.users import HOME, TAB, audit_events

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
GONE = (StepNotFoundOrExpired, CodeNotFoundOrExpired)

# Confirms a code in a separate process, at the moment the test writes a line.
PROCESS = """
import sys
from authapp.core.authentication import sign_up
from authapp.core.credentials import codes
from authapp.core.base.callers import Caller
from authapp.core.base.errors import Refusal
from authapp.db import transaction
from authapp.db.engines import engine

purpose, key, code = sys.argv[1:]
engine().connect().close()
print("ready", flush=True)
sys.stdin.readline()
try:
    with transaction() as db:
        if purpose == sign_up.SIGN_UP:
            sign_up.confirm_sign_up(db, key, code, tab="a tab", caller=Caller())
        else:
            codes.confirm(db, purpose, key, code)
    print("won")
except Refusal as no:
    print(no.code)
"""


def types(results):
    return sorted(type(one).__name__ for one in results)


def in_two_processes(purpose, *typed):
    """Confirm at the same moment in two processes, and return both results."""
    commands = [[sys.executable, "-c", PROCESS, purpose, *one] for one in typed]
    pipe = subprocess.PIPE
    running = [subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) for command in commands]
    assert [one.stdout.readline() for one in running] == ["ready\n"] * len(running)
    for one in running:
        one.stdin.write("go\n")
        one.stdin.flush()
    return sorted(one.communicate()[0].strip() for one in running)


# One code


def test_eight_confirm_one_code_and_one_wins(database):
    step, code = begin(), code_to(FREE)

    results = race(8, lambda _: do(codes.confirm, PURPOSE, step.key, code))

    assert len(winners(results, GONE)) == 1
    assert count_rows(Code) == [0]


def test_two_processes_confirm_one_code_and_one_wins(database):
    step, code = begin(), code_to(FREE)

    assert in_two_processes(PURPOSE, (step.key, code), (step.key, code)) == [StepNotFoundOrExpired.code, "won"]
    assert count_rows(Code) == [0]


def test_eight_confirm_one_sign_up_and_one_account_comes_to_be(database):
    step, code = sign_up_by_phone(), code_to(FREE)

    results = race(8, lambda number: do(sign_up.confirm_sign_up, step.key, code, tab=f"tab {number}", caller=HOME))

    assert len(winners(results, GONE)) == 1
    assert count_rows(User, Phone, Ticket, Code) == [1, 1, 1, 0]


def test_two_processes_confirm_one_sign_up_and_one_account_comes_to_be(database):
    step, code = sign_up_by_phone(), code_to(FREE)

    assert in_two_processes(sign_up.SIGN_UP, (step.key, code), (step.key, code)) == [StepNotFoundOrExpired.code, "won"]
    assert count_rows(User, Phone, Ticket, Code) == [1, 1, 1, 0]


def test_eight_confirm_one_recovery_and_one_gets_in(database, clock):
    nina = join_by_phone(HERS)
    clock.advance(MINUTE)
    step, code = do(recovery.recover_by_phone, HERS, HOME), code_to(HERS)

    results = race(8, lambda number: do(recovery.confirm_recovery, step.key, code, tab=f"tab {number}", caller=HOME))

    assert len(winners(results, GONE)) == 1
    assert count_rows(Session, Ticket) == [0, 1]
    assert do(sessions.resume, nina.key) is None


def test_eight_confirm_one_added_number_and_it_is_added_once(alice):
    step, code = do(phones.add, alice.me, FREE, HOME), code_to(FREE)

    results = race(8, lambda _: do(phones.confirm, alice.me, step.key, code, HOME))

    assert len(winners(results, GONE)) == 1
    assert phones_of(alice) == [FREE]
    assert audit_events(alice).count("phone_added") == 1


# Guesses


def test_of_eight_wrong_guesses_exactly_five_are_looked_at_and_the_code_is_dead(database):
    step, code = begin(), code_to(FREE)

    results = race(8, lambda _: do(codes.confirm, PURPOSE, step.key, wrong_code(code)))

    assert types(results) == ["CodeNotFoundOrExpired"] * 3 + ["WrongCode"] * 5
    left = sorted(one.message.partition(". ")[2] for one in results if isinstance(one, WrongCode))
    assert [one[0] for one in left] == ["1", "2", "3", "4", "G"]
    with pytest.raises(CodeNotFoundOrExpired):
        do(codes.confirm, PURPOSE, step.key, code)


def test_of_guesses_at_many_steps_of_one_number_ten_are_looked_at(database, clock):
    steps, sent = [], []
    for _ in range(4):
        steps.append(begin())
        sent.append(code_to(FREE))
        clock.advance(2 * MINUTE)
    do(lambda db: [setattr(db.get(Code, one.key[:16]), "expires_at", clock.now() + MINUTE) for one in steps])

    def guess(number):
        with pytest.raises(Refusal) as refusal:
            do(codes.confirm, PURPOSE, steps[number % 4].key, wrong_code(sent[number % 4]))
        return refusal.value

    results = race(8, guess) + race(8, guess)

    assert types(results) == ["TooManyRequests"] * 6 + ["WrongCode"] * 10


def test_a_right_code_among_wrong_ones_is_right_or_comes_too_late(database):
    step, code = begin(), code_to(FREE)

    results = race(8, lambda number: do(codes.confirm, PURPOSE, step.key, code if number == 3 else wrong_code(code)))

    won = winners(results, (WrongCode, *GONE))
    assert len(won) <= 1
    assert bool(won) == (count_rows(Code) == [0])


# Sending


@pytest.mark.parametrize("same", [True, False], ids=["one client", "eight clients"])
def test_eight_ask_for_a_code_at_once_and_one_is_sent(database, clock, same):
    results = race(8, lambda number: begin(caller=HOME if same else Caller(f"198.51.100.{number}")))

    assert len(winners(results, TooManyRequests)) == 1
    assert count_rows(Code, Message) == [1, 1]
    clock.advance(timedelta(seconds=30))
    assert begin(), "those who were refused did not lengthen the pause"


def test_eight_ask_for_another_at_once_and_one_is_sent(database, clock):
    step = begin()
    clock.advance(MINUTE)

    results = race(8, lambda _: do(codes.send_again, PURPOSE, step.key, HOME))

    assert len(winners(results, TooManyRequests)) == 1
    assert len(texts_to(FREE)) == 2
    assert do(codes.confirm, PURPOSE, step.key, code_to(FREE))


def test_eight_numbers_at_once_and_exactly_as_many_texts_as_a_day_has(database, clock, configure):
    configure(AUTHAPP_TEXTS_PER_DAY=3)

    results = race(8, lambda last: begin(phone_number(last), caller=Caller(f"198.51.100.{last}")))

    assert len(winners(results, TooManyRequests)) == 3
    assert count_rows(Code, Message) == [3, 3]


def test_a_code_that_comes_while_another_is_sent_is_right_or_void(database, clock):
    for last in range(5):
        step, code = begin(phone_number(last)), code_to(phone_number(last))
        clock.advance(MINUTE)
        one_or_other = [
            lambda step=step, code=code: do(codes.confirm, PURPOSE, step.key, code),
            lambda step=step: do(codes.send_again, PURPOSE, step.key, HOME),
        ]

        results = race(2, lambda number, deeds=one_or_other: deeds[number]())

        winners(results, (StepNotFoundOrExpired, WrongCode))
        assert count_rows(Code) == [0 if isinstance(results[0], Code) else 1]
        do(codes.give_up, PURPOSE, step.key)


# One number, two users


@pytest.mark.parametrize("number", range(3))
def test_two_sign_ups_with_one_number_are_confirmed_at_once_and_one_account_comes_to_be(database, clock, number):
    steps = []
    for _ in range(2):
        step = sign_up_by_phone()
        steps.append((step.key, code_to(FREE)))
        clock.advance(MINUTE)

    results = race(2, lambda number: do(sign_up.confirm_sign_up, *steps[number], tab=TAB, caller=HOME))

    assert len(winners(results, (CodeNotFoundOrExpired, NumberTaken))) == 1
    assert count_rows(User, Phone, Ticket, AuditEvent) == [1, 1, 1, 1]


def test_two_processes_confirm_two_sign_ups_with_one_number_and_one_account_comes_to_be(database, clock):
    steps = []
    for _ in range(2):
        step = sign_up_by_phone()
        steps.append((step.key, code_to(FREE)))
        clock.advance(MINUTE)

    lost, won = sorted(in_two_processes(sign_up.SIGN_UP, *steps))

    assert won == "won"
    assert lost in (CodeNotFoundOrExpired.code, NumberTaken.code)
    assert count_rows(User, Phone, Ticket, AuditEvent) == [1, 1, 1, 1]


@pytest.mark.parametrize("number", range(3))
def test_a_sign_up_and_two_members_want_one_number_and_one_gets_it(alice, bob, clock, number):
    step = sign_up_by_phone()
    signing_up = (step.key, code_to(FREE))
    adding = []
    for person in (alice, bob):
        clock.advance(MINUTE)
        step = do(phones.add, person.me, FREE, HOME)
        adding.append((person.me, step.key, code_to(FREE), HOME))
    ways = [
        lambda: do(sign_up.confirm_sign_up, *signing_up, tab=TAB, caller=HOME),
        lambda: do(phones.confirm, *adding[0]),
        lambda: do(phones.confirm, *adding[1]),
    ]

    results = race(3, lambda number: ways[number]())

    assert len(winners(results, (CodeNotFoundOrExpired, NumberTaken))) == 1
    assert count_rows(Phone) == [1]
    assert count_rows(User) == [3 if isinstance(results[0], str) else 2]
