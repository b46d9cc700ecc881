"""One-time codes: sending, guessing, purposes, limits."""

import re
from datetime import timedelta

import pytest
from sqlmodel import SQLModel, select

from authapp.core.base import errors, rate_limits
from authapp.core.base.errors import BadInput, CodeNotFoundOrExpired, StepNotFoundOrExpired, TooManyRequests, WrongCode
from authapp.core.base.rate_limits import counting
from authapp.core.credentials import codes
from authapp.models import Code, Message, RateCounter
from tests.kit.codes import PURPOSE, begin, code_row, confirm_code, guess_wrong, look_at_code, resend_code, wrong_code
from tests.kit.contacts import FREE, OTHER, phone_number
from tests.kit.messages import code_in, code_to, texts_to
from tests.kit.rules import do, refused
from tests.kit.tables import all_values, count_rows
from tests.kit.users import HOME

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
ADDRESS = "carol@example.com"
TARGETS = pytest.mark.parametrize("target", [FREE, ADDRESS], ids=["text", "mail"])


def guesses():
    """Return the counters of guesses for the phone number and the email address."""
    name = rate_limits.GUESSES_PER_TARGET.name
    return do(lambda db: [db.get(RateCounter, counting.digest(name, target)) for target in (FREE, ADDRESS)])


# Sending a code


@TARGETS
def test_a_code_of_six_digits_is_sent_and_the_step_says_what_its_page_needs(database, clock, target):
    step = begin(target)

    (message,) = texts_to(target)
    assert re.fullmatch(r"\d{6}", code_in(message))
    assert step.target == ("+1 201-555-0100" if target == FREE else ADDRESS)
    assert (step.guesses, step.sends) == (5, 1)
    assert timedelta(seconds=29) < step.again_at - clock.now() <= timedelta(seconds=30)
    assert count_rows(Code, Message) == [1, 1]


def test_the_text_says_how_long_it_works_and_for_which_site_and_nothing_of_who_asked(database):
    begin()

    (text,) = texts_to(FREE)
    assert text.text == (
        f"{code_in(text)} is your code for authapp. It is valid for 5 minutes. We’ll never ask you for "
        f"it.\n@localhost:3000 #{code_in(text)}"
    )
    assert (text.subject, text.html) == ("", "")


def test_the_mail_says_the_same_and_that_it_works_for_ten_minutes(database):
    begin(ADDRESS)

    (mail,) = texts_to(ADDRESS)
    assert "It is valid for 10 minutes." in mail.text
    assert mail.subject == f"{code_in(mail)} is your code for authapp"


@TARGETS
def test_a_message_that_comes_too_late_is_not_to_be_sent_any_more(database, target):
    step = begin(target)

    assert texts_to(target)[0].useless_at == code_row(step).expires_at


def test_codes_are_not_alike(database, configure):
    configure(AUTHAPP_RATE_LIMITS="false")
    for last in range(60):
        begin(phone_number(last))

    assert len({code_to(phone_number(last)) for last in range(60)}) > 50


# The right code works once


@TARGETS
def test_the_right_code_ends_the_step_and_returns_its_facts(database, target):
    step = begin(target, data={"points": 7}, record=b"sealed")

    done = confirm_code(step, code_to(target))

    assert (done.target, done.purpose, done.data["points"], done.record) == (target, PURPOSE, 7, b"sealed")
    assert count_rows(Code) == [0]


def test_a_code_works_once(database):
    step, code = begin(), code_to(FREE)
    confirm_code(step, code)

    assert type(refused(confirm_code, step, code)) is StepNotFoundOrExpired
    assert look_at_code(step) is None


def test_a_rolled_back_rule_does_not_use_the_code(database):
    step, code = begin(), code_to(FREE)

    def fail(db):
        codes.confirm(db, PURPOSE, step.key, code)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        do(fail)
    assert confirm_code(step, code).target == FREE


@pytest.mark.parametrize("life", [pytest.param(5, id="text"), pytest.param(10, id="mail")])
def test_a_code_expires_after_its_minutes(database, clock, life):
    target = FREE if life == 5 else ADDRESS
    step = begin(target)
    clock.advance(life * MINUTE - SECOND)
    assert confirm_code(step, code_to(target))

    clock.advance(HOUR)
    step = begin(target)
    clock.advance(life * MINUTE)
    refusal = refused(confirm_code, step, code_to(target))
    assert type(refusal) is CodeNotFoundOrExpired
    assert refusal.message == "This code is no longer valid. Get a new one."
    assert look_at_code(step), "the step still waits, for another code"


def test_a_step_waits_an_hour_and_not_a_moment_longer(database, clock):
    step = begin()
    clock.advance(HOUR - SECOND)
    assert look_at_code(step)

    clock.advance(SECOND)
    assert look_at_code(step) is None
    for deed in (lambda: confirm_code(step, code_to(FREE)), lambda: resend_code(step)):
        assert type(refused(deed)) is StepNotFoundOrExpired
    assert len(texts_to(FREE)) == 1


def test_another_code_does_not_make_the_step_wait_longer(database, clock):
    step = begin()
    clock.advance(HOUR - MINUTE)
    resend_code(step)

    clock.advance(MINUTE)
    assert type(refused(confirm_code, step, code_to(FREE))) is StepNotFoundOrExpired


# Guesses


def test_a_wrong_code_is_told_with_the_guesses_that_are_left_and_the_right_one_still_works(database):
    step, code = begin(), code_to(FREE)

    told = [refused(confirm_code, step, wrong_code(code)) for _ in range(4)]

    assert [type(one) for one in told] == [WrongCode] * 4
    assert [one.field for one in told] == ["code"] * 4
    assert [one.message.partition(". ")[2] for one in told] == [
        "4 attempts left.",
        "3 attempts left.",
        "2 attempts left.",
        "1 attempt left.",
    ]
    assert look_at_code(step).guesses == 1
    assert confirm_code(step, code)


def test_five_wrong_guesses_and_the_code_is_dead_also_when_it_comes_at_last(database):
    step, code = begin(), code_to(FREE)

    assert guess_wrong(step, 5) == [WrongCode] * 5
    assert look_at_code(step).guesses == 0

    assert type(refused(confirm_code, step, code)) is CodeNotFoundOrExpired
    assert guess_wrong(step, 1) == [CodeNotFoundOrExpired]
    assert look_at_code(step).guesses == 0


def test_the_fifth_is_told_that_another_code_is_needed(database):
    step, code = begin(), code_to(FREE)
    guess_wrong(step, 4)

    assert refused(confirm_code, step, wrong_code(code)).message == (
        "This code is wrong, and that was the last attempt. Get a new code."
    )


def test_a_new_code_gives_five_more_and_ten_an_hour_are_all(database, clock):
    step = begin()
    assert guess_wrong(step, 5) == [WrongCode] * 5
    clock.advance(30 * SECOND)
    resend_code(step)
    assert look_at_code(step).guesses == 5
    assert guess_wrong(step, 4) == [WrongCode] * 4

    clock.advance(MINUTE)
    resend_code(step)
    assert guess_wrong(step, 1) == [WrongCode]
    refusal = refused(confirm_code, step, code_to(FREE))
    assert type(refusal) is TooManyRequests
    assert 0 < refusal.wait <= 3600
    assert look_at_code(step).guesses == 4, "what was not looked at costs no guess of the code"


def test_the_ten_are_of_the_number_whichever_step_purpose_or_person_guesses(database, clock):
    for purpose in ("one", "other"):
        step = begin(purpose=purpose)
        for _ in range(5):
            assert type(refused(confirm_code, step, wrong_code(code_to(FREE)), purpose=purpose)) is WrongCode
        clock.advance(MINUTE)

    before = len(texts_to(FREE))
    with pytest.raises(TooManyRequests):
        begin()
    assert len(texts_to(FREE)) == before, "a code that could not be entered is not sent"
    assert type(refused(confirm_code, step, code_to(FREE), purpose="other")) is TooManyRequests
    assert confirm_code(begin(OTHER), code_to(OTHER)), "another number has its own ten"


def test_after_the_hour_there_are_ten_more(database, clock):
    step = begin()
    guess_wrong(step, 5)
    clock.advance(30 * SECOND)
    resend_code(step)
    guess_wrong(step, 5)
    clock.advance(HOUR)

    step = begin()
    assert guess_wrong(step, 5) == [WrongCode] * 5


# Spelling of typed codes

SPELLINGS = {
    "blank in the middle": lambda code: f"{code[:3]} {code[3:]}",
    "blanks around": lambda code: f"  {code}\n",
    "hyphen": lambda code: f"{code[:3]}-{code[3:]}",
    "dashes": lambda code: "\u2013".join(code),
    "full width": lambda code: code.translate({ord(one): 0xFF10 + int(one) for one in "0123456789"}),
    "arabic": lambda code: code.translate({ord(one): 0x0660 + int(one) for one in "0123456789"}),
    "no-break blank": lambda code: f"{code[:3]}\u00a0{code[3:]}",
}


@pytest.mark.parametrize("spelling", SPELLINGS.values(), ids=list(SPELLINGS))
def test_a_code_may_be_typed_as_people_type_it(database, spelling):
    step = begin()

    assert confirm_code(step, spelling(code_to(FREE)))


NO_CODES = [
    None,
    5,
    123456,
    1.5,
    True,
    [],
    {},
    {"code": "123456"},
    b"123456",
    "",
    " ",
    "abc",
    "12345",
    "1234567",
    "12345a",
    "123 45",
    "١٢٣",
    "²³¹²³¹",
    "①②③④⑤⑥",
    "123456 is your code for authapp.",
    "Your code is 123456",
    "123_456",
    "+12345",
    "0x1E240",
    "123\x00456",
    "123456\x00",
    "123\ud800456",
    "\U0001f600",
    "1" * 10_000,
    " " * 10_000 + "123456",
    "-" * 40,
    "' OR 1=1 --",
]


def test_a_malformed_code_is_refused_with_a_message_and_costs_no_guess(database):
    step = begin()

    for typed in NO_CODES:
        refusal = refused(confirm_code, step, typed)
        assert type(refusal) is BadInput, typed
        assert (refusal.field, refusal.message) == ("code", "Enter the 6 digits of the code."), typed

    assert look_at_code(step).guesses == 5
    assert guesses() == [None, None]
    assert confirm_code(step, code_to(FREE))


NO_KEYS = [None, 5, "", "x", "x" * 10_000, "a.b", [], {}, "\x00", "\ud800", "é" * 16 + "." + "é" * 43]


def test_a_malformed_step_key_is_refused_with_any_code(database):
    step = begin()

    for key in [*NO_KEYS, step.key[:-1], step.key + "A", step.key[:17] + "A" * 43, "A" * 16 + step.key[16:]]:
        for deed in (
            lambda key=key: do(codes.confirm, PURPOSE, key, code_to(FREE)),
            lambda key=key: do(codes.send_again, PURPOSE, key, HOME),
        ):
            refusal = refused(deed)
            assert type(refusal) is StepNotFoundOrExpired, key
            assert refusal.message == "This took too long. Start again."
        assert do(codes.peek, PURPOSE, key) is None
        do(codes.give_up, PURPOSE, key)

    assert (look_at_code(step).guesses, look_at_code(step).sends, len(texts_to(FREE))) == (5, 1, 1)
    assert guesses() == [None, None]


# Stored data

TABLES = [mapper.class_ for mapper in Code.__mapper__.registry.mappers if issubclass(mapper.class_, SQLModel)]


@TARGETS
def test_code_and_step_key_are_stored_only_in_the_message(database, target):
    step, code = begin(target), code_to(target)
    guess_wrong(step, 1, code)
    kept = all_values(*(table for table in TABLES if table is not Message))

    assert step.key not in kept
    assert step.key.partition(".")[2] not in kept
    assert not re.search(rf"(?<![\da-f]){code}(?![\da-f])", kept)
    messages = do(lambda db: db.exec(select(Message)).all())
    assert all(step.key.partition(".")[2] not in one.text + one.html for one in messages)
    assert [one.recipient for one in messages if code in one.text] == [target]


def test_the_same_code_of_two_steps_is_kept_in_two_ways(database):
    one, other = Code(id="a", purpose="x", target=FREE), Code(id="b", purpose="x", target=FREE)

    assert codes._digest(one, "123456") != codes._digest(other, "123456")


def test_no_refusal_carries_what_was_typed_or_sent(database, caplog):
    caplog.set_level("DEBUG")
    step, code = begin(), code_to(FREE)
    told = [refused(confirm_code, step, wrong_code(code)) for _ in range(5)]
    told += [refused(confirm_code, step, code), refused(resend_code, step), refused(confirm_code, step, f"{code}x")]
    told += [refused(confirm_code, f"{step.key}x", code)]

    for one in told:
        assert str(one) == one.code
        for secret in (code, wrong_code(code), step.key, FREE):
            assert secret not in f"{one!r} {one.message} {errors.where(one)}"
    assert all(secret not in caplog.text for secret in (code, wrong_code(code), step.key))


# Cleanup of expired steps


def test_steps_that_nobody_went_on_with_are_forgotten_and_the_others_stay(database, clock):
    begin()
    clock.advance(HOUR - SECOND)
    later = begin(OTHER)
    do(codes.purge)
    assert count_rows(Code) == [2]

    clock.advance(SECOND)
    do(codes.purge)

    assert count_rows(Code) == [1]
    assert confirm_code(later, code_to(OTHER))
