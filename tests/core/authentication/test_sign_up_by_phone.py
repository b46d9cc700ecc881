"""Sign-up by text message."""

from datetime import timedelta

import pytest
from sqlmodel import SQLModel, select

from authapp.core.account import closing
from authapp.core.authentication import accounts, login, proofs, recovery, step_up
from authapp.core.authentication import sign_up as sign_up_rules
from authapp.core.base import identifiers, phone_numbers
from authapp.core.base.callers import Caller
from authapp.core.base.errors import (
    BadInput,
    CodeNotFoundOrExpired,
    NumberTaken,
    Refusal,
    StepNotFoundOrExpired,
    TooManyRequests,
    WeakPassword,
    WrongCode,
)
from authapp.core.credentials import codes, passwords
from authapp.core.sessions import sessions, tickets
from authapp.models import AuditEvent, Code, DatabaseKey, Email, Message, Phone, RateCounter, Session, Ticket, User
from tests.kit.codes import code_row, join_by_phone, sign_up_by_phone, wrong_code
from tests.kit.contacts import FREE, HERS, OTHER, PREMIUM, phones_of
from tests.kit.messages import code_to, texts_to
from tests.kit.rules import do, refused
from tests.kit.tables import all_values, count_rows
from tests.kit.users import HOME, PASSWORD, TAB, audit_events, log_in

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
GERMAN = Caller("192.0.2.1", "Firefox at home", languages="de-AT,de;q=0.8,en;q=0.5")
TABLES = [mapper.class_ for mapper in User.__mapper__.registry.mappers if issubclass(mapper.class_, SQLModel)]
ALL = [table for table in TABLES if table is not DatabaseKey]  # every database has its rows from the start
ACCOUNT = (User, Phone, Email, Session, Ticket, AuditEvent)


def sign_up(number=FREE, first="Nina", last="Simone", password=PASSWORD, caller=HOME):
    return do(sign_up_rules.sign_up_by_phone, number, sign_up_rules.NewUser(first, last, password), caller)


def confirm(step, code=None, key=None, tab=TAB):
    return do(sign_up_rules.confirm_sign_up, key or step.key, code or code_to(FREE), tab=tab, caller=HOME)


def test_asking_sends_a_code_and_no_account_comes_to_be(database):
    step = sign_up_by_phone()

    assert (step.target, step.guesses, step.sends) == ("+1 201-555-0100", 5, 1)
    assert [text.text[6:27] for text in texts_to(FREE)] == [" is your code for aut"]
    assert count_rows(*ACCOUNT) == [0] * 6
    assert do(accounts.find, FREE) is None


def test_the_code_makes_the_account_with_names_number_and_password_and_signs_in(database):
    ticket = confirm(sign_up_by_phone())

    assert count_rows(User, Phone, Email, Session, Code) == [1, 1, 0, 0, 0]
    opened = do(login.claim, ticket, [TAB], HOME, None)
    me = do(sessions.resume, opened.key)
    assert (me.first_name, me.last_name, me.identifier, me.has_password) == ("Nina", "Simone", FREE, True)
    assert (opened.method, opened.max_age) == ("code", None)
    (phone,) = do(lambda db: db.exec(select(Phone)).all())
    assert (phone.user_id, phone.number, phone.is_main) == (me.user_id, FREE, True)
    assert phone_numbers.format_phone(FREE) in [
        entry.about for entry in do(lambda db: db.exec(select(AuditEvent).where(AuditEvent.what == "signed_up")).all())
    ]
    assert len(texts_to(FREE)) == 1, "nobody is told of their own sign-up"


def test_the_person_logs_in_with_number_and_password_afterwards(database):
    nina = join_by_phone()

    assert log_in(nina).user_id == nina.user_id
    assert audit_events(nina) == ["logged_in", "logged_in", "signed_up"]


def test_the_ticket_is_of_the_tab_that_typed_the_code(database):
    ticket = confirm(sign_up_by_phone(), tab="the tab that waits")

    with pytest.raises(tickets.TicketNotFoundOrExpired):
        do(login.claim, ticket, [TAB], HOME, None)
    assert do(login.claim, ticket, ["the tab that waits"], HOME, None)


def test_a_wrong_code_makes_nothing_and_the_right_one_still_does(database):
    step = sign_up_by_phone()

    assert type(refused(confirm, step, wrong_code(code_to(FREE)))) is WrongCode
    assert count_rows(*ACCOUNT) == [0] * 6
    assert confirm(step)
    assert count_rows(User) == [1]


def test_the_code_makes_one_account_and_no_second(database):
    step, code = sign_up_by_phone(), code_to(FREE)
    confirm(step, code)

    assert type(refused(confirm, step, code)) is StepNotFoundOrExpired
    assert count_rows(User, Phone, Ticket) == [1, 1, 1]


def test_a_code_that_is_too_old_makes_nothing(database, clock):
    step = sign_up_by_phone()
    clock.advance(5 * MINUTE)

    assert type(refused(confirm, step)) is CodeNotFoundOrExpired
    assert count_rows(*ACCOUNT) == [0] * 6


@pytest.mark.parametrize("purpose", [recovery.RECOVERY, step_up.STEP_UP, "add_phone", "gift"])
def test_a_code_for_something_else_makes_no_account(database, purpose):
    step = do(codes.begin, codes.NewCode(purpose, FREE, data={"user_id": "", "first_name": "", "last_name": ""}), HOME)

    assert type(refused(confirm, step)) is StepNotFoundOrExpired
    assert count_rows(*ACCOUNT) == [0] * 6


@pytest.mark.parametrize(
    ("typed", "caller", "number"),
    [
        ("+49 1512 3456789", HOME, "+4915123456789"),
        ("+49 (0) 1512 / 345 67-89", HOME, "+4915123456789"),
        ("0664 1234567", GERMAN, "+436641234567"),
        ("0043 664 1234567", GERMAN, "+436641234567"),
        ("(201) 555-0100", Caller(languages="en-US"), FREE),
    ],
)
def test_a_number_may_be_typed_as_it_is_dialled(database, typed, caller, number):
    step = sign_up(typed, caller=caller)
    confirm(step, code_to(number))

    assert do(identifiers.owner, number)


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"number": None}, "phone"),
        ({"number": 7}, "phone"),
        ({"number": ""}, "phone"),
        ({"number": "nina@example.com"}, "phone"),
        ({"number": "201 555 0100"}, "phone"),  # of which country?
        ({"number": FREE + "\x00"}, "phone"),
        ({"number": "\ud800"}, "phone"),
        ({"number": "+1 201 555 0100 ext. 5"}, "phone"),
        ({"number": "+" + "1" * 10_000}, "phone"),
        ({"first": ""}, "first_name"),
        ({"first": None}, "first_name"),
        ({"first": " \n"}, "first_name"),
        ({"first": "\u200b"}, "first_name"),
        ({"first": "x" * 81}, "first_name"),
        ({"last": {}}, "last_name"),
        ({"last": "x" * 81}, "last_name"),
        ({"last": "a\x00"}, "last_name"),
    ],
    ids=ascii,
)
def test_invalid_fields_are_refused_and_nothing_is_written_or_counted(database, typed, field):
    refusal = refused(sign_up, **typed)

    assert (type(refusal), refusal.field) == (BadInput, field)
    assert refusal.message.endswith(".")
    assert count_rows(*ALL) == [0] * len(ALL)


@pytest.mark.parametrize("password", ["", None, 7, "short", "password1234", FREE, FREE[1:] + "!", "Nina Simone 12"])
def test_a_password_against_the_policy_is_refused_and_nothing_is_written_or_counted(database, password):
    refusal = refused(sign_up, password=password)

    assert (type(refusal), refusal.field) == (WeakPassword, "password")
    assert count_rows(*ALL) == [0] * len(ALL)


def test_a_last_name_may_be_missing(database):
    confirm(sign_up(last=""))

    assert [(one.first_name, one.last_name) for one in do(lambda db: db.exec(select(User)).all())] == [("Nina", "")]


# User enumeration


def shape(step, target):
    """Return what a caller can see, or measure by counting: the step, and the rows that it wrote."""
    kept = code_row(step)
    message = do(lambda db: db.exec(select(Message).where(Message.recipient == target)).one())
    return (
        type(step),
        step.guesses,
        step.sends,
        len(step.key),
        kept.purpose,
        kept.user_id,
        sorted(kept.data),
        len(kept.code_digest),
        kept.record is not None,
        kept.uses_left,
        message.useless_at == kept.expires_at,
        message.subject + message.html,
    )


def test_a_taken_and_a_barred_number_look_like_a_free_one(database, clock):
    join_by_phone(HERS)
    clock.advance(5 * MINUTE)
    do(lambda db: [db.delete(one) for one in db.exec(select(Message)).all()])
    shapes, written = [], []
    for target in (FREE, HERS, PREMIUM):
        before = count_rows(*ALL)
        shapes.append(shape(sign_up_by_phone(target), target))
        written.append([now - then for now, then in zip(count_rows(*ALL), before, strict=True)])

    assert shapes[0] == shapes[1] == shapes[2]
    client_and_total_are_counted_already = written[0][ALL.index(RateCounter)]
    for one in written:
        one[ALL.index(RateCounter)] = client_and_total_are_counted_already
    assert written[0] == written[1] == written[2]


def test_the_owner_of_a_taken_number_is_told_by_text_and_of_a_barred_one_nobody(database, clock):
    join_by_phone(HERS)
    clock.advance(MINUTE)
    sign_up_by_phone(HERS)
    sign_up_by_phone(PREMIUM)

    assert [text.text for text in texts_to(HERS)[1:]] == [
        "authapp: Someone (hopefully you) tried to sign up with this number. It already has an account: "
        "http://localhost:3000/login"
    ]
    assert texts_to(PREMIUM) == []


@pytest.mark.parametrize("target", [HERS, PREMIUM])
def test_no_code_makes_an_account_for_a_taken_or_barred_number(database, clock, target):
    nina = join_by_phone(HERS)
    clock.advance(MINUTE)
    step, before = sign_up_by_phone(target), count_rows(*ACCOUNT)

    told = [refused(confirm, step, code) for code in ("000000", "123456", "999999", "555555", "111111", "222222")]

    assert [type(one) for one in told] == [WrongCode] * 5 + [CodeNotFoundOrExpired]
    assert told[0].message == "This code is wrong. 4 attempts left."
    assert count_rows(*ACCOUNT) == before
    assert do(identifiers.owner, target) == (nina.user_id if target == HERS else None)


def test_the_limits_of_a_taken_number_are_those_of_a_free_one(database, clock):
    join_by_phone(HERS)
    clock.advance(timedelta(hours=1))
    told = {}
    for target in (FREE, HERS, PREMIUM):
        step = sign_up_by_phone(target)
        told[target] = [refused(sign_up_by_phone, target)]
        for pause in (30, 60, 120, 120):
            clock.advance(pause * SECOND)
            do(codes.send_again, sign_up_rules.SIGN_UP, step.key, HOME)
        clock.advance(2 * MINUTE)
        told[target].append(refused(sign_up_by_phone, target))

    said = [[(type(one), one.code, one.message, one.field) for one in told[target]] for target in told]
    assert said[0] == said[1] == said[2]
    assert said[0][1][0] is TooManyRequests


def test_requests_for_another_users_number_change_nothing_of_theirs(database, clock):
    nina = join_by_phone(HERS)
    clock.advance(MINUTE)
    before = all_values(*ACCOUNT)

    sign_up_by_phone(HERS, password="the sentence of a thief")

    assert all_values(*ACCOUNT) == before
    assert log_in(nina)


def test_the_faster_user_gets_the_number_and_the_other_is_refused(database, clock):
    slow = sign_up_by_phone()
    clock.advance(30 * SECOND)
    fast = sign_up_by_phone()
    confirm(fast)
    before = count_rows(*ACCOUNT)

    assert type(refused(confirm, slow)) is CodeNotFoundOrExpired
    assert count_rows(*ACCOUNT) == before


def test_a_code_that_is_right_for_a_number_that_is_taken_by_now_leaves_no_half_account(database, clock):
    slow = sign_up_by_phone()
    clock.advance(MINUTE)
    confirm(sign_up_by_phone())
    clock.advance(MINUTE)
    do(codes.send_again, sign_up_rules.SIGN_UP, slow.key, HOME)
    before = count_rows(*ACCOUNT)

    refusal = refused(confirm, slow)

    assert type(refusal) is NumberTaken
    assert refusal.message == "This number now belongs to another account. Log in with it, or recover that account."
    assert count_rows(*ACCOUNT) == before


# Stored data, and sign-up switched off


def test_password_code_and_key_are_in_no_table_in_clear_while_a_sign_up_waits_and_after(database):
    step, code = sign_up_by_phone(), code_to(FREE)
    secrets = [PASSWORD, step.key.partition(".")[2]]
    waiting = all_values(*(table for table in ALL if table is not Message))
    ticket = confirm(step)
    after = all_values(*(table for table in ALL if table is not Message))

    for kept in (waiting, after):
        assert [secret for secret in [*secrets, ticket] if secret in kept] == []
        assert f"'{code}'" not in kept
    assert PASSWORD not in all_values(Message)


def test_the_record_that_waits_is_sealed_for_the_account_to_be_and_opens_no_other(database, clock):
    one, other = sign_up_by_phone(FREE), sign_up_by_phone(OTHER)
    mixed = code_row(one).record
    do(lambda db: setattr(db.get(Code, other.key[:16]), "record", mixed))
    confirm(other, code_to(OTHER))

    with pytest.raises(Refusal):
        do(login.with_password, proofs.Credentials(OTHER, PASSWORD), keep=False, tab=TAB, caller=HOME)


def test_where_phones_are_off_nobody_signs_up_with_one(database, configure):
    configure(AUTHAPP_PHONES="false")

    refusal = refused(sign_up_by_phone)

    assert (type(refusal), refusal.field, refusal.message) == (BadInput, "phone", "Phone numbers are not used here.")
    assert count_rows(*ALL) == [0] * len(ALL)


def test_closing_and_signing_up_again_after_the_purge(database, clock):
    nina = join_by_phone(FREE)
    do(closing.close, nina.me, HOME)
    clock.advance(timedelta(days=14))
    do(closing.purge)

    again = join_by_phone(FREE)

    assert again.user_id != nina.user_id
    assert phones_of(again) == [FREE]


def test_no_password_is_hashed_for_a_code_that_is_not_sent(database, clock, configure, monkeypatch):
    configure(AUTHAPP_RATE_LIMITS="true")
    hashed, make = [], passwords.make_record
    monkeypatch.setattr(passwords, "make_record", lambda *given, **more: hashed.append(given) or make(*given, **more))
    for asked in range(5):
        sign_up()
        assert isinstance(refused(sign_up), TooManyRequests)
        clock.advance(2 * MINUTE)
        assert len(hashed) == 2 * (asked + 1)  # for the user, and for the number
    assert isinstance(refused(sign_up), TooManyRequests)

    for other in range(15):
        sign_up(f"+491512345{other:04}")
    assert isinstance(refused(sign_up, OTHER), TooManyRequests)
    assert len(hashed) == 40
    sign_up(OTHER, caller=Caller("203.0.113.9"))
