"""Rate limits on failed logins with one identifier."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from authapp.core.authentication import login, proofs
from authapp.core.base.callers import Caller
from authapp.core.base.errors import BadUserOrPassword, ChallengeNotFoundOrExpired, TooManyRequests
from authapp.core.base.rate_limits import memory
from authapp.core.credentials import passwords
from authapp.core.sessions import sessions
from tests.kit.rules import do
from tests.kit.scram import ask, send
from tests.kit.users import HOME, PASSWORD, TAB

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


def by_challenge(email, password, caller):
    return send(ask(email, password, caller), caller=caller)


def by_password(email, password, caller):
    return do(login.with_password, proofs.Credentials(email, password), keep=False, tab=TAB, caller=caller)


def test_of_one_identifier_two_passwords_are_hashed_at_once_and_others_go_on(alice, bob, monkeypatch):
    under_way, go_on, matches = threading.Semaphore(0), threading.Event(), passwords.matches

    def slow(*given):
        under_way.release()
        assert go_on.wait(60)
        return matches(*given)

    monkeypatch.setattr(passwords, "matches", slow)
    with ThreadPoolExecutor(3) as pool:
        hers = [pool.submit(by_password, alice.email, PASSWORD, HOME) for _ in range(2)]
        assert under_way.acquire(timeout=60)
        assert under_way.acquire(timeout=60)
        with pytest.raises(TooManyRequests) as refusal:
            by_password(alice.email, PASSWORD, HOME)
        his = pool.submit(by_password, bob.email, PASSWORD, HOME)
        assert under_way.acquire(timeout=60)
        go_on.set()
        assert all(one.result().ticket for one in (*hers, his))

    assert (refusal.value.wait, refusal.value.field) == (1, "password")
    assert by_password(alice.email, PASSWORD, HOME).ticket
    assert not memory._checked


@pytest.fixture(params=[by_challenge, by_password])
def log_in(request):
    """Return a function for each way to log in. Each call comes from a new client."""
    clients = iter(range(1_000_000))

    def go(email, password, caller=None):
        return request.param(email, password, caller or Caller(f"client {next(clients)}"))

    return go


def wrong(log_in, times, email="alice@example.com", caller=None):
    for _ in range(times):
        with pytest.raises(BadUserOrPassword):
            log_in(email, "a wrong password", caller)


def wait(log_in, email="alice@example.com", password=PASSWORD, caller=None):
    with pytest.raises(TooManyRequests) as refusal:
        log_in(email, password, caller)
    assert refusal.value.field == "password"
    return refusal.value.wait


def test_five_wrong_passwords_are_free(alice, log_in, clock):
    wrong(log_in, 5)

    assert log_in(alice.email, PASSWORD).ticket


def test_the_sixth_makes_even_the_right_password_wait_a_second(alice, log_in, clock):
    wrong(log_in, 6)
    assert wait(log_in) == 1

    clock.advance(SECOND)
    assert log_in(alice.email, PASSWORD).ticket


def test_the_wait_doubles_with_each_failure_up_to_fifteen_minutes(alice, log_in, clock):
    wrong(log_in, 5)
    blocked_by = []
    for _ in range(12):
        wrong(log_in, 1)
        blocked_by.append(wait(log_in))
        clock.advance(timedelta(seconds=blocked_by[-1]))

    assert blocked_by == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]


def test_an_unknown_name_waits_just_the_same(alice, log_in, clock):
    wrong(log_in, 6, "nobody@example.com")
    clock.advance(SECOND)
    wrong(log_in, 1, "nobody@example.com")

    assert wait(log_in, "nobody@example.com") == 2
    assert log_in(alice.email, PASSWORD).ticket


def test_tries_while_one_waits_neither_count_nor_help(alice, log_in, clock):
    wrong(log_in, 6)
    assert {wait(log_in) for _ in range(10)} == {1}

    clock.advance(SECOND)
    wrong(log_in, 1)
    assert wait(log_in) == 2


def test_a_login_forgets_the_failures_before_it(alice, log_in, clock):
    wrong(log_in, 5)
    log_in(alice.email, PASSWORD)
    wrong(log_in, 5)

    assert log_in(alice.email, PASSWORD).ticket


def test_the_hundredth_closes_the_password_and_leaves_open_sessions_alone(alice, log_in, clock):
    for _ in range(100):
        wrong(log_in, 1)
        clock.advance(15 * MINUTE)

    clock.advance(timedelta(days=300))
    assert wait(log_in) > 86400
    clock.advance(timedelta(days=-300) - 100 * 15 * MINUTE)
    assert do(sessions.resume, alice.key)


def test_one_client_fails_twenty_times_a_minute_then_even_a_right_password_waits(alice, log_in, clock):
    here = Caller("192.0.2.77")
    for number in range(20):
        wrong(log_in, 1, f"{number}@example.com", here)

    assert 1 <= wait(log_in, caller=here) <= 60
    assert log_in(alice.email, PASSWORD).ticket
    clock.advance(MINUTE)
    assert log_in(alice.email, PASSWORD, here).ticket


def test_a_name_counts_as_one_however_it_is_typed_and_whichever_way_is_taken(alice, clock):
    for number, email in enumerate(("alice@example.com", "ALICE@example.com", " Alice@Example.com")):
        for way in (by_challenge, by_password):
            with pytest.raises(BadUserOrPassword):
                way(email.strip() if way is by_challenge else email, "a wrong password", Caller(f"{number} {way}"))

    for way in (by_challenge, by_password):
        with pytest.raises(TooManyRequests):
            way(alice.email, PASSWORD, Caller(str(way)))


def test_a_challenge_that_is_refused_for_its_wait_is_spent(alice, clock):
    answered = ask(alice.email, PASSWORD)
    wrong(lambda email, password, caller: by_password(email, password, Caller("x")), 6)
    with pytest.raises(TooManyRequests):
        send(answered)

    clock.advance(SECOND)
    with pytest.raises(ChallengeNotFoundOrExpired):
        send(answered)
