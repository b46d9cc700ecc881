"""Steps of one-time codes: their purpose, another code, giving up."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlmodel import select

from authapp.core.base import rate_limits
from authapp.core.base.callers import Caller
from authapp.core.base.errors import StepNotFoundOrExpired, TooManyRequests, WrongCode
from authapp.core.credentials import codes
from authapp.db import reading, transaction
from authapp.models import Code, Message, RateCounter
from tests.kit.codes import PURPOSE, begin, confirm_code, guess_wrong, look_at_code, resend_code
from tests.kit.contacts import FREE, OTHER, phone_number
from tests.kit.messages import code_in, code_to, texts_to
from tests.kit.rules import do, refused
from tests.kit.tables import all_values, count_rows

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)

ADDRESS = "carol@example.com"

TARGETS = pytest.mark.parametrize("target", [FREE, ADDRESS], ids=["text", "mail"])


# A code is valid for its purpose only


def test_a_code_of_one_purpose_does_not_serve_another(database, clock):
    step = begin()

    for deed in (
        lambda: confirm_code(step, code_to(FREE), purpose="other"),
        lambda: resend_code(step, purpose="other"),
    ):
        assert type(refused(deed)) is StepNotFoundOrExpired
    do(codes.give_up, "other", step.key)
    assert look_at_code(step, purpose="other") is None
    assert (look_at_code(step).guesses, look_at_code(step).sends) == (5, 1)

    clock.advance(MINUTE)
    other = begin(purpose="other")
    assert type(refused(confirm_code, other, code_in(texts_to(FREE)[0]), purpose="other")) is WrongCode


def test_a_code_of_one_number_does_not_serve_another(database):
    hers, his = begin(FREE), begin(OTHER)

    assert type(refused(confirm_code, hers, code_to(OTHER))) is WrongCode
    assert type(refused(confirm_code, his, code_to(FREE))) is WrongCode
    assert confirm_code(hers, code_to(FREE)).target == FREE


def test_a_code_of_one_tab_does_not_serve_another(database, clock):
    first, code = begin(), code_to(FREE)
    clock.advance(30 * SECOND)
    second = begin()

    assert type(refused(confirm_code, second, code)) is WrongCode
    assert type(refused(confirm_code, first, code_to(FREE))) is WrongCode
    assert confirm_code(second, code_to(FREE))


def test_a_code_of_one_person_does_not_serve_another(alice, bob):
    step = begin(user_id=alice.user_id)

    for whose in (bob.user_id, None, uuid4()):
        assert type(refused(confirm_code, step, code_to(FREE), user_id=whose)) is StepNotFoundOrExpired
        assert type(refused(resend_code, step, user_id=whose)) is StepNotFoundOrExpired
        assert look_at_code(step, user_id=whose) is None
        do(codes.give_up, PURPOSE, step.key, whose)
    assert look_at_code(step, user_id=alice.user_id).guesses == 5
    assert confirm_code(step, code_to(FREE), user_id=alice.user_id)


def test_a_visitors_step_does_not_work_for_a_logged_in_user(alice):
    step = begin()

    assert type(refused(confirm_code, step, code_to(FREE), user_id=alice.user_id)) is StepNotFoundOrExpired
    assert confirm_code(step, code_to(FREE))


# Sending another code


@TARGETS
def test_another_code_voids_the_one_before(database, clock, target):
    step, old = begin(target), code_to(target)
    clock.advance(30 * SECOND)

    seen = resend_code(step)

    assert (seen.key, seen.sends, seen.guesses, seen.target) == (step.key, 2, 5, step.target)
    assert len(texts_to(target)) == 2
    assert type(refused(confirm_code, step, old)) is WrongCode
    assert confirm_code(step, code_to(target))


def test_another_code_counts_its_minutes_anew(database, clock):
    step = begin()
    clock.advance(4 * MINUTE)
    resend_code(step)
    clock.advance(4 * MINUTE)

    assert confirm_code(step, code_to(FREE))


def test_the_next_waits_half_a_minute_then_a_minute_then_two(database, clock):
    step = begin()

    for pause in (30, 60, 120, 120):
        clock.advance((pause - 1) * SECOND)
        refusal = refused(resend_code, step)
        assert type(refusal) is TooManyRequests
        assert refusal.message == "We sent a code just now. Wait 1 second and try again."
        clock.advance(SECOND)
        step = resend_code(step)
    assert len(texts_to(FREE)) == 5
    assert look_at_code(step).sends == 5


def test_asking_too_soon_changes_nothing_and_does_not_prolong_the_wait(database, clock):
    step, code = begin(), code_to(FREE)
    before = all_values(Code, Message, RateCounter)

    for _ in range(30):
        assert type(refused(resend_code, step)) is TooManyRequests
        assert type(refused(begin)) is TooManyRequests

    assert all_values(Code, Message, RateCounter) == before
    assert confirm_code(step, code)
    clock.advance(30 * SECOND)
    assert begin()


@pytest.mark.parametrize("purpose", [PURPOSE, "other"])
@pytest.mark.parametrize("way", ["in another tab", "given up", "confirmed"])
def test_the_pause_is_of_the_number_whatever_became_of_the_step(database, clock, purpose, way):
    step = begin()
    if way == "given up":
        do(codes.give_up, PURPOSE, step.key)
    if way == "confirmed":
        confirm_code(step, code_to(FREE))

    elsewhere = Caller("198.51.100.9")
    clock.advance(29 * SECOND)
    assert type(refused(begin, purpose=purpose, caller=elsewhere)) is TooManyRequests
    assert len(texts_to(FREE)) == 1
    clock.advance(SECOND)
    assert begin(purpose=purpose, caller=elsewhere)
    clock.advance(59 * SECOND)
    assert type(refused(begin, purpose=purpose, caller=elsewhere)) is TooManyRequests


def test_the_pause_holds_over_the_end_of_the_hour(database, clock):
    step = begin()
    clock.advance(HOUR - 10 * SECOND)
    resend_code(step)

    clock.advance(20 * SECOND)
    do(rate_limits.purge)
    assert type(refused(begin)) is TooManyRequests
    assert len(texts_to(FREE)) == 2
    clock.advance(40 * SECOND)
    assert begin()


def test_a_number_gets_five_codes_an_hour_from_all_clients(database, clock):
    for asked in range(5):
        begin(caller=Caller(f"198.51.100.{asked}"), purpose=f"purpose {asked}")
        clock.advance(2 * MINUTE)

    refusal = refused(begin, caller=Caller("198.51.100.200"))
    assert type(refusal) is TooManyRequests
    assert refusal.wait <= 3600 - 10 * 60
    assert len(texts_to(FREE)) == 5
    assert begin(OTHER), "another number has its own five"
    clock.advance(timedelta(seconds=refusal.wait))
    assert begin()


def test_twenty_an_hour_go_out_for_a_client_to_whichever_numbers(database, clock):
    for last in range(20):
        begin(phone_number(last))

    refusal = refused(begin, phone_number(99))
    assert type(refusal) is TooManyRequests
    assert texts_to(phone_number(99)) == []
    assert begin(phone_number(99), caller=Caller("198.51.100.9"))
    clock.advance(HOUR)
    assert begin(phone_number(98))


def test_another_code_counts_for_the_client_as_well(database, clock):
    step = begin()
    for last in range(19):
        begin(phone_number(last))
    clock.advance(MINUTE)

    assert type(refused(resend_code, step)) is TooManyRequests
    assert len(texts_to(FREE)) == 1
    assert look_at_code(step).sends == 1


def test_a_day_has_a_limit_of_texts_over_all_users(database, clock, configure):
    configure(AUTHAPP_TEXTS_PER_DAY=3)
    step = begin()
    begin(phone_number(1), caller=Caller("198.51.100.1"))
    clock.advance(MINUTE)
    resend_code(step)

    for deed in (
        lambda: begin(phone_number(2), caller=Caller("198.51.100.2")),
        lambda: resend_code(step),
        lambda: begin(phone_number(3), caller=Caller("198.51.100.3"), instead=codes.NO_TEXT),
    ):
        clock.advance(5 * MINUTE)
        assert type(refused(deed)) is TooManyRequests
    assert len(do(lambda db: db.exec(select(Message)).all())) == 3
    assert begin(ADDRESS), "mails cost nothing"
    clock.advance(24 * HOUR)
    assert begin(phone_number(2))


# Giving up


def test_a_step_that_was_given_up_is_over(database, clock):
    step = begin()

    do(codes.give_up, PURPOSE, step.key)

    assert count_rows(Code) == [0]
    assert look_at_code(step) is None
    clock.advance(MINUTE)
    for deed in (lambda: confirm_code(step, code_to(FREE)), lambda: resend_code(step)):
        assert type(refused(deed)) is StepNotFoundOrExpired
    assert len(texts_to(FREE)) == 1
    do(codes.give_up, PURPOSE, step.key)


def test_giving_up_does_not_give_guesses_back(database, clock):
    step = begin()
    guess_wrong(step, 5)
    do(codes.give_up, PURPOSE, step.key)
    clock.advance(MINUTE)
    step = begin()
    guess_wrong(step, 5)
    clock.advance(2 * MINUTE)

    with pytest.raises(TooManyRequests):
        begin()


def test_looking_spends_and_changes_nothing(database):
    step = begin()
    before = all_values(Code, Message, RateCounter)

    assert [look_at_code(step) for _ in range(12)] == [step] * 12

    assert all_values(Code, Message, RateCounter) == before


def test_looking_does_not_wait_for_writers(database):
    step = begin()

    with transaction() as db:
        codes.lock(db, FREE)
        with reading() as other:
            assert codes.peek(other, PURPOSE, step.key) == step
