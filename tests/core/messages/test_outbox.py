"""The outbox: mails and texts that are written, sent, retried and deleted."""

from datetime import timedelta

import pytest
from sqlmodel import select

from authapp.core.base import clock as core_clock
from authapp.core.messages import outbox, queue
from authapp.core.messages.queue import Failure
from authapp.models import Message
from tests.kit.rules import do, race

SECOND = timedelta(seconds=1)
FOOTER = "We sent this email to alice@example.com."
LINK = ("Open", "https://shop.example/link/abc.def?a=1&b=2")


def write(recipient="alice@example.com", subject="Hello", paragraphs=("One.", "Two."), link=LINK):
    do(outbox.write, recipient, subject, paragraphs, link)


def take(at_most=10, *, texts=False):
    return do(queue.take, at_most, texts=texts)


def write_text(db, words="Your code", useless_at=None, recipient="+14155550123"):
    now = core_clock.now()
    db.add(
        Message(recipient=recipient, subject="", text=words, html="", due_at=now, written_at=now, useless_at=useless_at)
    )


def only():
    return do(lambda db: db.exec(select(Message)).one())


def test_a_mail_is_written_with_its_text_and_its_html(database, clock):
    write()

    mail = only()
    assert (mail.recipient, mail.subject, mail.state) == ("alice@example.com", "Hello", "waiting")
    assert mail.text == f"One.\n\nTwo.\n\nOpen: {LINK[1]}\n\n-- authapp\n{FOOTER}"
    assert ">One.</p>" in mail.html
    assert ">Two.</p>" in mail.html
    assert mail.html.count('href="https://shop.example/link/abc.def?a=1&amp;b=2"') == 2
    assert FOOTER in mail.html
    assert mail.sent_at is None


def test_a_mail_without_a_link_has_none(database):
    write(link=None)

    assert "href" not in only().html
    assert only().text == f"One.\n\nTwo.\n\n-- authapp\n{FOOTER}"


def test_nothing_anybody_typed_is_html_in_a_mail(database):
    evil = "</p><script>alert('1')</script>\"&"
    write(subject=evil, paragraphs=[evil], link=(evil, f"https://shop.example/{evil}"))

    html = only().html
    assert "<script>" not in html
    assert '"&' not in html.replace('"&gt;', "")
    # Title, preview, heading, paragraph, words of the button, and three times its URL.
    assert html.count("&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&#34;&amp;") == 8
    assert evil in only().text


def test_a_subject_is_one_line(database):
    write(subject="Hello\r\nBcc: bob@example.com\n\nX")

    assert only().subject == "Hello Bcc: bob@example.com X"


def test_a_mail_of_a_rule_that_failed_was_never_written(database):
    def rule(db):
        outbox.write(db, "alice@example.com", "Hello", ["One."])
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        do(rule)

    assert take() == []


def test_taking_hides_a_mail_until_the_lease_ends(database, clock):
    write()
    (taken,) = take()
    assert (taken.attempts, taken.text[:4]) == (1, "One.")

    clock.advance(queue.LEASE - SECOND)
    assert take() == []

    clock.advance(SECOND)
    (again,) = take()
    assert (again.id, again.attempts) == (taken.id, 2)


def test_taking_takes_the_longest_due_first_and_no_more_than_asked(database, clock):
    for subject in ("first", "second", "third"):
        write(subject=subject)
        clock.advance(SECOND)

    assert [mail.subject for mail in take(2)] == ["first", "second"]
    assert [mail.subject for mail in take(2)] == ["third"]
    assert take() == []


def test_two_who_take_at_once_never_get_the_same(database):
    for number in range(8):
        write(subject=str(number))

    shares = race(8, lambda _: [mail.subject for mail in take(3)])

    taken = [subject for share in shares for subject in share]
    assert sorted(taken + [mail.subject for mail in take(8)]) == [str(number) for number in range(8)]


def test_a_message_that_the_provider_accepted_is_emptied(database, clock):
    write()
    (mail,) = take()

    do(queue.sent, mail.id, kept=False)

    kept = only()
    assert (kept.state, kept.text, kept.html, kept.problem) == ("delivered", "", "", "")
    assert kept.recipient == "alice@example.com"
    assert kept.sent_at
    clock.advance(timedelta(days=30))
    assert take() == []


def test_messages_of_the_embedded_outbox_are_kept(database, clock):
    write()
    (mail,) = take()

    do(queue.sent, mail.id, kept=True)

    kept = only()
    assert (kept.state, kept.text, kept.html) == ("kept", mail.text, mail.html)
    clock.advance(timedelta(days=30))
    assert take() == []


def test_a_mail_that_fails_is_tried_again_later_and_later_until_it_is_dead(database, clock):
    write()
    blocked_by = []
    for _ in queue.BACKOFF:
        (mail,) = take()
        do(queue.failed, mail.id, Failure("the provider answered 500"))
        blocked_by.append(only().due_at - clock.now())
        clock.advance(blocked_by[-1] - SECOND)
        assert take() == []
        clock.advance(SECOND)
    (mail,) = take()
    do(queue.failed, mail.id, Failure("the provider answered 500"))

    assert [round(wait.total_seconds()) for wait in blocked_by] == [5, 30, 120, 600, 1800, 3600, 7200, 14400]
    assert (only().state, only().problem) == ("dead", "the provider answered 500")
    clock.advance(timedelta(days=30))
    assert take() == []


def test_a_provider_that_asks_for_time_gets_it(database, clock):
    write()
    (mail,) = take()
    do(queue.failed, mail.id, Failure("429", wait=300))

    clock.advance(timedelta(seconds=299))
    assert take() == []
    clock.advance(SECOND)
    assert len(take()) == 1


def test_a_short_wait_does_not_shorten_the_backoff(database, clock):
    write()
    (mail,) = take()
    do(queue.failed, mail.id, Failure("429", wait=1))

    clock.advance(4 * SECOND)
    assert take() == []


def test_an_unsendable_message_is_dead_at_once(database):
    write()
    (mail,) = take()

    do(queue.failed, mail.id, Failure("no such domain " * 100, final=True))

    assert only().state == "dead"
    assert len(only().problem) == 200


def test_a_dead_mail_can_be_sent_once_more(database, clock):
    write()
    (mail,) = take()
    do(queue.failed, mail.id, Failure("401", final=True))

    do(queue.again, mail.id)

    (again,) = take()
    assert (again.id, again.attempts, again.state) == (mail.id, 1, "waiting")
    assert again.text == mail.text


@pytest.mark.parametrize("kept", [True, False])
def test_a_sent_message_is_not_sent_again_nor_called_failed(database, clock, kept):
    write()
    (mail,) = take()
    do(queue.sent, mail.id, kept=kept)

    do(queue.failed, mail.id, Failure("a second worker's lease ran out"))
    do(queue.again, mail.id)

    assert only().state == ("kept" if kept else "delivered")
    clock.advance(timedelta(days=1))
    assert take() == []


def test_a_mail_that_was_forgotten_meanwhile_is_no_error(database):
    write()
    (mail,) = take()
    do(lambda db: db.delete(db.get(Message, mail.id)))

    for report in (lambda db: queue.sent(db, mail.id, kept=True), lambda db: queue.failed(db, mail.id, Failure("500"))):
        do(report)
    do(queue.again, mail.id)


def test_the_newest_come_first(database, clock):
    for subject in ("first", "second", "third"):
        write(subject=subject)

    assert [mail.subject for mail in do(queue.newest, 2)] == ["third", "second"]


def test_mails_and_texts_are_taken_apart_and_an_address_with_a_plus_is_an_address(database):
    write("+14155550123@example.com")
    do(write_text)

    assert [(mail.recipient, mail.is_text) for mail in take()] == [("+14155550123@example.com", False)]
    assert [(text.recipient, text.is_text) for text in take(texts=True)] == [("+14155550123", True)]
    assert take() == take(texts=True) == []


def test_a_late_message_is_dead_and_holds_up_nothing(database, clock):
    for _ in range(3):
        do(write_text, useless_at=clock.now() + 10 * SECOND)
        clock.advance(SECOND)
    do(write_text, "Another", useless_at=clock.now() + 60 * SECOND)
    clock.advance(11 * SECOND)

    assert [text.text for text in take(1, texts=True)] == ["Another"]
    late = do(lambda db: db.exec(select(Message).where(Message.state == "dead")).all())
    assert [(text.text, text.problem, text.attempts) for text in late] == [("Your code", queue.TOO_LATE, 0)] * 3


def test_a_late_message_is_not_sent_once_more(database, clock):
    do(write_text, useless_at=clock.now() + 10 * SECOND)
    (text,) = take(texts=True)
    do(queue.failed, text.id, Failure("400", final=True))
    clock.advance(11 * SECOND)

    do(queue.again, text.id)

    assert take(texts=True) == []
    assert (only().state, only().problem) == ("dead", queue.TOO_LATE)


@pytest.mark.parametrize(("wait", "state"), [(0, "waiting"), (9, "waiting"), (60, "dead")])
def test_a_message_whose_retry_would_be_too_late_is_dead_at_once(database, clock, wait, state):
    do(write_text, useless_at=clock.now() + 10 * SECOND)
    (text,) = take(texts=True)

    do(queue.failed, text.id, Failure("500", wait=wait))

    assert (only().state, only().problem) == (state, "500" if state == "waiting" else queue.TOO_LATE)


def test_a_message_on_its_way_is_not_called_too_late(database, clock):
    do(write_text, useless_at=clock.now() + 10 * SECOND)
    (text,) = take(texts=True)
    clock.advance(11 * SECOND)

    assert take(texts=True) == []
    do(queue.sent, text.id, kept=False)

    assert (only().state, only().problem, only().text) == ("delivered", "", "")
