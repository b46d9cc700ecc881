"""Security texts to phone numbers, and objections by text."""

from datetime import timedelta

import pytest
from sqlalchemy import delete

from authapp.core import execute
from authapp.core.account import closing, phones
from authapp.core.authentication import login, recovery
from authapp.core.base.errors import BadUserOrPassword, InvalidActionKey
from authapp.core.base.routes import route
from authapp.core.credentials import codes
from authapp.core.sessions import sessions
from authapp.models import AuditEvent
from tests.kit import users
from tests.kit.codes import join_by_phone
from tests.kit.contacts import (
    FREE,
    HERS,
    OTHER,
    add_phone,
    phone_id,
    phones_of,
)
from tests.kit.messages import code_to, link_key, texts_to
from tests.kit.rules import do
from tests.kit.security_mail import mail_about, short_subjects, tell
from tests.kit.users import HOME, TAB, follow_link, log_in, user_row

DAY = timedelta(days=1)


@pytest.fixture
def alice(alice):
    """Return Alice without any earlier login in the audit log."""
    do(execute, delete(AuditEvent).where(AuditEvent.user_id == alice.user_id))
    return alice


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

    assert follow_link(link_key(texts_to(HERS)[-1])) == (route("locked"), "", False, "")

    for key in (nina.key, other.key):
        assert do(sessions.resume, key) is None
    with pytest.raises(BadUserOrPassword):
        log_in(nina)
    assert texts_to(HERS)[-1].text == (
        "authapp: To get back into your account, choose a new password: http://localhost:3000/forgot#phone"
    )
    step = do(recovery.recover_by_phone, HERS, HOME)
    ticket = do(recovery.confirm_recovery, step.key, code_to(HERS), tab=TAB, caller=HOME)
    opened = do(login.claim, ticket, [TAB], HOME, None)
    assert (opened.user_id, opened.method) == (nina.user_id, "recovery")


def test_objecting_by_text_works_once(nina):
    tell(nina)
    key = link_key(texts_to(HERS)[-1])
    follow_link(key)
    before = len(texts_to(HERS))

    with pytest.raises(InvalidActionKey):
        follow_link(key)
    assert len(texts_to(HERS)) == before


def test_objecting_by_mail_takes_back_a_number_that_was_added(alice):
    add_phone(alice, THIEFS)

    follow_link(link_key(mail_about(alice.email, "phone number was added")))

    assert phones_of(alice) == []
    assert short_subjects(alice.email)[-1] == "Recover your authapp account"


def test_objecting_by_text_takes_back_a_number_that_was_added(nina):
    add_phone(nina, THIEFS)
    waiting = do(codes.begin, codes.NewCode("gift", SECOND_NUMBER), HOME)

    follow_link(link_key(texts_to(HERS)[-1]))

    assert phones_of(nina) == [HERS]
    with pytest.raises(BadUserOrPassword):
        log_in(nina, address=THIEFS)
    with pytest.raises(InvalidActionKey):
        follow_link(link_key(text_about(THIEFS, "was added")))
    assert not [text for text in texts_to(THIEFS) if "choose a new password" in text.text], "the thief gets no way back"
    assert do(codes.peek, "gift", waiting.key)


def test_an_added_number_cannot_take_itself_back(nina):
    add_phone(nina, SECOND_NUMBER)

    follow_link(link_key(text_about(SECOND_NUMBER, "was added")))

    assert phones_of(nina) == [HERS, SECOND_NUMBER]
    assert do(sessions.resume, nina.key) is None


def test_a_recovery_by_the_added_number_that_is_under_way_leads_nowhere_afterwards(nina, clock):
    add_phone(nina, THIEFS)
    clock.advance(5 * MINUTE)
    his = do(recovery.recover_by_phone, THIEFS, HOME)
    code = code_to(THIEFS)

    follow_link(link_key(text_about(HERS, "was added")))

    with pytest.raises(codes.CodeNotFoundOrExpired):
        do(recovery.confirm_recovery, his.key, code, tab=TAB, caller=HOME)
    clock.advance(MINUTE)
    do(codes.send_again, recovery.RECOVERY, his.key, HOME)
    with pytest.raises(codes.StepNotFoundOrExpired):
        do(recovery.confirm_recovery, his.key, code_to(THIEFS), tab=TAB, caller=HOME)


def test_objecting_by_text_takes_back_the_main_number(nina):
    do(phones.make_main, nina.me, add_phone(nina, THIEFS), HOME)
    assert phones_of(nina) == [THIEFS, HERS]

    follow_link(link_key(text_about(HERS, "primary phone number")))

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

    follow_link(link_key(text_about(HERS, "was closed")))

    clock.advance(30 * DAY)
    do(closing.purge)
    assert user_row(nina).closes_at is None
