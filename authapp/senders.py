"""The ways a message leaves: a sender is a plain function that sends one message, or raises `SendFailed`."""

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
from authapp.core import identifiers
from authapp.models import Message

Sender = Callable[[Message], None]

TIMEOUT = 10  # seconds to connect, and again to wait for each part of the answer
LONGEST_WAIT = 86_400  # seconds; no provider shelves a message for longer than a day

# Twilio's codes for what is wrong with who a text is from: https://www.twilio.com/docs/api/errors
WRONG_FROM = {21212, 21603, 21606, 21659, 21660, 21661, 21701, 21703, 21704, 21705}
NO_ACCOUNT = 20404
QUEUE_FULL = 21611  # too many texts wait at Twilio; it passes

_registered: dict[bool, Sender] = {}  # by `Message.is_text`


class SendFailed(Exception):
    """A sender could not send a message.

    Args:
        problem: why, in words without secrets; they are logged and kept with the message.
        wait: seconds for which the provider wants to be left alone.
        final: the provider will never take this message, so it is not tried again.
    """

    def __init__(self, problem: str, wait: float = 0, final: bool = False) -> None:
        super().__init__(problem)
        self.problem, self.wait, self.final = problem, min(wait, LONGEST_WAIT), final


def sender(send: Sender) -> Sender:
    """Register the function that sends mails, instead of the one the settings name.

    It runs in a thread, for at most a minute, and may be called again with a message it sent before (a process that
    died cannot tell): `message.id` stays the same, for providers that know how to drop the second.
    """
    return _register(send, texts=False)


def text_sender(send: Sender) -> Sender:
    """Register the function that sends texts to phones, instead of the one the settings name.

    As with `sender`; `message.recipient` is a number in E.164, and `message.text` is all there is to send.
    """
    return _register(send, texts=True)


def _register(send: Sender, *, texts: bool) -> Sender:
    if inspect.iscoroutinefunction(send):  # it would be called and never awaited: every message lost, none missed
        raise TypeError("a sender is a plain function, not an async one")
    _registered[texts] = send
    return send


def chosen(message: Message) -> Sender | None:
    """Who sends a message; None: it is only kept."""
    named = settings().text_sender if message.is_text else settings().sender
    return _registered.get(message.is_text) or {"resend": by_resend, "twilio": by_twilio}.get(named)


def sends_mail() -> bool:
    """Whether anybody sends mails; else they are only kept."""
    return False in _registered or settings().sender != "outbox"


def sends_texts() -> bool:
    """Whether anybody sends texts; else they are only kept."""
    return True in _registered or settings().text_sender != "outbox"


def by_resend(message: Message) -> None:
    """Send a message with Resend. Its id is the idempotency key: a second request with it sends nothing new."""
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
    if "id" not in answer:  # the page of a captive portal, or the list of mails that a redirected POST ends at
        raise SendFailed("something that is not Resend answers at AUTHAPP_RESEND_URL")


def _resend_failure(error: ResendError) -> SendFailed:
    """What Resend's error means for the message. Its text is never repeated: it may quote the mail."""
    if error.error_type == "HttpClientError":
        return SendFailed(f"no answer from Resend ({_cause(error)})")
    status, name = str(error.code), _name(error)
    wait = _wait(error.headers)
    if status in ("401", "403") or name == "invalid_from_address" or "`from`" in str(error.message):
        # The settings are wrong, not the message: it waits until somebody mends them.
        return SendFailed(f"Resend refuses AUTHAPP_RESEND_KEY or AUTHAPP_MAIL_FROM: {status} {name}", wait)
    final = status in ("400", "422") or name == "invalid_idempotent_request"
    return SendFailed(f"Resend answered {status} {name}", wait, final)


def _cause(error: ResendError) -> str:
    """The class of the HTTP client's own error, which the SDK wraps twice: `ReadTimeout`, `ConnectionError`."""
    return type(getattr(error.__context__, "__cause__", None) or error.__context__).__name__


def _name(error: ResendError) -> str:
    return error.error_type if re.fullmatch(r"\w{1,60}", str(error.error_type)) else "without a name"


def by_twilio(message: Message) -> None:
    """Send a text with Twilio. It knows no idempotency key: what was tried again after silence may arrive twice."""
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
    except (ValueError, TypeError, AttributeError):  # JSON of another shape, or none: the page of a captive portal
        answer = None
    if not (answer and answer.sid):
        raise SendFailed("something that is not Twilio answers at AUTHAPP_TWILIO_URL")


class _Http(HttpClient):  # type: ignore[misc] # the SDK has no types
    """One request of the SDK, to the URL of the settings; nothing is tried twice. The SDK's own client logs it all."""

    answer: requests.Response

    def __init__(self, url: str) -> None:
        super().__init__(logging.getLogger(__name__), is_async=False)
        self._url = url.rstrip("/")

    def request(self, method: str, uri: str, *_: Any, data: Any, headers: Any, auth: Any, **__: Any) -> Response:
        place = self._url + urlsplit(uri).path  # not the SDK's host, which follows variables of the environment
        sent = {"data": data, "headers": headers, "auth": auth}
        self.answer = requests.request(method, place, **sent, timeout=TIMEOUT, allow_redirects=False)
        return Response(self.answer.status_code, self.answer.text, self.answer.headers)


def _twilio_failure(error: TwilioException, answer: requests.Response) -> SendFailed:
    """What Twilio's error means for the text. Its words are never repeated: they quote numbers."""
    status, wait = answer.status_code, _wait(answer.headers)
    code = _code(error)
    said = f"{status} {code or 'without a code'}"
    if status in (401, 403) or code in WRONG_FROM or code == NO_ACCOUNT:
        # As with Resend: it waits until somebody mends them.
        refused = "AUTHAPP_TWILIO_ACCOUNT, AUTHAPP_TWILIO_KEY or AUTHAPP_TWILIO_FROM"
        return SendFailed(f"Twilio refuses {refused}: {said}", wait)
    final = status == 400 and code not in (None, QUEUE_FULL)
    return SendFailed(f"Twilio answered {said}", wait, final)


def _code(error: TwilioException) -> int | None:
    """Twilio's own number for an error; where the answer has none the SDK repeats the status."""
    return error.code if isinstance(error.code, int) and 10_000 <= error.code < 100_000 else None


def _wait(headers: Mapping[str, str]) -> float:
    """Retry-After, which both say in seconds; for anything else our own backoff is good enough."""
    said = {name.lower(): value for name, value in headers.items()}.get("retry-after", "")
    return float(said) if said.isdecimal() else 0
