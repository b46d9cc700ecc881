"""Limits of a recovery by text message: strangers cannot use up those of the owner, nor the texts of the site."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import delete, event

from authapp.core import execute
from authapp.core.account import phones, search_words
from authapp.core.authentication import login, recovery
from authapp.core.base.callers import Caller, remember_device
from authapp.core.base.errors import TooManyRequests, WrongCode
from authapp.core.credentials import codes
from authapp.db.engines import engine
from authapp.models import Phone
from tests.kit.codes import code_row, join_by_phone, sign_up_by_phone, wrong_code
from tests.kit.contacts import FREE, HERS, OTHER, PREMIUM
from tests.kit.messages import code_to, texts_to
from tests.kit.rules import do, refused
from tests.kit.users import HOME, TAB

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
STRANGER = Caller("198.51.100.66", "Firefox of a stranger")


def limit(configure, **limits):
    configure(AUTHAPP_LIMITS=json.dumps(limits))


def recover(number=HERS, caller=HOME):
    return do(recovery.recover_by_phone, number, caller)


def confirm(step, code=None, caller=HOME):
    return do(recovery.confirm_recovery, step.key, code or code_to(HERS), tab=TAB, caller=caller)


def send_again(step, caller=HOME):
    return do(codes.send_again, recovery.RECOVERY, step.key, caller)


@pytest.fixture
def nina(database, clock):
    """Return a user with a phone number and without email address, some time after the sign-up."""
    nina = join_by_phone(HERS)
    clock.advance(2 * HOUR)
    return nina


@pytest.fixture
def known(nina):
    """Return Nina's browser, in which she logged in before and is signed out."""
    return HOME._replace(device=remember_device(HOME, nina.user_id))


@pytest.fixture
def statements(database):
    """Collect the statements that reach the database."""
    seen = []

    def see(*given):
        seen.append(given[2])

    event.listen(engine(), "before_cursor_execute", see)
    yield seen
    event.remove(engine(), "before_cursor_execute", see)


def test_a_stranger_cannot_block_the_recovery_in_a_known_browser(nina, known, clock, configure):
    limit(configure, codes_per_target="2/hour", guesses_per_target="2/hour", codes_per_ip="2/hour")
    step = recover(caller=STRANGER)
    clock.advance(MINUTE)
    send_again(step, STRANGER)
    for _ in range(2):
        assert type(refused(confirm, step, wrong_code(code_to(HERS)), STRANGER)) is WrongCode
    assert type(refused(confirm, step, "123456", STRANGER)) is TooManyRequests
    clock.advance(5 * MINUTE)
    for caller in (STRANGER, HOME):
        assert type(refused(recover, HERS, caller)) is TooManyRequests

    hers = recover(caller=known)
    assert type(refused(confirm, hers, wrong_code(code_to(HERS)), known)) is WrongCode
    clock.advance(MINUTE)
    send_again(hers, known)
    opened = do(login.claim, confirm(hers, caller=known), [TAB], known, None)

    assert opened.user_id == nina.user_id


def test_known_browsers_have_limits_too(nina, known, clock, configure):
    limit(configure, codes_per_target="1/hour", guesses_per_target="1/hour")
    step = recover(caller=known)
    wrong = wrong_code(code_to(HERS))

    assert type(refused(confirm, step, wrong, known)) is WrongCode
    assert type(refused(confirm, step, wrong, known)) is TooManyRequests
    clock.advance(5 * MINUTE)
    assert type(refused(recover, HERS, known)) is TooManyRequests
    assert type(refused(send_again, step, known)) is TooManyRequests


def test_a_browser_of_another_user_counts_as_that_of_a_stranger(nina, bob, clock, configure):
    limit(configure, codes_per_target="1/hour")
    recover(caller=STRANGER)
    clock.advance(5 * MINUTE)

    his = HOME._replace(device=remember_device(HOME, bob.user_id))

    assert type(refused(recover, HERS, his)) is TooManyRequests


def test_a_signed_in_user_counts_apart_at_their_own_number_only(nina, known, bob, clock, configure):
    limit(configure, codes_per_target="1/hour")
    do(phones.add, bob.me, HERS, known)
    clock.advance(5 * MINUTE)

    assert recover(caller=known)


def test_a_sign_up_with_their_own_number_in_a_known_browser_counts_as_the_owner(nina, known, clock, configure):
    limit(configure, codes_per_target="1/hour")
    recover(caller=STRANGER)
    clock.advance(5 * MINUTE)

    assert type(refused(sign_up_by_phone, HERS, HOME)) is TooManyRequests
    assert sign_up_by_phone(HERS, known)


def test_a_step_of_an_owner_who_lost_the_number_counts_as_that_of_a_stranger(nina, known, clock, configure):
    limit(configure, codes_per_target="2/hour")
    step = recover(caller=known)

    def lose(db):
        execute(db, delete(Phone).where(Phone.number == HERS))
        search_words.keep(db, [nina.user_id])

    do(lose)
    for _ in range(2):
        recover(caller=STRANGER)
        clock.advance(5 * MINUTE)

    assert type(refused(send_again, step, known)) is TooManyRequests


def test_a_recovery_is_as_much_work_for_an_unknown_number(nina, bob, statements, clock):
    his = STRANGER._replace(device=remember_device(STRANGER, bob.user_id))
    recover(OTHER, his)  # fills what is kept in memory

    def work(number):
        statements.clear()
        step = recover(number, his)
        assert type(refused(confirm, step, "12345x")) is not WrongCode
        refused(confirm, step, wrong_code(code_to(HERS)))
        clock.advance(MINUTE)
        send_again(step, his)
        return list(statements)

    assert work(HERS) == work(FREE)


def test_numbers_that_get_no_texts_use_up_none(nina, configure):
    configure(AUTHAPP_TEXTS_PER_DAY=3, AUTHAPP_TEXTS_PER_COUNTRY="US:3", AUTHAPP_PROOF_OF_WORK=0)
    step = recover(PREMIUM)
    for last in range(5):
        recover(PREMIUM[:-1] + str(last), Caller(f"198.51.100.{last}"))

    recover(HERS)

    assert len(texts_to(HERS)) == 2
    assert code_row(step)


def test_an_unknown_number_uses_up_as_many_texts_as_a_known_one(nina, configure, clock):
    """Otherwise, the last text of a day shows whether a number has an account."""
    configure(AUTHAPP_TEXTS_PER_DAY=1, AUTHAPP_PROOF_OF_WORK=0)
    outcomes = []
    for number in (HERS, FREE):
        clock.advance(timedelta(days=1))
        recover(number)
        outcomes.append(type(refused(recover, OTHER, STRANGER)))

    assert outcomes == [TooManyRequests] * 2
