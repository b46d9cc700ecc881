"""The link in the removal mail of an email address or phone number: its effects, and which address may refuse them."""

from datetime import timedelta

import pytest

from authapp.core.account import closing, emails, returns, security_mail
from authapp.core.account import phones as phone_rules
from authapp.core.account.security_mail import SecurityMail
from authapp.core.admin import people
from authapp.core.authentication import recovery
from authapp.core.authorization.actors import SERVER
from authapp.core.base.errors import BadUserOrPassword, InvalidActionKey
from authapp.core.base.routes import route
from authapp.core.credentials import links
from authapp.core.credentials.links import Followed
from authapp.core.sessions import sessions
from tests.kit.contacts import (
    HERS,
    add_email,
    add_phone,
    confirmed_emails,
    email_id,
    phone_id,
    phones_of,
    remove_email,
    unconfirmed_emails,
)
from tests.kit.messages import link_about, link_key, live_links, mails_to, texts_to
from tests.kit.rules import do
from tests.kit.users import HOME, audit_events, confirm, follow_link, link_text, log_in, log_in_again, user_row

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
SECOND, THIEF, THIRD = "second@example.com", "thief@evil.example", "third@example.com"
NUMBER = HERS
LOCKED = Followed(route("locked"))
ASKED = Followed(route("returning"))


def text_link(number, words):
    return link_key([text for text in texts_to(number) if words in text.text][-1])


# --- links of a removed address -----------------------------------------------------------------------------------


def test_removing_an_address_voids_its_links_but_for_the_one_about_the_removal(settled):
    do(security_mail.send, settled.user_id, HOME, SecurityMail("password_set"))
    do(security_mail.send, settled.user_id, HOME, SecurityMail("new_device"))
    do(recovery.recover, SECOND, HOME)
    do(links.issue, "leave_list", email=SECOND, valid_for=DAY)
    others = len(live_links(settled.email))

    remove_email(settled, SECOND)

    (left,) = live_links(SECOND)
    assert (left.action, left.data["undo"]) == ("wasnt_me", "removed")
    assert len(live_links(settled.email)) == others + 1


def test_removing_a_number_voids_its_links_but_for_the_one_about_the_removal(alice):
    add_phone(alice, NUMBER)
    do(security_mail.send, alice.user_id, HOME, SecurityMail("recovered"))
    assert len(live_links(NUMBER)) == 2

    do(phone_rules.remove, alice.me, phone_id(alice, NUMBER), HOME)

    assert [link.data["undo"] for link in live_links(NUMBER)] == ["removed"]


def test_removing_an_address_that_was_never_confirmed_voids_nothing_of_others(alice, bob):
    others = do(links.issue, "leave_list", email=SECOND, valid_for=DAY)
    hers = do(links.issue, "add_email", email=SECOND, user_id=bob.user_id, valid_for=DAY)
    do(emails.add, alice.me, SECOND, HOME)

    remove_email(alice, SECOND)

    assert len(live_links(SECOND)) == 2, (others, hers)


@pytest.mark.parametrize("number", [False, True])
def test_a_removed_identifier_that_is_confirmed_again_by_anybody_has_no_live_link_of_before(
    settled, bob, number, clock
):
    if number:
        add_phone(settled, NUMBER)
        clock.advance(30 * DAY)
        settled = log_in_again(settled)
        do(phone_rules.remove, settled.me, phone_id(settled, NUMBER), HOME)
        key = text_link(NUMBER, "was removed")
        add_phone(log_in_again(bob), NUMBER)
    else:
        remove_email(settled, SECOND)
        key = link_about(SECOND, "was removed")
        add_email(log_in_again(bob), SECOND)

    assert not do(links.peek, key, None).live
    with pytest.raises(InvalidActionKey):
        follow_link(key)
    assert do(sessions.resume, settled.key)


# --- a link undoes its own event, and nothing newer ---------------------------------------------------------------


def test_an_address_that_was_added_again_since_stays(alice):
    add_email(alice, SECOND)
    old = link_about(alice.email, "was added")
    remove_email(alice, SECOND)
    add_email(alice, SECOND)

    follow_link(old)

    assert confirmed_emails(alice) == [alice.email, SECOND]


def test_a_number_that_was_added_again_since_stays(alice, clock):
    add_phone(alice, NUMBER)
    old = link_about(alice.email, "number was added")
    do(phone_rules.remove, alice.me, phone_id(alice, NUMBER), HOME)
    clock.advance(HOUR)
    alice = log_in_again(alice)
    add_phone(alice, NUMBER)

    follow_link(old)

    assert phones_of(alice) == [NUMBER]


def test_the_main_address_goes_back_to_what_it_was_unless_it_was_changed_since(alice):
    add_email(alice, SECOND)
    do(emails.make_main, alice.me, add_email(alice, THIEF), HOME)
    first = link_about(SECOND, "primary email")
    do(emails.make_main, alice.me, email_id(alice, SECOND), HOME)
    second = link_about(alice.email, "primary email")

    follow_link(first)
    assert confirmed_emails(alice)[0] == SECOND
    follow_link(second)
    assert confirmed_emails(alice)[0] == THIEF


def test_only_the_link_about_the_closing_keeps_a_closed_account(alice):
    add_email(alice, SECOND)
    old = link_about(alice.email, "was added")
    do(closing.close, alice.me, HOME)

    follow_link(old)
    assert user_row(alice).closes_at
    follow_link(link_about(alice.email, "was closed"))
    assert user_row(alice).closes_at is None


def test_another_address_that_objects_to_a_removal_makes_it_wait_for_a_confirmation(settled):
    remove_email(settled, SECOND)

    assert follow_link(link_about(settled.email, "was removed")) == LOCKED

    assert confirmed_emails(settled) == [settled.email]
    assert unconfirmed_emails(settled) == [SECOND]
    back = do(sessions.resume, confirm(link_about(settled.email, "Recover")).key)
    follow_link(link_about(SECOND, "Add this"), back)
    assert confirmed_emails(settled) == [settled.email, SECOND]


# --- the owner of the removed address objects, and an older address exists ----------------------------------------


def test_nothing_ends_and_the_older_address_is_told(asked):
    assert do(sessions.resume, asked.key)
    assert user_row(asked).password_record
    assert (confirmed_emails(asked), unconfirmed_emails(asked)) == ([asked.email], [SECOND])
    assert f"{SECOND} was removed from your account." in mails_to(asked.email)[-1].text
    assert audit_events(asked)[:2] == ["return_asked", "disowned"]


def test_for_24_hours_it_neither_recovers_nor_logs_in(asked, clock):
    key = link_about(SECOND, "Get your authapp account")
    clock.advance(23 * HOUR)

    with pytest.raises(InvalidActionKey) as early:
        follow_link(key)
    assert "works from" in early.value.message
    assert link_text(key).startswith("It works from")
    do(recovery.recover, SECOND, HOME)
    assert mails_to(SECOND)[-1].subject == "You have no authapp account"
    with pytest.raises(BadUserOrPassword):
        log_in(asked, address=SECOND)


def test_then_its_link_leads_in_and_the_older_address_hears_of_it(asked, clock):
    clock.advance(24 * HOUR)
    key = link_about(SECOND, "Get your authapp account")

    opened = confirm(key)

    assert (opened.user_id, opened.identifier, opened.method) == (asked.user_id, SECOND, "recovery")
    assert confirmed_emails(asked) == [SECOND, asked.email]
    assert do(sessions.resume, asked.key) is None
    assert mails_to(asked.email)[-1].subject == "Your authapp account was recovered"
    with pytest.raises(InvalidActionKey):
        follow_link(key)


def test_a_refusal_ends_it_for_good(asked, clock):
    refusal = link_about(asked.email, "is coming back")
    assert "stays removed" in link_text(refusal)

    assert follow_link(refusal) == Followed(route("refused"))

    assert (confirmed_emails(asked), unconfirmed_emails(asked)) == ([asked.email], [])
    clock.advance(25 * HOUR)
    with pytest.raises(InvalidActionKey):
        follow_link(link_about(SECOND, "Get your authapp account"))
    with pytest.raises(InvalidActionKey):
        follow_link(link_about(SECOND, "was removed"))
    assert audit_events(asked)[0] == "return_refused"


def test_refusing_the_return_of_an_email_that_is_back_does_nothing(asked, clock):
    clock.advance(24 * HOUR)
    confirm(link_about(SECOND, "Get your authapp account"))

    with pytest.raises(InvalidActionKey):
        follow_link(link_about(asked.email, "is coming back"))
    assert confirmed_emails(asked) == [SECOND, asked.email]


def test_an_older_address_that_was_removed_itself_refuses_nothing(asked, clock):
    refusal = link_about(asked.email, "is coming back")
    clock.advance(HOUR)
    asked = log_in_again(asked)
    add_email(asked, THIRD)
    remove_email(asked, asked.email)

    with pytest.raises(InvalidActionKey):
        follow_link(refusal)


def test_its_person_can_remove_it_again(asked, clock):
    remove_email(asked, SECOND)

    clock.advance(24 * HOUR)
    with pytest.raises(InvalidActionKey):
        follow_link(link_about(SECOND, "Get your authapp account"))
    do(returns.purge)
    assert (confirmed_emails(asked), unconfirmed_emails(asked)) == ([asked.email], [])


@pytest.mark.parametrize("deed", ["closed", "disabled", "locked by a newer address"])
def test_events_that_void_links_do_not_void_a_return_or_its_refusal(asked, clock, deed):
    if deed == "closed":
        do(people.close, SERVER, asked.user_id)
    elif deed == "disabled":
        do(people.disable, SERVER, asked.user_id)
        do(people.enable, SERVER, asked.user_id)
    else:
        add_email(asked, THIEF)
        follow_link(link_about(THIEF, "was added"))
    assert do(links.peek, link_about(asked.email, "is coming back"), None).live
    clock.advance(24 * HOUR)

    assert confirm(link_about(SECOND, "Get your authapp account")).identifier == SECOND


def test_a_disabled_account_stays_disabled(asked, clock):
    do(people.disable, SERVER, asked.user_id)
    clock.advance(24 * HOUR)

    entered = confirm(link_about(SECOND, "Get your authapp account"))

    assert (type(entered).__name__, entered.reason) == ("BlockedLogin", "disabled")


def test_a_return_reopens_an_account_that_was_closed_since(asked, clock):
    do(closing.close, asked.me, HOME)
    clock.advance(24 * HOUR)

    confirm(link_about(SECOND, "Get your authapp account"))

    assert user_row(asked).closes_at is None


def test_an_email_that_another_user_took_does_not_come_back(asked, bob, clock):
    clock.advance(HOUR)
    add_email(log_in_again(bob), SECOND)
    clock.advance(24 * HOUR)

    with pytest.raises(InvalidActionKey):
        follow_link(link_about(SECOND, "Get your authapp account"))
    assert confirmed_emails(bob) == [bob.email, SECOND]
    assert unconfirmed_emails(asked) == []


def test_an_older_number_decides_too(alice, clock):
    add_phone(alice, NUMBER)
    clock.advance(30 * DAY)
    alice = log_in_again(alice)
    add_email(alice, SECOND)
    clock.advance(30 * DAY)
    alice = log_in_again(alice)
    remove_email(alice, SECOND)

    follow_link(link_about(SECOND, "was removed"))

    follow_link(text_link(NUMBER, "Refuse"))
    clock.advance(24 * HOUR)
    with pytest.raises(InvalidActionKey):
        follow_link(link_about(SECOND, "Get your authapp account"))


def test_a_recycled_number_asks_the_older_address(settled, clock):
    add_phone(settled, NUMBER)
    clock.advance(30 * DAY)
    settled = log_in_again(settled)
    do(phone_rules.remove, settled.me, phone_id(settled, NUMBER), HOME)

    assert follow_link(text_link(NUMBER, "was removed")) == ASKED

    assert phones_of(settled) == []
    assert do(sessions.resume, settled.key)
    follow_link(link_about(settled.email, "is coming back"))
    clock.advance(24 * HOUR)
    with pytest.raises(InvalidActionKey):
        follow_link(text_link(NUMBER, "Get your account"))
    assert phones_of(settled) == []


def test_an_address_that_was_new_does_not_come_back_where_there_is_an_older_one(settled):
    add_email(settled, THIEF)
    remove_email(settled, THIEF)

    (mail,) = [mail for mail in mails_to(THIEF) if "was removed" in mail.subject]
    assert "/link#" not in mail.text
    assert live_links(THIEF) == []


def test_an_address_younger_than_a_week_refuses_nothing(alice, clock):
    clock.advance(3 * DAY)
    alice = log_in_again(alice)
    add_email(alice, SECOND)
    clock.advance(3 * DAY)
    alice = log_in_again(alice)
    remove_email(alice, SECOND)
    key = link_about(SECOND, "was removed")
    assert "continues without" in link_text(key)

    assert follow_link(key) == LOCKED

    assert do(sessions.resume, alice.key) is None
    assert user_row(alice).password_record is None
    assert (confirmed_emails(alice), unconfirmed_emails(alice)) == ([alice.email], [])
    assert mails_to(alice.email)[-1].subject == "Recover your authapp account"
