"""Sender of mails with Resend."""

import re

import resend
from resend.exceptions import ResendError

from authapp.background.senders.common import TIMEOUT, AccountRefused, RecipientRefused, SendFailed, retry_after
from authapp.config import settings
from authapp.core.base import identifiers
from authapp.models import Message

QUOTAS = {"daily_quota_exceeded", "monthly_quota_exceeded"}


def send(message: Message) -> str:
    """Send a mail with Resend, and return Resend's id of it.

    The message id is the idempotency key: a second request does not send the mail again.
    """
    conf = settings()
    assert conf.resend_key is not None
    resend.api_key, resend.api_url = conf.resend_key.get_secret_value(), conf.resend_url.rstrip("/")
    resend.default_http_client = resend.RequestsClient(timeout=TIMEOUT)
    addresses = {"from": identifiers.in_ascii(conf.mail_from), "to": [identifiers.in_ascii(message.recipient)]}
    bodies = {"subject": message.subject, "text": message.text, "html": message.html}
    try:
        answer = resend.Emails.send({**addresses, **bodies}, {"idempotency_key": str(message.id)})
    except ResendError as error:
        raise _failure(error) from None
    if "id" not in answer:  # a captive portal, or the list of mails after a redirected POST
        raise SendFailed("the server at AUTHAPP_RESEND_URL is not Resend")
    return str(answer["id"])


def _failure(error: ResendError) -> SendFailed:
    """Translate an error of Resend. Its text is never copied, because it may quote the mail."""
    if error.error_type == "HttpClientError":
        return SendFailed(f"no answer from Resend ({_cause(error)})")
    status, name = str(error.code), _name(error)
    wait = retry_after(error.headers)
    if status in ("401", "403") or name == "invalid_from_address" or "`from`" in str(error.message):
        # Also a sandbox without a verified domain: it answers 403. The message waits until the operator corrects this.
        return AccountRefused(f"Resend rejected AUTHAPP_RESEND_KEY or AUTHAPP_MAIL_FROM: {status} {name}", wait)
    if name in QUOTAS:
        return AccountRefused(f"the quota of the Resend account is used up: {status} {name}", wait)
    if status in ("400", "422") and "`to`" in str(error.message):
        return RecipientRefused(f"Resend rejected the address: {status} {name}")
    final = status in ("400", "422") or name == "invalid_idempotent_request"
    return SendFailed(f"Resend answered {status} {name}", wait, final)


def _cause(error: ResendError) -> str:
    """Return the class name of the HTTP client's error, which the SDK wraps twice: `ReadTimeout`, `ConnectionError`."""
    return type(getattr(error.__context__, "__cause__", None) or error.__context__).__name__


def _name(error: ResendError) -> str:
    """Return Resend's name of an error, if it is spelled like one."""
    return error.error_type if re.fullmatch(r"\w{1,60}", str(error.error_type)) else "without a name"
