"""Reports about messages: which messages and contacts they change, and who gets mails afterwards."""

from uuid import uuid4

import pytest
from sqlalchemy import event
from sqlmodel import select

from authapp.core.authentication import recovery, sign_up
from authapp.core.messages import outbox, queue, reports
from authapp.core.messages.queue import Failure
from authapp.core.messages.reports import BOUNCED, COMPLAINED, Report
from authapp.db.engines import engine
from authapp.models import Email, Message, Phone
from tests.kit.contacts import FREE, HERS, add_phone, add_unconfirmed_email
from tests.kit.messages import mails_to, newest_text
from tests.kit.rules import do
from tests.kit.users import HOME

SENT = "provider-1"


def statements_of(deed):
    """Return the statements of an action, in order."""
    seen, asked = [], engine()

    def see(*given):
        seen.append(given[2])

    event.listen(asked, "before_cursor_execute", see)
    deed()
    event.remove(asked, "before_cursor_execute", see)
    return seen


def mark_of(recipient):
    if "@" in recipient:
        return do(lambda db: db.exec(select(Email.undelivered).where(Email.address == recipient)).one())
    return do(lambda db: db.exec(select(Phone.undelivered).where(Phone.number == recipient)).one())


def sent_to(recipient, provider_id=SENT):
    """Write a message and mark it as accepted by the provider. Returns its id."""
    if "@" in recipient:
        do(outbox.write, recipient, "Hello", ["Hello."])
    else:
        do(outbox.text, recipient, "way_back")
    id = mails_to(recipient)[-1].id
    do(queue.sent, id, kept=False, provider_id=provider_id)
    return id


def row(id):
    return do(lambda db: db.get(Message, id))


def report(problem="it came back", mark=BOUNCED, **facts):
    do(reports.record, Report(problem, mark, **({"provider_id": SENT} | facts)))


def test_a_bounce_marks_the_message_and_the_address(alice):
    id = sent_to(alice.email)

    report()

    assert (row(id).state, row(id).problem, mark_of(alice.email)) == ("refused", "it came back", BOUNCED)


def test_a_complaint_marks_the_address_and_the_message_stays_delivered(alice):
    id = sent_to(alice.email)

    report("marked as spam", COMPLAINED)

    assert (row(id).state, row(id).problem, mark_of(alice.email)) == ("delivered", "marked as spam", COMPLAINED)
    assert [message.id for message in do(queue.failures, 50)] == [id]


@pytest.mark.parametrize("mark", [BOUNCED, COMPLAINED])
def test_a_repeated_report_does_not_mark_an_address_that_was_confirmed_since(alice, mark):
    sent_to(alice.email)
    report(mark=mark)
    do(reports.deliverable, alice.email)

    report(mark=mark)

    assert mark_of(alice.email) == ""


@pytest.mark.parametrize("facts", [{"provider_id": "another"}, {"provider_id": ""}, {"id": uuid4()}])
def test_a_report_about_an_unknown_message_changes_nothing(alice, facts):
    id = sent_to(alice.email)

    report(**facts)

    assert (row(id).state, mark_of(alice.email)) == ("delivered", "")


def test_a_report_without_an_id_finds_no_message_that_has_none(alice):
    id = sent_to(alice.email, provider_id="")

    report(provider_id="")

    assert (row(id).state, mark_of(alice.email)) == ("delivered", "")


def test_a_report_may_come_before_the_answer_of_the_provider(database):
    do(outbox.text, FREE, "way_back")
    (text,) = do(queue.take, texts=True)

    report(id=text.id, provider_id="")
    do(queue.sent, text.id, kept=False, provider_id=SENT)

    assert (row(text.id).state, row(text.id).text) == ("refused", "")


def test_a_failure_that_is_not_the_recipients_fault_is_logged_and_marks_nobody(alice, caplog):
    id = sent_to(alice.email)

    report("the mail failed", "")

    assert (row(id).state, mark_of(alice.email)) == ("dead", "")
    assert f"message {id} did not arrive: the mail failed" in caplog.text
    assert not queue.may_be_resent(row(id))  # its text was deleted


def test_a_text_that_arrives_removes_the_mark_of_its_number(alice):
    add_phone(alice, HERS)
    do(reports.mark, HERS, BOUNCED)
    sent_to(HERS)

    report("", "")

    assert mark_of(HERS) == ""


def test_a_refused_recipient_is_marked_at_once(alice):
    do(outbox.write, alice.email, "Hello", ["Hello."])
    id = mails_to(alice.email)[-1].id

    do(queue.failed, id, Failure("550 5.1.1", fault=queue.RECIPIENT))

    assert (row(id).state, row(id).text, mark_of(alice.email)) == ("refused", "", BOUNCED)


def test_an_address_that_somebody_only_typed_is_not_marked(alice, bob):
    add_unconfirmed_email(bob, "typo@example.com")
    sent_to("typo@example.com")

    report()

    assert mark_of("typo@example.com") == ""


def test_a_marked_address_gets_no_mail_and_the_answer_is_the_same(alice):
    do(reports.mark, alice.email, BOUNCED)

    assert do(sign_up.sign_up, alice.email, HOME) is None

    mail = mails_to(alice.email)[-1]
    assert (mail.state, mail.text, mail.html) == ("unsent", "", "")


def test_a_recovery_is_as_much_work_for_a_marked_address_and_an_unknown_one(alice, bob):
    do(reports.mark, alice.email, BOUNCED)

    known, marked, unknown = (
        statements_of(lambda address=address: do(recovery.recover, address, HOME))
        for address in (bob.email, alice.email, "carol@example.com")
    )

    assert known == marked == unknown


def test_other_addresses_get_their_mails(alice, bob):
    do(reports.mark, alice.email, BOUNCED)

    do(recovery.recover, bob.email, HOME)

    assert mails_to(bob.email)[-1].state == "waiting"
    assert "link#" in newest_text(bob.email)


def test_the_queue_counts_what_the_account_may_not_send(alice, clock):
    do(outbox.write, alice.email, "Hello", ["Hello."])
    id = mails_to(alice.email)[-1].id
    do(queue.take, 50)
    do(queue.failed, id, Failure("no funds", fault=queue.ACCOUNT))

    assert do(queue.stuck, clock.now()).held == 1
    assert [message.id for message in do(queue.failures, 50)] == [id]
    do(queue.again, id)
    assert (row(id).state, row(id).attempts) == ("waiting", 0)
