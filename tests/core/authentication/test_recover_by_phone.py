"""Recovery of an account by text message."""

from datetime import timedelta

import pytest
from sqlmodel import SQLModel, select

from authapp.core.account import closing, emails, phones
from authapp.core.authentication import accounts, login, recovery, sign_up, step_up
from authapp.core.base.callers import Caller
from authapp.core.base.errors import (
    BadInput,
    BadUserOrPassword,
    CodeNotFoundOrExpired,
    InvalidActionKey,
    StepNotFoundOrExpired,
    TooManyRequests,
    WrongCode,
)
from authapp.core.credentials import codes, links
from authapp.core.sessions import sessions
from authapp.models import AuditEvent, Code, DatabaseKey, Message, Phone, RateCounter, Session, Ticket, User
from tests.kit.codes import code_row, join_by_phone, wrong_code
from tests.kit.contacts import FREE, HERS, OTHER, PREMIUM, add_phone, email_id, phone_id
from tests.kit.messages import code_to, link_to, mails_to, texts_to
from tests.kit.rules import do, refused
from tests.kit.tables import all_values, count_rows
from tests.kit.users import HOME, TAB, audit_events, log_in

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
TABLES = [mapper.class_ for mapper in User.__mapper__.registry.mappers if issubclass(mapper.class_, SQLModel)]
ALL = [table for table in TABLES if table is not DatabaseKey]  # every database has its rows from the start
NEW = "another good sentence"


def recover(number=HERS, caller=HOME):
    return do(recovery.recover_by_phone, number, caller)


def confirm(step, code=None, tab=TAB):
    return do(recovery.confirm_recovery, step.key, code or code_to(HERS), tab=tab, caller=HOME)


@pytest.fixture
def nina(database, clock):
    """Return a user with a phone number and without email address, some time after the sign-up."""
    nina = join_by_phone(HERS)
    clock.advance(5 * MINUTE)
    do(sessions.purge)
    return nina


def test_asking_sends_a_code_and_ends_nothing(nina):
    step = recover()

    assert step.target == "+1 201-555-0101"
    assert "is your code for authapp" in texts_to(HERS)[-1].text
    assert do(sessions.resume, nina.key)
    assert log_in(nina)
    assert "recovery_code" in audit_events(nina)


def test_the_code_leads_back_in_ends_every_session_and_tells(nina):
    other = log_in(nina)

    ticket = confirm(recover())

    for key in (nina.key, other.key):
        assert do(sessions.resume, key) is None
    opened = do(login.claim, ticket, [TAB], HOME, None)
    assert (opened.user_id, opened.identifier, opened.method) == (nina.user_id, HERS, "recovery")
    assert audit_events(nina)[:3] == ["logged_in", "recovered", "recovery_code"]
    told = texts_to(HERS)[-1].text
    assert told.startswith("Your authapp account was recovered: ")
    assert " UTC. Not you? http://localhost:3000/link#" in told


def test_a_new_password_can_be_set_at_once_and_the_old_one_is_over(nina):
    opened = do(login.claim, confirm(recover()), [TAB], HOME, None)
    me = do(sessions.resume, opened.key)
    assert me.is_fresh
    do(accounts.set_password, me, accounts.NewPassword(NEW, NEW), tab=TAB, caller=HOME)

    with pytest.raises(BadUserOrPassword):
        log_in(nina)
    assert log_in(nina, password=NEW)


def test_a_user_with_email_and_number_is_informed_by_both(alice, clock):
    add_phone(alice, HERS)
    add_phone(alice, OTHER)
    clock.advance(5 * MINUTE)
    confirm(recover())

    for target in (alice.email, HERS, OTHER):
        assert "was recovered" in (mails_to(target)[-1].subject + mails_to(target)[-1].text)


def test_every_number_of_a_person_leads_back_in(nina, clock):
    add_phone(nina, OTHER)
    clock.advance(MINUTE)

    ticket = confirm(recover(OTHER), code_to(OTHER))

    assert do(login.claim, ticket, [TAB], HOME, None).user_id == nina.user_id


def test_recovery_links_that_wait_die_and_failures_are_forgotten(alice, clock):
    add_phone(alice, HERS)
    clock.advance(5 * MINUTE)
    do(recovery.recover, alice.email, HOME)
    key = link_to(alice.email)
    for name in (alice.email, HERS) * 6:
        with pytest.raises((BadUserOrPassword, TooManyRequests)):
            log_in(alice, address=name, password="a wrong password")

    confirm(recover())

    with pytest.raises(InvalidActionKey):
        do(links.follow, key, None, tab=TAB)
    assert log_in(alice)
    assert log_in(alice, address=HERS)


def test_a_wrong_code_ends_nothing(nina):
    step = recover()

    assert type(refused(confirm, step, wrong_code(code_to(HERS)))) is WrongCode

    assert do(sessions.resume, nina.key)
    assert count_rows(Ticket) == [0]
    assert "recovered" not in audit_events(nina)


def test_the_code_leads_in_once(nina):
    step, code = recover(), code_to(HERS)
    confirm(step, code)

    assert type(refused(confirm, step, code)) is StepNotFoundOrExpired
    assert count_rows(Ticket) == [1]


def test_after_five_minutes_it_leads_nowhere(nina, clock):
    step = recover()
    clock.advance(5 * MINUTE)

    assert type(refused(confirm, step)) is CodeNotFoundOrExpired
    assert do(sessions.resume, nina.key)


@pytest.mark.parametrize("purpose", [sign_up.SIGN_UP, phones.ADD, step_up.STEP_UP, "gift"])
def test_a_code_for_something_else_does_not_lead_in(nina, purpose):
    user_id = nina.user_id if purpose in (phones.ADD, step_up.STEP_UP) else None
    step = do(codes.begin, codes.NewCode(purpose, HERS, user_id=user_id, data={"user_id": str(nina.user_id)}), HOME)

    assert type(refused(confirm, step)) is StepNotFoundOrExpired
    assert do(sessions.resume, nina.key)


def test_the_code_for_one_person_does_not_lead_in_another(nina, clock):
    """The number got another owner while the step waited."""
    add_phone(nina, OTHER)
    step = recover()
    do(phones.remove, nina.me, phone_id(nina, HERS), HOME)
    clock.advance(5 * MINUTE)
    mallory = join_by_phone(HERS)
    clock.advance(5 * MINUTE)
    do(sessions.purge)
    do(codes.send_again, recovery.RECOVERY, step.key, HOME)

    assert type(refused(confirm, step)) is StepNotFoundOrExpired
    for person in (nina, mallory):
        assert do(sessions.resume, person.key)
    assert count_rows(Ticket) == [0]


def test_a_number_that_was_removed_while_the_step_waited_leads_nowhere(nina, clock):
    add_phone(nina, OTHER)
    step = recover()
    do(phones.remove, nina.me, phone_id(nina, HERS), HOME)

    assert type(refused(confirm, step)) is CodeNotFoundOrExpired
    clock.advance(5 * MINUTE)
    do(codes.send_again, recovery.RECOVERY, step.key, HOME)
    assert type(refused(confirm, step)) is StepNotFoundOrExpired
    assert count_rows(Ticket) == [0]


# User enumeration


def test_an_unknown_and_a_barred_number_look_like_a_known_one_and_get_no_text(nina, clock):
    shapes, written = [], []
    tables = [table for table in ALL if table not in (RateCounter, AuditEvent)]
    for target in (HERS, FREE, PREMIUM):
        before = count_rows(*tables)
        step = recover(target)
        kept = code_row(step)
        newest = select(Message).where(Message.recipient == target, Message.useless_at == kept.expires_at)
        message = do(lambda db, newest=newest: db.exec(newest).one())
        shapes.append(
            (
                step.guesses,
                step.sends,
                len(step.key),
                sorted(kept.data),
                len(kept.code_digest),
                kept.user_id,
                message.html,
            )
        )
        written.append([now - then for now, then in zip(count_rows(*tables), before, strict=True)])

    assert shapes[0] == shapes[1] == shapes[2]
    assert written[0] == written[1] == written[2]
    assert sum(written[0]) == 2, "a step and a message"
    assert [len(texts_to(target)) for target in (HERS, FREE, PREMIUM)] == [2, 0, 0]


@pytest.mark.parametrize("target", [FREE, PREMIUM])
def test_no_code_recovers_an_account_by_an_unknown_or_barred_number(nina, target):
    step = recover(target)

    told = [refused(confirm, step, code) for code in ("000000", "123456", "999999", "555555", "111111", "222222")]

    assert [type(one) for one in told] == [WrongCode] * 5 + [CodeNotFoundOrExpired]
    assert count_rows(Ticket) == [0]


def test_a_users_barred_number_gets_no_text_either(nina, configure):
    configure(AUTHAPP_TEXT_COUNTRIES="DE")
    before = len(texts_to(HERS))

    step = recover()

    assert len(texts_to(HERS)) == before
    assert type(refused(confirm, step, "123456")) is WrongCode


def test_a_recovery_step_of_a_number_ends_when_the_number_signs_up(nina, clock):
    step = recover(FREE)
    clock.advance(MINUTE)
    join_by_phone(FREE)

    assert type(refused(confirm, step, code_to(FREE))) is CodeNotFoundOrExpired


@pytest.mark.parametrize("typed", [None, 7, "", "nina@example.com", "12", HERS + "\x00", "9" * 10_000], ids=ascii)
def test_an_invalid_number_is_refused_beside_its_field(nina, typed):
    before = all_values(*ALL)

    refusal = refused(recover, typed)

    assert (type(refusal), refusal.field) == (BadInput, "phone")
    assert all_values(*ALL) == before


# Other users


def test_recovering_one_account_leaves_others_alone(nina, alice, clock):
    before = audit_events(alice), len(mails_to(alice.email))

    confirm(recover())

    assert do(sessions.resume, alice.key)
    assert (audit_events(alice), len(mails_to(alice.email))) == before


def test_recovery_by_phone_keeps_a_closed_account(nina, clock):
    do(closing.close, nina.me, HOME)
    clock.advance(13 * DAY)
    opened = do(login.claim, confirm(recover()), [TAB], HOME, None)
    assert "reopened" in audit_events(nina)
    assert "Your authapp account was reopened" in texts_to(HERS)[-1].text

    clock.advance(30 * DAY)
    do(closing.purge)

    assert do(lambda db: db.get(User, nina.user_id)).closes_at is None
    assert opened.user_id == nina.user_id


def test_where_phones_are_off_nobody_recovers_with_one(nina, configure):
    configure(AUTHAPP_PHONES="false")
    before = all_values(*ALL)

    refusal = refused(recover)

    assert (refusal.field, refusal.message) == ("phone", "Phone numbers are not used here.")
    assert all_values(*ALL) == before


def test_code_key_and_ticket_are_not_stored_in_clear(nina):
    step = recover()
    ticket, secrets = None, [step.key.partition(".")[2]]
    waiting = all_values(*(table for table in ALL if table is not Message))
    ticket = confirm(step)
    after = all_values(*(table for table in ALL if table is not Message))

    assert [secret for secret in [*secrets, ticket, ticket.partition(".")[2]] if secret in waiting + after] == []
    assert f"'{code_to(HERS)}'" not in waiting + after


def test_a_person_with_an_address_as_well_recovers_with_either(alice, clock):
    add_phone(alice, HERS)
    clock.advance(5 * MINUTE)
    do(emails.remove, alice.me, email_id(alice, alice.email), HOME)

    opened = do(login.claim, confirm(recover()), [TAB], Caller("198.51.100.9"), None)

    assert opened.user_id == alice.user_id
    assert count_rows(Session, Phone, Code) == [1, 1, 0]
