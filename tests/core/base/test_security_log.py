"""Security events: one log line each, and so few a minute that nobody can fill the log."""

import logging

import pytest

from authapp.core.base import security_log

MOST = security_log.LINES_A_MINUTE


@pytest.fixture
def lines(monkeypatch, caplog):
    """Return a function for the log lines so far, which can let time pass first."""
    now = [0.0]
    monkeypatch.setattr(security_log.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(security_log, "_windows", {})
    caplog.set_level(logging.INFO)

    def written(after: float = 0) -> list[str]:
        now[0] += after
        return caplog.messages

    return written


def test_an_event_is_one_line_with_its_known_facts(lines):
    security_log.note("event denied", event="shop.buy", code="NotAllowed", user="")

    assert lines() == ["event denied: event=shop.buy code=NotAllowed"]


def test_a_flood_leaves_ten_lines_and_the_number_of_the_others(lines):
    for _ in range(MOST + 25):
        security_log.note("event denied")
    assert lines() == ["event denied"] * MOST

    lines(after=60)
    security_log.close_minutes()
    security_log.close_minutes()

    assert lines()[MOST:] == ["event denied: 25 more within a minute"]


def test_the_next_minute_has_lines_again_and_the_one_before_is_closed_first(lines):
    for _ in range(MOST + 1):
        security_log.note("event denied")
    lines(after=60)

    security_log.note("event denied")

    assert lines()[MOST:] == ["event denied: 1 more within a minute", "event denied"]


def test_each_kind_has_lines_of_its_own(lines):
    for _ in range(MOST + 1):
        security_log.note("event denied")

    security_log.note("call denied")

    assert lines()[-1] == "call denied"


def test_suppressed_log_lines_are_reported_before_the_server_stops(lines):
    for _ in range(MOST + 2):
        security_log.note("event denied")

    security_log.close_minutes(all=True)

    assert lines()[-1] == "event denied: 2 more within a minute"


def test_a_minute_with_few_events_has_no_closing_line(lines):
    security_log.note("event denied")
    lines(after=60)
    security_log.close_minutes()

    assert lines() == ["event denied"]


def test_a_tag_is_the_same_for_the_same_and_reveals_nothing():
    tag = security_log.tag("alice@example.com")

    assert tag == security_log.tag("alice@example.com") != security_log.tag("bob@example.com")
    assert len(tag) == 8
    assert security_log.tag("") == ""
