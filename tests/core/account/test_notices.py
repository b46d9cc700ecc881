"""Security mails and texts, and the links in them that lock an account."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import delete

from authapp.core import run
from authapp.core.account import closing, emails, notices, phones
from authapp.core.authentication import login, recovery
from authapp.core.base import tokens
from authapp.core.base.devices import Client, remember
from authapp.core.base.errors import DeadLink, WrongCredentials
from authapp.core.credentials import codes, links
from authapp.core.sessions import sessions, tickets
from authapp.models import Entry
from authapp.routes import route
from tests.kit import users
from tests.kit.codes import join_by_phone
from tests.kit.contacts import (
    FREE,
    HERS,
    OTHER,
    add_email,
    add_phone,
    add_unconfirmed_email,
    confirmed_emails,
    phone_id,
    phones_of,
)
from tests.kit.messages import code_to, link_key, link_to, mails_to, texts_to
from tests.kit.rules import do
from tests.kit.scram import ask
from tests.kit.users import HOME, TAB, audit_events, log_in, user_row

DAY = timedelta(days=1)
SECOND_ONE, THIEF = "second@example.com", "thief@evil.example"
FIREFOX = Client("198.51.100.7", "Mozilla/5.0 (X11; Linux x86_64; rv:141.0) Gecko/20100101 Firefox/141.0")
CHROME = Client(
    "203.0.113.9", "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36"
)
NEW = "another good sentence"


def press(key, me=None, client=HOME):
    return do(links.follow, key, me, tab=TAB, client=client)


def newest(address):
    return mails_to(address)[-1]


def subjects(address):
    return [mail.subject.removesuffix(" at authapp") for mail in mails_to(address)]


def mail_about(address, words):
    return next(mail for mail in mails_to(address) if words in mail.subject)


@pytest.fixture
def alice(alice):
    """Return Alice without any earlier login in the audit log."""
    do(run, delete(Entry).where(Entry.user_id == alice.user_id))
    return alice


def tell(person, template="password_set", client=FIREFOX, **facts):
    do(notices.tell, person.user_id, template, client, **facts)


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
        do(links.look, key, None).email for key in sorted(keys, key=lambda key: key != link_key(newest(alice.email)))
    ] == [
        alice.email,
        SECOND_ONE,
    ]
    assert subjects("waiting@example.com") == ["Add this email address to your authapp account"]


def test_nobody_else_hears_of_it(alice, bob):
    before = len(mails_to(bob.email))

    tell(alice)

    assert len(mails_to(bob.email)) == before


def test_a_removed_address_hears_of_its_removal_and_of_nothing_later(alice):
    do(emails.remove, alice.me, add_email(alice, SECOND_ONE), FIREFOX)

    assert (
        subjects(SECOND_ONE)[-1]
        == subjects(alice.email)[-1]
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
    tell(alice, client=Client("192.0.2.1", browser))

    mail = newest(alice.email)
    assert words in mail.text
    assert mail.html.count("<p>") == 4
    assert mail.html.count("href=") == 1
    for evil in ("evil.example", "hacked", "script"):
        assert evil not in mail.text + mail.html


def test_typed_text_becomes_no_paragraph_link_or_markup(alice):
    tell(alice, "email_added", Client("<b>x</b>\n\n[x](https://evil.example)"), about="a&<b>@example.com\r\n\r\nMore")

    mail = newest(alice.email)
    assert mail.html.count("<p>") == 4
    assert mail.html.count("href=") == 1
    assert "<b>" not in mail.html
    assert mail.text.count("\n\n") == 3
    assert "This wasn’t me: http://localhost:3000/link#" in mail.text


def test_the_first_login_ever_says_nothing(alice):
    log_in(alice, FIREFOX)

    assert "New login to your authapp account" not in subjects(alice.email)


def test_a_strange_browser_is_told_to_every_address(alice):
    add_email(alice, SECOND_ONE)
    log_in(alice, FIREFOX)

    log_in(alice, CHROME)

    for address in (alice.email, SECOND_ONE):
        assert subjects(address)[-1] == "New login to your authapp account"
        assert "with Chrome on Windows, from IP address 203.0.113.9." in newest(address).text


def test_a_strange_api_client_is_told_too(alice):
    log_in(alice, FIREFOX)
    answered = ask(alice.email, alice.password, CHROME)

    do(login.open_session, alice.email, answered.challenge.id, answered.reply, keep=False, client=CHROME)

    assert subjects(alice.email)[-1] == "New login to your authapp account"


@pytest.mark.parametrize(
    "client",
    [
        Client(FIREFOX.address, FIREFOX.browser.replace("141", "142")),
        Client("203.0.113.99", "Mozilla/5.0 (X11; Linux x86_64; rv:141.0) Gecko/20100101 Firefox/141.0"),
        CHROME,
    ],
    ids=["a newer version", "another address", "another browser"],
)
def test_a_browser_is_strange_unless_its_name_and_address_are_known(alice, client):
    log_in(alice, FIREFOX)

    log_in(alice, client)

    assert ("New login to your authapp account" in subjects(alice.email)) == (client.address != FIREFOX.address)


def test_a_browser_that_remembers_its_person_is_known_wherever_it_is(alice):
    opened = log_in(alice, FIREFOX)

    again = log_in(alice, CHROME._replace(device=opened.device))

    assert "New login to your authapp account" not in subjects(alice.email)
    assert again.device


def test_a_browser_remembers_several_people_and_keeps_the_last_ten(alice, bob):
    first = log_in(alice, FIREFOX)
    both = log_in(bob, FIREFOX._replace(device=first.device)).device
    assert login.devices.knows(Client(device=both), alice.user_id)
    assert login.devices.knows(Client(device=both), bob.user_id)

    ids = [UUID(int=number) for number in range(1, 11)]
    for id in ids:
        both = remember(Client(device=both), id)
    assert len(both) <= 1000
    assert not login.devices.knows(Client(device=both), alice.user_id)
    assert all(login.devices.knows(Client(device=both), id) for id in ids)


def test_the_cookie_names_nobody(alice):
    device = log_in(alice, FIREFOX).device

    assert alice.user_id.hex not in device
    assert alice.user_id.hex.encode() not in tokens.from_text(device)


def test_a_cookie_that_is_not_of_this_person_or_not_ours_makes_no_browser_known(alice, bob):
    log_in(alice, FIREFOX)
    hers, his = remember(Client(), alice.user_id), remember(Client(), bob.user_id)
    others = [his, hers[:-1], hers[1:], hers + "A", "x", "é", "\x00", alice.user_id.hex, hers * 20, "A" * 100_000]

    for number, device in enumerate(others):
        log_in(alice, Client(f"203.0.113.{number}", CHROME.browser, device))
        assert subjects(alice.email).count("New login to your authapp account") == number + 1


def test_a_login_by_link_is_not_told_as_a_strange_one(alice):
    log_in(alice, FIREFOX)
    do(recovery.recover, alice.email, CHROME)
    ticket = press(link_to(alice.email)).ticket

    do(login.claim, ticket, [TAB], CHROME, None)

    assert "New login to your authapp account" not in subjects(alice.email)


def test_looking_at_a_link_that_objects_changes_nothing(alice):
    tell(alice)
    key = link_key(newest(alice.email))

    for me in (None, alice.me):
        look = do(links.look, key, me)
        assert (look.outcome, look.heading, look.button) == (links.GOOD, "Wasn’t that you?", "This wasn’t me")
        assert "You’re logged out on every device" in look.says
    assert do(sessions.resume, alice.key)
    assert log_in(alice)


def test_objecting_ends_sessions_password_and_links_and_mails_a_way_back(alice, bob):
    ticket = do(login.with_password, alice.email, alice.password, keep=False, tab=TAB, client=HOME).ticket
    do(recovery.recover, alice.email, HOME)
    old = link_to(alice.email)
    asked = add_unconfirmed_email(alice, SECOND_ONE)
    tell(alice)

    assert press(link_key(newest(alice.email)), client=FIREFOX) == (route("secured"), "", False, "")

    assert do(sessions.resume, alice.key) is None
    with pytest.raises(tickets.TicketGone):
        do(tickets.claim, ticket, [TAB], HOME, None)
    with pytest.raises(WrongCredentials):
        log_in(alice)
    for key in (old, asked):
        assert do(links.look, key, None).outcome == links.INVALID
    assert audit_events(alice)[:2] == ["refused", "disowned"]
    assert subjects(alice.email)[-1] == "Recover your authapp account"
    opened = users.confirm(link_key(newest(alice.email)))
    assert (opened.user_id, opened.method) == (alice.user_id, "recovery")
    assert do(sessions.resume, bob.key)
    assert log_in(bob)


def test_objecting_works_once(alice):
    tell(alice)
    key = link_key(newest(alice.email))
    press(key)
    opened = users.confirm(link_key(newest(alice.email)))

    with pytest.raises(DeadLink):
        press(key)
    assert do(sessions.resume, opened.key)


def test_objecting_works_for_seven_days(alice, clock):
    tell(alice)
    tell(alice)
    first, second = (link_key(mail) for mail in mails_to(alice.email)[-2:])
    clock.advance(7 * DAY - timedelta(minutes=1))
    press(first)

    clock.advance(timedelta(minutes=1))
    with pytest.raises(DeadLink):
        press(second)


def test_the_link_locks_only_the_account_it_was_sent_for(alice, bob):
    tell(alice)

    press(link_key(newest(alice.email)), bob.me)

    assert do(sessions.resume, bob.key)
    assert log_in(bob)
    assert do(sessions.resume, alice.key) is None
    assert user_row(alice).password_record is None


def test_objecting_takes_back_an_address_that_was_added(alice):
    add_email(alice, THIEF)
    do(recovery.recover, THIEF, HOME)
    his = link_to(THIEF)

    press(link_key(mail_about(alice.email, "was added")))

    assert confirmed_emails(alice) == [alice.email]
    with pytest.raises(DeadLink):
        press(his)
    with pytest.raises(DeadLink):
        press(link_key(mail_about(THIEF, "was added")))


def test_the_added_address_cannot_take_itself_back(alice):
    add_email(alice, SECOND_ONE)

    press(link_key(mail_about(SECOND_ONE, "was added")))

    assert confirmed_emails(alice) == [alice.email, SECOND_ONE]
    assert do(sessions.resume, alice.key) is None


def test_objecting_takes_back_the_main_address(alice):
    do(emails.make_main, alice.me, add_email(alice, SECOND_ONE), HOME)

    press(link_key(mail_about(alice.email, "primary email")))

    assert confirmed_emails(alice) == [alice.email, SECOND_ONE]


def test_objecting_keeps_an_account_that_was_closed(alice, clock):
    do(closing.close, alice.me, HOME)

    press(link_key(mail_about(alice.email, "was closed")))

    assert user_row(alice).closes_at is None
    clock.advance(30 * DAY)
    do(closing.purge)
    assert user_row(alice)


# Text messages

MINUTE = timedelta(minutes=1)
SECOND_NUMBER, THIEFS = OTHER, FREE


def text_about(number, words):
    return next(text for text in texts_to(number) if words in text.text)


@pytest.fixture
def nina(database, clock):
    """Return a user with a phone number, confirmed more than a week ago, and no email address."""
    nina = join_by_phone(HERS)
    clock.advance(8 * DAY)
    opened = log_in(nina)
    clock.advance(MINUTE)
    return users.Person(HERS, nina.user_id, opened.key, do(sessions.resume, opened.key))


def test_a_user_without_email_is_informed_of_everything_by_text(nina):
    for template, said in [
        ("password_set", "Your authapp password was set"),
        ("new_device", "New login to your authapp account"),
        ("closed", "Your authapp account was closed"),
    ]:
        tell(nina, template)
        text = texts_to(HERS)[-1]
        assert text.text.startswith(f"{said}: ")
        assert " UTC. Not you? http://localhost:3000/link#" in text.text
        assert (text.subject, text.html, text.useless_at) == ("", "", None)


def test_a_user_with_email_gets_texts_only_about_serious_changes(alice):
    add_phone(alice, HERS)
    before = len(texts_to(HERS))
    for template in ("password_set", "new_device", "closed", "reopened", "email_added"):
        tell(alice, template, about="x@example.com")
    assert len(texts_to(HERS)) == before

    tell(alice, "recovered")

    assert len(texts_to(HERS)) == before + 1


def test_every_number_gets_a_link_of_its_own(nina):
    add_phone(nina, SECOND_NUMBER)

    tell(nina)

    assert len({link_key(texts_to(number)[-1]) for number in (HERS, SECOND_NUMBER)}) == 2


def test_objecting_by_text_locks_the_account_and_texts_a_recovery_code_to_a_user_without_email(nina):
    other = log_in(nina)
    tell(nina)

    assert press(link_key(texts_to(HERS)[-1])) == (route("secured"), "", False, "")

    for key in (nina.key, other.key):
        assert do(sessions.resume, key) is None
    with pytest.raises(WrongCredentials):
        log_in(nina)
    assert texts_to(HERS)[-1].text == (
        "authapp: To get back into your account, choose a new password: http://localhost:3000/forgot#phone"
    )
    step = do(recovery.recover_by_phone, HERS, HOME)
    ticket = do(recovery.confirm_recovery, step.key, code_to(HERS), tab=TAB, client=HOME)
    opened = do(login.claim, ticket, [TAB], HOME, None)
    assert (opened.user_id, opened.method) == (nina.user_id, "recovery")


def test_objecting_by_text_works_once(nina):
    tell(nina)
    key = link_key(texts_to(HERS)[-1])
    press(key)
    before = len(texts_to(HERS))

    with pytest.raises(DeadLink):
        press(key)
    assert len(texts_to(HERS)) == before


def test_objecting_by_mail_takes_back_a_number_that_was_added(alice):
    add_phone(alice, THIEFS)

    press(link_key(mail_about(alice.email, "phone number was added")))

    assert phones_of(alice) == []
    assert subjects(alice.email)[-1] == "Recover your authapp account"


def test_objecting_by_text_takes_back_a_number_that_was_added(nina):
    add_phone(nina, THIEFS)
    waiting = do(codes.begin, "gift", SECOND_NUMBER, HOME)

    press(link_key(texts_to(HERS)[-1]))

    assert phones_of(nina) == [HERS]
    with pytest.raises(WrongCredentials):
        log_in(nina, address=THIEFS)
    with pytest.raises(DeadLink):
        press(link_key(text_about(THIEFS, "was added")))
    assert not [text for text in texts_to(THIEFS) if "choose a new password" in text.text], "the thief gets no way back"
    assert do(codes.look, "gift", waiting.key)


def test_an_added_number_cannot_take_itself_back(nina):
    add_phone(nina, SECOND_NUMBER)

    press(link_key(text_about(SECOND_NUMBER, "was added")))

    assert phones_of(nina) == [HERS, SECOND_NUMBER]
    assert do(sessions.resume, nina.key) is None


def test_a_recovery_by_the_added_number_that_is_under_way_leads_nowhere_afterwards(nina, clock):
    add_phone(nina, THIEFS)
    clock.advance(5 * MINUTE)
    his = do(recovery.recover_by_phone, THIEFS, HOME)
    code = code_to(THIEFS)

    press(link_key(text_about(HERS, "was added")))

    with pytest.raises(codes.CodeGone):
        do(recovery.confirm_recovery, his.key, code, tab=TAB, client=HOME)
    clock.advance(MINUTE)
    do(codes.send_again, recovery.RECOVERY, his.key, HOME)
    with pytest.raises(codes.StepGone):
        do(recovery.confirm_recovery, his.key, code_to(THIEFS), tab=TAB, client=HOME)


def test_objecting_by_text_takes_back_the_main_number(nina):
    do(phones.make_main, nina.me, add_phone(nina, THIEFS), HOME)
    assert phones_of(nina) == [THIEFS, HERS]

    press(link_key(text_about(HERS, "primary phone number")))

    assert phones_of(nina) == [HERS, THIEFS]


@pytest.fixture
def robbed_by_phone(nina):
    """Let a thief add a phone number and remove hers."""
    add_phone(nina, THIEFS)
    do(phones.remove, nina.me, phone_id(nina, HERS), HOME)
    assert phones_of(nina) == [THIEFS]
    return nina


def test_a_removed_number_hears_of_nothing_later(robbed_by_phone):
    before = len(texts_to(HERS))

    tell(robbed_by_phone)

    assert len(texts_to(HERS)) == before


def test_objecting_by_text_keeps_an_account_that_was_closed(nina, clock):
    do(closing.close, nina.me, HOME)

    press(link_key(text_about(HERS, "was closed")))

    clock.advance(30 * DAY)
    do(closing.purge)
    assert user_row(nina).closes_at is None
