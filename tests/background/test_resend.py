"""Mails by Resend: requests and the meaning of each answer."""

from collections.abc import Callable, Iterator
from uuid import UUID

import pytest

from authapp.background.senders import common, resend
from authapp.background.senders.common import AccountRefused, RecipientRefused, SendFailed
from authapp.models import Message
from tests.kit.providers.resend import KEY, Stub, refusal
from tests.kit.providers.stub import Step, answer, hold, reset

CANARY = "https://app.example/link/canary"


@pytest.fixture
def stub(configure: Callable[..., None]) -> Iterator[Stub]:
    with Stub() as running:
        configure(
            AUTHAPP_SENDER="resend",
            AUTHAPP_RESEND_KEY=KEY,
            AUTHAPP_RESEND_URL=running.url,
            AUTHAPP_MAIL_FROM="Shop <no-reply@shop.example>",
        )
        yield running


@pytest.fixture
def message() -> Message:
    return Message(recipient="ann@example.com", subject="Welcome ✓", text=f"Go on: {CANARY}", html=f"<p>{CANARY}</p>")


@pytest.fixture
def failure(stub: Stub, message: Message) -> Callable[[Step], SendFailed]:
    def of(step: Step) -> SendFailed:
        stub.script = [step]
        with pytest.raises(SendFailed) as raised:
            resend.send(message)
        return raised.value

    return of


def test_resend_gets_the_whole_mail_the_key_and_the_id_of_the_message(stub, message):
    resend.send(message)

    (asked,) = stub.asked
    assert asked.headers["authorization"] == f"Bearer {KEY}"
    assert UUID(asked.key) == message.id
    assert asked.mail == {
        "from": "Shop <no-reply@shop.example>",
        "to": ["ann@example.com"],
        "subject": "Welcome ✓",
        "text": f"Go on: {CANARY}",
        "html": f"<p>{CANARY}</p>",
    }


def test_resend_gets_domains_in_ascii(stub, configure):
    configure(AUTHAPP_MAIL_FROM="Böll <no-reply@köln.example>")
    resend.send(Message(recipient="zoe@münchen.de", subject="s", text="t", html="h"))

    (asked,) = stub.asked
    assert asked.mail["from"] == "Böll <no-reply@xn--kln-sna.example>"
    assert asked.mail["to"] == ["zoe@xn--mnchen-3ya.de"]


def test_a_slash_at_the_end_of_the_url_does_no_harm(stub, message, configure):
    configure(AUTHAPP_RESEND_URL=f"{stub.url}/")

    resend.send(message)

    assert list(stub.mails) == [str(message.id)]


@pytest.mark.parametrize(
    ("status", "name"),
    [
        (422, "validation_error"),
        (422, "missing_required_field"),
        (400, "validation_error"),
        (409, "invalid_idempotent_request"),
    ],
)
def test_a_permanent_error_of_resend_is_final(failure, status, name):
    no = failure(refusal(status, name, f"`html` is wrong in {CANARY}"))

    assert (type(no), no.final, no.problem) == (SendFailed, True, f"Resend answered {status} {name}")


@pytest.mark.parametrize("status", [400, 422])
def test_an_address_that_resend_refuses_is_refused_for_itself(failure, status):
    no = failure(refusal(status, "validation_error", f"Invalid `to` field: {CANARY}"))

    assert (type(no), no.problem) == (RecipientRefused, f"Resend rejected the address: {status} validation_error")


@pytest.mark.parametrize("name", ["daily_quota_exceeded", "monthly_quota_exceeded"])
def test_a_quota_is_the_fault_of_the_account(failure, name):
    no = failure(refusal(429, name, CANARY))

    assert (type(no), no.problem) == (AccountRefused, f"the quota of the Resend account is used up: 429 {name}")


@pytest.mark.parametrize(
    ("status", "name"),
    [
        (429, "rate_limit_exceeded"),
        (500, "application_error"),
        (503, "service_unavailable"),
        (409, "concurrent_idempotent_requests"),
        (404, "not_found"),
        (451, "security_error"),
    ],
)
def test_a_temporary_error_is_not_final(failure, status, name):
    no = failure(refusal(status, name, CANARY))

    assert (no.final, no.wait, no.problem) == (False, 0, f"Resend answered {status} {name}")


@pytest.mark.parametrize(
    ("status", "name", "words"),
    [
        (401, "missing_api_key", ""),
        (401, "restricted_api_key", ""),
        (403, "invalid_api_key", ""),
        (403, "validation_error", "The shop.example domain is not verified."),
        (403, "validation_error", "You can only send testing emails to your own email address (ann@example.com)."),
        (422, "invalid_from_address", ""),
        (422, "validation_error", "Invalid `from` field."),
    ],
)
def test_wrong_settings_are_named_and_are_not_the_fault_of_the_message(failure, status, name, words):
    no = failure(refusal(status, name, words))

    assert type(no) is AccountRefused
    assert no.problem == f"Resend rejected AUTHAPP_RESEND_KEY or AUTHAPP_MAIL_FROM: {status} {name}"


def test_a_key_that_resend_does_not_know_is_refused(stub, message, configure):
    configure(AUTHAPP_RESEND_KEY="re_another_key")

    with pytest.raises(SendFailed, match="rejected AUTHAPP_RESEND_KEY") as raised:
        resend.send(message)

    assert "re_another_key" not in raised.value.problem
    assert stub.mails == {}


@pytest.mark.parametrize(
    ("said", "wait"), [("7", 7), ("0", 0), ("", 0), ("-1", 0), ("soon", 0), ("9" * 400, common.LONGEST_WAIT)]
)
def test_the_wait_is_what_retry_after_says_within_reason(failure, said, wait):
    assert failure(refusal(429, "rate_limit_exceeded", Retry_After=said)).wait == wait


@pytest.mark.parametrize("status", [200, 404, 502])
def test_a_page_that_is_not_resends_is_no_success(failure, status):
    no = failure(answer(status, f"<html>{CANARY}</html>"))

    assert not no.final
    assert CANARY not in no.problem


def test_a_redirect_that_ends_at_the_list_of_mails_is_no_success(failure, stub):
    no = failure(answer(302, "", Location=f"{stub.url}/emails"))

    assert (no.final, no.problem) == (False, "the server at AUTHAPP_RESEND_URL is not Resend")


def test_a_name_that_is_not_a_name_is_not_repeated(failure):
    assert failure(refusal(500, f"see {CANARY}")).problem == "Resend answered 500 without a name"


def test_silence_and_a_broken_connection_are_told_apart_and_are_not_final(failure, stub, message, monkeypatch):
    assert failure(reset).problem == "no answer from Resend (ConnectionError)"

    monkeypatch.setattr(resend, "TIMEOUT", 0.2)
    silent = failure(hold)

    assert (silent.final, silent.problem) == (False, "no answer from Resend (ReadTimeout)")
    stub.released.set()
    resend.send(message)  # the first one was sent; the second, with the same key, adds nothing
    assert [asked.key for asked in stub.asked] == [str(message.id)] * 3
    assert list(stub.mails) == [str(message.id)]


def test_an_unreachable_server_is_not_final(stub, message, configure):
    with Stub() as closed:
        pass
    configure(AUTHAPP_RESEND_URL=closed.url)

    with pytest.raises(SendFailed) as raised:
        resend.send(message)

    assert (raised.value.final, raised.value.problem) == (False, "no answer from Resend (ConnectionError)")


def test_the_stub_refuses_a_second_mail_with_a_key_that_was_used(stub, message):
    resend.send(message)
    message.subject = "Another"

    with pytest.raises(SendFailed, match="invalid_idempotent_request"):
        resend.send(message)

    assert [mail["subject"] for mail in stub.mails.values()] == ["Welcome ✓"]
