"""Email addresses where mails bounced: how their owner confirms them again, and how the account works until then."""

from datetime import timedelta

import pytest

from authapp.core.account import emails, security_mail
from authapp.core.admin import people
from authapp.core.authentication import recovery, step_up
from authapp.core.authorization.actors import SERVER
from authapp.core.base.errors import BadInput, InvalidActionKey
from authapp.core.messages import reports
from authapp.core.messages.reports import BOUNCED, COMPLAINED
from tests.kit.contacts import HERS, add_email, add_phone, email_id, email_rows, remove_email
from tests.kit.messages import code_to, link_to, mails_to, texts_to
from tests.kit.rules import do, refused, settled
from tests.kit.security_mail import tell
from tests.kit.users import HOME, TAB, audit_events, follow_link

SECOND = "second@example.com"
PAUSE = timedelta(minutes=3)  # longer than the pause between two codes


def mark(person, address="", how=BOUNCED):
    do(reports.mark, address or person.email, how)


def marks(person):
    return {row.address: row.undelivered for row in email_rows(person)}


def send_again(person, address=""):
    do(emails.send_again, person.me, email_id(person, address or person.email), HOME)


def test_a_mailed_link_confirms_the_address_again(alice):
    mark(alice)
    send_again(alice)
    mail = mails_to(alice.email)[-1]
    assert (mail.state, mail.subject) == ("waiting", "Confirm your email address at authapp")
    assert marks(alice) == {alice.email: BOUNCED}

    follow_link(link_to(alice.email), alice.me)

    assert marks(alice) == {alice.email: ""}
    assert audit_events(alice)[0] == "email_confirmed_again"
    tell(alice)
    assert mails_to(alice.email)[-1].state == "waiting"


@pytest.mark.parametrize("how", ["", COMPLAINED])
def test_an_address_that_gets_mails_is_confirmed_already(alice, how):
    mark(alice, how=how)

    assert isinstance(refused(send_again, alice), BadInput)


@pytest.mark.parametrize("how", [BOUNCED, COMPLAINED])
def test_a_marked_user_recovers_the_account_without_a_session_and_an_administrator(alice, how):
    mark(alice, how=how)

    do(recovery.recover, alice.email, HOME)
    assert mails_to(alice.email)[-1].state == "waiting"
    follow_link(link_to(alice.email))
    settled()

    assert marks(alice) == {alice.email: ""}


def test_a_complaint_stops_no_security_mail_and_no_text_replaces_it(alice):
    add_phone(alice, HERS)
    before = len(texts_to(HERS))
    mark(alice, how=COMPLAINED)

    tell(alice, "password_set")
    assert mails_to(alice.email)[-1].state == "waiting"
    do(security_mail.send_login_failures, alice.user_id, HOME)

    assert mails_to(alice.email)[-1].state == "waiting"
    assert len(texts_to(HERS)) == before
    assert do(reports.is_marked, alice.email) is False


def test_a_complaint_about_an_earlier_mail_does_not_replace_the_mark_of_a_bounce(alice):
    mark(alice)

    mark(alice, how=COMPLAINED)

    assert marks(alice) == {alice.email: BOUNCED}


def test_the_link_does_nothing_after_the_address_was_removed(alice):
    add_email(alice, SECOND)
    mark(alice, SECOND)
    send_again(alice, SECOND)
    key = link_to(SECOND)
    remove_email(alice, SECOND)

    assert isinstance(refused(follow_link, key, alice.me), InvalidActionKey)


def test_any_link_that_was_mailed_there_shows_that_mails_arrive(alice):
    mark(alice)

    do(people.resend, SERVER, str(alice.user_id), alice.email)  # an administrator can always send a recovery link
    assert mails_to(alice.email)[-1].state == "waiting"
    follow_link(link_to(alice.email))
    settled()

    assert marks(alice) == {alice.email: ""}


def test_a_security_mail_goes_to_the_phone_when_no_address_gets_mails(alice):
    add_phone(alice, HERS)
    before = len(texts_to(HERS))
    tell(alice)
    assert len(texts_to(HERS)) == before

    mark(alice)
    tell(alice)

    assert len(texts_to(HERS)) == before + 1
    assert mails_to(alice.email)[-1].state == "unsent"


def test_a_step_up_code_goes_where_messages_arrive(alice):
    add_email(alice, SECOND)
    mark(alice)

    step = do(step_up.send_code, alice.me, HOME)

    assert step.target == SECOND


def test_a_step_up_by_mail_says_that_mails_come_back(alice):
    mark(alice)

    no = refused(do, step_up.send_code, alice.me, HOME)

    assert "Confirm the address again in the settings" in no.message


def test_a_number_that_got_no_text_comes_after_addresses_and_a_code_from_it_removes_the_mark(alice, clock):
    add_phone(alice, HERS)
    mark(alice, HERS)
    assert do(step_up.send_code, alice.me, HOME).target == alice.email
    mark(alice)
    clock.advance(PAUSE)

    step = do(step_up.send_code, alice.me, HOME)
    do(step_up.step_up_with_code, alice.me, step.key, code_to(HERS), tab=TAB)
    settled()

    assert do(reports.is_marked, HERS) is False
    assert do(reports.is_marked, alice.email) is True
