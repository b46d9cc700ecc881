"""One-time codes to phone numbers: spelling, barred numbers, new owners."""

import re
from datetime import timedelta

import pytest
from sqlmodel import select

from authapp.core.base.callers import Caller
from authapp.core.base.errors import BadInput, CodeNotFoundOrExpired, WrongCode
from authapp.core.credentials import codes
from authapp.core.messages import queue
from authapp.models import Code, Message, RateCounter
from tests.kit.codes import PURPOSE, begin, confirm_code, look_at_code, resend_code
from tests.kit.contacts import FREE, OTHER, PREMIUM
from tests.kit.messages import code_to, texts_to
from tests.kit.rules import do, refused
from tests.kit.tables import count_rows
from tests.kit.users import HOME

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)


# Phone numbers as typed


def test_a_product_texts_a_code_to_a_number_as_it_was_typed(database):
    step = do(codes.send, PURPOSE, "(201) 555-0100", Caller("192.0.2.1", languages="en-US,de;q=0.5"))

    assert step.target == "+1 201-555-0100"
    assert confirm_code(step, code_to(FREE)).target == FREE


@pytest.mark.parametrize("typed", [None, 7, "", "12", "+1 555", FREE + "\x00", "+" * 500], ids=ascii)
def test_an_invalid_number_gets_no_code(database, typed):
    refusal = refused(do, codes.send, PURPOSE, typed, HOME)

    assert (type(refusal), refusal.field) == (BadInput, "phone")
    assert count_rows(Code, Message, RateCounter) == [0, 0, 0]


# Phone numbers that get no texts

NO_TEXTS = {
    "premium": PREMIUM,
    "premium elsewhere": "+499001234567",
    "shared cost": "+4918012345",
    "for companies": "+4918500123456",
    "pager": "+447640123456",
    "voicemail": "+49177991234567",
    "premium of no country": "+979123456789",
}


@pytest.mark.parametrize("barred", NO_TEXTS.values(), ids=list(NO_TEXTS))
def test_a_premium_number_gets_no_text_and_the_answer_does_not_reveal_it(database, clock, barred):
    step, free = do(codes.send, PURPOSE, barred, HOME), do(codes.send, PURPOSE, FREE, HOME)

    assert (step.guesses, step.sends, look_at_code(step)) == (free.guesses, free.sends, step)
    assert MINUTE > free.again_at - step.again_at > timedelta()
    assert texts_to(barred) == []
    assert count_rows(Code, Message) == [2, 2]
    assert do(lambda db: db.exec(select(Message.text).where(Message.recipient == barred)).one()) == ""


def test_only_numbers_of_the_countries_in_the_settings_get_texts(database, configure):
    configure(AUTHAPP_TEXT_COUNTRIES="DE,CH")

    for to in ("+4915123456789", "+41781234567", FREE, "+33612345678", "+881612345678"):
        do(codes.send, PURPOSE, to, HOME)

    assert [len(texts_to(to)) for to in ("+4915123456789", "+41781234567")] == [1, 1]
    assert [len(texts_to(to)) for to in (FREE, "+33612345678", "+881612345678")] == [0, 0, 0]
    assert count_rows(Code, Message) == [5, 5]


def test_a_text_that_nobody_gets_is_in_no_list_and_no_worker_takes_it(database):
    begin(PREMIUM, instead=codes.NO_TEXT)

    assert do(queue.newest) == []
    assert do(queue.take) == do(queue.take, texts=True) == []


@pytest.mark.parametrize("instead", [codes.NO_TEXT, "taken"])
def test_a_step_without_a_code_cannot_be_confirmed_whatever_is_typed(database, configure, instead):
    configure(AUTHAPP_RATE_LIMITS="false")
    step = begin(instead=instead)
    everything = do(lambda db: db.exec(select(Code)).one())

    for typed in ("000000", "123456", "999999", *re.findall(r"\d{6}", str(everything))):
        do(lambda db: setattr(db.get(Code, step.key[:16]), "uses_left", 5))
        assert type(refused(confirm_code, step, typed)) is WrongCode
    assert count_rows(Code) == [1]


def test_no_code_at_all_fits_a_step_without_one(database, clock):
    begin(instead=codes.NO_TEXT)
    step = do(lambda db: db.exec(select(Code)).one())

    assert all(codes._digest(step, f"{code:06}") != step.code_digest for code in range(0, 10**6, 37))


def test_another_code_for_a_step_without_one_is_none_either(database, clock):
    step = begin(instead="taken")
    clock.advance(30 * SECOND)
    resend_code(step)

    assert [text.text for text in texts_to(FREE)] == [texts_to(FREE)[0].text] * 2
    assert "belongs to yours" in texts_to(FREE)[0].text
    assert not re.search(r"\d{6}", texts_to(FREE)[0].text)


# Phone numbers with a new owner


def test_a_number_that_is_taken_voids_the_codes_of_all_others(database):
    step, other = begin(), begin(OTHER)

    do(codes.void_to, FREE)

    assert type(refused(confirm_code, step, code_to(FREE))) is CodeNotFoundOrExpired
    assert confirm_code(other, code_to(OTHER))
