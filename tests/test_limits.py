"""The setting of rate limits: each row of the table, nonsense, and caps of texts by country."""

import json
from datetime import timedelta

import pytest

from authapp.config import BadSettings, settings
from authapp.config.limits import DEFAULTS, LIMITS, Limit, parse

FORM = {True: "a number and a period, like 20/minute or 5/10 minutes", False: "a number, like 20"}


def sentence(configure, **variables):
    configure(**variables)
    with pytest.raises(BadSettings) as stop:
        settings()
    return str(stop.value).removeprefix("authapp cannot start: ")


@pytest.mark.parametrize("name", LIMITS)
def test_each_row_can_be_set_and_the_others_keep_their_defaults(configure, name):
    value = "3/7 minutes" if LIMITS[name].has_period else "3"
    configure(AUTHAPP_LIMITS=json.dumps({name: value}))

    assert settings().limits == {name: Limit(3, timedelta(minutes=7 if LIMITS[name].has_period else 0))}


@pytest.mark.parametrize("name", LIMITS)
@pytest.mark.parametrize(
    "value", ["", "0", "-1", "0/day", "1.5", "many", "5/", "5/fortnight", None, True, [], {"a": 1}]
)
def test_nonsense_is_refused_with_the_form_that_is_needed(configure, name, value):
    told = sentence(configure, AUTHAPP_LIMITS=json.dumps({name: value}))

    assert told == f"AUTHAPP_LIMITS must give {name} as {FORM[LIMITS[name].has_period]}"


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ('{"login_per_ip": "20"}', f"must give login_per_ip as {FORM[True]}"),
        ('{"sockets_per_ip": "20/minute"}', f"must give sockets_per_ip as {FORM[False]}"),
        ('{"login_per_ipp": "20/minute"}', "has no limit login_per_ipp; did you mean login_per_ip?"),
        ('{"qqqqqqqq": "20/minute"}', "has no limit qqqqqqqq"),
        ('{"login_per_ip": "1/day", "A secret": "1/day"}', "has an unknown name in entry 2"),
        ('{"login_per_ip": "1/day", "login_per_ip": "2/day"}', "must name login_per_ip only once"),
        ('{"login_per_ip": "9/32 days"}', "must give login_per_ip a period of at most 31 days"),
        ('{"failures_per_user": "51"}', "must not raise failures_per_user above 50 (NIST SP 800-63B-4, 3.2.2)"),
        ('{"guesses_per_code": "11"}', "must not raise guesses_per_code above 10"),
        ("[]", 'must be a JSON object, like {"login_per_ip": "100/hour"}'),
        ("[1", 'must be a JSON object, like {"login_per_ip": "100/hour"}'),
        ("", 'must be a JSON object, like {"login_per_ip": "100/hour"}'),
    ],
)
def test_a_wrong_setting_is_refused_in_one_sentence(configure, value, told):
    assert sentence(configure, AUTHAPP_LIMITS=value) == f"AUTHAPP_LIMITS {told}"


def test_a_number_needs_no_quotation_marks(configure):
    configure(AUTHAPP_LIMITS='{"sockets_per_ip": 3000}')

    assert settings().limits == {"sockets_per_ip": Limit(3000)}


def test_no_default_is_above_its_own_ceiling():
    for name, row in LIMITS.items():
        assert not row.ceiling or DEFAULTS[name].most <= row.ceiling
        assert parse(row.default) == DEFAULTS[name]


@pytest.mark.parametrize(
    ("value", "caps"),
    [("", {}), ("DE:500,FR:200,*:100", {"DE": 500, "FR": 200, "*": 100}), (" DE : 0 ", {"DE": 0})],
)
def test_caps_of_texts_by_country(configure, value, caps):
    configure(AUTHAPP_TEXTS_PER_COUNTRY=value)

    assert settings().texts_per_country == caps


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("DE", "must be countries"),
        ("DE:x", "must be countries"),
        ("DE:5,DE:6", "must be countries"),
        ("de:5", "must be countries"),
        ("DE:-1", "must be countries"),
        ("UK:5", "has no country UK"),
    ],
)
def test_wrong_caps_are_refused(configure, value, told):
    assert sentence(configure, AUTHAPP_TEXTS_PER_COUNTRY=value).startswith(f"AUTHAPP_TEXTS_PER_COUNTRY {told}")
