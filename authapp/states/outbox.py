"""In-app outbox of a demo: stored mails and texts, newest first."""

import re
from uuid import UUID

import reflex as rx

from authapp.config import settings
from authapp.core.base import phone_numbers
from authapp.core.messages import queue
from authapp.db import read, run
from authapp.guards.context import language_of
from authapp.i18n.texts import into, t, written
from authapp.models import Message
from authapp.states.lists import ListState
from authapp.wire.messages import OutboxMessage


class OutboxState(ListState, rx.State):
    """Stored messages, reloaded while the page is open. It is public: a demo has it, a product does not."""

    rows: list[OutboxMessage] = []

    @rx.event
    async def load(self):
        """Load the newest messages."""
        if settings().shows_outbox:
            self._keep([_message(message, language_of(self)) for message in await read(queue.newest)])

    @rx.event
    async def send_again(self, id: str):
        """Send a dead message again."""
        if not settings().shows_outbox:
            return None
        try:
            await run(queue.again, UUID(id))
        except (ValueError, AttributeError, TypeError):
            return None
        return OutboxState.load


def _message(message: Message, language: str) -> OutboxMessage:
    if message.is_text:
        return _shown(
            message,
            into(t("Text message"), language),
            message.text.split("\n"),
            re.search(r"()(https?://\S+)", message.text),
            language,
        )
    paragraphs = message.text.split("\n\n")[:-1]  # without the signature
    link = re.fullmatch(r"(.+): (\S+)", paragraphs[-1]) if paragraphs else None
    return _shown(message, message.subject, paragraphs[:-1] if link else paragraphs, link, language)


def _shown(
    message: Message, subject: str, paragraphs: list[str], link: re.Match[str] | None, language: str
) -> OutboxMessage:
    return OutboxMessage.of(
        message,
        recipient=phone_numbers.format_phone(message.recipient),
        subject=subject,
        when=written(message.written_at, language),
        paragraphs=paragraphs,
        link=link[2].removeprefix(settings().url) if link else "",
        link_words=(link[1] or into(t("Open the link"), language)) if link else "",
    )
