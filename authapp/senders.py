"""The ways a message leaves: a sender is a plain function that sends one message, or raises `SendFailed`."""

import inspect
import re
from collections.abc import Callable, Mapping

import resend
from resend.exceptions import ResendError

from authapp.config import settings
from authapp.models import Message

Sender = Callable[[Message], None]

TIMEOUT = 10  # seconds to connect, and again to wait for each part of the answer
LONGEST_WAIT = 86_400  # seconds; no provider shelves a mail for longer than a day

_registered: list[Sender] = []


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
    """Register the function that sends mail, instead of the one the settings name.

    It runs in a thread, for at most a minute, and may be called again with a message it sent before (a process that
    died cannot tell): `message.id` stays the same, for providers that know how to drop the second.
    """
    if inspect.iscoroutinefunction(send):  # it would be called and never awaited: every mail lost, none missed
        raise TypeError("a sender is a plain function, not an async one")
    _registered.append(send)
    return send


def chosen() -> Sender | None:
    """Who sends mail; None: it is only kept."""
    if _registered:
        return _registered[-1]
    return by_resend if settings().sender == "resend" else None


def by_resend(message: Message) -> None:
    """Send a message with Resend. Its id is the idempotency key: a second request with it sends nothing new."""
    conf = settings()
    assert conf.resend_key is not None
    resend.api_key, resend.api_url = conf.resend_key.get_secret_value(), conf.resend_url.rstrip("/")
    resend.default_http_client = resend.RequestsClient(timeout=TIMEOUT)
    mail = {"from": conf.mail_from, "to": [message.recipient], "subject": message.subject}
    bodies = {"text": message.text, "html": message.html}
    try:
        answer = resend.Emails.send({**mail, **bodies}, {"idempotency_key": str(message.id)})
    except ResendError as error:
        raise _failure(error) from None
    if "id" not in answer:  # the page of a captive portal, or the list of mails that a redirected POST ends at
        raise SendFailed("something that is not Resend answers at AUTHAPP_RESEND_URL")


def _failure(error: ResendError) -> SendFailed:
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


def _wait(headers: Mapping[str, str]) -> float:
    """Retry-After, which Resend says in seconds; for anything else our own backoff is good enough."""
    said = {name.lower(): value for name, value in headers.items()}.get("retry-after", "")
    return float(said) if said.isdecimal() else 0
