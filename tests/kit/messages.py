"""Mails and texts in the outbox, and the links and codes in them."""

import re

from sqlmodel import col, select

from authapp.core import Db
from authapp.models import ActionLink, Message
from tests.kit.rules import do


def mails_to(address: str) -> list[Message]:
    """Return the messages to an email address, oldest first."""
    written = select(Message).where(Message.recipient == address).order_by(col(Message.written_at))
    return list(do(lambda db: db.exec(written).all()))


def subjects_to(address: str) -> list[str]:
    """Return the subjects of the mails to an email address, oldest first."""
    return [mail.subject for mail in mails_to(address)]


def texts_to(number: str) -> list[Message]:
    """Return the texts that were really sent to a phone number, oldest first."""
    return [message for message in mails_to(number) if message.state != "unsent"]


def newest_text(target: str) -> str:
    """Return the newest message to a phone number, in any spelling, or to an email address."""
    recipient = target if "@" in target else "+" + re.sub(r"\D", "", target)
    written = select(Message.text).where(Message.recipient == recipient).order_by(col(Message.written_at).desc())
    return str(do(lambda db: db.exec(written).first()))


def outbox_link(db: Db, address: str) -> str:
    """Return the key of the newest link that was mailed to an email address."""
    newest = select(Message.text).where(Message.recipient == address).order_by(col(Message.written_at).desc())
    matches = [re.search(r"/link#(\S+)", text) for text in db.exec(newest)]
    return next(match[1] for match in matches if match)


def link_key(mail: Message) -> str:
    """Return the key of the link in a mail."""
    return mail.text.partition("/link#")[2].split()[0]


def link_about(address: str, words: str) -> str:
    """Return the key in the newest mail to an email address whose subject contains these words."""
    return link_key([mail for mail in mails_to(address) if words in mail.subject][-1])


def live_links(address: str) -> list[ActionLink]:
    """Return the links to an email address that are not used up."""
    kept = select(ActionLink).where(ActionLink.email == address, ActionLink.uses_left > 0)
    return list(do(lambda db: db.exec(kept).all()))


def code_in(message: Message) -> str:
    """Return the one-time code in a message."""
    match = re.match(r"(\d{6}) is your code", message.text) or re.search(r"Enter (\d{6}) on", message.text)
    assert match, message.text
    return match[1]


def code_to(target: str) -> str:
    """Return the code that was last sent to a phone number or email address."""
    sent = [message for message in texts_to(target) if re.search(r"\b\d{6} ", message.text)]
    return code_in(sent[-1])
