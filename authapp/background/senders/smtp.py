"""Sender of mails by SMTP: the mail in its form for the wire, and the meaning of each reply."""

import re
import smtplib
import ssl
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import format_datetime, parseaddr

from authapp.background.senders import smtp_connections
from authapp.background.senders.common import AccountRefused, RecipientRefused, SendFailed
from authapp.config import settings
from authapp.core.base import identifiers
from authapp.models import Message

_STATUS = re.compile(rb"\s*([245]\.\d{1,3}\.\d{1,3})(?!\S)")  # enhanced status code (RFC 3463)
# The account may not send this.
_ACCOUNT = re.compile(rb"relay|authenticat|not verified|(sending|daily|hourly)[a-z ]* (limit|quota)", re.IGNORECASE)
_OURS = re.compile(rb"\b(sender|helo|client host)\b", re.IGNORECASE)  # many servers check these only at the recipient
_QUOTED = re.compile(rb"<[^>]*>|\S+@\S+")  # addresses, in which anybody can write these words
# The address gets no mails (RFC 3463): unknown, malformed, moved or disabled. A full mailbox is emptied again.
_BAD_ADDRESS = {"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1"}
_OTHER = re.compile(rb"block|black|spam|reputation|policy|too many|full|limit|quota", re.IGNORECASE)
_QUOTA = re.compile(rb"daily (message|sending) quota", re.IGNORECASE)  # of Amazon SES, with a temporary code


def send(message: Message) -> None:
    """Send a mail by SMTP. Its Message-ID is that of the row, so a mail that is sent twice can be recognized."""
    sender = identifiers.in_ascii(settings().mail_from)
    recipient = identifiers.in_ascii(message.recipient)
    needs_utf8 = not recipient.isascii() or not parseaddr(sender)[1].isascii()
    content = as_email(message, sender, recipient).as_bytes(policy=SMTPUTF8 if needs_utf8 else SMTP)
    try:
        with smtp_connections.connection(settings().smtp) as server:
            if needs_utf8 and not server.has_extn("smtputf8"):
                raise RecipientRefused("the SMTP server has no SMTPUTF8, which this address needs")
            options = ["SMTPUTF8", "BODY=8BITMIME"] if needs_utf8 else []
            server.sendmail(parseaddr(sender)[1], [recipient], content, options)
    except (smtplib.SMTPException, OSError) as error:
        raise failure(error) from None


def as_email(message: Message, sender: str, recipient: str) -> EmailMessage:
    """Return a mail with its headers, and its text in two forms. No value can start a header of its own."""
    policy = SMTP if recipient.isascii() else SMTPUTF8
    name, address = parseaddr(" ".join(sender.split()))
    mail = EmailMessage(policy)
    mail["From"] = _address(address, name)
    mail["To"] = _address(recipient)
    mail["Subject"] = " ".join(message.subject.split())
    mail["Date"] = format_datetime(message.written_at)
    mail["Message-ID"] = f"<{message.id}@{address.rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no automatic answers
    mail.set_content(message.text, cte="quoted-printable")
    mail.add_alternative(message.html, subtype="html", cte="quoted-printable")
    return mail


def _address(address: str, name: str = "") -> Address:
    local, _, domain = address.rpartition("@")
    if local.isascii():
        return Address(display_name=name, addr_spec=address)  # a ValueError for anything else than one address
    if not (local + domain).isprintable() or {*address} & {*' <>,;:"()[]\\'}:
        raise ValueError("not an email address")
    return Address(display_name=name, username=local, domain=domain)


def failure(error: Exception) -> SendFailed:
    """Translate an error of the connection. Texts of the server are never copied, because they may quote the mail."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return AccountRefused(f"the certificate of the SMTP server is not valid: {error.verify_message}")
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return AccountRefused(
            "the SMTP server offers no STARTTLS, no login, or not the one that AUTHAPP_SMTP_URL needs"
        )
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, text = next(iter(error.recipients.values()))
        return _of_recipient(code, _bytes(text))
    if not isinstance(error, smtplib.SMTPResponseException):
        cause = error.__context__ if isinstance(error.__context__, OSError) else error  # smtplib wraps a timeout
        return SendFailed(f"no answer from the SMTP server ({type(cause).__name__})")
    code, text = error.smtp_code, _bytes(error.smtp_error)
    summary = _summary(code, text)
    if _QUOTA.search(text):
        return AccountRefused(f"the quota of the SMTP account is used up: {summary}")
    if not 500 <= code < 600:
        return SendFailed(f"the SMTP server answered {summary}")
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return AccountRefused(f"the SMTP server rejected the user or password of AUTHAPP_SMTP_URL: {summary}")
    if isinstance(error, smtplib.SMTPDataError):
        return _of_content(code, text)
    if isinstance(error, smtplib.SMTPSenderRefused) and code != 552:  # 552: the mail is too large
        return AccountRefused(f"the SMTP server rejected AUTHAPP_MAIL_FROM, or wants a login: {summary}")
    if isinstance(error, smtplib.SMTPSenderRefused):
        return SendFailed(f"the SMTP server rejected the mail: {summary}", final=True)
    return AccountRefused(f"the SMTP server refuses the connection: {summary}")


def _of_recipient(code: int, text: bytes) -> SendFailed:
    summary = _summary(code, text)
    if not 500 <= code < 600:
        return SendFailed(f"the SMTP server answered {summary}")
    status, words = _status(text), _QUOTED.sub(b"", text)
    if status in _BAD_ADDRESS:
        return RecipientRefused(f"the SMTP server rejected the address: {summary}")
    is_ours = code in (503, 504, 530) or status.startswith(("5.7.", "5.1.7", "5.1.8"))
    if is_ours or _ACCOUNT.search(words) or _OURS.search(words):
        return AccountRefused(f"the SMTP server does not send mails of this account to other servers: {summary}")
    if status in ("", "5.1.0") and code in (550, 551, 553) and not _OTHER.search(words):
        return RecipientRefused(f"the SMTP server rejected the address: {summary}")
    return SendFailed(f"the SMTP server answered {summary}")  # a mark would stop all mails to this person


def _of_content(code: int, text: bytes) -> SendFailed:
    """Return the failure of a mail that was rejected after its text, like one from a sandbox of Amazon SES."""
    summary = _summary(code, text)
    if _status(text) in _BAD_ADDRESS:
        return RecipientRefused(f"the SMTP server rejected the address: {summary}")
    if code == 530 or _ACCOUNT.search(_QUOTED.sub(b"", text)):
        return AccountRefused(f"the SMTP server does not send mails of this account: {summary}")
    return SendFailed(f"the SMTP server rejected the mail: {summary}", final=True)


def _summary(code: int, text: bytes) -> str:
    return f"{code} {_status(text)}".strip()


def _status(text: bytes) -> str:
    match = _STATUS.match(text)
    return match[1].decode() if match else ""


def _bytes(text: bytes | str) -> bytes:
    return text if isinstance(text, bytes) else text.encode("utf-8", "replace")
