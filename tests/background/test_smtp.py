"""Mails by SMTP, through a real server on loopback: encryption, login, replies, broken connections."""

import asyncio
import logging
from collections.abc import Callable, Iterator
from datetime import timedelta
from email import policy
from uuid import UUID

import pytest

from authapp.background import delivery, senders
from authapp.background.senders import smtp, smtp_connections
from authapp.background.senders.common import AccountRefused, RecipientRefused, SendFailed
from authapp.core.base import clock as core_clock
from authapp.core.messages import outbox
from authapp.core.messages.queue import BACKOFF
from authapp.db import transaction
from authapp.models import Message
from tests.kit.delivery import message_row, message_rows, message_states
from tests.kit.providers.smtp import DROP, ELSEWHERE, LOSE, PASSWORD, URL_USER, USER, MailServer, certificate

CANARY = "canary-of-a-link"
LINK = f"https://app.example/link#{CANARY}"


@pytest.fixture(autouse=True)
def nothing_secret_in_the_log(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    caplog.set_level(logging.INFO)
    caplog.set_level(logging.DEBUG, "authapp")
    yield
    records = [record for record in caplog.get_records("call") if not record.name.startswith("mail.")]  # the server's
    logged = "\n".join(map(logging.Formatter().format, records))
    for secret in (CANARY, PASSWORD, "pa55", "@example.com"):
        assert secret not in logged


@pytest.fixture(autouse=True)
def own_senders(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(senders, "_registered", {})


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory):
    return tmp_path_factory.mktemp("certificates")


@pytest.fixture(scope="module")
def trusted(folder):
    return certificate(folder, ELSEWHERE, "127.0.0.1")


@pytest.fixture
def use(configure: Callable[..., None]) -> Iterator[Callable[..., None]]:
    def url(server: MailServer, scheme: str = "smtp", user: str = "", **more: object) -> None:
        address = f"{scheme}://{user}{'@' if user else ''}{server.address}"
        mail_from = "Shop <no-reply@shop.example>"
        configure(**{"AUTHAPP_SENDER": "smtp", "AUTHAPP_SMTP_URL": address, "AUTHAPP_MAIL_FROM": mail_from, **more})

    yield url
    smtp_connections.close_all()


@pytest.fixture
def server(use) -> Iterator[MailServer]:
    with MailServer() as running:
        use(running)
        yield running
        smtp_connections.close_all()


def message(recipient: str = "ann@example.com", subject: str = "Welcome ✓") -> Message:
    now = core_clock.now()
    return Message(
        recipient=recipient, subject=subject, text=f"Go on:\n.\n{LINK}", html=f"<p>ü {LINK}</p>", written_at=now
    )


def failed(one: Message | None = None) -> SendFailed:
    with pytest.raises(SendFailed) as raised:
        smtp.send(one or message())
    assert CANARY not in f"{raised.value!r}{raised.value.problem}"
    assert "ann" not in raised.value.problem
    return raised.value


def write(count: int = 1) -> list[UUID]:
    with transaction() as db:
        for number in range(count):
            outbox.write(db, f"ann{number}@example.com", f"Welcome {number}", ["Hello."], ("Continue", LINK))
    return [row.id for row in sorted(message_rows(), key=lambda row: row.recipient)]


def one_round() -> float | None:
    return asyncio.run(delivery._round(texts=False))


def test_the_server_gets_a_complete_mail(server):
    one = message()

    smtp.send(one)

    (mail,) = server.mails
    assert server.envelopes[0][:2] == ("no-reply@shop.example", ["ann@example.com"])
    assert (mail["From"], mail["To"]) == ("Shop <no-reply@shop.example>", "ann@example.com")
    assert mail["Subject"] == "Welcome ✓"
    assert mail["Message-ID"] == f"<{one.id}@shop.example>"
    assert mail["Date"].datetime == one.written_at.replace(microsecond=0)
    assert mail["Auto-Submitted"] == "auto-generated"
    plain, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert plain.get_content().splitlines() == one.text.splitlines()
    assert html.get_content().strip() == one.html
    assert server.accepted[0].isascii()  # any server accepts it


@pytest.mark.parametrize(
    "breaks", ["\r\nBcc: eve@evil.example", "\nBcc: eve@evil.example\n\nbody", "\u2028Bcc: x", "\r"]
)
def test_no_value_starts_a_header_of_its_own(server, breaks):
    smtp.send(message(subject=f"Hello{breaks}"))

    (mail,) = server.mails
    assert mail["Bcc"] is None
    assert mail.keys().count("Subject") == 1
    assert mail["Subject"].startswith("Hello")
    assert server.envelopes[0][1] == ["ann@example.com"]


@pytest.mark.parametrize(
    "recipient", ["ann@example.com\r\nRCPT TO:<eve@evil.example>", "ann@example.com>\nDATA", "a b@c.d"]
)
def test_a_recipient_with_a_line_break_or_blank_is_never_sent_to(server, recipient):
    with pytest.raises((SendFailed, ValueError)):
        smtp.send(message(recipient))

    assert server.accepted == []


def test_long_addresses_and_subjects_arrive_whole(server):
    recipient, subject = f"{'a' * 64}@{'b' * 60}.{'c' * 60}.{'d' * 55}.example", "Müller & Söhne " * 30

    smtp.send(message(recipient, subject))

    (mail,) = server.mails
    assert (mail["To"], mail["Subject"]) == (recipient, subject.strip())


def test_a_domain_in_unicode_is_sent_in_ascii(server, use):
    use(server, AUTHAPP_MAIL_FROM="Böll <no-reply@köln.example>")

    smtp.send(message("zoe@münchen.de"))

    assert server.envelopes[0][:2] == ("no-reply@xn--kln-sna.example", ["zoe@xn--mnchen-3ya.de"])
    assert server.mails[0]["From"].addresses[0].display_name == "Böll"


def test_an_address_in_unicode_is_sent_with_smtputf8(use):
    with MailServer(enable_SMTPUTF8=True) as server:
        use(server)

        smtp.send(message("jürgen@münchen.de"))

        ((_, recipients, options),) = server.envelopes
        assert recipients == ["jürgen@xn--mnchen-3ya.de"]
        assert "SMTPUTF8" in options
        assert server.parsed(server.accepted[0]).policy == policy.default
        assert "To: jürgen@xn--mnchen-3ya.de".encode() in server.accepted[0]
        smtp_connections.close_all()


def test_an_address_in_unicode_is_refused_when_the_server_has_no_smtputf8(server):
    no = failed(message("jürgen@example.com"))

    assert (type(no), no.problem) == (RecipientRefused, "the SMTP server has no SMTPUTF8, which this address needs")
    assert server.accepted == []


@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
def test_an_encrypted_server_with_a_login(use, trusted, scheme):
    context, file = trusted
    tls = {"smtps": context} if scheme == "smtps" else {"starttls": context}
    with MailServer(ELSEWHERE, **tls, login=True) as server:
        use(server, scheme, URL_USER, SSL_CERT_FILE=file)

        smtp.send(message())

        assert len(server.mails) == 1
        assert server.logins == [USER]
        smtp_connections.close_all()


@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
@pytest.mark.parametrize("wrong", ["unknown", "another name"])
def test_a_wrong_certificate_is_refused_before_the_password_is_sent(use, folder, trusted, scheme, wrong):
    other, other_file = certificate(folder, "other.example")
    context, file = (trusted[0], other_file) if wrong == "unknown" else (other, other_file)
    tls = {"smtps": context} if scheme == "smtps" else {"starttls": context}
    with MailServer(ELSEWHERE, **tls, login=True) as server:
        use(server, scheme, URL_USER, SSL_CERT_FILE=file)

        no = failed()

        assert type(no) is AccountRefused
        assert no.problem.startswith("the certificate of the SMTP server is not valid: ")
        assert (server.logins, server.accepted) == ([], [])


def test_a_server_without_starttls_gets_neither_mail_nor_password(use):
    with MailServer(ELSEWHERE) as server:
        use(server, user=URL_USER)

        no = failed()

        assert (type(no), server.logins, server.accepted) == (AccountRefused, [], [])
        assert "no STARTTLS" in no.problem


def test_encryption_is_left_out_only_when_the_url_says_so(use):
    with MailServer(ELSEWHERE, login=True) as server:
        use(server, user=URL_USER, AUTHAPP_SMTP_URL=f"smtp://{URL_USER}@{server.address}?tls=off")

        smtp.send(message())

        assert len(server.mails) == 1
        smtp_connections.close_all()


def test_a_wrong_password_is_told_once_and_the_mails_wait(database, use, clock, caplog):
    with MailServer(login=True) as server:
        use(server, user="shop%40mail.example:wrong")
        ids = write(2)

        one_round()

        problem = "the SMTP server rejected the user or password of AUTHAPP_SMTP_URL: 535 5.7.8"
        assert [(row.state, row.problem) for row in map(message_row, ids)] == [("held", problem)] * 2
        lines = [record.getMessage() for record in caplog.records if record.name.startswith("authapp")]
        assert lines == [f"emails are kept and retried until this is corrected: {problem}"]

        use(server, user=URL_USER)
        clock.advance(BACKOFF[0])
        one_round()
        assert message_states() == {"delivered"}
        smtp_connections.close_all()


def test_greylisting_delays_a_mail(database, server, clock):
    server.rcpt.append("450 4.7.1 ann0@example.com: greylisted, try later")
    (id,) = write()

    one_round()

    assert (message_row(id).state, message_row(id).problem) == ("waiting", "the SMTP server answered 450 4.7.1")
    clock.advance(BACKOFF[0])
    one_round()
    assert message_row(id).state == "delivered"
    assert [mail["Message-ID"] for mail in server.mails] == [f"<{id}@shop.example>"]


@pytest.mark.parametrize("step", [DROP, LOSE])
def test_a_server_that_dies_in_a_mail_gets_it_again_with_the_same_message_id(database, server, clock, step):
    server.data.append(step)
    (id,) = write()

    one_round()

    assert message_row(id).state == "waiting"
    assert message_row(id).problem.startswith("no answer from the SMTP server (")
    clock.advance(BACKOFF[0])
    one_round()
    assert message_row(id).state == "delivered"
    assert {mail["Message-ID"] for mail in server.mails} == {f"<{id}@shop.example>"}
    assert len(server.mails) == (2 if step == LOSE else 1)


def test_one_rejected_recipient_does_not_hold_up_the_others(database, server):
    server.rcpt.append("550 5.1.1 No such user")
    ids = write(3)

    while one_round() is not None:
        pass

    assert sorted(message_row(id).state for id in ids) == ["delivered", "delivered", "refused"]
    (refused,) = [message_row(id) for id in ids if message_row(id).state == "refused"]
    assert refused.problem == "the SMTP server rejected the address: 550 5.1.1"
    assert len(server.mails) == 2


@pytest.mark.parametrize(
    ("reply", "kind", "problem"),
    [
        ("550 No such user", RecipientRefused, "rejected the address: 550"),
        ("550 5.1.1 <x>: User unknown in relay recipient table", RecipientRefused, "rejected the address: 550 5.1.1"),
        ("550 <relay@example.com>: no such user", RecipientRefused, "rejected the address: 550"),
        ("552 5.2.2 Mailbox full", SendFailed, "the SMTP server answered 552 5.2.2"),
        ("550 Mailbox quota exceeded", SendFailed, "the SMTP server answered 550"),
        ("554 Your IP is on a blacklist", SendFailed, "the SMTP server answered 554"),
        ("550 5.4.1 Access denied", SendFailed, "the SMTP server answered 550 5.4.1"),
        ("504 5.5.2 <web>: Helo command rejected", AccountRefused, "of this account to other servers: 504 5.5.2"),
        ("550 5.1.8 <no-reply@shop.example>: rejected", AccountRefused, "of this account to other servers: 550 5.1.8"),
        ("550 Sender verify failed", AccountRefused, "of this account to other servers: 550"),
        ("550 5.4.5 Daily user sending limit exceeded", AccountRefused, "of this account to other servers: 550 5.4.5"),
        ("553 5.1.3 Bad address syntax", RecipientRefused, "rejected the address: 553 5.1.3"),
        ("554 5.7.1 Relay access denied", AccountRefused, "of this account to other servers: 554 5.7.1"),
        ("550 relaying denied", AccountRefused, "of this account to other servers: 550"),
        ("530 5.7.0 Authentication required", AccountRefused, "of this account to other servers: 530 5.7.0"),
        ("451 4.3.0 Try again", SendFailed, "the SMTP server answered 451 4.3.0"),
        ("452 4.2.2 Over quota", SendFailed, "the SMTP server answered 452 4.2.2"),
        ("454 Throttling failure: Daily message quota exceeded.", SendFailed, "the SMTP server answered 454"),
    ],
)
def test_each_reply_to_a_recipient_has_its_meaning(server, reply, kind, problem):
    server.rcpt.append(reply)

    no = failed()

    assert type(no) is kind
    assert no.problem.endswith(problem)
    assert not no.final


@pytest.mark.parametrize(
    ("reply", "kind", "final"),
    [
        ("554 Message rejected: Email address is not verified.", AccountRefused, False),
        ("454 Throttling failure: Daily message quota exceeded.", AccountRefused, False),
        ("554 5.7.1 This looks like spam", SendFailed, True),
        ("550 5.4.5 Daily user sending limit exceeded", AccountRefused, False),
        ("552 5.3.4 Message size exceeds fixed limit", SendFailed, True),
        ("550 5.1.1 No such user", RecipientRefused, False),
        ("451 4.3.0 Try again", SendFailed, False),
        ("421 4.3.2 Shutting down", SendFailed, False),
    ],
)
def test_each_reply_to_a_mail_has_its_meaning(server, reply, kind, final):
    server.data.append(reply)

    no = failed()

    assert (type(no), no.final) == (kind, final)


def test_a_from_address_that_the_server_refuses_is_the_fault_of_the_account(server):
    server.mail.append("550 5.7.1 Sender not allowed")

    no = failed()

    assert type(no) is AccountRefused
    assert no.problem == "the SMTP server rejected AUTHAPP_MAIL_FROM, or wants a login: 550 5.7.1"


def test_one_connection_serves_the_next_mails_also_after_a_refusal(server):
    server.rcpt.extend(["250 OK", "550 5.1.1 No such user", "250 OK"])
    smtp.send(message())
    failed()
    smtp.send(message())

    assert len(server.mails) == 2
    assert len(set(server.transports)) == 1


def test_a_connection_that_the_server_closed_is_opened_again(server):
    smtp.send(message())
    server.close_connections()
    smtp.send(message())

    assert len(server.mails) == 2
    assert len(set(server.transports)) == 2


def test_an_old_connection_is_not_used_again(server, monkeypatch):
    smtp.send(message())
    monkeypatch.setattr(smtp_connections, "IDLE", 0)
    smtp.send(message())

    assert len(set(server.transports)) == 2


def test_another_server_in_the_settings_gets_a_connection_of_its_own(server, use):
    smtp.send(message())
    with MailServer() as other:
        use(other)
        smtp.send(message())
        smtp_connections.close_all()

    assert (len(server.mails), len(other.mails)) == (1, 1)


def test_an_unreachable_server_is_not_final(use):
    with MailServer() as closed:
        use(closed)

    no = failed()

    assert (type(no), no.final, no.problem) == (
        SendFailed,
        False,
        "no answer from the SMTP server (ConnectionRefusedError)",
    )


def test_a_silent_server_is_given_up(use, monkeypatch, silent):
    monkeypatch.setattr(smtp_connections, "TIMEOUT", 0.2)
    use(silent)

    assert failed().problem == "no answer from the SMTP server (TimeoutError)"


@pytest.fixture
def silent():
    """Return a server that accepts connections and says nothing."""
    import socket

    class Silent:
        address = ""

    with socket.create_server(("127.0.0.1", 0)) as listening:
        Silent.address = f"127.0.0.1:{listening.getsockname()[1]}"
        yield Silent


def test_a_mail_is_late_by_its_backoff_only(database, server, clock):
    server.mail.append("421 4.3.2 Closing")
    (id,) = write()

    one_round()

    assert timedelta(0) < message_row(id).due_at - clock.now() <= BACKOFF[0]
