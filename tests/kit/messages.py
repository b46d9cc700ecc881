"""Mails and texts in the outbox, and the links and codes in them."""

import re
import time

from sqlmodel import col, select

from authapp.db import reading
from authapp.models import ActionLink, Message

CODE = re.compile(r"(?<!\d)(\d{6})(?!\d)")
LINK = re.compile(r"/link#(\S+)")


def mails_to(recipient: str) -> list[Message]:
    """Return the messages to an email address or phone number in any spelling, oldest first."""
    spelled = recipient if "@" in recipient else "+" + re.sub(r"\D", "", recipient)
    written = select(Message).where(Message.recipient == spelled).order_by(col(Message.written_at))
    with reading() as db:
        return list(db.exec(written).all())


def subjects_to(recipient: str) -> list[str]:
    """Return the subjects of the mails to an email address, oldest first."""
    return [mail.subject for mail in mails_to(recipient)]


def written_to(recipient: str) -> list[str]:
    """Return what was written to a phone number or email address, oldest first; an empty text was never sent."""
    return [message.text for message in mails_to(recipient)]


def texts_to(recipient: str) -> list[Message]:
    """Return the texts that were really sent to a phone number, oldest first."""
    return [message for message in mails_to(recipient) if message.state != "unsent"]


def newest_text(recipient: str) -> str:
    """Return what was last written to a phone number or email address; empty if nothing was."""
    return next(reversed(written_to(recipient)), "")


def link_to(recipient: str) -> str:
    """Return the key of the newest link that was mailed to an email address."""
    return next(match[1] for text in reversed(written_to(recipient)) if (match := LINK.search(text)))


def link_key(mail: Message) -> str:
    """Return the key of the link in a mail."""
    return mail.text.partition("/link#")[2].split()[0]


def link_about(recipient: str, words: str) -> str:
    """Return the key in the newest mail to an email address whose subject contains these words."""
    return link_key([mail for mail in mails_to(recipient) if words in mail.subject][-1])


def live_links(address: str) -> list[ActionLink]:
    """Return the links to an email address that are not used up."""
    kept = select(ActionLink).where(ActionLink.email == address, ActionLink.uses_left > 0)
    with reading() as db:
        return list(db.exec(kept).all())


def code_in(message: Message) -> str:
    """Return the one-time code in a message."""
    match = re.match(r"(\d{6}) is your code", message.text) or re.search(r"Enter (\d{6}) on", message.text)
    assert match, message.text
    return match[1]


def code_to(recipient: str) -> str:
    """Return the code that was last sent to a phone number or email address. Wait for the first one."""
    latest = time.monotonic() + 30
    while not (sent := [message for message in texts_to(recipient) if CODE.search(message.text)]):
        assert time.monotonic() < latest, f"no code was sent to {recipient}"
        time.sleep(0.05)
    return code_in(sent[-1])
