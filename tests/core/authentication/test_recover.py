"""Recovery of an account by mail."""

from datetime import timedelta

import pytest

from authapp.core.authentication import accounts, login, proofs, recovery, sign_up
from authapp.core.base import identifiers, rate_limits
from authapp.core.base.errors import BadUserOrPassword, InvalidActionKey, TooManyRequests
from authapp.core.credentials import links
from authapp.core.sessions import sessions, tickets
from authapp.models import Email
from tests.kit import users
from tests.kit.messages import link_to, mails_to
from tests.kit.rules import do
from tests.kit.users import HOME, TAB

HOUR = timedelta(hours=1)


def recover(address):
    do(recovery.recover, f" {address.upper()} ", HOME)
    return link_to(address)


def log_in(person, password, caller=HOME):
    return do(login.with_password, proofs.Credentials(person.email, password), keep=False, tab=TAB, caller=caller)


def test_recovery_sends_a_link_for_an_hour_that_signs_in(alice, clock):
    key = recover(alice.email)
    assert "valid for 1 hour and one use" in mails_to(alice.email)[-1].text
    clock.advance(HOUR - timedelta(seconds=1))

    look = do(links.peek, key, None)
    assert (look.outcome, look.email, look.button) == (links.GOOD, alice.email, "Recover my account")
    opened = users.confirm(key)

    me = do(sessions.resume, opened.key)
    assert (me.user_id, me.method, me.has_password) == (alice.user_id, "recovery", True)


def test_a_recovery_link_leads_to_a_new_password(alice):
    assert do(links.follow, recover(alice.email), None, tab=TAB).path == "/settings?set=password"


def test_an_unknown_address_gets_another_mail_and_who_asked_learns_nothing(alice):
    known, unknown = do(recovery.recover, alice.email, HOME), do(recovery.recover, "nobody@example.com", HOME)

    assert known is unknown is None
    (mail,) = mails_to("nobody@example.com")
    assert "You have no authapp account" in mail.subject
    assert "/link#" not in mail.text + mail.html


def test_an_expired_recovery_link_does_nothing(alice, clock):
    key = recover(alice.email)
    clock.advance(HOUR)

    assert do(links.peek, key, None).outcome == links.INVALID
    with pytest.raises(InvalidActionKey):
        do(links.follow, key, None, tab=TAB)
    assert do(sessions.resume, alice.key)


def test_asking_for_recovery_changes_nothing(alice):
    recover(alice.email)

    assert do(sessions.resume, alice.key)
    assert log_in(alice, alice.password)


def test_following_ends_every_session_and_every_other_recovery_link_and_tells(alice, bob):
    first, second, his = recover(alice.email), recover(alice.email), recover(bob.email)
    ticket = log_in(alice, alice.password).ticket

    users.confirm(second)

    assert do(sessions.resume, alice.key) is None
    assert do(links.peek, first, None).outcome == links.INVALID
    with pytest.raises(tickets.TicketNotFoundOrExpired):
        do(login.claim, ticket, [TAB], HOME, None)
    assert "Your authapp account was recovered" in mails_to(alice.email)[-1].subject
    assert do(links.peek, his, None).outcome == links.GOOD
    assert do(sessions.resume, bob.key)


def test_the_old_password_works_until_a_new_one_is_set(alice):
    opened = users.confirm(recover(alice.email))
    assert log_in(alice, alice.password)

    me = do(sessions.resume, opened.key)
    do(
        accounts.set_password,
        me,
        accounts.NewPassword("another good sentence", "another good sentence"),
        tab=TAB,
        caller=HOME,
    )

    with pytest.raises(BadUserOrPassword):
        log_in(alice, alice.password)
    assert log_in(alice, "another good sentence")


def test_a_second_click_does_nothing(alice):
    key = recover(alice.email)
    opened = users.confirm(key)

    with pytest.raises(InvalidActionKey):
        do(links.follow, key, None, tab=TAB)

    assert do(sessions.resume, opened.key)


def test_a_logged_in_user_is_asked_before_switching(alice, bob):
    key = recover(alice.email)
    assert do(links.peek, key, bob.me).outcome == links.OTHER_USER

    opened = users.confirm(key, bob.me)

    assert do(sessions.resume, opened.key).user_id == alice.user_id
    assert do(sessions.resume, bob.key) is None


def test_recovery_opens_a_login_that_was_closed_after_failures(alice):
    do(lambda db: [rate_limits.count_failure(db, alice.email, str(number)) for number in range(100)])
    with pytest.raises(TooManyRequests):
        log_in(alice, alice.password)

    users.confirm(recover(alice.email))

    assert log_in(alice, alice.password)


def test_security_mails_go_to_every_confirmed_address(alice, clock):
    def add(db):
        confirmed, claimed = "second@example.com", "claimed@example.com"
        db.add(Email(user_id=alice.user_id, address=confirmed, added_at=clock.now(), confirmed_at=clock.now()))
        db.add(Email(user_id=alice.user_id, address=claimed, added_at=clock.now()))

    do(add)
    assert do(identifiers.confirmed, alice.user_id) == [alice.email, "second@example.com"]
    users.confirm(recover(alice.email))

    assert "recovered" in mails_to(alice.email)[-1].subject
    assert "recovered" in mails_to("second@example.com")[-1].subject
    assert mails_to("claimed@example.com") == []


def test_a_dead_recovery_link_is_sent_again(alice, clock):
    key = recover(alice.email)
    clock.advance(HOUR)

    do(recovery.send_again, key, HOME)

    assert users.confirm(link_to(alice.email)).user_id == alice.user_id


def test_sign_ups_of_a_stranger_at_an_address_leave_its_owner_the_recovery(alice):
    for number in range(6):
        do(sign_up.sign_up, alice.email, HOME._replace(ip=f"192.0.2.{number}"))
    assert "You already have an account" in mails_to(alice.email)[-1].subject

    do(recovery.recover, alice.email, HOME)

    assert "Recover your" in mails_to(alice.email)[-1].subject
