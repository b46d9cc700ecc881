"""Senders of mails and texts. A sender is a plain function that sends one message, or raises `SendFailed`."""

import inspect
from collections.abc import Callable

from authapp import extras
from authapp.background.senders.outbox import keep
from authapp.config import settings
from authapp.core.base.process_state import registrations
from authapp.models import Message

Sender = Callable[[Message], object]  # one of ours returns the provider's id of the message

_registered: dict[bool, Sender] = registrations({})  # by `Message.is_text`


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


def chosen(message: Message) -> Sender:
    """Return the sender of a message: that of the product, else that of the settings."""
    return _registered.get(message.is_text) or _of_settings(chosen_name(texts=message.is_text))


def chosen_name(*, texts: bool) -> str:
    """Return the name of the sender in the settings; empty if the product registered its own."""
    return "" if texts in _registered else settings().text_sender if texts else settings().sender


def _of_settings(name: str) -> Sender:
    """Return a sender by its name in the settings. The SDKs are large, so each is imported when it is chosen."""
    if name == "twilio":
        extras.require("twilio")
        from authapp.background.senders import twilio

        return twilio.send
    if name == "resend":
        from authapp.background.senders import resend

        return resend.send
    if name == "smtp":
        from authapp.background.senders import smtp

        return smtp.send
    return keep


def sends_mail() -> bool:
    """Return whether mails are sent; otherwise they are only stored in the outbox."""
    return False in _registered or settings().sender != "outbox"


def sends_texts() -> bool:
    """Return whether texts are sent; otherwise they are only stored in the outbox."""
    return True in _registered or settings().text_sender != "outbox"
