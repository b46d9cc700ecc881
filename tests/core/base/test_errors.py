"""Refusals: codes, statuses, messages and fields."""

import inspect

import pytest

from authapp.core.base import errors
from authapp.core.base.errors import InvalidSession, Refusal, TooManyRequests, WrongCode, duration

REFUSALS = [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, Refusal)]


def of(kind: type[Refusal]) -> Refusal:
    if kind is InvalidSession:
        return kind("there are two")
    return kind(1) if kind in (TooManyRequests, WrongCode) else kind()


@pytest.mark.parametrize("kind", REFUSALS)
def test_every_refusal_has_a_code_a_status_and_words(kind):
    refusal = of(kind)

    assert refusal.code.isidentifier()
    assert 400 <= refusal.status < 600
    assert refusal.message[0].isupper()
    assert refusal.message.endswith(".")


def test_no_two_refusals_share_a_code():
    assert len({kind.code for kind in REFUSALS}) == len(REFUSALS)


def test_words_and_field_can_be_said_at_the_place():
    refusal = errors.WeakPassword("Too short.", field="confirmation")

    assert (refusal.message, refusal.field) == ("Too short.", "confirmation")
    assert errors.WeakPassword("Too short.").field == "password"
    assert errors.BadInput().field == ""


def test_words_that_may_be_shown_to_one_person_are_not_what_a_log_would_print():
    assert str(errors.BadInput("alice@example.com is odd")) == "BadInput"


def test_only_failed_tries_are_counted():
    counted = {"BadUserOrPassword", "CodeNotFoundOrExpired", "TooManyRequests", "WrongCode"}
    assert {kind.code for kind in REFUSALS if kind.counted} == counted


@pytest.mark.parametrize(
    ("left", "words"),
    [(4, ". 4 attempts left."), (1, ". 1 attempt left."), (0, ", and that was the last attempt. Get a new code.")],
)
def test_a_wrong_code_says_how_many_guesses_are_left(left, words):
    assert WrongCode(left).message == f"This code is wrong{words}"


@pytest.mark.parametrize(
    ("wait", "seconds", "words"),
    [(0, 1, "1 second"), (-5, 1, "1 second"), (0.2, 1, "1 second"), (1.2, 2, "2 seconds"), (59.5, 60, "1 minute")],
)
def test_a_wait_is_told_in_whole_seconds_and_never_too_short(wait, seconds, words):
    refusal = TooManyRequests(wait)

    assert refusal.wait == seconds
    assert f"Wait {words} and" in refusal.message


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (1, "1 second"),
        (59, "59 seconds"),
        (60, "1 minute"),
        (61, "2 minutes"),
        (3600, "1 hour"),
        (5400, "2 hours"),
        (86400, "1 day"),
        (86401, "2 days"),
        (0, "a moment"),
    ],
)
def test_a_time_is_said_as_a_person_says_it(seconds, words):
    assert duration(seconds) == words
