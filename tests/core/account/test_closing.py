"""Closing an account, and coming back in time."""

from datetime import timedelta

import pytest
from sqlmodel import SQLModel, select

from authapp.core.account import closing, emails, phones
from authapp.core.authentication import accounts, login, proofs, recovery, sign_up, step_up
from authapp.core.base.callers import Caller
from authapp.core.base.errors import BadUserOrPassword, InvalidActionKey, SessionExpired
from authapp.core.credentials import codes, links
from authapp.core.sessions import sessions, tickets
from authapp.models import ActionLink, Avatar, Code, Message, Phone, User
from tests.kit import users
from tests.kit.codes import join_by_phone, sign_up_by_phone
from tests.kit.contacts import (
    FREE,
    HERS,
    HIS,
    OTHER,
    add_email,
    add_phone,
    add_unconfirmed_email,
    confirmed_emails,
    email_id,
    phone_id,
    phone_number,
    phones_of,
)
from tests.kit.messages import code_to, link_key, link_to, mails_to, subjects_to, texts_to
from tests.kit.rules import do, race, winners
from tests.kit.scram import ask
from tests.kit.tables import all_values
from tests.kit.users import HOME, TAB, audit_events, log_in, user_row

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
LAPTOP = Caller("198.51.100.77", "Mozilla/5.0 (X11; Linux x86_64; rv:141.0) Gecko/20100101 Firefox/141.0")
TABLES = [mapper.class_ for mapper in User.__mapper__.registry.mappers if mapper.class_.__module__ == "authapp.models"]


def close(person):
    return do(closing.close, person.me, HOME)


def purge_after(clock, by):
    clock.advance(by)
    do(closing.purge)


def test_closing_says_until_when_it_can_be_undone(alice, clock):
    until = close(alice)

    assert until - timedelta(days=14) <= clock.now() <= until - timedelta(days=14) + MINUTE
    assert user_row(alice).closes_at == until
    mail = mails_to(alice.email)[-1]
    assert "Your authapp account was closed" in mail.subject
    assert f"{until:%-d %B %Y}. To keep it, log in before then." in mail.text
    assert audit_events(alice)[0] == "closed"


def test_closing_ends_every_session_ticket_and_link_at_once(alice, bob, monkeypatch):
    told = []
    monkeypatch.setattr("authapp.db.on_commit", [lambda changes: told.extend(changes.sessions_ended)])
    other = log_in(alice)
    ticket = do(
        login.with_password, proofs.Credentials(alice.email, alice.password), keep=False, tab=TAB, caller=HOME
    ).ticket
    do(recovery.recover, alice.email, HOME)
    key = link_to(alice.email)

    close(alice)

    assert do(sessions.resume, alice.key) is None
    assert do(sessions.resume, other.key) is None
    assert told == [other.session_id]
    assert do(sessions.live, [alice.me.session_id, other.session_id, bob.me.session_id]).keys() == {bob.me.session_id}
    with pytest.raises(tickets.TicketNotFoundOrExpired):
        do(login.claim, ticket, [TAB], HOME, None)
    with pytest.raises(InvalidActionKey):
        do(links.follow, key, None, tab=TAB)


def test_an_account_is_not_closed_twice(alice):
    until = close(alice)

    with pytest.raises(SessionExpired):
        close(alice)
    assert user_row(alice).closes_at == until


def test_logging_in_keeps_the_account_and_tells(alice, clock):
    close(alice)
    clock.advance(13 * DAY)

    log_in(alice)

    assert user_row(alice).closes_at is None
    assert audit_events(alice)[:2] == ["reopened", "logged_in"]
    assert "Your authapp account was reopened" in subjects_to(alice.email)[-1]
    purge_after(clock, 30 * DAY)
    assert user_row(alice)


def test_logging_in_by_api_keeps_it_too(alice):
    close(alice)
    answered = ask(alice.email, alice.password)

    do(login.open_session, proofs.Reply(answered.challenge.id, answered.reply, alice.email), keep=False, caller=HOME)

    assert user_row(alice).closes_at is None
    assert audit_events(alice)[0] == "reopened"


def test_a_recovery_link_keeps_it_too(alice):
    close(alice)
    do(recovery.recover, alice.email, HOME)
    ticket = do(links.follow, link_to(alice.email), None, tab=TAB).ticket

    do(login.claim, ticket, [TAB], HOME, None)

    assert user_row(alice).closes_at is None


def test_a_wrong_password_does_not_keep_it(alice):
    until = close(alice)

    with pytest.raises(BadUserOrPassword):
        log_in(alice, password="a wrong password")

    assert user_row(alice).closes_at == until


def test_logging_in_to_an_open_account_says_nothing_of_keeping(alice):
    log_in(alice)

    assert "reopened" not in audit_events(alice)


def test_the_purge_comes_at_its_day_and_not_before(alice, bob, clock):
    close(alice)

    purge_after(clock, 14 * DAY - MINUTE)
    assert user_row(alice)
    purge_after(clock, MINUTE)
    assert user_row(alice) is None
    assert user_row(bob)


def test_how_long_it_can_be_undone_is_a_setting(alice, clock, configure):
    configure(AUTHAPP_CLOSING_DAYS=3)
    close(alice)

    purge_after(clock, 3 * DAY - MINUTE)
    assert user_row(alice)
    purge_after(clock, MINUTE)
    assert user_row(alice) is None


def test_nothing_personal_is_left_after_the_purge(alice, bob, clock):
    do(accounts.set_names, alice.me, "Alicia", "Pleasance", LAPTOP)
    do(lambda db: db.add(Avatar(user_id=alice.user_id, image=b"face of alice")))
    second, removed, waiting = "alicia@second.example", "alicia@removed.example", "alicia@waiting.example"
    add_email(alice, second)
    do(emails.remove, alice.me, add_email(alice, removed), LAPTOP)
    add_unconfirmed_email(alice, waiting)
    log_in(alice, LAPTOP)
    do(login.with_password, proofs.Credentials(alice.email, alice.password), keep=True, tab=TAB, caller=LAPTOP)
    with pytest.raises(BadUserOrPassword):
        log_in(alice, LAPTOP, password="a wrong password")
    do(recovery.recover, alice.email, LAPTOP)
    traces = [alice.email, second, removed, waiting, "Alicia", "Pleasance", "face of alice", alice.user_id.hex]
    traces += [str(alice.user_id), LAPTOP.ip, LAPTOP.user_agent, alice.me.session_id]
    before, his = all_values(*TABLES), his_rows(bob)
    assert [trace for trace in traces if trace not in before and trace != alice.user_id.hex] == []

    close(alice)
    purge_after(clock, 14 * DAY)

    after = all_values(*TABLES)
    assert [trace for trace in traces if trace in after] == []
    assert his_rows(bob) == his


def test_nothing_of_a_persons_numbers_is_left_after_the_purge(alice, bob, clock):
    add_phone(bob, HIS)
    nina = join_by_phone(HERS)
    kept, removed, asked = OTHER, FREE, phone_number(77)
    add_phone(nina, kept)
    add_phone(nina, removed)
    do(phones.remove, nina.me, phone_id(nina, removed), LAPTOP)
    do(phones.add, nina.me, asked, LAPTOP)
    clock.advance(MINUTE)
    do(phones.add, nina.me, HIS, LAPTOP)
    do(recovery.recover_by_phone, kept, LAPTOP)
    do(step_up.send_code, nina.me, LAPTOP)
    clock.advance(2 * MINUTE)
    sign_up_by_phone(HERS, LAPTOP)  # another user tries her number
    traces = [HERS, kept, removed, asked, "Nina", nina.user_id.hex, str(nina.user_id), LAPTOP.ip]
    traces += [one[2:] for one in (HERS, kept, removed, asked)]
    before, his = all_values(*TABLES), his_rows(bob)
    assert [trace for trace in traces if trace not in before and trace != nina.user_id.hex] == []
    texts_to_him = [one.id for one in texts_to(HIS)]

    close(nina)
    purge_after(clock, 14 * DAY)

    after = all_values(*TABLES)
    assert [trace for trace in traces if trace in after] == []
    for table in (Phone, Code, Message, ActionLink):
        assert str(nina.user_id) not in all_values(table)
    assert his_rows(bob) == his
    assert [one.id for one in texts_to(HIS)] == texts_to_him
    assert phones_of(bob) == [HIS]
    assert user_row(alice)


def test_closing_informs_a_user_without_email_by_text_and_voids_no_number(database, clock):
    nina = join_by_phone(HERS)

    close(nina)

    assert texts_to(HERS)[-1].text.startswith("Your authapp account was closed: ")
    assert phones_of(nina) == [HERS]
    assert do(sessions.resume, nina.key) is None
    log_in(nina)
    assert user_row(nina).closes_at is None
    assert texts_to(HERS)[-1].text.startswith("Your authapp account was reopened")


def test_a_new_proof_that_waits_is_over_with_its_session(database, clock):
    nina = join_by_phone(HERS)
    clock.advance(MINUTE)
    step = do(step_up.send_code, nina.me, HOME)
    close(nina)

    with pytest.raises(SessionExpired):
        do(step_up.step_up_with_code, nina.me, step.key, code_to(HERS), tab=TAB)
    assert do(codes.peek, step_up.STEP_UP, step.key, None) is None


def test_a_number_can_sign_up_again_after_the_purge_and_not_before(database, clock):
    nina = join_by_phone(HERS)
    close(nina)
    clock.advance(MINUTE)
    sign_up_by_phone(HERS)
    assert "already has an account" in texts_to(HERS)[-1].text

    purge_after(clock, 14 * DAY)

    assert join_by_phone(HERS).user_id != nina.user_id


def his_rows(person):
    return (
        user_row(person),
        confirmed_emails(person),
        [mail.id for mail in mails_to(person.email)],
        audit_events(person),
    )


def test_every_table_is_searched():
    assert {table.__tablename__ for table in TABLES} == {
        name for name in SQLModel.metadata.tables if name.startswith("auth_")
    }


def test_mails_to_an_email_that_another_user_has_now_stay(alice, bob, clock):
    moved = "moved@example.com"
    do(emails.remove, alice.me, add_email(alice, moved), HOME)
    add_email(bob, moved)
    do(emails.add, alice.me, bob.email, HOME)
    his = [mail.id for mail in mails_to(bob.email) + mails_to(moved)]

    close(alice)
    purge_after(clock, 14 * DAY)

    assert [mail.id for mail in mails_to(bob.email) + mails_to(moved)] == his
    assert confirmed_emails(bob) == [bob.email, moved]


def test_an_address_can_sign_up_again_after_the_purge_and_not_before(alice, clock):
    close(alice)
    do(sign_up.sign_up, alice.email, HOME)
    assert "already have an account" in subjects_to(alice.email)[-1]
    with pytest.raises(BadUserOrPassword):
        log_in(alice, password="another good sentence")

    purge_after(clock, 14 * DAY)
    again = users.join(alice.email)

    assert again.user_id != alice.user_id
    assert confirmed_emails(again) == [alice.email]
    assert audit_events(again)[-1] == "signed_up"


def test_a_purged_account_cannot_be_logged_in_to(alice, clock):
    close(alice)
    key = link_key(mails_to(alice.email)[-1])
    purge_after(clock, 14 * DAY)

    with pytest.raises(BadUserOrPassword):
        log_in(alice)
    assert do(links.peek, key, None).outcome == links.NO_SUCH


def test_a_purge_takes_a_hundred_accounts_at_once_and_the_rest_next_time(database, clock):
    over = clock.now()
    do(lambda db: db.add_all([User(created_at=over, closes_at=over) for _ in range(closing.AT_ONCE + 5)]))

    left = []
    for _ in range(3):
        do(closing.purge)
        left.append(do(lambda db: len(db.exec(select(User.id)).all())))
    assert left == [5, 0, 0]


@pytest.mark.parametrize("number", range(3))
@pytest.mark.parametrize("way", ["api", "browser"])
def test_a_login_during_the_purge_keeps_the_account_or_is_refused(alice, clock, number, way):
    close(alice)
    clock.advance(14 * DAY)
    answered = ask(alice.email, alice.password)

    def arrive():
        if way == "browser":
            return log_in(alice)
        return do(
            login.open_session,
            proofs.Reply(answered.challenge.id, answered.reply, alice.email),
            keep=False,
            caller=HOME,
        ).opened

    results = race(2, lambda number: [arrive, lambda: do(closing.purge)][number]())

    arrived = [opened for opened in winners(results) if opened]
    assert len(arrived) == (1 if user_row(alice) else 0)
    if arrived:
        assert user_row(alice).closes_at is None
        assert do(sessions.resume, arrived[0].key)


def test_eight_who_close_at_once_close_once(alice):
    results = race(8, lambda _: close(alice))

    assert winners(results, SessionExpired)
    assert do(sessions.resume, alice.key) is None
    assert do(lambda db: db.exec(select(Message.recipient).where(Message.recipient == alice.email)).first())


def test_removing_an_address_of_a_closed_account_is_refused(alice):
    id = add_email(alice, "second@example.com")
    close(alice)

    with pytest.raises(SessionExpired):
        do(emails.remove, alice.me, id, HOME)
    assert email_id(alice, "second@example.com") == id
