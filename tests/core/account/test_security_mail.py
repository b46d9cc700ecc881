"""Security mails and texts, and the links in them that lock an account."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import delete

from authapp.core import execute
from authapp.core.account import closing, emails
from authapp.core.authentication import login, proofs, recovery
from authapp.core.base import tokens
from authapp.core.base.callers import Caller, remember_device
from authapp.core.base.errors import BadUserOrPassword, InvalidActionKey
from authapp.core.base.routes import route
from authapp.core.credentials import links
from authapp.core.sessions import sessions, tickets
from authapp.models import AuditEvent
from tests.kit import users
from tests.kit.contacts import (
    add_email,
    add_unconfirmed_email,
    confirmed_emails,
)
from tests.kit.messages import link_key, link_to, mails_to
from tests.kit.rules import do
from tests.kit.scram import ask
from tests.kit.security_mail import FIREFOX, mail_about, short_subjects, tell
from tests.kit.users import HOME, TAB, audit_events, follow_link, log_in, user_row

DAY = timedelta(days=1)
SECOND_ONE, THIEF = "second@example.com", "thief@evil.example"
CHROME = Caller(
    "203.0.113.9", "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36"
)
NEW = "another good sentence"


def newest(address):
    return mails_to(address)[-1]


@pytest.fixture
def alice(alice):
    """Return Alice without any earlier login in the audit log."""
    do(execute, delete(AuditEvent).where(AuditEvent.user_id == alice.user_id))
    return alice


def test_a_mail_says_what_happened_when_and_where(alice, clock):
    tell(alice)

    mail = newest(alice.email)
    assert mail.subject == "Your authapp password was set"
    when = f"{clock.now():%-d %B %Y, %H:%M} UTC"
    assert f"set for your account: {when}, with Firefox on Linux, from IP address 198.51.100.7." in mail.text


def test_every_confirmed_address_gets_one_with_a_link_of_its_own_and_a_waiting_one_none(alice):
    add_email(alice, SECOND_ONE)
    add_unconfirmed_email(alice, "waiting@example.com")

    tell(alice)

    keys = {link_key(newest(address)) for address in (alice.email, SECOND_ONE)}
    assert len(keys) == 2
    assert [
        do(links.peek, key, None).email for key in sorted(keys, key=lambda key: key != link_key(newest(alice.email)))
    ] == [
        alice.email,
        SECOND_ONE,
    ]
    assert short_subjects("waiting@example.com") == ["Add this email address to your authapp account"]


def test_other_users_are_not_informed(alice, bob):
    before = len(mails_to(bob.email))

    tell(alice)

    assert len(mails_to(bob.email)) == before


def test_a_removed_address_hears_of_its_removal_and_of_nothing_later(alice):
    do(emails.remove, alice.me, add_email(alice, SECOND_ONE), FIREFOX)

    assert (
        short_subjects(SECOND_ONE)[-1]
        == short_subjects(alice.email)[-1]
        == "An email address was removed from your authapp account"
    )
    assert f"The address {SECOND_ONE} was removed" in newest(SECOND_ONE).text
    before = len(mails_to(SECOND_ONE))
    tell(alice)
    assert len(mails_to(SECOND_ONE)) == before


@pytest.mark.parametrize(
    ("browser", "words"),
    [
        ("https://evil.example/x/1.0 CFNetwork/1.2 Darwin/3", "with an unknown browser,"),
        ("[your account was hacked call 555]bot/1", "with an unknown browser,"),
        ("Firefox\n\n[Log in](https://evil.example)", "with an unknown browser,"),
        ("<script>alert(1)</script>Firefox/141.0", "with Firefox,"),
        ("", "with an unknown browser,"),
    ],
)
def test_nothing_a_browser_calls_itself_gets_into_a_mail(alice, browser, words):
    tell(alice, caller=Caller("192.0.2.1", browser))

    mail = newest(alice.email)
    assert words in mail.text
    assert mail.html.count("<p class=") == 4
    assert mail.html.count('href="http://localhost:3000/link#') == mail.html.count("href=") == 2
    for evil in ("evil.example", "hacked", "script"):
        assert evil not in mail.text + mail.html


def test_typed_text_becomes_no_paragraph_link_or_markup(alice):
    tell(alice, "email_added", Caller("<b>x</b>\n\n[x](https://evil.example)"), about="a&<b>@example.com\r\n\r\nMore")

    mail = newest(alice.email)
    assert mail.html.count("<p class=") == 4
    assert mail.html.count('href="http://localhost:3000/link#') == mail.html.count("href=") == 2
    assert "<b>" not in mail.html
    assert mail.text.count("\n\n") == 3
    assert "This wasn’t me: http://localhost:3000/link#" in mail.text


def test_the_first_login_ever_says_nothing(alice):
    log_in(alice, FIREFOX)

    assert "New login to your authapp account" not in short_subjects(alice.email)


def test_a_strange_browser_is_told_to_every_address(alice):
    add_email(alice, SECOND_ONE)
    log_in(alice, FIREFOX)

    log_in(alice, CHROME)

    for address in (alice.email, SECOND_ONE):
        assert short_subjects(address)[-1] == "New login to your authapp account"
        assert "with Chrome on Windows, from IP address 203.0.113.9." in newest(address).text


def test_a_strange_api_client_is_told_too(alice):
    log_in(alice, FIREFOX)
    answered = ask(alice.email, alice.password, CHROME)

    do(login.open_session, proofs.Reply(answered.challenge.id, answered.reply, alice.email), keep=False, caller=CHROME)

    assert short_subjects(alice.email)[-1] == "New login to your authapp account"


@pytest.mark.parametrize(
    "caller",
    [
        Caller(FIREFOX.ip, FIREFOX.user_agent.replace("141", "142")),
        Caller("203.0.113.99", "Mozilla/5.0 (X11; Linux x86_64; rv:141.0) Gecko/20100101 Firefox/141.0"),
        CHROME,
    ],
    ids=["a newer version", "another address", "another browser"],
)
def test_a_browser_is_strange_unless_its_name_and_address_are_known(alice, caller):
    log_in(alice, FIREFOX)

    log_in(alice, caller)

    assert ("New login to your authapp account" in short_subjects(alice.email)) == (caller.ip != FIREFOX.ip)


def test_a_browser_that_remembers_its_person_is_known_wherever_it_is(alice):
    opened = log_in(alice, FIREFOX)

    again = log_in(alice, CHROME._replace(device=opened.device))

    assert "New login to your authapp account" not in short_subjects(alice.email)
    assert again.device


def test_a_browser_remembers_several_people_and_keeps_the_last_ten(alice, bob):
    first = log_in(alice, FIREFOX)
    both = log_in(bob, FIREFOX._replace(device=first.device)).device
    assert login.callers.is_known_device(Caller(device=both), alice.user_id)
    assert login.callers.is_known_device(Caller(device=both), bob.user_id)

    ids = [UUID(int=number) for number in range(1, 11)]
    for id in ids:
        both = remember_device(Caller(device=both), id)
    assert len(both) <= 1000
    assert not login.callers.is_known_device(Caller(device=both), alice.user_id)
    assert all(login.callers.is_known_device(Caller(device=both), id) for id in ids)


def test_the_cookie_names_nobody(alice):
    device = log_in(alice, FIREFOX).device

    assert alice.user_id.hex not in device
    assert alice.user_id.hex.encode() not in tokens.from_text(device)


def test_a_cookie_that_is_not_of_this_person_or_not_ours_makes_no_browser_known(alice, bob):
    log_in(alice, FIREFOX)
    hers, his = remember_device(Caller(), alice.user_id), remember_device(Caller(), bob.user_id)
    others = [his, hers[:-1], hers[1:], hers + "A", "x", "é", "\x00", alice.user_id.hex, hers * 20, "A" * 100_000]

    for number, device in enumerate(others):
        log_in(alice, Caller(f"203.0.113.{number}", CHROME.user_agent, device))
        assert short_subjects(alice.email).count("New login to your authapp account") == number + 1


def test_a_login_by_link_is_not_told_as_a_strange_one(alice):
    log_in(alice, FIREFOX)
    do(recovery.recover, alice.email, CHROME)
    ticket = follow_link(link_to(alice.email)).ticket

    do(login.claim, ticket, [TAB], CHROME, None)

    assert "New login to your authapp account" not in short_subjects(alice.email)


def test_looking_at_a_link_that_objects_changes_nothing(alice):
    tell(alice)
    key = link_key(newest(alice.email))

    for me in (None, alice.me):
        look = do(links.peek, key, me)
        assert (look.outcome, look.heading, look.button) == (links.GOOD, "Wasn’t that you?", "This wasn’t me")
        assert "You’re logged out on every device" in look.says
    assert do(sessions.resume, alice.key)
    assert log_in(alice)


def test_objecting_ends_sessions_password_and_links_and_mails_a_way_back(alice, bob):
    ticket = do(
        login.with_password, proofs.Credentials(alice.email, alice.password), keep=False, tab=TAB, caller=HOME
    ).ticket
    do(recovery.recover, alice.email, HOME)
    old = link_to(alice.email)
    asked = add_unconfirmed_email(alice, SECOND_ONE)
    tell(alice)

    assert follow_link(link_key(newest(alice.email)), caller=FIREFOX) == (route("locked"), "", False, "")

    assert do(sessions.resume, alice.key) is None
    with pytest.raises(tickets.TicketNotFoundOrExpired):
        do(login.claim, ticket, [TAB], HOME, None)
    with pytest.raises(BadUserOrPassword):
        log_in(alice)
    for key in (old, asked):
        assert do(links.peek, key, None).outcome == links.INVALID
    assert audit_events(alice)[:2] == ["refused", "disowned"]
    assert short_subjects(alice.email)[-1] == "Recover your authapp account"
    opened = users.confirm(link_key(newest(alice.email)))
    assert (opened.user_id, opened.method) == (alice.user_id, "recovery")
    assert do(sessions.resume, bob.key)
    assert log_in(bob)


def test_objecting_works_once(alice):
    tell(alice)
    key = link_key(newest(alice.email))
    follow_link(key)
    opened = users.confirm(link_key(newest(alice.email)))

    with pytest.raises(InvalidActionKey):
        follow_link(key)
    assert do(sessions.resume, opened.key)


def test_objecting_works_for_seven_days(alice, clock):
    tell(alice)
    tell(alice)
    first, second = (link_key(mail) for mail in mails_to(alice.email)[-2:])
    clock.advance(7 * DAY - timedelta(minutes=1))
    follow_link(first)

    clock.advance(timedelta(minutes=1))
    with pytest.raises(InvalidActionKey):
        follow_link(second)


def test_the_link_locks_only_the_account_it_was_sent_for(alice, bob):
    tell(alice)

    follow_link(link_key(newest(alice.email)), bob.me)

    assert do(sessions.resume, bob.key)
    assert log_in(bob)
    assert do(sessions.resume, alice.key) is None
    assert user_row(alice).password_record is None


def test_objecting_takes_back_an_address_that_was_added(alice):
    add_email(alice, THIEF)
    do(recovery.recover, THIEF, HOME)
    his = link_to(THIEF)

    follow_link(link_key(mail_about(alice.email, "was added")))

    assert confirmed_emails(alice) == [alice.email]
    with pytest.raises(InvalidActionKey):
        follow_link(his)
    with pytest.raises(InvalidActionKey):
        follow_link(link_key(mail_about(THIEF, "was added")))


def test_the_added_address_cannot_take_itself_back(alice):
    add_email(alice, SECOND_ONE)

    follow_link(link_key(mail_about(SECOND_ONE, "was added")))

    assert confirmed_emails(alice) == [alice.email, SECOND_ONE]
    assert do(sessions.resume, alice.key) is None


def test_objecting_takes_back_the_main_address(alice):
    do(emails.make_main, alice.me, add_email(alice, SECOND_ONE), HOME)

    follow_link(link_key(mail_about(alice.email, "primary email")))

    assert confirmed_emails(alice) == [alice.email, SECOND_ONE]


def test_objecting_keeps_an_account_that_was_closed(alice, clock):
    do(closing.close, alice.me, HOME)

    follow_link(link_key(mail_about(alice.email, "was closed")))

    assert user_row(alice).closes_at is None
    clock.advance(30 * DAY)
    do(closing.purge)
    assert user_row(alice)
