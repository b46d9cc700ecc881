"""Email addresses that several users claim, rate limits, and races."""

from datetime import timedelta

import pytest
from sqlmodel import select

from authapp.core.account import emails
from authapp.core.authentication import accounts, login
from authapp.core.base import identifiers
from authapp.core.base.errors import (
    BadInput,
    InvalidActionKey,
    StepUpNeeded,
    TooManyRequests,
)
from authapp.core.credentials import links
from authapp.core.sessions import sessions, tickets
from authapp.core.sessions.sessions import NewSession
from authapp.models import ActionLink, Email, User
from tests.kit import users
from tests.kit.contacts import add_email, add_unconfirmed_email, confirmed_emails, email_facts, email_id, email_rows
from tests.kit.messages import link_key, mails_to
from tests.kit.rules import do, race, refused, winners
from tests.kit.users import HOME, TAB, audit_events, follow_link, link_outcome

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)

NEW = "alice@work.example"


def test_the_first_confirmation_voids_the_claims_of_others(alice, bob):
    hers, his = add_unconfirmed_email(alice, NEW), add_unconfirmed_email(bob, NEW)
    opened = do(sessions.open, NewSession(bob.user_id, NEW, "password", True), HOME)
    ticket = do(tickets.issue_ticket, NewSession(bob.user_id, NEW, "password"), tab=TAB)

    follow_link(hers, alice.me)

    assert confirmed_emails(alice) == [alice.email, NEW]
    assert email_facts(bob) == [(bob.email, True, email_rows(bob)[0].confirmed_at)]
    assert do(sessions.resume, opened.key) is None
    assert do(sessions.resume, bob.key)
    with pytest.raises(tickets.TicketNotFoundOrExpired):
        do(login.claim, ticket, [TAB], HOME, None)
    with pytest.raises(InvalidActionKey):
        follow_link(his, bob.me)


def test_claims_of_others_stay_when_the_confirmation_fails(alice, bob, monkeypatch):
    hers, his = add_unconfirmed_email(alice, NEW), add_unconfirmed_email(bob, NEW)

    def fail(*_args, **_facts):
        raise ZeroDivisionError

    monkeypatch.setattr(emails.security_mail, "send", fail)
    with pytest.raises(ZeroDivisionError):
        follow_link(hers, alice.me)
    monkeypatch.undo()

    assert email_facts(bob)[1:] == [(NEW, False, None)]
    follow_link(his, bob.me)
    assert confirmed_emails(bob) == [bob.email, NEW]


def test_of_a_sign_up_and_an_added_address_the_first_confirmation_wins_for_the_sign_up(alice):
    added, signed_up = add_unconfirmed_email(alice, NEW), users.sign_up(NEW)

    opened = users.confirm(signed_up)

    with pytest.raises(InvalidActionKey):
        follow_link(added, alice.me)
    assert [row.address for row in email_rows(alice)] == [alice.email]
    assert do(identifiers.owner, NEW) == opened.user_id


def test_of_a_sign_up_and_an_added_address_the_first_confirmation_wins_for_the_added_one(alice):
    added, signed_up = add_unconfirmed_email(alice, NEW), users.sign_up(NEW)

    follow_link(added, alice.me)

    assert link_outcome(signed_up, None) == links.ACTIVATED
    with pytest.raises(InvalidActionKey):
        follow_link(signed_up, None)
    assert do(identifiers.owner, NEW) == alice.user_id
    assert len(do(lambda db: db.exec(select(User)).all())) == 1


def test_a_user_changes_sixty_things_an_hour_and_is_told_how_long_to_wait(alice, clock):
    id = add_email(alice, NEW)
    pair = id, email_id(alice, alice.email)
    name, password, one_asked_for, one_set = 1, 1, 1, 57
    turns = one_set - name - password - one_asked_for
    for number in range(turns):
        do(emails.make_main, alice.me, pair[number % 2], HOME)
    for _ in range(60 - one_set):
        do(accounts.set_names, alice.me, "Alice", "Liddell", HOME)

    for rule, what in ((emails.make_main, pair[turns % 2]), (emails.remove, id), (emails.add, "more@example.com")):
        refusal = refused(do, rule, alice.me, what, HOME)
        assert type(refusal) is TooManyRequests
        assert refusal.wait > 3500
        assert "Wait 1 hour" in refusal.message
    assert len(email_rows(alice)) == 2
    clock.advance(HOUR)
    assert type(refused(do, emails.remove, alice.me, id, HOME)) is StepUpNeeded


def test_one_address_gets_five_mails_an_hour_from_one_user_and_the_refused_try_changes_nothing(alice, clock):
    for _ in range(5):
        add_unconfirmed_email(alice, NEW)
        do(emails.remove, alice.me, email_id(alice, NEW), HOME)
    before = audit_events(alice)

    refusal = refused(do, emails.add, alice.me, NEW, HOME)

    assert type(refusal) is TooManyRequests
    assert "Wait" in refusal.message
    assert len(mails_to(NEW)) == 5
    assert [row.address for row in email_rows(alice)] == [alice.email]
    assert audit_events(alice) == before


def test_one_email_gets_five_mails_an_hour_from_all_users_without_revealing_it(alice, bob):
    add_unconfirmed_email(alice, NEW)
    for _ in range(4):
        do(emails.send_again, alice.me, email_id(alice, NEW))

    assert do(emails.add, bob.me, NEW, HOME) is None

    assert len(mails_to(NEW)) == 5
    assert email_facts(bob)[1:] == [(NEW, False, None)]


def test_an_address_nobody_confirmed_is_forgotten_after_seven_days(alice, clock):
    add_unconfirmed_email(alice, NEW)
    clock.advance(7 * DAY - MINUTE)
    do(emails.purge)
    assert len(email_rows(alice)) == 2

    clock.advance(MINUTE)
    do(emails.purge)
    assert [row.address for row in email_rows(alice)] == [alice.email]


def test_a_confirmed_email_keeps_the_day_it_was_added(alice, clock):
    key = add_unconfirmed_email(alice, NEW)
    added_at = email_rows(alice)[1].added_at
    clock.advance(HOUR)

    follow_link(key, alice.me)

    assert email_rows(alice)[1].added_at == added_at
    assert email_rows(alice)[1].confirmed_at > added_at


def test_eight_remove_the_last_two_addresses_and_one_stays(alice):
    ids = [add_email(alice, NEW), email_id(alice, alice.email)]

    results = race(8, lambda number: do(emails.remove, alice.me, ids[number % 2], HOME))

    assert len(winners(results, BadInput)) == 1
    assert len(email_rows(alice)) == 1
    assert email_rows(alice)[0].is_main


def test_eight_follow_one_link_and_the_address_is_added_once(alice):
    key = add_unconfirmed_email(alice, NEW)

    results = race(8, lambda _: follow_link(key, alice.me))

    assert len(winners(results, InvalidActionKey)) == 1
    assert confirmed_emails(alice) == [alice.email, NEW]
    assert sum("was added" in mail.subject for mail in mails_to(NEW)) == 1


@pytest.mark.parametrize("number", range(3))
def test_two_who_confirm_one_address_at_once_do_not_both_get_it(alice, bob, number):
    keys = [(add_unconfirmed_email(alice, NEW), alice.me), (add_unconfirmed_email(bob, NEW), bob.me)]

    results = race(8, lambda number: follow_link(*keys[number % 2]))

    assert len(winners(results, InvalidActionKey)) == 1
    kept = do(lambda db: db.exec(select(Email).where(Email.address == NEW)).all())
    assert [bool(row.confirmed_at) for row in kept] == [True]


def test_a_sign_up_and_an_added_address_confirmed_at_once_do_not_both_win(alice):
    keys = [(add_unconfirmed_email(alice, NEW), alice.me), (users.sign_up(NEW), None)]

    results = race(8, lambda number: follow_link(*keys[number % 2]))

    assert len(winners(results, InvalidActionKey)) == 1
    assert len(do(lambda db: db.exec(select(Email).where(Email.address == NEW)).all())) == 1


def test_eight_add_one_address_and_it_waits_once(alice):
    results = race(8, lambda _: do(emails.add, alice.me, NEW, HOME))

    assert len(winners(results, BadInput)) == 1
    assert [row.address for row in email_rows(alice)] == [alice.email, NEW]
    assert len(mails_to(NEW)) == 1


def test_an_address_removed_while_it_is_confirmed_is_one_or_the_other(alice):
    key, id = add_unconfirmed_email(alice, NEW), email_id(alice, NEW)
    deeds = [lambda: follow_link(key, alice.me), lambda: do(emails.remove, alice.me, id, HOME)]

    results = race(8, lambda number: deeds[number % 2]())

    assert len(winners(results, (BadInput, InvalidActionKey))) == 1
    assert len([row for row in email_rows(alice) if row.address == NEW]) <= 1
    assert do(lambda db: db.exec(select(ActionLink.uses_left).where(ActionLink.id == key[:16])).one()) == 0


def test_an_address_that_came_back_to_nobody_is_free_for_others(alice, bob):
    id = add_email(alice, NEW)
    do(emails.remove, alice.me, id, HOME)

    add_email(bob, NEW)

    assert confirmed_emails(bob) == [bob.email, NEW]
    assert link_key(mails_to(NEW)[-1])


def test_no_link_that_signs_in_outlives_the_address_it_was_sent_to(alice):
    added = add_email(alice, NEW)
    way_in = do(links.issue, "reset", email=NEW, user_id=alice.user_id, valid_for=timedelta(hours=1), connects=True)

    do(emails.remove, alice.me, added, HOME)

    assert do(links.peek, way_in.rpartition("#")[2], None).outcome == links.INVALID
