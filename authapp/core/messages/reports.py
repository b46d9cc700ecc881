"""Reports of mail and text services: a message that bounced, a complaint, a number that gets no texts.

A confirmed address that bounced is marked. It gets no mails until it is confirmed again, except the mails that confirm
it or recover its account. An address whose owner complained is marked too, but gets its mails: they are about security.
Other addresses are not marked: anybody may type any address, and a mark must not reveal that it has an account.
"""

import logging
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Update, update
from sqlmodel import col, select

from authapp.config import settings
from authapp.core import Db, execute
from authapp.core.base.changes import schedule
from authapp.models import Email, Message, Phone

log = logging.getLogger(__name__)

BOUNCED, COMPLAINED = "bounced", "complained"  # values of `Email.undelivered`; of `Phone.undelivered`, the first only
REFUSED = "refused"  # state of a message whose recipient cannot be reached
UNSENT = ("waiting", "held")  # states of messages that are to be sent; a report may come while one is being sent
# Twilio's codes for numbers that get no texts: invalid, unsubscribed, not a mobile, a landline, unknown.
# https://www.twilio.com/docs/api/errors
BAD_NUMBERS = {21211, 21217, 21265, 21610, 21614, 21635, 30004, 30005, 30006}


class Report(NamedTuple):
    """A report about one message.

    Args:
        problem: what happened, without secrets; empty: it arrived.
        mark: the mark of the recipient, `BOUNCED` or `COMPLAINED`; empty: the recipient is not to blame.
        id: the id of the message, if the provider repeats it. A report can come before the answer to our request.
        provider_id: the provider's id of the message.
    """

    problem: str = ""
    mark: str = ""
    id: UUID | None = None
    provider_id: str = ""


def from_twilio() -> bool:
    """Return whether Twilio reports what became of texts."""
    return settings().text_sender == "twilio" and settings().twilio_webhook


def twilio_url() -> str:
    """Return the URL to which Twilio reports, without its query. Its signature covers the whole URL."""
    return f"{settings().url}{settings().rpc_path}/webhooks/twilio"


def record(db: Db, report: Report) -> None:
    """Record a report. A repeated one changes nothing more, and one about an unknown message changes nothing."""
    if not (report.id or report.provider_id):
        return
    is_named = col(Message.id) == report.id if report.id else col(Message.provider_id) == report.provider_id
    row = db.exec(select(Message).where(is_named).with_for_update()).first()
    if row is None:
        return
    if not report.problem:
        deliverable(db, row.recipient)
    elif row.state in UNSENT or (row.state == "delivered" and not row.problem):
        _note(db, row, report)


def _note(db: Db, row: Message, report: Report) -> None:
    row.problem = report.problem[:200]
    if report.mark != COMPLAINED:  # a complaint is about a mail that arrived
        row.state = REFUSED if report.mark else "dead"
        row.text = row.html = ""
    if report.mark:
        mark(db, row.recipient, report.mark)
    else:
        log.warning("message %s did not arrive: %s", row.id, row.problem)


def mark(db: Db, recipient: str, how: str) -> None:
    """Mark a confirmed address or number. A complaint does not replace the mark of a bounce."""
    statement = _confirmed(recipient)
    if how == COMPLAINED:
        statement = statement.where(col(Email.undelivered) != BOUNCED)
    execute(db, statement.values(undelivered=how))


def deliverable(db: Db, recipient: str) -> None:
    """Remove the mark of an address or number."""
    if _mark_of(db, recipient):
        execute(db, _confirmed(recipient).values(undelivered=""))


def received(db: Db, recipient: str) -> None:
    """Remove the mark of an address or number after this transaction: its owner used what was sent there.

    A transaction of its own, because the present one may hold other locks (deadlock).
    """
    if _mark_of(db, recipient):
        schedule(db, deliverable, recipient)


def is_marked(db: Db, recipient: str) -> bool:
    """Return whether messages to a confirmed address or number do not arrive. Such an address gets no mails.

    A complaint does not count: a user who pressed "spam" must still learn of changes to the account.
    """
    return _mark_of(db, recipient) == BOUNCED


def _mark_of(db: Db, recipient: str) -> str:
    if "@" in recipient:
        query = select(Email.undelivered).where(Email.address == recipient, col(Email.confirmed_at).is_not(None))
    else:
        query = select(Phone.undelivered).where(Phone.number == recipient)
    return db.exec(query).first() or ""


def _confirmed(recipient: str) -> Update:
    if "@" in recipient:
        return update(Email).where(col(Email.address) == recipient, col(Email.confirmed_at).is_not(None))
    return update(Phone).where(col(Phone.number) == recipient)
