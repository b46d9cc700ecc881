"""Codes to numbers that the text service refuses: pages learn it without learning whether an account exists."""

import asyncio
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from authapp.background import delivery, senders
from authapp.core.account import phones
from authapp.core.authentication import recovery, sign_up
from authapp.core.credentials import codes
from authapp.core.messages import reports
from authapp.core.messages.reports import BOUNCED
from tests.kit.codes import join_by_phone, sign_up_by_phone
from tests.kit.contacts import FREE, HERS, OTHER
from tests.kit.providers.twilio import FROM, KEY, PATH, Stub, refusal
from tests.kit.rules import do
from tests.kit.users import HOME

PAUSE = timedelta(minutes=3)  # longer than the pause between two codes


@pytest.fixture
def twilio(configure: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> Iterator[Stub]:
    monkeypatch.setattr(senders, "_registered", {})
    with Stub() as running:
        account = PATH.split("/")[3]
        configure(AUTHAPP_TEXT_SENDER="twilio", AUTHAPP_TWILIO_ACCOUNT=account, AUTHAPP_TWILIO_URL=running.url)
        configure(AUTHAPP_TWILIO_KEY=KEY, AUTHAPP_TWILIO_FROM=FROM)
        yield running


def send_all(twilio: Stub, *steps: object) -> None:
    """Deliver the waiting texts; Twilio answers with these steps."""
    twilio.script = list(steps)
    while asyncio.run(delivery._round(texts=True)) is not None:
        pass


def undelivered(purpose, step, user_id=None):
    return do(codes.peek, purpose, step.key, user_id).undelivered


@pytest.mark.parametrize("code", [21211, 21610, 21614])
def test_a_sign_up_learns_that_a_number_gets_no_texts_known_or_not(database, twilio, code, clock):
    join_by_phone(HERS)
    send_all(twilio)
    clock.advance(PAUSE)
    steps = [sign_up_by_phone(HERS), sign_up_by_phone(FREE)]
    assert [undelivered(sign_up.SIGN_UP, step) for step in steps] == [False, False]

    send_all(twilio, refusal(400, code), refusal(400, code))

    assert [undelivered(sign_up.SIGN_UP, step) for step in steps] == [True, True]


def test_a_new_number_that_gets_no_texts_is_said_taken_or_not(alice, twilio, clock):
    join_by_phone(HERS)
    send_all(twilio)
    clock.advance(PAUSE)
    steps = [do(phones.add, alice.me, number, HOME) for number in (HERS, FREE)]

    send_all(twilio, refusal(400, 21610), refusal(400, 21610))

    assert [undelivered(phones.ADD, step, alice.user_id) for step in steps] == [True, True]


def test_a_mark_from_earlier_is_not_shown(alice, database, twilio, clock):
    join_by_phone(HERS)
    send_all(twilio)
    do(reports.mark, HERS, BOUNCED)
    clock.advance(PAUSE)
    steps = [sign_up_by_phone(HERS), sign_up_by_phone(FREE)]
    assert [undelivered(sign_up.SIGN_UP, step) for step in steps] == [False, False]
    new = do(phones.add, alice.me, OTHER, HOME)

    send_all(twilio)

    assert do(reports.is_marked, HERS)
    assert [undelivered(sign_up.SIGN_UP, step) for step in steps] == [False, False]
    assert undelivered(phones.ADD, new, alice.user_id) is False


def test_a_recovery_never_learns_it(database, twilio, clock):
    join_by_phone(HERS)
    send_all(twilio)
    clock.advance(PAUSE)
    steps = [do(recovery.recover_by_phone, number, HOME) for number in (HERS, OTHER)]

    send_all(twilio, refusal(400, 21610))

    assert len(twilio.asked) == 2  # the code of the sign-up, and one for the known number
    assert [undelivered(recovery.RECOVERY, step) for step in steps] == [False, False]


def test_a_refusal_of_the_account_says_nothing_about_the_number(database, twilio):
    step = sign_up_by_phone(FREE)

    send_all(twilio, refusal(400, 21408))

    assert undelivered(sign_up.SIGN_UP, step) is False


def test_another_code_is_another_try(database, twilio, clock):
    step = sign_up_by_phone(FREE)
    send_all(twilio, refusal(400, 21610))
    assert undelivered(sign_up.SIGN_UP, step)
    clock.advance(PAUSE)

    again = do(codes.send_again, sign_up.SIGN_UP, step.key, HOME)
    send_all(twilio)

    assert again.undelivered is False
    assert undelivered(sign_up.SIGN_UP, step) is False


def test_a_step_that_began_before_the_upgrade_says_nothing(database, twilio):
    step = sign_up_by_phone(FREE)
    send_all(twilio, refusal(400, 21610))

    def forget(db):
        row = db.get(codes.Code, step.key[:16])
        row.data = {name: value for name, value in row.data.items() if name != "silent"}

    do(forget)

    assert undelivered(sign_up.SIGN_UP, step) is False
