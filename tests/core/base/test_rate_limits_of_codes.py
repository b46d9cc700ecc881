"""Rate limits on one-time codes."""

from datetime import timedelta

import pytest
from sqlmodel import select

from authapp.core.base import rate_limits
from authapp.core.base.errors import TooManyRequests
from authapp.core.base.rate_limits import CodeTarget
from authapp.models import RateCounter
from tests.kit.rules import do

SECOND, MINUTE, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(days=1)


def code(to="+12015550100", caller="192.0.2.1"):
    return do(rate_limits.count_code, CodeTarget(to), caller)


def wait_for_code(*args, **kwargs):
    """Return the waiting time of a refused code request, and whether the refusal keeps what was counted."""
    with pytest.raises(TooManyRequests) as refusal:
        code(*args, **kwargs)
    return refusal.value.wait, refusal.value.counted


def test_the_pause_before_the_next_code_grows_and_a_refusal_within_it_is_not_counted(database, clock):
    for pause in (30, 60, 120, 120):
        again_at = code()
        assert again_at - clock.now() > timedelta(seconds=pause - 1)
        assert wait_for_code() == (pause, False)
        assert [one for _ in range(5) for one in wait_for_code()[1:]] == [False] * 5
        clock.advance(timedelta(seconds=pause))
    code()


def test_a_sixth_code_in_an_hour_waits_for_its_end_and_another_target_does_not(database, clock):
    started = clock.now()
    for _ in range(5):
        code()
        clock.advance(2 * MINUTE)

    wait, counted = wait_for_code()

    assert counted
    assert timedelta() <= started + timedelta(hours=1, seconds=1) - clock.now() - wait * SECOND < 2 * SECOND
    assert code("+12015550101")
    clock.advance(wait * SECOND)
    assert code()


def test_twenty_codes_an_hour_for_a_client_are_twenty_for_its_whole_network(database, clock):
    for last in range(20):
        code(f"+120155501{last:02}", f"2001:db8::{last:x}")

    assert wait_for_code("+12015550199", "2001:db8::ffff")[1]
    assert code("+12015550199", "2001:db8:0:1::1")


def test_texts_are_counted_over_all_and_mails_are_not(database, clock, configure):
    configure(AUTHAPP_TEXTS_PER_DAY=2)
    for last in range(2):
        code(f"+120155501{last:02}", f"192.0.2.{last}")

    wait, _ = wait_for_code("+12015550199", "192.0.2.99")
    assert wait == 86400
    assert code("carol@example.com", "192.0.2.99")


def test_without_limits_only_the_pause_is_left(database, clock, configure):
    configure(AUTHAPP_RATE_LIMITS="false", AUTHAPP_TEXTS_PER_DAY=1)
    for _ in range(8):
        code()
        assert wait_for_code()[1] is False
        clock.advance(2 * MINUTE)
    for last in range(30):
        code(f"+120155501{last:02}")


def test_a_client_that_asks_too_soon_loses_none_of_its_twenty(database, clock):
    code()
    for _ in range(50):
        wait_for_code()

    for last in range(1, 20):
        code(f"+120155501{last:02}")
    assert wait_for_code("+12015550199")[1]


def test_a_look_whether_a_code_may_be_sent_refuses_as_sending_does_and_counts_nothing(database, clock, configure):
    configure(AUTHAPP_RATE_LIMITS="true")
    number, caller = "+4915123456789", "192.0.2.1"

    def words(rule, *, to=number, by=caller):
        try:
            code(to, by) if rule is code else do(rule, CodeTarget(to), by)
        except TooManyRequests as no:
            return no.message
        return ""

    def kept():
        return [
            (row.digest, row.count)
            for row in do(lambda db: db.exec(select(RateCounter).order_by(RateCounter.digest)).all())
        ]

    for count in range(5):
        assert words(rate_limits.check_code) == words(code) == "", count
        before = kept()
        assert words(rate_limits.check_code).startswith("We sent a code just now.")
        assert kept() == before
        clock.advance(2 * MINUTE)
    assert words(rate_limits.check_code).startswith("Too many codes for this email or phone.")
    assert words(rate_limits.check_code, to="+4915123456780") == ""
    for other in range(15):
        assert words(code, to=f"+4915129999{other:03}") == ""
    assert words(rate_limits.check_code, to="+4915123456780").startswith("Too many codes were requested")
    assert words(rate_limits.check_code, to="+4915123456780", by="192.0.2.2") == ""

    clock.advance(timedelta(hours=1))
    assert words(rate_limits.check_code) == ""
    configure(AUTHAPP_RATE_LIMITS="false")
    assert words(rate_limits.check_code) == ""
