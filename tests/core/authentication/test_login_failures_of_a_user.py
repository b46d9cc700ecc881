"""Failed logins of a user over all identifiers: the count is never visible, and time does not reset it."""

from datetime import timedelta
from itertools import count

import pytest
from sqlmodel import select

from authapp.core.account import security_mail
from authapp.core.authentication import login, proofs, recovery
from authapp.core.base import callers, rate_limits
from authapp.core.base.callers import Caller
from authapp.core.base.errors import BadUserOrPassword, TooManyRequests
from authapp.core.credentials import links
from authapp.models import Message, RateCounter
from tests.kit.contacts import add_email
from tests.kit.messages import link_to, mails_to
from tests.kit.rules import do, settled
from tests.kit.scram import ask, send
from tests.kit.users import HOME, PASSWORD, TAB, Person

DAY = timedelta(days=1)
LIMIT = rate_limits.FAILURES_PER_USER.most
SECOND = "second@example.com"
clients = count()


def by_challenge(name, password, caller):
    return send(ask(name, password, caller), caller=caller).ticket


def by_password(name, password, caller):
    return do(login.with_password, proofs.Credentials(name, password), keep=False, tab=TAB, caller=caller).ticket


WAYS = pytest.mark.parametrize("log_in", [by_challenge, by_password])


def elsewhere():
    """Return an unknown browser with its own IP address."""
    return Caller(f"client {next(clients)}", "Firefox elsewhere")


def fail(person, times, clock, *, device=""):
    """Submit wrong passwords, waiting for each delay to end."""
    for _ in range(times):
        clock.advance(rate_limits.LONGEST_DELAY)
        with pytest.raises(BadUserOrPassword):
            by_challenge(person.email, "a wrong password", elsewhere()._replace(device=device))


def close(person, clock):
    fail(person, LIMIT, clock)
    clock.advance(2 * DAY)


def warnings(address):
    settled()
    return [mail for mail in mails_to(address) if mail.subject.startswith("Many failed logins")]


@WAYS
def test_after_too_many_failures_the_right_password_gets_the_answer_of_a_wrong_one(alice, clock, log_in):
    fail(alice, LIMIT - 1, clock)
    clock.advance(rate_limits.LONGEST_DELAY)
    assert log_in(alice.email, PASSWORD, elsewhere())

    close(alice, clock)

    with pytest.raises(BadUserOrPassword) as right:
        log_in(alice.email, PASSWORD, elsewhere())
    with pytest.raises(BadUserOrPassword) as wrong:
        log_in(alice.email, "a wrong password", elsewhere())
    assert (str(right.value), right.value.message) == (str(wrong.value), wrong.value.message)


@WAYS
def test_ninety_nine_guesses_every_two_days_end_soon(alice, clock, log_in):
    for _ in range(2):
        for _ in range(99):
            with pytest.raises((BadUserOrPassword, TooManyRequests)):
                by_challenge(alice.email, "a wrong password", elsewhere())
            clock.advance(rate_limits.LONGEST_DELAY)
        clock.advance(2 * DAY)
        do(rate_limits.purge)

    with pytest.raises(BadUserOrPassword):
        log_in(alice.email, PASSWORD, elsewhere())


def test_the_failures_of_all_identifiers_are_those_of_their_user(alice, clock):
    add_email(alice, SECOND)
    for number in range(LIMIT):
        with pytest.raises(BadUserOrPassword):
            by_challenge((alice.email, SECOND)[number % 2], "a wrong password", elsewhere())
        clock.advance(rate_limits.LONGEST_DELAY)

    clock.advance(2 * DAY)
    for name in (alice.email, SECOND):
        with pytest.raises(BadUserOrPassword):
            by_challenge(name, PASSWORD, elsewhere())


@WAYS
def test_a_known_browser_goes_on_and_a_login_there_resets_the_count(alice, clock, log_in):
    known = callers.with_known_device(elsewhere(), alice.user_id)
    close(alice, clock)

    assert log_in(alice.email, PASSWORD, known)

    assert log_in(alice.email, PASSWORD, elsewhere())


def test_a_device_cookie_of_another_user_does_not_count(alice, bob, clock):
    close(alice, clock)

    with pytest.raises(BadUserOrPassword):
        by_challenge(alice.email, PASSWORD, callers.with_known_device(elsewhere(), bob.user_id))


def test_guesses_from_another_client_do_not_block_a_known_browser(alice, clock):
    known = callers.with_known_device(elsewhere(), alice.user_id)
    for _ in range(6):
        with pytest.raises(BadUserOrPassword):
            by_challenge(alice.email, "a wrong password", elsewhere())
    with pytest.raises(TooManyRequests):
        by_challenge(alice.email, PASSWORD, elsewhere())

    assert by_challenge(alice.email, PASSWORD, known)


def test_guesses_in_known_browsers_end_as_well(alice, clock):
    known = callers.with_known_device(HOME, alice.user_id)
    fail(alice, LIMIT, clock, device=known.device)
    clock.advance(2 * DAY)

    with pytest.raises(BadUserOrPassword):
        by_challenge(alice.email, PASSWORD, known)
    assert by_challenge(alice.email, PASSWORD, elsewhere())


def test_a_right_login_is_refused_when_too_many_others_failed_while_it_was_checked(alice, clock):
    do(rate_limits.count_failure, alice.email, "before", alice.user_id)
    failures = do(rate_limits.check_failures, alice.email, "right", alice.user_id)
    assert not failures.too_many
    for number in range(LIMIT):
        do(rate_limits.count_failure, alice.email, f"client {number}", alice.user_id)

    assert not do(rate_limits.forgive, failures)


def test_a_recovery_resets_the_count(alice, clock):
    close(alice, clock)
    do(recovery.recover, alice.email, HOME)
    do(links.follow, link_to(alice.email), None, tab=TAB)

    assert by_challenge(alice.email, PASSWORD, elsewhere())


def test_the_owner_gets_one_mail_a_day_with_the_way_back(alice, clock):
    fail(alice, LIMIT - 1, clock)
    assert not warnings(alice.email)
    fail(alice, 5, clock)

    [mail] = warnings(alice.email)

    assert f"{LIMIT} times in a row" in mail.text
    assert "/forgot" in mail.text


def test_a_count_that_is_reached_again_on_the_same_day_writes_no_second_mail(alice, database, clock):
    for _ in range(2):
        for number in range(LIMIT):
            do(rate_limits.count_failure, alice.email, f"client {number}", alice.user_id)
        do(security_mail.send_login_failures, alice.user_id, HOME)
        do(rate_limits.forget_failures, alice.user_id)

    assert len(warnings(alice.email)) == 1


def test_each_lock_of_a_day_is_reported_as_often_as_the_setting_says(alice, database, clock, configure):
    configure(AUTHAPP_LIMITS='{"failures_per_user": "3", "failure_mails_per_user": "2/day"}')
    for _ in range(3):
        fail(alice, 4, clock)
        do(rate_limits.forget_failures, alice.user_id, alice.email)
        settled()

    assert len(warnings(alice.email)) == 2


def test_a_lock_of_known_browsers_is_reported_too(alice, clock):
    known = callers.with_known_device(HOME, alice.user_id)
    fail(alice, LIMIT, clock, device=known.device)

    assert len(warnings(alice.email)) == 1


def test_a_closed_identifier_is_reported_too(alice, clock, configure):
    configure(AUTHAPP_LIMITS='{"failures_per_identifier": "3"}')
    fail(alice, 3, clock)

    assert len(warnings(alice.email)) == 1


def test_a_lock_of_nobody_takes_the_same_steps_and_mails_nobody(database, clock, configure):
    configure(AUTHAPP_LIMITS='{"failures_per_user": "3"}')
    nobody = Person("nobody@example.com", None, "", None)
    fail(nobody, 4, clock)
    settled()

    assert do(lambda db: db.exec(select(Message)).all()) == []
    counters = do(lambda db: db.exec(select(RateCounter.count)).all())
    assert 1 in counters  # of the mails about failures, counted for nobody


def test_the_failures_of_nobody_are_counted_alike_and_forgotten_after_a_day(database, clock):
    def kept():
        return sorted(do(lambda db: db.exec(select(RateCounter.count)).all()))

    for _ in range(LIMIT + 1):
        with pytest.raises(BadUserOrPassword):
            by_challenge("nobody@example.com", "a wrong password", elsewhere())
        clock.advance(rate_limits.LONGEST_DELAY)
    settled()
    assert kept()[-2:] == [LIMIT + 1, LIMIT + 1]

    clock.advance(2 * DAY)
    do(rate_limits.purge)
    assert kept() == []
