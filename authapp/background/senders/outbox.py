"""Sender of a demo: messages stay in the outbox, where the page `/outbox` shows them."""

from authapp.models import Message


def keep(message: Message) -> None:
    """Send nothing. The worker marks the message as kept."""
