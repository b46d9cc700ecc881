"""Webhooks of Resend and Twilio, through the whole server: signature, size, rate limit, and what a report changes."""

import hashlib
import hmac
import json
import time
from base64 import b64decode, b64encode
from collections.abc import Iterator
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from sqlmodel import select
from twilio.request_validator import RequestValidator

from authapp.core.messages import outbox, queue
from authapp.models import Email, Message
from tests.kit.apps import share_database
from tests.kit.messages import mails_to
from tests.kit.processes.servers import Server, running
from tests.kit.providers.twilio import ACCOUNT, FROM, KEY
from tests.kit.rules import do
from tests.kit.users import newcomer
from tests.kit.web.http import API, ask, cookies, from_new_ip

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
SETTINGS = {"AUTHAPP_RESEND_WEBHOOK_SECRET": SECRET, "AUTHAPP_TWILIO_WEBHOOK": "true"}
SETTINGS |= {"AUTHAPP_TEXT_SENDER": "twilio", "AUTHAPP_TWILIO_ACCOUNT": ACCOUNT, "AUTHAPP_TWILIO_KEY": KEY}
SETTINGS |= {"AUTHAPP_TWILIO_FROM": FROM, "AUTHAPP_TWILIO_URL": "http://127.0.0.1:9", "AUTHAPP_OUTBOX_PAGE": "true"}
SETTINGS |= {"AUTHAPP_RATE_LIMITS": "true", "AUTHAPP_TRUSTED_PROXIES": "1"}


@pytest.fixture(scope="module")
def reported(tmp_path_factory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("reported"), **SETTINGS) as started:
        yield started


@pytest.fixture
def server(reported, configure) -> Server:
    return share_database(reported, configure)


@pytest.fixture
def carol(server):
    return newcomer("Carol")


def delivered(recipient):
    """Write a message that the provider accepted under an id of its own. Returns the row."""
    if "@" in recipient:
        do(outbox.write, recipient, "Hello", ["Hello."])
    else:
        do(lambda db: db.add(Message(recipient=recipient, subject="", text="x", html="", **_times())))
    message = mails_to(recipient)[-1]
    do(queue.sent, message.id, kept=False, provider_id=str(uuid4()))
    return mails_to(recipient)[-1]


def _times():
    from authapp.core.base import clock

    return {"due_at": clock.now(), "written_at": clock.now(), "state": "held"}


def mark_of(address):
    return do(lambda db: db.exec(select(Email.undelivered).where(Email.address == address)).one())


def event(message, kind="email.bounced", **facts):
    return {"type": kind, "created_at": "now", "data": {"email_id": message.provider_id, **facts}}


def from_resend(server, body, *, secret=SECRET, sent_at=None, **more):
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    id, sent_at = f"msg_{uuid4().hex}", str(sent_at or int(time.time()))
    digest = hmac.digest(
        b64decode(secret.removeprefix("whsec_")), f"{id}.{sent_at}.".encode() + content, hashlib.sha256
    )
    headers = {"svix-id": id, "svix-timestamp": sent_at, "svix-signature": f"v1,{b64encode(digest).decode()}"}
    headers |= {"Content-Type": "application/json", **more.pop("headers", from_new_ip())}
    more = {"origin": ""} | more
    return ask(server, "POST", f"{API}/webhooks/resend", headers=headers, content=content, **more)


def from_twilio(server, message, fields, *, key=KEY, **more):
    path = f"{API}/webhooks/twilio?message={message}"
    signature = RequestValidator(key).compute_signature(server.url + path, fields)
    headers = {"X-Twilio-Signature": signature, "Content-Type": "application/x-www-form-urlencoded", **from_new_ip()}
    return ask(server, "POST", path, origin="", headers=headers, content=urlencode(fields).encode(), **more)


PERMANENT = {"bounce": {"type": "Permanent", "subType": "General", "message": "550 carol@example.com"}}


def test_a_bounce_marks_the_address_and_a_repeated_report_changes_nothing(server, carol):
    message = delivered(carol.email)
    body = event(message, **PERMANENT)

    answers = [from_resend(server, body) for _ in range(2)]

    assert [(answer.status_code, answer.content) for answer in answers] == [(204, b"")] * 2
    assert cookies(answers[0]) == []
    assert mark_of(carol.email) == "bounced"
    assert mails_to(carol.email)[-1].problem == "Resend reported a bounce: Permanent General"


@pytest.mark.parametrize(
    ("kind", "facts", "mark"),
    [
        ("email.complained", {}, "complained"),
        ("email.suppressed", {}, "bounced"),
        ("email.bounced", {}, "bounced"),
        ("email.bounced", {"bounce": {"type": "Transient"}}, ""),
        ("email.failed", {"failed": {"reason": "no"}}, ""),
        ("email.delivered", {}, ""),
        ("email.opened", {}, ""),
    ],
)
def test_each_event_of_resend_has_its_meaning(server, carol, kind, facts, mark):
    message = delivered(carol.email)

    assert from_resend(server, event(message, kind, **facts)).status_code == 204

    assert mark_of(carol.email) == mark


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"null", b"nonsense", b'{"type": 1, "data": {"email_id": "x"}}', b'{"type": "email.bounced"}']
)
def test_a_signed_report_that_says_nothing_is_ignored(server, carol, body):
    assert from_resend(server, body).status_code == 204


def test_a_report_about_an_unknown_mail_is_ignored(server, carol):
    message = delivered(carol.email)
    message.provider_id = str(uuid4())

    assert from_resend(server, event(message, **PERMANENT)).status_code == 204

    assert mark_of(carol.email) == ""


@pytest.mark.parametrize("wrong", ["secret", "time", "none"])
def test_a_report_with_a_wrong_signature_is_refused_and_logged(server, carol, wrong):
    message = delivered(carol.email)
    before = len(server.logged())
    facts = {
        "secret": {"secret": "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"},
        "time": {"sent_at": int(time.time()) - 301},
    }

    if wrong == "none":
        body = json.dumps(event(message, **PERMANENT)).encode()
        answer = ask(server, "POST", f"{API}/webhooks/resend", origin="", headers=from_new_ip(), content=body)
    else:
        answer = from_resend(server, event(message, **PERMANENT), **facts[wrong])

    assert (answer.status_code, answer.content) == (403, b"")
    assert mark_of(carol.email) == ""
    assert "webhook denied: code=BadSignature" in server.logged()[before:]
    assert carol.email not in server.logged()[before:]


def test_a_session_cookie_or_a_foreign_origin_changes_nothing(server, carol):
    message = delivered(carol.email)

    answer = from_resend(server, event(message, **PERMANENT), cookie=carol.key, origin="https://elsewhere.example")

    assert answer.status_code == 204
    assert mark_of(carol.email) == "bounced"


def test_a_long_body_is_not_read(server, carol):
    assert from_resend(server, b" " * (33 * 1024)).status_code == 413


def test_reports_are_limited_per_address(server, carol):
    client = from_new_ip()

    statuses = {from_resend(server, b"{}", headers=client).status_code for _ in range(620)}

    assert statuses == {204, 429}


def test_other_methods_are_refused(server):
    assert ask(server, "GET", f"{API}/webhooks/resend").status_code == 405


@pytest.mark.parametrize(
    ("status", "code", "state"),
    [
        ("undelivered", "30006", "refused"),
        ("undelivered", "30005", "refused"),
        ("failed", "21610", "refused"),
        ("undelivered", "30003", "dead"),
        ("failed", "30007", "dead"),
        ("failed", "", "dead"),
        ("delivered", "", "delivered"),
        ("sent", "", "delivered"),
        ("queued", "", "delivered"),
    ],
)
def test_each_status_of_twilio_has_its_meaning(server, status, code, state):
    number = f"+491512{uuid4().int % 10**7:07}"
    message = delivered(number)
    fields = {"MessageSid": message.provider_id, "MessageStatus": status, "To": number}
    fields |= {"ErrorCode": code} if code else {}

    answers = [from_twilio(server, message.id, fields).status_code for _ in range(2)]

    assert answers == [204, 204]
    assert mails_to(number)[-1].state == state
    assert number not in mails_to(number)[-1].problem


@pytest.mark.parametrize("message", [uuid4(), "nonsense"])
def test_a_report_about_an_unknown_text_is_ignored(server, message):
    assert from_twilio(server, message, {"MessageStatus": "failed", "MessageSid": "SM1"}).status_code == 204


def test_a_text_report_with_another_key_is_refused(server):
    number = f"+491512{uuid4().int % 10**7:07}"
    message = delivered(number)
    fields = {"MessageSid": message.provider_id, "MessageStatus": "undelivered", "ErrorCode": "30006"}

    assert from_twilio(server, message.id, fields, key="another").status_code == 403

    assert mails_to(number)[-1].state == "delivered"


def test_without_the_settings_there_are_no_webhooks(attacked):
    for path in ("resend", "twilio"):
        answer = ask(attacked, "POST", f"{API}/webhooks/{path}", origin="", content=b"{}")
        assert answer.status_code == 404
