"""Bots at sign-up, recovery and waitlist: the hidden field, and the proof of work near a limit."""

import json
from datetime import timedelta

import pytest
from sqlmodel import select

from authapp.core.authentication import recovery, sign_up, waitlist
from authapp.core.base import bots, rate_limits
from authapp.core.base.errors import BadInput, ProofOfWorkNeeded, StepNotFoundOrExpired, TooManyRequests
from authapp.core.credentials import codes
from authapp.models import ActionLink, AuditEvent, Code, Message, RateCounter, Spent, WaitlistEntry
from tests.kit.messages import mails_to
from tests.kit.proofs import QUICK, challenged, proved
from tests.kit.rules import do, race, refused
from tests.kit.tables import count_rows
from tests.kit.users import HOME, PASSWORD

BOT = HOME._replace(is_bot=True)
NUMBER = "+4915123456789"
BY_MAIL = pytest.mark.parametrize("rule", [sign_up.sign_up, recovery.recover, waitlist.join])
TABLES = (Message, ActionLink, Code, RateCounter, Spent, AuditEvent, WaitlistEntry)


def by_phone(rule, caller, number=NUMBER):
    new = (sign_up.NewUser("Ann", "Liddell", PASSWORD),) if rule is sign_up.sign_up_by_phone else ()
    return do(rule, number, *new, caller)


@pytest.fixture
def near(database, configure):
    """Use five of the ten requests of a minute."""
    configure(AUTHAPP_PROOF_OF_WORK=QUICK)
    for number in range(5):
        do(sign_up.sign_up, f"{number}@example.com", HOME)


@BY_MAIL
def test_a_filled_hidden_field_gets_the_usual_answer_and_writes_nothing(alice, rule):
    before = count_rows(*TABLES)
    for email in (alice.email, "carol@example.com"):
        assert do(rule, email, BOT) is None
    assert count_rows(*TABLES) == before

    with pytest.raises(BadInput):
        do(rule, "no address", BOT)
    assert do(rule, "carol@example.com", HOME) is None
    assert count_rows(*TABLES) != before


@pytest.mark.parametrize("rule", [sign_up.sign_up_by_phone, recovery.recover_by_phone])
def test_a_filled_hidden_field_gets_a_step_that_does_not_exist(database, clock, rule):
    step = by_phone(rule, BOT)

    assert count_rows(*TABLES) == [0] * len(TABLES)
    real = by_phone(rule, HOME)
    assert step._replace(key="", again_at=real.again_at) == real._replace(key="")
    assert abs(step.again_at - real.again_at) < timedelta(seconds=1)
    assert len(step.key) == len(real.key)
    for purpose in (sign_up.SIGN_UP, recovery.RECOVERY):
        with pytest.raises(StepNotFoundOrExpired):
            do(codes.confirm, purpose, step.key, "123456")


@BY_MAIL
def test_the_second_half_of_a_limit_needs_proofs_and_the_limit_stays(near, rule):
    assert isinstance(refused(do, rule, "carol@example.com", HOME), ProofOfWorkNeeded)
    assert mails_to("carol@example.com") == []

    for number in range(5):
        caller = proved(HOME, rule, f"carol{number}@example.com")
        do(rule, f"carol{number}@example.com", caller)
        assert len(mails_to(f"carol{number}@example.com")) == 1

    with pytest.raises(TooManyRequests):
        do(rule, "dave@example.com", HOME)


def test_a_request_that_lacks_its_proof_is_not_counted(near):
    for _ in range(20):
        challenged(sign_up.sign_up, "carol@example.com", HOME)

    assert do(sign_up.sign_up, "carol@example.com", proved(HOME, sign_up.sign_up, "carol@example.com")) is None


def test_other_addresses_need_no_proof(near):
    assert do(sign_up.sign_up, "carol@example.com", HOME._replace(ip="198.51.100.1")) is None


def test_a_proof_of_another_rule_does_not_count(near):
    caller = proved(HOME, sign_up.sign_up, "carol@example.com")

    with pytest.raises(ProofOfWorkNeeded):
        do(recovery.recover, "carol@example.com", caller)
    assert do(sign_up.sign_up, "carol@example.com", caller) is None


def test_known_and_unknown_addresses_are_answered_alike(alice, configure):
    configure(AUTHAPP_PROOF_OF_WORK=QUICK, AUTHAPP_LIMITS=json.dumps({"requests_per_ip": "2/hour"}))
    answers = [refused(do, recovery.recover, email, HOME) for email in (alice.email, "carol@example.com")]

    assert {(type(no), str(no.message), no.field) for no in answers} == {(ProofOfWorkNeeded, answers[0].message, "")}


def test_one_proof_lets_one_of_eight_requests_in(near):
    caller = proved(HOME, sign_up.sign_up, "carol@example.com")

    answers = race(8, lambda number: do(sign_up.sign_up, f"carol{number}@example.com", caller))

    assert sorted(type(answer).__name__ for answer in answers) == ["NoneType"] + ["ProofOfWorkNeeded"] * 7


def test_many_requests_from_many_addresses_need_proofs_on_the_whole_site(database, configure):
    configure(AUTHAPP_PROOF_OF_WORK=QUICK, AUTHAPP_LIMITS=json.dumps({"requests_without_proof": "3/hour"}))

    for number in range(3):
        do(recovery.recover, f"{number}@example.com", HOME._replace(ip=f"192.0.2.{number}"))

    newcomer = HOME._replace(ip="198.51.100.1")
    assert do(recovery.recover, "carol@example.com", proved(newcomer, recovery.recover, "carol@example.com")) is None


def test_eight_requests_at_once_are_counted_exactly_for_the_whole_site(database, configure):
    configure(AUTHAPP_PROOF_OF_WORK=QUICK, AUTHAPP_LIMITS=json.dumps({"requests_without_proof": "3/hour"}))

    answers = race(8, lambda n: do(sign_up.sign_up, f"{n}@example.com", HOME._replace(ip=f"192.0.2.{n}")))

    assert sorted(type(answer).__name__ for answer in answers) == ["NoneType"] * 3 + ["ProofOfWorkNeeded"] * 5


@pytest.mark.parametrize("rule", [sign_up.sign_up_by_phone, recovery.recover_by_phone])
def test_texts_near_the_limit_of_the_address_need_a_proof(database, configure, rule):
    configure(AUTHAPP_PROOF_OF_WORK=QUICK, AUTHAPP_LIMITS=json.dumps({"codes_per_ip": "4/hour"}))
    for number in range(2):
        by_phone(rule, HOME, f"+491512345678{number}")

    caller = proved(HOME, lambda db, caller: by_phone(rule, caller))

    assert by_phone(rule, caller)
    assert by_phone(rule, HOME._replace(ip="198.51.100.1"), "+4915123456770")


def test_texts_need_a_proof_when_half_of_those_of_the_day_are_used(database, configure):
    configure(AUTHAPP_PROOF_OF_WORK=QUICK, AUTHAPP_TEXTS_PER_DAY="2")
    by_phone(recovery.recover_by_phone, HOME)

    newcomer = HOME._replace(ip="198.51.100.1")
    with pytest.raises(ProofOfWorkNeeded):
        by_phone(recovery.recover_by_phone, newcomer, "+4915123456770")


def test_without_limits_nothing_needs_a_proof(near, configure):
    configure(AUTHAPP_RATE_LIMITS="false")

    for number in range(20):
        do(sign_up.sign_up, f"more{number}@example.com", HOME)


def test_no_proof_is_asked_for_when_the_limit_is_reached(near, configure):
    configure(AUTHAPP_PROOF_OF_WORK="0")
    for number in range(5):
        do(sign_up.sign_up, f"more{number}@example.com", HOME)
    configure(AUTHAPP_PROOF_OF_WORK=QUICK)

    assert isinstance(refused(do, bots.admit, sign_up.SIGN_UP, HOME), TooManyRequests)
    assert rate_limits.REQUESTS_PER_CLIENT[0].most == 10


def test_a_limit_of_the_whole_site_that_is_used_up_is_only_read(database, configure):
    configure(AUTHAPP_LIMITS='{"requests_without_proof": "3/hour"}')
    limit = rate_limits.REQUESTS_WITHOUT_PROOF

    assert [do(rate_limits.is_used_up, bots.EVERYBODY, limit) for _ in range(6)] == [False] * 3 + [True] * 3

    assert do(lambda db: db.exec(select(RateCounter.count)).one()) == 3
