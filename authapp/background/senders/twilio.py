"""Sender of texts with Twilio."""

import logging
from typing import Any
from urllib.parse import urlsplit

import requests
from twilio.base.exceptions import TwilioException
from twilio.http import HttpClient
from twilio.http.response import Response
from twilio.rest import Client

from authapp.background.senders.common import TIMEOUT, AccountRefused, RecipientRefused, SendFailed, retry_after
from authapp.config import settings
from authapp.core.messages import reports
from authapp.models import Message

# Twilio's codes for a wrong sender of a text: https://www.twilio.com/docs/api/errors
WRONG_FROM = {21212, 21603, 21606, 21659, 21660, 21661, 21701, 21703, 21704, 21705}
NO_ACCOUNT = 20404
# The account cannot send this text: suspended or without funds, a region that is not enabled, a trial that sends to
# verified numbers only.
ACCOUNT = {10001, 10002, 20005, 21408, 21608, 90010}
QUEUE_FULL = 21611  # too many texts are queued at Twilio; temporary


def send(message: Message) -> str:
    """Send a text with Twilio, and return Twilio's id of it.

    Twilio has no idempotency key: a retry after a timeout may deliver the text twice.
    """
    conf = settings()
    assert conf.twilio_key is not None
    http = _Http(conf.twilio_url)
    client = Client(conf.twilio_account, conf.twilio_key.get_secret_value(), http_client=http)
    sender = "messaging_service_sid" if conf.twilio_from.startswith("MG") else "from_"
    options = {sender: conf.twilio_from}
    if reports.from_twilio():
        options["status_callback"] = f"{reports.twilio_url()}?message={message.id}"
    try:
        answer = client.messages.create(to=message.recipient, body=message.text, **options)
    except requests.RequestException as error:
        raise SendFailed(f"no answer from Twilio ({type(error).__name__})") from None
    except TwilioException as error:
        raise _failure(error, http.answer) from None
    except (ValueError, TypeError, AttributeError):  # unexpected JSON, or none: a captive portal
        answer = None
    if not (answer and answer.sid):
        raise SendFailed("the server at AUTHAPP_TWILIO_URL is not Twilio")
    return str(answer.sid)


class _Http(HttpClient):  # type: ignore[misc] # the SDK has no types
    """HTTP client for the SDK: sends one request to the URL of the settings. The SDK's own client logs all content."""

    answer: requests.Response

    def __init__(self, url: str) -> None:
        super().__init__(logging.getLogger(__name__), is_async=False)
        self._url = url.rstrip("/")

    def request(self, method: str, uri: str, *_: Any, data: Any, headers: Any, auth: Any, **__: Any) -> Response:
        url = self._url + urlsplit(uri).path  # not the SDK's host, which environment variables can change
        options = {"data": data, "headers": headers, "auth": auth}
        self.answer = requests.request(method, url, **options, timeout=TIMEOUT, allow_redirects=False)
        return Response(self.answer.status_code, self.answer.text, self.answer.headers)


def _failure(error: TwilioException, answer: requests.Response) -> SendFailed:
    """Translate an error of Twilio. Its text is never copied, because it quotes phone numbers."""
    status, wait = answer.status_code, retry_after(answer.headers)
    code = _code(error)
    summary = f"{status} {code or 'without a code'}"
    if status in (401, 403) or code in WRONG_FROM or code == NO_ACCOUNT:
        # As with Resend: the text waits until the operator corrects the settings.
        names = "AUTHAPP_TWILIO_ACCOUNT, AUTHAPP_TWILIO_KEY or AUTHAPP_TWILIO_FROM"
        return AccountRefused(f"Twilio rejected {names}: {summary}", wait)
    if code in ACCOUNT:
        return AccountRefused(f"the Twilio account may not send this: {summary}", wait)
    if code in reports.BAD_NUMBERS:
        return RecipientRefused(f"Twilio says that the number gets no texts: {summary}")
    final = status == 400 and code not in (None, QUEUE_FULL)
    return SendFailed(f"Twilio answered {summary}", wait, final)


def _code(error: TwilioException) -> int | None:
    """Return Twilio's error code; None when the response has none, where the SDK repeats the HTTP status."""
    return error.code if isinstance(error.code, int) and 10_000 <= error.code < 100_000 else None
