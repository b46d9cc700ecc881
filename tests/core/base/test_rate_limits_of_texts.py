"""Caps of the cost of texts: for the whole site, and by country."""

import logging

import pytest

from authapp.core.admin import admin
from authapp.core.authorization import groups
from authapp.core.base import rate_limits
from authapp.core.base.errors import TooManyRequests
from authapp.core.base.rate_limits import CodeTarget, texts
from authapp.core.base.rate_limits.texts import Usage
from authapp.states.admin import _usage
from tests.kit.rules import do, race, winners

GERMAN, FRENCH, AUSTRIAN, SATELLITE = "+491512345{:04}", "+33612345{:03}", "+43664123{:04}", "+87077311{:04}"


def send(number, count=0):
    return do(rate_limits.count_code, CodeTarget(number.format(count)), f"192.0.2.{count}")


def sent(number, tries=8):
    """Return how many texts to a country get through."""
    refusals = []
    for count in range(tries):
        try:
            send(number, count)
        except TooManyRequests as refusal:
            refusals.append(str(refusal.message))
    assert set(refusals) <= {"We can’t send more text messages today. Wait 1 day and try again."}
    return tries - len(refusals)


@pytest.mark.parametrize("caps", ["DE:3,FR:2,*:1", "*:1,FR:2,DE:3"])
def test_each_country_has_its_cap_and_each_other_country_has_that_of_the_others(database, configure, clock, caps):
    configure(AUTHAPP_TEXTS_PER_COUNTRY=caps)

    assert [sent(number) for number in (GERMAN, FRENCH, AUSTRIAN, SATELLITE)] == [3, 2, 1, 1]


def test_a_country_without_a_cap_has_only_that_of_the_site(database, configure, clock):
    configure(AUTHAPP_TEXTS_PER_COUNTRY="DE:0", AUTHAPP_TEXTS_PER_DAY=4)

    assert [sent(GERMAN), sent(FRENCH), sent(AUSTRIAN)] == [0, 4, 0]


def test_refused_texts_of_one_country_use_up_nothing_of_the_site(database, configure, clock):
    configure(AUTHAPP_TEXTS_PER_COUNTRY="DE:1", AUTHAPP_TEXTS_PER_DAY=3)

    assert [sent(GERMAN), sent(FRENCH)] == [1, 2]


def test_eight_texts_at_once_stay_within_the_cap(database, configure):
    configure(AUTHAPP_TEXTS_PER_COUNTRY="DE:3")

    assert len(winners(race(8, lambda number: send(GERMAN, number)), TooManyRequests)) == 3


def test_mails_count_in_no_cap(database, configure, clock):
    configure(AUTHAPP_TEXTS_PER_COUNTRY="*:0")

    assert send("ann{}@example.com")
    assert send("+ann{}@example.com")


def test_the_log_says_once_a_day_that_half_is_used(database, configure, clock, caplog):
    configure(AUTHAPP_TEXTS_PER_COUNTRY="DE:4", AUTHAPP_TEXTS_PER_DAY=100)
    caplog.set_level(logging.WARNING, texts.log.name)

    def lines():
        return [record.getMessage() for record in caplog.records if record.name == texts.log.name]

    send(GERMAN, 0)
    assert lines() == []
    for count in range(1, 4):
        send(GERMAN, count)
    half = "half of the 4 text messages of this day (AUTHAPP_TEXTS_PER_COUNTRY, DE) are used"
    assert lines() == [half]

    for count in range(4, 7):
        with pytest.raises(TooManyRequests):
            send(GERMAN, count)
    assert lines()[:1] == [half]
    assert [line.startswith("all 4 text messages of this day") for line in lines()[1:]] == [True]

    clock.advance(texts.A_DAY)
    sent(GERMAN, 2)
    assert lines().count(half) == 2


def test_the_log_says_the_same_for_the_whole_site(database, configure, clock, caplog):
    configure(AUTHAPP_TEXTS_PER_DAY=3)
    for count in range(2):
        send(GERMAN, count)

    assert caplog.text.count("half of the 3 text messages of this day (AUTHAPP_TEXTS_PER_DAY) are used") == 1


def test_administrators_see_each_cap_of_which_half_is_used(alice, configure, clock):
    do(groups.add, alice.user_id, "admin")
    configure(AUTHAPP_TEXTS_PER_COUNTRY="DE:4,*:2", AUTHAPP_TEXTS_PER_DAY=8)
    send(GERMAN, 0)
    assert do(admin.used_texts, alice.me) == []

    send(GERMAN, 1)
    send(FRENCH, 2)
    send(AUSTRIAN, 3)

    usages = do(admin.used_texts, alice.me)
    assert usages == [Usage("", 4, 8), Usage("AT", 1, 2), Usage("DE", 2, 4), Usage("FR", 1, 2)]
    assert _usage(usages[0]) == "4 of 8 text messages of today are used."
    assert _usage(usages[2]) == "2 of 4 text messages to the country DE today are used."
    clock.advance(texts.A_DAY)
    assert do(texts.used) == []
