"""Mails and texts: those that could not be sent, and those in the in-app outbox of a demo."""

from uuid import UUID

from authapp.wire.common import Row, Time


class FailedMessage(Row):
    """Mail or text that did not arrive, or that the provider does not send now.

    Its text is left out: it may hold the key of a link.
    """

    id: UUID
    recipient: str
    subject: str
    problem: str
    state: str  # `dead`, `held`, `refused`, or `delivered` when its reader complained
    can_resend: bool
    written_at: Time


class OutboxMessage(Row):
    """Mail or text in the in-app outbox."""

    id: UUID
    recipient: str
    subject: str
    when: str  # in the language of the reader
    state: str  # as `queue` names it
    paragraphs: list[str]
    link: str
    link_words: str
