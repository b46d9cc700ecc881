"""Removal of the oldest email address: the account is locked, and its owner comes back."""

from datetime import timedelta

import pytest

from authapp.core.account import closing, data, emails, identities, returns, security_mail
from authapp.core.account.identities import Claims, Provider
from authapp.core.account.security_mail import SecurityMail
from authapp.core.authentication import provider_login, recovery
from authapp.core.base.errors import InvalidActionKey, LinkNeeded, Refusal
from authapp.core.base.routes import route
from authapp.core.credentials.links import Followed
from authapp.core.sessions import sessions
from tests.kit.contacts import (
    HERS,
    OTHER,
    add_email,
    add_phone,
    confirmed_emails,
    email_id,
    phones_of,
    remove_email,
    unconfirmed_emails,
)
from tests.kit.messages import link_about, link_key, live_links, mails_to
from tests.kit.rules import do
from tests.kit.users import HOME, confirm, follow_link, link_text, log_in, log_in_again, user_row

DAY = timedelta(days=1)

HOUR = timedelta(hours=1)

SECOND, THIEF, THIRD = "second@example.com", "thief@evil.example", "third@example.com"

NUMBER = HERS

ASKED = Followed(route("returning"))


@pytest.fixture
def robbed(alice, clock):
    """Let a thief add an email address to the account of Alice, and remove hers."""
    clock.advance(30 * DAY)
    alice = log_in_again(alice)
    add_email(alice, THIEF)
    remove_email(alice, alice.email)
    return alice


# --- the removed address is the oldest ----------------------------------------------------------------------------


def test_the_account_is_locked_and_newer_identifiers_are_suspended(robbed):
    key = link_about(robbed.email, "was removed")
    assert "The account is locked at once" in link_text(key)

    assert follow_link(key) == ASKED

    assert do(sessions.resume, robbed.key) is None
    assert user_row(robbed).password_record is None
    assert confirmed_emails(robbed) == []
    assert set(unconfirmed_emails(robbed)) == {robbed.email, THIEF}
    do(recovery.recover, THIEF, HOME)
    assert mails_to(THIEF)[-1].subject == "You have no authapp account"
    assert "is locked" in mails_to(THIEF)[-2].subject
    with pytest.raises(InvalidActionKey):
        follow_link(link_about(THIEF, "was added"))


def test_after_24_hours_its_owner_is_in_and_what_was_suspended_waits_for_a_confirmation(robbed, clock):
    follow_link(link_about(robbed.email, "was removed"))
    clock.advance(24 * HOUR)

    opened = confirm(link_about(robbed.email, "Get your authapp account"))

    assert (opened.user_id, opened.identifier) == (robbed.user_id, robbed.email)
    assert (confirmed_emails(robbed), unconfirmed_emails(robbed)) == ([robbed.email], [THIEF])
    do(returns.purge)
    assert confirmed_emails(robbed) == [robbed.email]


def test_suspended_identifiers_work_again_when_the_return_does_not_happen(robbed, clock):
    follow_link(link_about(robbed.email, "was removed"))
    clock.advance(returns.DELAY + returns.LIFE)
    with pytest.raises(InvalidActionKey):
        follow_link(link_about(robbed.email, "Get your authapp account"))

    do(returns.purge)
    do(returns.purge)

    assert (confirmed_emails(robbed), unconfirmed_emails(robbed)) == ([THIEF], [])
    do(recovery.recover, THIEF, HOME)
    assert confirm(link_about(THIEF, "Recover")).user_id == robbed.user_id


def test_numbers_and_identities_are_suspended_and_restored_like_addresses(alice, clock, monkeypatch):
    monkeypatch.setattr(identities, "_registered", {"work": Provider("work", "Work")})
    claims = Claims("alice", issuer="https://id.example", provider="work")
    clock.advance(30 * DAY)
    alice = log_in_again(alice)
    add_phone(alice, NUMBER)
    do(provider_login.link, alice.me, claims, HOME)
    add_phone(alice, OTHER)
    remove_email(alice, alice.email)
    enter = {"keep": False, "caller": HOME}

    follow_link(link_about(alice.email, "was removed"))

    assert phones_of(alice) == []
    with pytest.raises(LinkNeeded):
        do(provider_login.log_in, claims, **enter)
    clock.advance(returns.DELAY + returns.LIFE)
    do(returns.purge)
    assert phones_of(alice) == [NUMBER, OTHER]
    assert do(provider_login.log_in, claims, **enter).user_id == alice.user_id


def test_a_suspended_email_that_another_user_took_stays_theirs(robbed, bob, clock):
    follow_link(link_about(robbed.email, "was removed"))
    clock.advance(HOUR)
    add_email(log_in_again(bob), THIEF)
    clock.advance(returns.DELAY + returns.LIFE)

    do(returns.purge)

    assert confirmed_emails(robbed) == []
    assert confirmed_emails(bob) == [bob.email, THIEF]


def test_a_thief_who_closed_or_locked_the_account_does_not_stop_it(robbed, clock):
    do(closing.close, robbed.me, HOME)
    log_in(robbed, address=THIEF)
    follow_link(link_about(THIEF, "was closed"))

    assert follow_link(link_about(robbed.email, "was removed")) == ASKED

    clock.advance(24 * HOUR)
    assert confirm(link_about(robbed.email, "Get your authapp account")).user_id == robbed.user_id


@pytest.fixture
def both_removed(settled, clock):
    """Remove both addresses and let both owners follow their links, then wait a day."""
    add_email(settled, THIEF)
    remove_email(settled, settled.email)
    remove_email(settled, SECOND)
    follow_link(link_about(SECOND, "was removed"))
    follow_link(link_about(settled.email, "was removed"))
    clock.advance(24 * HOUR)
    return settled


def test_of_two_removed_addresses_the_one_that_was_confirmed_first_wins(both_removed):
    confirm(link_about(both_removed.email, "Get your authapp account"))

    with pytest.raises(InvalidActionKey):
        follow_link(link_about(SECOND, "Get your authapp account"))
    do(returns.purge)
    assert confirmed_emails(both_removed) == [both_removed.email]


def test_the_older_one_wins_also_when_it_comes_second(both_removed):
    confirm(link_about(SECOND, "Get your authapp account"))

    confirm(link_about(both_removed.email, "Get your authapp account"))

    assert confirmed_emails(both_removed) == [both_removed.email]
    assert SECOND in unconfirmed_emails(both_removed)


def test_an_address_that_came_back_does_not_come_back_a_second_time(settled, clock):
    remove_email(settled, SECOND)
    follow_link(link_about(SECOND, "was removed"))
    clock.advance(24 * HOUR)
    back = do(sessions.resume, confirm(link_about(SECOND, "Get your authapp account")).key)
    do(emails.remove, back, email_id(settled, SECOND), HOME)

    assert live_links(SECOND) == []


def test_every_trace_of_a_return_is_in_the_data_of_its_person(asked):
    links_of = do(data.export, asked.me, HOME)["links"]

    assert {"come_back", "refuse_return"} <= {one["action"] for one in links_of}


def test_four_links_of_one_removed_mailbox_do_no_harm(settled, clock):
    """This was possible once: each link locked the account, and undid what its owner had added since."""
    for template in ("new_device", "password_set", "recovered"):
        do(security_mail.send, settled.user_id, HOME, SecurityMail(template))
    mailbox = [link_key(mail) for mail in mails_to(SECOND) if "/link#" in mail.text]
    remove_email(settled, SECOND)
    mailbox.append(link_about(SECOND, "was removed"))
    add_email(settled, THIRD)

    pressed = 0
    for key in mailbox:
        try:
            follow_link(key)
            pressed += 1
        except Refusal:
            continue

    assert pressed == 1
    assert do(sessions.resume, settled.key)
    assert user_row(settled).password_record
    assert confirmed_emails(settled) == [settled.email, THIRD]
