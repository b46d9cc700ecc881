"""Rate limits and use counts."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlmodel import select

from authapp.core.base import rate_limits
from authapp.core.base.errors import TooManyRequests
from authapp.core.base.rate_limits import RateLimit, memory
from authapp.core.credentials import links
from authapp.db import transaction
from authapp.models import ActionLink, RateCounter, Spent
from tests.kit.rules import do

SECOND, MINUTE, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(days=1)
THREE = RateLimit("knocks", 3, MINUTE)


def knock(who="alice", limit=THREE):
    do(rate_limits.throttle, who, limit)


def refused_wait(who="alice", limit=THREE):
    with pytest.raises(TooManyRequests) as refusal:
        knock(who, limit)
    return refusal.value.wait


def fail(times=1, name="alice@example.com", caller="192.0.2.1"):
    for _ in range(times):
        do(rate_limits.count_failure, name, caller)


def check(name="alice@example.com", caller="192.0.2.1"):
    do(rate_limits.check_failures, name, caller)


def wait_told(name="alice@example.com", caller="198.51.100.1"):
    """Return the seconds that a client at another IP address has to wait; 0 if none."""
    try:
        check(name, caller)
    except TooManyRequests as refusal:
        return refusal.wait
    return 0


@pytest.fixture
def link_of_two(database):
    def issue(db):
        return links.issue(db, "sign_up", email="alice@example.com", valid_for=MINUTE, uses=2)

    return do(issue).rpartition("#")[2][:16]


def test_the_remaining_uses_are_spent_one_by_one(link_of_two):
    assert [do(rate_limits.spend, ActionLink, link_of_two) for _ in range(4)] == [True, True, False, False]
    assert do(lambda db: db.get(ActionLink, link_of_two).uses_left) == 0


def test_expired_unknown_or_mismatched_uses_cannot_be_spent(link_of_two, clock):
    assert not do(rate_limits.spend, ActionLink, "unknown")
    assert not do(rate_limits.spend, ActionLink, link_of_two, ActionLink.email == "bob@example.com")
    clock.advance(MINUTE)
    assert not do(rate_limits.spend, ActionLink, link_of_two)
    assert do(lambda db: db.get(ActionLink, link_of_two).uses_left) == 2


def test_spending_is_undone_when_the_rule_is(link_of_two):
    with pytest.raises(ZeroDivisionError):
        do(lambda db: rate_limits.spend(db, ActionLink, link_of_two) and 1 / 0)

    assert do(lambda db: db.get(ActionLink, link_of_two).uses_left) == 2


def test_a_thing_is_new_once(database, clock):
    until = clock.now() + MINUTE

    assert do(rate_limits.once, b"a", until) is True
    assert do(rate_limits.once, b"a", until) is False
    assert do(rate_limits.once, b"b", until) is True


def test_within_the_limit_nothing_happens_and_beyond_it_the_wait_is_told(database, clock):
    for _ in range(3):
        knock()
    clock.advance(20 * SECOND)

    assert 39 <= refused_wait() <= 41


def test_a_window_begins_with_its_first_try_and_ends(database, clock):
    knock()
    clock.advance(50 * SECOND)
    knock()
    knock()
    assert refused_wait() <= 10

    clock.advance(10 * SECOND)
    for _ in range(3):
        knock()
    assert refused_wait() > 50


def test_trying_on_does_not_make_the_wait_longer(database, clock):
    for _ in range(3):
        knock()
    blocked_by = [refused_wait() for _ in range(5)]

    assert max(blocked_by) == min(blocked_by)


def test_everybody_and_every_limit_is_counted_apart(database):
    for _ in range(3):
        knock()

    knock("bob")
    knock("alice", RateLimit("rings", 3, MINUTE))
    assert refused_wait()


def test_of_several_limits_the_first_that_is_reached_refuses(database, clock):
    for _ in range(3):
        do(rate_limits.throttle, "alice", THREE, RateLimit("knocks a day", 5, DAY))
    assert refused_wait() <= 60
    clock.advance(MINUTE)

    for _ in range(2):
        do(rate_limits.throttle, "alice", THREE, RateLimit("knocks a day", 5, DAY))
    with pytest.raises(TooManyRequests) as refusal:
        do(rate_limits.throttle, "alice", THREE, RateLimit("knocks a day", 5, DAY))
    assert refusal.value.wait > 60


def test_a_refused_try_is_counted_too(database):
    for _ in range(3):
        knock()
    for _ in range(4):
        refused_wait()

    assert do(lambda db: db.exec(select(RateCounter.count)).all()) == [7]


def test_a_limit_can_answer_instead_of_refusing(database, clock):
    assert [do(rate_limits.allows, "alice", THREE) for _ in range(5)] == [True, True, True, False, False]
    clock.advance(MINUTE)
    assert do(rate_limits.allows, "alice", THREE)


def test_the_table_names_nobody(database):
    knock("alice@example.com")
    fail(name="alice@example.com", caller="192.0.2.1")

    kept = do(lambda db: b"".join(db.exec(select(RateCounter.digest)).all()))
    assert b"alice" not in kept
    assert b"192.0" not in kept


def test_five_failures_are_free_then_the_delay_doubles_up_to_fifteen_minutes(database, clock):
    fail(5)
    assert wait_told() == 0
    blocked_by = []
    for _ in range(15):
        fail(caller=str(len(blocked_by)))
        blocked_by.append(wait_told())
        clock.advance(timedelta(seconds=blocked_by[-1]))
        assert wait_told() == 0

    assert blocked_by == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900, 900, 900]


def test_the_hundredth_failure_closes_the_password_until_it_is_forgotten(database, clock):
    fail(99)
    clock.advance(rate_limits.LONGEST_DELAY)
    assert wait_told() == 0
    fail()

    clock.advance(timedelta(days=365))
    assert wait_told() > 365 * 86400
    do(rate_limits.purge)
    assert wait_told() > 365 * 86400

    do(rate_limits.forget_failures, uuid4(), "alice@example.com")
    assert wait_told() == 0


def test_failures_go_on_being_counted_after_the_hundredth(database):
    fail(120)

    assert wait_told() > 365 * 86400


def test_a_refusal_that_lasts_for_years_says_what_to_do_instead(database):
    fail(100)

    with pytest.raises(TooManyRequests) as refusal:
        check()

    assert "3650 days" not in refusal.value.message


def test_failures_are_forgotten_a_day_after_the_last_one(database, clock):
    fail(4)
    clock.advance(DAY - SECOND)
    fail()
    fail()
    assert wait_told() == 1

    clock.advance(DAY + 2 * SECOND)
    fail()
    assert wait_told() == 0


def test_failures_of_one_name_do_not_touch_another(database):
    fail(10)

    assert wait_told() > 0
    assert wait_told("bob@example.com") == 0


def test_one_client_fails_twenty_times_a_minute_over_all_names(database, clock):
    for number in range(20):
        check(f"{number}@example.com")
        fail(name=f"{number}@example.com")

    with pytest.raises(TooManyRequests) as refusal:
        check("another@example.com")
    assert refusal.value.field == "password"
    assert 1 <= refusal.value.wait <= 60
    assert wait_told("another@example.com") == 0

    clock.advance(MINUTE)
    check("another@example.com")


def test_challenges_of_one_client_are_bounded_and_nothing_is_written(database, clock):
    for _ in range(60):
        rate_limits.throttle_calls(rate_limits.CHALLENGES, "192.0.2.1")
    with pytest.raises(TooManyRequests) as refusal:
        rate_limits.throttle_calls(rate_limits.CHALLENGES, "192.0.2.1")
    assert 1 <= refusal.value.wait <= 60
    rate_limits.throttle_calls(rate_limits.CHALLENGES, "198.51.100.1")

    clock.advance(MINUTE)
    rate_limits.throttle_calls(rate_limits.CHALLENGES, "192.0.2.1")
    assert do(lambda db: db.exec(select(RateCounter)).all()) == []


def test_a_flood_from_many_clients_does_not_fill_the_memory(clock):
    for number in range(11_000):
        rate_limits.throttle_calls(rate_limits.CHALLENGES, str(number))

    assert len(memory._calls) <= 10_001


def test_a_flood_from_many_clients_resets_no_counter_in_use(clock):
    memory._calls.clear()
    for _ in range(rate_limits.CHALLENGES.most):
        rate_limits.throttle_calls(rate_limits.CHALLENGES, "192.0.2.1")

    for number in range(memory.MOST_KEPT + 10):
        rate_limits.throttle_calls(rate_limits.CHALLENGES, str(number))

    with pytest.raises(TooManyRequests):
        rate_limits.throttle_calls(rate_limits.CHALLENGES, "192.0.2.1")
    assert len(memory._calls) > memory.MOST_KEPT * 8 // 10
    assert ("challenges_per_ip", str(memory.MOST_KEPT)) in memory._calls  # a young counter stays


def test_a_wide_network_at_its_limit_adds_no_counters(clock):
    memory._calls.clear()
    most, refused = 16 * rate_limits.CHALLENGES.most, 0
    for number in range(most + 100):
        subnet = number % 256 * 256 + number // 256  # another /56 each time, and another /64
        try:
            rate_limits.throttle_calls(rate_limits.CHALLENGES, f"2001:db8:1:{subnet:x}::1")
        except TooManyRequests:
            refused += 1

    assert refused == 100
    assert len([network for _, network in memory._calls if network.endswith("/64")]) == most


def test_refused_calls_of_one_network_use_up_nothing_of_the_wider_ones(clock):
    memory._calls.clear()
    for _ in range(rate_limits.CHALLENGES.most):
        rate_limits.throttle_calls(rate_limits.CHALLENGES, "2001:db8:1:2::1")
    for _ in range(16 * rate_limits.CHALLENGES.most):
        with pytest.raises(TooManyRequests):
            rate_limits.throttle_calls(rate_limits.CHALLENGES, "2001:db8:1:2::1")

    assert rate_limits.throttle_calls(rate_limits.CHALLENGES, "2001:db8:1:3::1") is None


def test_expired_rows_are_purged_and_the_rest_stays(database, clock):
    knock()
    fail(10)
    do(rate_limits.once, b"old", clock.now() + MINUTE)
    clock.advance(rate_limits.REMEMBERED)
    do(rate_limits.once, b"new", clock.now())
    clock.advance(MINUTE)

    do(rate_limits.purge)

    assert do(lambda db: db.exec(select(Spent.digest)).all()) == [b"new"]
    assert do(lambda db: db.exec(select(RateCounter.count)).all()) == [10, 10]  # of the identifier, and of its user


def test_limits_can_be_switched_off_to_measure(database, configure):
    configure(AUTHAPP_RATE_LIMITS="false")
    for _ in range(70):
        knock()
        fail()
        rate_limits.throttle_calls(rate_limits.CHALLENGES, "192.0.2.1")
        assert do(rate_limits.allows, "alice", THREE)

    assert wait_told() == 0
    assert do(lambda db: db.exec(select(RateCounter)).all()) == []


def test_a_counted_refusal_is_kept_though_the_rest_of_its_rule_is_refused(database):
    for _ in range(3):
        knock()

    with pytest.raises(TooManyRequests), transaction() as db:
        rate_limits.throttle(db, "alice", THREE)

    assert do(lambda db: db.exec(select(RateCounter.count)).one()) == 4


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff:ffff:ffff:ffff", True),
        ("2001:db8:1:2::1", "2001:DB8:1:2:0:0:0:2", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("192.0.2.1", "192.0.2.2", False),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.2", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("fe80::1%eth0", "fe80::2%eth0", True),
        ("client 1", "client 2", False),
        ("", "192.0.2.1", False),
    ],
)
def test_addresses_of_one_ipv6_network_count_as_one_client(database, clock, one, other, same):
    for _ in range(3):
        knock(one)

    if same:
        assert refused_wait(other) >= 59
    else:
        assert knock(other) is None


@pytest.mark.parametrize(("network", "refused"), [("2001:db8:1:2", True), ("2001:db8:1:3", False)])
def test_challenges_of_one_ipv6_network_count_as_one_client(clock, network, refused):
    memory._calls.clear()
    for number in range(rate_limits.CHALLENGES.most):
        rate_limits.throttle_calls(rate_limits.CHALLENGES, f"2001:db8:1:2::{number:x}")

    if refused:
        with pytest.raises(TooManyRequests):
            rate_limits.throttle_calls(rate_limits.CHALLENGES, f"{network}::ffff")
    else:
        assert rate_limits.throttle_calls(rate_limits.CHALLENGES, f"{network}::ffff") is None


def test_failures_of_one_ipv6_network_count_as_one_client(database, clock):
    for number in range(20):
        fail(name=f"{number}@example.com", caller=f"2001:db8:1:2::{number:x}")

    assert wait_told("carol@example.com", "2001:db8:1:2::ffff") > 0
    assert wait_told("carol@example.com", "2001:db8:1:3::1") == 0
