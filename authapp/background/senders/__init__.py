"""Senders of mails and texts. A sender is a plain function that sends one message, or raises `SendFailed`."""

import inspect
import logging
import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

import requests
import resend
from resend.exceptions import ResendError
from twilio.base.exceptions import TwilioException
from twilio.http import HttpClient
from twilio.http.response import Response
from twilio.rest import Client

from authapp.config import settings
from authapp.core.base import identifiers
from authapp.models import Message

Sender = Callable[[Message], None]

TIMEOUT = 10  # seconds to connect, and again for each part of the response
LONGEST_WAIT = 86_400  # seconds; no provider can delay a message for longer than a day

# Twilio's codes for a wrong sender of a text: https://www.twilio.com/docs/api/errors
WRONG_FROM = {21212, 21603, 21606, 21659, 21660, 21661, 21701, 21703, 21704, 21705}
NO_ACCOUNT = 20404
QUEUE_FULL = 21611  # too many texts are queued at Twilio; temporary

_registered: dict[bool, Sender] = {}  # by `Message.is_text`


class SendFailed(Exception):
    """Raised when a sender could not send a message.

    Args:
        problem: the reason, without secrets; it is logged and stored with the message.
        wait: seconds for which the provider asks to wait.
        final: the provider will never accept this message, so there is no retry.
    """

    def __init__(self, problem: str, wait: float = 0, final: bool = False) -> None:
        super().__init__(problem)
        self.problem, self.wait, self.final = problem, min(wait, LONGEST_WAIT), final


def sender(send: Sender) -> Sender:
    """Register the function that sends mails. It replaces the sender of the settings.

    It runs in a thread for at most a minute. A message can be sent twice, because a process that dies cannot record
    what it sent. `message.id` is then the same, for providers that drop duplicates.
    """
    return _register(send, texts=False)


def text_sender(send: Sender) -> Sender:
    """Register the function that sends texts to phones. It replaces the sender of the settings.

    It works like `sender`. `message.recipient` is a number in E.164, and `message.text` is the complete text.
    """
    return _register(send, texts=True)


def _register(send: Sender, *, texts: bool) -> Sender:
    if inspect.iscoroutinefunction(send):  # never awaited, it would lose every message without an error
        raise TypeError("a sender must be a plain function, not an async one")
    _registered[texts] = send
    return send


def chosen(message: Message) -> Sender | None:
    """Return the sender of a message; None: the message is only stored in the outbox."""
    named = settings().text_sender if message.is_text else settings().sender
    return _registered.get(message.is_text) or {"resend": by_resend, "twilio": by_twilio}.get(named)


def sends_mail() -> bool:
    """Return whether mails are sent; otherwise they are only stored in the outbox."""
    return False in _registered or settings().sender != "outbox"


def sends_texts() -> bool:
    """Return whether texts are sent; otherwise they are only stored in the outbox."""
    return True in _registered or settings().text_sender != "outbox"


def by_resend(message: Message) -> None:
    """Send a mail with Resend. The message id is the idempotency key: a second request does not send the mail again."""
    conf = settings()
    assert conf.resend_key is not None
    resend.api_key, resend.api_url = conf.resend_key.get_secret_value(), conf.resend_url.rstrip("/")
    resend.default_http_client = resend.RequestsClient(timeout=TIMEOUT)
    addresses = {"from": identifiers.in_ascii(conf.mail_from), "to": [identifiers.in_ascii(message.recipient)]}
    bodies = {"subject": message.subject, "text": message.text, "html": message.html}
    try:
        answer = resend.Emails.send({**addresses, **bodies}, {"idempotency_key": str(message.id)})
    except ResendError as error:
        raise _resend_failure(error) from None
    if "id" not in answer:  # a captive portal, or the list of mails after a redirected POST
        raise SendFailed("the server at AUTHAPP_RESEND_URL is not Resend")


def _resend_failure(error: ResendError) -> SendFailed:
    """Translate an error of Resend. Its text is never copied, because it may quote the mail."""
    if error.error_type == "HttpClientError":
        return SendFailed(f"no answer from Resend ({_cause(error)})")
    status, name = str(error.code), _name(error)
    wait = _wait(error.headers)
    if status in ("401", "403") or name == "invalid_from_address" or "`from`" in str(error.message):
        # The settings are wrong, not the message. It waits until the operator corrects them.
        return SendFailed(f"Resend rejected AUTHAPP_RESEND_KEY or AUTHAPP_MAIL_FROM: {status} {name}", wait)
    final = status in ("400", "422") or name == "invalid_idempotent_request"
    return SendFailed(f"Resend answered {status} {name}", wait, final)


def _cause(error: ResendError) -> str:
    """Return the class name of the HTTP client's error, which the SDK wraps twice: `ReadTimeout`, `ConnectionError`."""
    return type(getattr(error.__context__, "__cause__", None) or error.__context__).__name__


def _name(error: ResendError) -> str:
    return error.error_type if re.fullmatch(r"\w{1,60}", str(error.error_type)) else "without a name"


def by_twilio(message: Message) -> None:
    """Send a text with Twilio. It has no idempotency key: a retry after a timeout may deliver the text twice."""
    conf = settings()
    assert conf.twilio_key is not None
    http = _Http(conf.twilio_url)
    client = Client(conf.twilio_account, conf.twilio_key.get_secret_value(), http_client=http)
    whose = "messaging_service_sid" if conf.twilio_from.startswith("MG") else "from_"
    try:
        answer = client.messages.create(to=message.recipient, body=message.text, **{whose: conf.twilio_from})
    except requests.RequestException as error:
        raise SendFailed(f"no answer from Twilio ({type(error).__name__})") from None
    except TwilioException as error:
        raise _twilio_failure(error, http.answer) from None
    except (ValueError, TypeError, AttributeError):  # unexpected JSON, or none: a captive portal
        answer = None
    if not (answer and answer.sid):
        raise SendFailed("the server at AUTHAPP_TWILIO_URL is not Twilio")


class _Http(HttpClient):  # type: ignore[misc] # the SDK has no types
    """HTTP client for the SDK: sends one request to the URL of the settings. The SDK's own client logs all content."""

    answer: requests.Response

    def __init__(self, url: str) -> None:
        super().__init__(logging.getLogger(__name__), is_async=False)
        self._url = url.rstrip("/")

    def request(self, method: str, uri: str, *_: Any, data: Any, headers: Any, auth: Any, **__: Any) -> Response:
        place = self._url + urlsplit(uri).path  # not the SDK's host, which environment variables can change
        sent = {"data": data, "headers": headers, "auth": auth}
        self.answer = requests.request(method, place, **sent, timeout=TIMEOUT, allow_redirects=False)
        return Response(self.answer.status_code, self.answer.text, self.answer.headers)


def _twilio_failure(error: TwilioException, answer: requests.Response) -> SendFailed:
    """Translate an error of Twilio. Its text is never copied, because it quotes phone numbers."""
    status, wait = answer.status_code, _wait(answer.headers)
    code = _code(error)
    said = f"{status} {code or 'without a code'}"
    if status in (401, 403) or code in WRONG_FROM or code == NO_ACCOUNT:
        # As with Resend: the text waits until the operator corrects the settings.
        refused = "AUTHAPP_TWILIO_ACCOUNT, AUTHAPP_TWILIO_KEY or AUTHAPP_TWILIO_FROM"
        return SendFailed(f"Twilio rejected {refused}: {said}", wait)
    final = status == 400 and code not in (None, QUEUE_FULL)
    return SendFailed(f"Twilio answered {said}", wait, final)


def _code(error: TwilioException) -> int | None:
    """Return Twilio's error code; None when the response has none, where the SDK repeats the HTTP status."""
    return error.code if isinstance(error.code, int) and 10_000 <= error.code < 100_000 else None


def _wait(headers: Mapping[str, str]) -> float:
    """Return Retry-After, which both providers send in seconds; 0 for other formats: our own backoff then applies."""
    said = {name.lower(): value for name, value in headers.items()}.get("retry-after", "")
    return float(said) if said.isdecimal() else 0
