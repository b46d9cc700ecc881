"""In-app outbox of a demo: stored mails and texts, newest first."""

import re
from typing import TypedDict
from uuid import UUID

import reflex as rx

from authapp.config import settings
from authapp.core.base import phone_numbers
from authapp.core.messages import queue
from authapp.db import read, run
from authapp.guards.context import language_of
from authapp.i18n.texts import into, t, written
from authapp.models import Message
from authapp.states.flow import Flow


class Letter(TypedDict):
    """Mail or text as the page shows it."""

    id: str
    recipient: str
    subject: str
    when: str
    state: str
    paragraphs: list[str]
    link: str
    link_words: str


class OutboxState(Flow, rx.State):
    """Stored messages, reloaded while the page is open."""

    letters: list[Letter] = []
    loaded: bool = False

    @rx.event
    async def load(self):
        """Load the newest messages."""
        if not settings().shows_outbox:
            return
        letters = [_letter(message, language_of(self)) for message in await read(queue.newest)]
        if letters != self.letters:
            self.letters = letters
        self.loaded = True
        return

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


def _letter(message: Message, language: str) -> Letter:
    if message.is_text:
        return _new_letter(
            message,
            into(t("Text message"), language),
            message.text.split("\n"),
            re.search(r"()(https?://\S+)", message.text),
            language,
        )
    paragraphs = message.text.split("\n\n")[:-1]  # without the signature
    link = re.fullmatch(r"(.+): (\S+)", paragraphs[-1]) if paragraphs else None
    return _new_letter(message, message.subject, paragraphs[:-1] if link else paragraphs, link, language)


def _new_letter(
    message: Message, subject: str, paragraphs: list[str], link: re.Match[str] | None, language: str
) -> Letter:
    return Letter(
        id=str(message.id),
        recipient=phone_numbers.format_phone(message.recipient),
        subject=subject,
        when=written(message.written_at, language),
        state=message.state,
        paragraphs=paragraphs,
        link=link[2].removeprefix(settings().url) if link else "",
        link_words=(link[1] or into(t("Open the link"), language)) if link else "",
    )
