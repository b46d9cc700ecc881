"""Email addresses of a user: added, confirmed, made the main one, removed."""

from datetime import timedelta
from uuid import uuid4

import pytest

from authapp.core.account import emails
from authapp.core.authentication import login, recovery
from authapp.core.base import identifiers
from authapp.core.base.errors import (
    BadInput,
    BadUserOrPassword,
    InvalidActionKey,
    SessionExpired,
    StepUpNeeded,
)
from authapp.core.credentials import links
from authapp.core.sessions import session_ends, sessions, tickets
from authapp.core.sessions.sessions import NewSession
from tests.kit.contacts import add_email, add_unconfirmed_email, confirmed_emails, email_facts, email_id, email_rows
from tests.kit.messages import link_to, live_links, mails_to
from tests.kit.rules import do, refused
from tests.kit.users import HOME, TAB, audit_events, follow_link, link_outcome, log_in

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
NEW = "alice@work.example"
NONSENSE = [None, {}, 7, "", "x", "x\x00", "\ud800", str(uuid4()), "x" * 10_000]


def test_an_added_address_waits_and_gets_a_link_for_a_day(alice):
    add_unconfirmed_email(alice, NEW)

    main, waiting = email_rows(alice)
    assert (main.address, main.is_main) == (alice.email, True)
    assert (waiting.address, waiting.is_main, waiting.confirmed_at) == (NEW, False, None)
    (mail,) = mails_to(NEW)
    assert "Add this email address" in mail.subject
    assert "within 1 day" in mail.text
    assert audit_events(alice)[0] == "email_asked"


def test_following_the_link_confirms_it_and_tells_both_addresses(alice):
    key = add_unconfirmed_email(alice, NEW)
    look = do(links.peek, key, alice.me)
    assert (look.outcome, look.email, look.button) == (links.GOOD, NEW, "Add this address")

    followed = follow_link(key, alice.me)

    assert followed == ("/settings#emails", "", False, "")
    assert confirmed_emails(alice) == [alice.email, NEW]
    assert "was added" in mails_to(NEW)[-1].subject
    assert "was added" in mails_to(alice.email)[-1].subject
    assert audit_events(alice)[0] == "email_added"


@pytest.mark.parametrize("typed", ["", None, {}, 7, "nonsense", "a" * 10_000, "a@b.example\nBcc: x@y.example"], ids=str)
def test_an_invalid_email_is_refused_beside_its_field(alice, typed):
    refusal = refused(do, emails.add, alice.me, typed, HOME)

    assert (type(refusal), refusal.field) == (BadInput, "new_email")
    assert len(email_rows(alice)) == 1


def test_case_and_spelling_make_no_second_address(alice):
    refusal = refused(do, emails.add, alice.me, "  ALICE@Example.COM ", HOME)
    assert (refusal.field, refusal.message) == ("new_email", "This address is already yours.")

    add_unconfirmed_email(alice, NEW)
    refusal = refused(do, emails.add, alice.me, NEW.upper(), HOME)
    assert refusal.field == "new_email"
    assert "waiting to be confirmed" in refusal.message
    assert len(email_rows(alice)) == 2
    assert len(mails_to(NEW)) == 1


def test_there_are_ten_addresses_at_most(alice):
    for number in range(9):
        do(emails.add, alice.me, f"{number}@example.com", HOME)

    refusal = refused(do, emails.add, alice.me, "more@example.com", HOME)

    assert (type(refusal), refusal.field) == (BadInput, "new_email")
    assert "10 addresses" in refusal.message
    assert len(email_rows(alice)) == 10
    assert mails_to("more@example.com") == []


def test_another_users_email_waits_like_any_other_and_its_owner_is_informed(alice, bob):
    taken, free = do(emails.add, alice.me, bob.email, HOME), do(emails.add, alice.me, NEW, HOME)

    assert taken is free is None
    assert sorted(email_facts(alice)[1:]) == [(NEW, False, None), (bob.email, False, None)]
    mail = mails_to(bob.email)[-1]
    assert "already belongs to yours" in mail.text
    assert "/link#" not in mail.text + mail.html
    assert live_links(bob.email) == [link for link in live_links(bob.email) if link.user_id == bob.user_id]
    assert confirmed_emails(bob) == [bob.email]
    assert do(sessions.resume, bob.key)


def test_another_users_email_looks_the_same_when_requested_again(alice, bob):
    for address in (bob.email, NEW):
        do(emails.add, alice.me, address, HOME)
        assert do(emails.send_again, alice.me, email_id(alice, address)) is None
        assert "waiting to be confirmed" in refused(do, emails.add, alice.me, address, HOME).message
        message = refused(do, emails.make_main, alice.me, email_id(alice, address), HOME).message
        assert message == "Confirm this address first: follow the link in the email."
        assert len(mails_to(address)) >= 2
        do(emails.remove, alice.me, email_id(alice, address), HOME)

    assert confirmed_emails(bob) == [bob.email]


def test_another_link_can_be_sent_and_both_work_once(alice):
    first = add_unconfirmed_email(alice, NEW)
    do(emails.send_again, alice.me, email_id(alice, NEW))
    second = link_to(NEW)

    follow_link(second, alice.me)

    assert link_outcome(first, alice.me) == links.INVALID
    for key in (first, second):
        with pytest.raises(InvalidActionKey):
            follow_link(key, alice.me)
    assert (
        refused(do, emails.send_again, alice.me, email_id(alice, NEW)).message == "This address is already confirmed."
    )


def test_a_link_is_for_the_signed_in_owner_alone(alice, bob):
    key = add_unconfirmed_email(alice, NEW)

    assert link_outcome(key, bob.me) == links.OTHER_USER
    with pytest.raises(InvalidActionKey, match="InvalidActionKey") as refusal:
        follow_link(key, bob.me)
    assert "another account" in refusal.value.message

    look = do(links.peek, key, None)
    assert (look.outcome, look.log_in_as) == (links.CUSTOM_LOG_IN, "")
    assert alice.email not in str(look)
    with pytest.raises(InvalidActionKey):
        follow_link(key, None)

    assert email_facts(alice)[1:] == [(NEW, False, None)]
    follow_link(key, alice.me)
    assert confirmed_emails(alice) == [alice.email, NEW]


def test_a_link_dies_after_its_hours(alice, clock, configure, database):
    configure(AUTHAPP_ADDED_EMAIL_LINK_HOURS=2)
    key = add_unconfirmed_email(alice, NEW)
    assert "within 2 hours" in mails_to(NEW)[-1].text
    clock.advance(2 * HOUR)

    with pytest.raises(InvalidActionKey):
        follow_link(key, alice.me)
    assert confirmed_emails(alice) == [alice.email]


def test_the_link_of_an_address_that_was_removed_does_nothing(alice):
    key = add_unconfirmed_email(alice, NEW)
    do(emails.remove, alice.me, email_id(alice, NEW), HOME)

    assert link_outcome(key, alice.me) == links.INVALID
    with pytest.raises(InvalidActionKey):
        follow_link(key, alice.me)
    assert confirmed_emails(alice) == [alice.email]


def test_an_address_that_was_removed_and_asked_for_again_needs_its_new_link(alice):
    old = add_unconfirmed_email(alice, NEW)
    do(emails.remove, alice.me, email_id(alice, NEW), HOME)
    new = add_unconfirmed_email(alice, NEW)

    with pytest.raises(InvalidActionKey):
        follow_link(old, alice.me)
    assert confirmed_emails(alice) == [alice.email]
    follow_link(new, alice.me)
    assert confirmed_emails(alice) == [alice.email, NEW]


def test_a_confirmed_address_becomes_the_main_one(alice):
    id = add_email(alice, NEW)

    do(emails.make_main, alice.me, id, HOME)

    assert [(row.address, row.is_main) for row in email_rows(alice)] == [(NEW, True), (alice.email, False)]
    assert do(identifiers.confirmed, alice.user_id) == [NEW, alice.email]
    assert "primary email address" in mails_to(NEW)[-1].subject
    assert "primary email address" in mails_to(alice.email)[-1].subject
    assert audit_events(alice)[0] == "email_main"


def test_making_the_main_one_main_again_says_nothing(alice):
    before = len(mails_to(alice.email)), audit_events(alice)

    do(emails.make_main, alice.me, email_id(alice, alice.email), HOME)

    assert (len(mails_to(alice.email)), audit_events(alice)) == before


def test_a_waiting_address_cannot_be_main(alice):
    add_unconfirmed_email(alice, NEW)

    refusal = refused(do, emails.make_main, alice.me, email_id(alice, NEW), HOME)

    assert type(refusal) is BadInput
    assert [row.address for row in email_rows(alice) if row.is_main] == [alice.email]


def test_the_last_confirmed_address_stays(alice):
    add_unconfirmed_email(alice, NEW)

    refusal = refused(do, emails.remove, alice.me, email_id(alice, alice.email), HOME)

    assert type(refusal) is BadInput
    assert refusal.message.startswith("This is your last confirmed address. Add and confirm another one, or a phone")
    assert confirmed_emails(alice) == [alice.email]


def test_removing_the_main_address_makes_the_oldest_other_main(alice, clock):
    for address in ("second@example.com", "a-third@example.com"):
        clock.advance(MINUTE)
        add_email(alice, address)
    add_unconfirmed_email(alice, "waiting@example.com")

    do(emails.remove, alice.me, email_id(alice, alice.email), HOME)

    confirmed = [(row.address, row.is_main) for row in email_rows(alice) if row.confirmed_at]
    assert confirmed == [("second@example.com", True), ("a-third@example.com", False)]
    assert "was removed" in mails_to(alice.email)[-1].subject
    assert "was removed" in mails_to("second@example.com")[-1].subject
    assert audit_events(alice)[0] == "email_removed"


def test_removing_a_waiting_address_tells_nobody(alice):
    add_unconfirmed_email(alice, NEW)
    before = len(mails_to(NEW)), len(mails_to(alice.email))

    do(emails.remove, alice.me, email_id(alice, NEW), HOME)

    assert len(email_rows(alice)) == 1
    assert (len(mails_to(NEW)), len(mails_to(alice.email))) == before


def test_sessions_of_a_removed_address_go_on_under_the_main_one(alice):
    id = add_email(alice, NEW)
    opened = log_in(alice, address=NEW)
    assert do(sessions.resume, opened.key).identifier == NEW

    do(emails.remove, alice.me, id, HOME)

    assert do(sessions.resume, opened.key).identifier == alice.email
    assert do(sessions.resume, alice.key).identifier == alice.email


def test_a_login_under_way_with_a_removed_address_goes_on_under_the_main_one(alice):
    id = add_email(alice, NEW)
    ticket = do(tickets.issue_ticket, NewSession(alice.user_id, NEW, "password"), tab=TAB)

    do(emails.remove, alice.me, id, HOME)

    assert do(login.claim, ticket, [TAB], HOME, None).identifier == alice.email


def test_login_works_with_every_confirmed_address_and_with_no_other(alice):
    add_email(alice, "second@example.com")
    id = add_email(alice, "removed@example.com")
    do(emails.remove, alice.me, id, HOME)
    add_unconfirmed_email(alice, "waiting@example.com")

    assert log_in(alice, address="Second@Example.com").user_id == alice.user_id
    for address in ("removed@example.com", "waiting@example.com"):
        with pytest.raises(BadUserOrPassword):
            log_in(alice, address=address)


def test_a_recovery_link_to_a_removed_address_does_nothing(alice):
    id = add_email(alice, NEW)
    do(recovery.recover, NEW, HOME)
    key = link_to(NEW)

    do(emails.remove, alice.me, id, HOME)

    with pytest.raises(InvalidActionKey):
        follow_link(key, None)
    assert do(sessions.resume, alice.key)


@pytest.mark.parametrize("rule", [emails.make_main, emails.remove, emails.send_again])
def test_other_peoples_rows_and_nonsense_are_refused_and_change_nothing(alice, bob, rule):
    add_email(bob, "bob2@example.com")
    add_unconfirmed_email(bob, "bob3@example.com")
    before = email_facts(bob), email_facts(alice), len(mails_to("bob3@example.com"))

    for id in [*NONSENSE, *(str(row.id) for row in email_rows(bob))]:
        args = (id,) if rule is emails.send_again else (id, HOME)
        refusal = refused(do, rule, alice.me, *args)
        assert (type(refusal), refusal.message) == (BadInput, "This address is no longer in your account.")

    assert (email_facts(bob), email_facts(alice), len(mails_to("bob3@example.com"))) == before


def test_a_logged_out_user_changes_nothing(alice):
    id = add_email(alice, NEW)
    do(session_ends.close, alice.me.session_id)
    before = email_facts(alice)

    for rule, what in (
        (emails.add, ("more@example.com", HOME)),
        (emails.send_again, (id,)),
        (emails.make_main, (id, HOME)),
        (emails.remove, (id, HOME)),
    ):
        assert type(refused(do, rule, alice.me, *what)) is SessionExpired
    assert email_facts(alice) == before


def test_adding_and_removing_need_a_proof_of_the_last_ten_minutes(alice, clock):
    id = add_email(alice, NEW)
    clock.advance(10 * MINUTE)
    before = email_facts(alice)

    assert type(refused(do, emails.add, alice.me, "more@example.com", HOME)) is StepUpNeeded
    assert type(refused(do, emails.remove, alice.me, id, HOME)) is StepUpNeeded

    assert email_facts(alice) == before
    do(emails.make_main, alice.me, id, HOME)
    assert confirmed_emails(alice)[0] == NEW
