"""The time, and what happens when the clock of the machine is set back."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from authapp.core.authentication import challenges, login, provider_login
from authapp.core.base import clock as core_clock
from authapp.core.base import rate_limits
from authapp.core.base.errors import (
    ChallengeNotFoundOrExpired,
    CodeNotFoundOrExpired,
    FlowNotFoundOrExpired,
    StepNotFoundOrExpired,
    TicketNotFoundOrExpired,
    TooManyRequests,
    WrongCode,
)
from authapp.core.credentials import codes, links
from authapp.core.sessions import sessions, tickets
from authapp.core.sessions.sessions import NewSession
from authapp.db import reading
from tests.kit.messages import mails_to
from tests.kit.rules import do, settled
from tests.kit.scram import ask, send
from tests.kit.users import HOME, PASSWORD, TAB

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
TARGET = "carol@example.com"


def test_the_time_is_utc_and_knows_it():
    before = datetime.now(UTC)

    now = core_clock.now()

    assert now.utcoffset() == timedelta(0)
    assert before <= now <= datetime.now(UTC)


def look(rule, *args):
    """Run a rule that only reads, as requests and pages do."""
    with reading() as db:
        return rule(db, *args)


def at(clock, later, seen, earlier=None):
    """Call a function at a later time, and set the clock back."""
    clock.advance(later)
    result = seen()
    settled()
    clock.advance(-(earlier or later))
    return result


def test_a_session_that_was_seen_expired_stays_so(alice, clock):
    assert at(clock, 13 * HOUR, lambda: look(sessions.resume, alice.key)) is None

    assert look(sessions.resume, alice.key) is None


def test_a_session_that_the_watch_saw_expired_stays_so(alice, clock):
    assert at(clock, 13 * HOUR, lambda: look(sessions.live, [alice.me.session_id])) == {}

    assert look(sessions.resume, alice.key) is None


def test_a_session_that_nobody_looked_at_goes_on(alice, clock):
    clock.advance(13 * HOUR)
    clock.advance(-13 * HOUR)

    assert look(sessions.resume, alice.key)


def test_a_ticket_that_was_seen_expired_stays_so(alice, clock):
    ticket = do(tickets.issue_ticket, NewSession(alice.user_id, alice.email, "password"), tab=TAB)

    def claim():
        with pytest.raises(TicketNotFoundOrExpired):
            do(login.claim, ticket, [TAB], HOME, None)

    at(clock, MINUTE, claim)

    claim()


def test_a_link_that_was_seen_expired_stays_so(alice, clock):
    url = do(links.issue, "reset", email=alice.email, user_id=alice.user_id, valid_for=HOUR)
    key = url.rpartition("#")[2]
    assert look(links.peek, key, None).live

    assert not at(clock, HOUR, lambda: look(links.peek, key, None)).live

    assert not look(links.peek, key, None).live


def test_a_code_that_was_seen_expired_stays_so_and_its_step_goes_on(database, clock):
    step = do(codes.begin, codes.NewCode("greet", TARGET), HOME)
    sent = sent_code(TARGET)

    assert (
        at(clock, codes.MAIL_LIFE, lambda: look(codes.peek, "greet", step.key)).guesses
        == rate_limits.GUESSES_PER_CODE.most
    )

    with pytest.raises((WrongCode, CodeNotFoundOrExpired)):
        do(codes.confirm, "greet", step.key, sent)
    clock.advance(rate_limits.PAUSES[-1])
    do(codes.send_again, "greet", step.key, HOME)
    assert do(codes.confirm, "greet", step.key, sent_code(TARGET))


def test_a_step_that_was_seen_expired_stays_so(database, clock):
    step = do(codes.begin, codes.NewCode("greet", TARGET), HOME)
    assert at(clock, codes.STEP_LIFE, lambda: look(codes.peek, "greet", step.key)) is None

    with pytest.raises(StepNotFoundOrExpired):
        do(codes.confirm, "greet", step.key, sent_code(TARGET))


def test_a_challenge_that_was_seen_expired_stays_so(alice, clock):
    answered = ask(alice.email, PASSWORD)

    def answer():
        with pytest.raises(ChallengeNotFoundOrExpired):
            send(answered)

    at(clock, challenges.CHALLENGE_LIFE, answer)

    answer()


def test_a_challenge_that_was_answered_stays_spent(alice, clock):
    answered = ask(alice.email, PASSWORD)
    send(answered)

    at(clock, 50 * MINUTE, lambda: do(rate_limits.purge))

    with pytest.raises(ChallengeNotFoundOrExpired):
        send(answered)


def test_a_social_login_that_was_seen_expired_stays_expired(database, clock):
    until = clock.now() + MINUTE

    def finish():
        with pytest.raises(FlowNotFoundOrExpired):
            do(provider_login.finish, b"flow", until)

    at(clock, MINUTE, finish)

    finish()


def blocked_by(rule, *args):
    """Return the seconds that a rule tells the caller to wait; 0 when it runs."""
    try:
        do(rule, *args)
    except TooManyRequests as no:
        return no.wait
    return 0


def test_no_pause_after_failed_logins_is_longer_than_the_longest(database, clock):
    for number in range(7):
        do(rate_limits.count_failure, TARGET, f"client {number}")
    clock.advance(-timedelta(days=1))

    longest = rate_limits.LONGEST_DELAY.total_seconds()
    assert blocked_by(rate_limits.check_failures, TARGET, "client") == longest
    settled()
    clock.advance(rate_limits.LONGEST_DELAY)
    assert blocked_by(rate_limits.check_failures, TARGET, "client") == 0


def test_no_window_of_a_limit_is_longer_than_the_table_says(database, clock):
    limit = rate_limits.LOGIN_FAILURES_PER_CLIENT
    for number in range(limit.most):
        do(rate_limits.count_failure, f"{number}@example.com", "192.0.2.1")
    clock.advance(-timedelta(days=1))

    assert blocked_by(rate_limits.check_failures, TARGET, "192.0.2.1") == limit.window.total_seconds()
    settled()
    clock.advance(limit.window)
    assert blocked_by(rate_limits.check_failures, TARGET, "192.0.2.1") == 0


def test_no_tries_are_counted_for_longer_than_the_window(database, clock):
    limit = rate_limits.RateLimit("knocks", 1, MINUTE)
    assert blocked_by(rate_limits.throttle, "alice", limit) == 0
    clock.advance(-timedelta(days=1))

    assert blocked_by(rate_limits.throttle, "alice", limit) == 60
    clock.advance(MINUTE)
    assert blocked_by(rate_limits.throttle, "alice", limit) == 0


def test_no_pause_before_the_next_code_is_longer_than_the_longest(database, clock):
    step = do(codes.begin, codes.NewCode("greet", TARGET), HOME)
    clock.advance(-timedelta(days=1))

    longest = rate_limits.PAUSES[-1]
    assert look(codes.peek, "greet", step.key).again_at <= clock.now() + longest
    assert blocked_by(codes.send_again, "greet", step.key, HOME) == longest.total_seconds()
    settled()
    clock.advance(longest)
    assert blocked_by(codes.send_again, "greet", step.key, HOME) == 0


def sent_code(address):
    return re.search(r"(?<!\d)\d{6}(?!\d)", mails_to(address)[-1].text)[0]
