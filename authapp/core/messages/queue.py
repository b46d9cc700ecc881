"""The queue of the outbox: due messages, their leases, and what became of them.

States of a message:

- `waiting`: to be sent, or to be retried; `held`: the same, after the service refused the account of the operator.
- `kept`: stored in the embedded outbox; `delivered`: the service accepted it.
- `dead`: given up, or too late to be useful; `refused`: the service says that the recipient cannot be reached.
- `unsent`: never sent. It was written for equal timing only, or to an address where mails do not arrive.

If a worker dies, its messages stay `waiting` or `held`, and are due again when their lease ends.
"""

from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import and_, delete, func, not_, or_, update
from sqlmodel import col, select

from authapp.config import settings
from authapp.core import Db, execute
from authapp.core.base import clock
from authapp.core.base.changes import changes
from authapp.core.messages import reports
from authapp.core.messages.reports import REFUSED, UNSENT
from authapp.models import Message

LEASE = timedelta(minutes=2)  # longer than any sender waits for the mail or text service
BACKOFF = [timedelta(seconds=seconds) for seconds in (5, 30, 120, 600, 1800, 3600, 7200, 14400)]
TOO_LATE = "too late to be of use"
ACCOUNT, RECIPIENT = "account", "recipient"  # whose fault a failure is, if it is known


class Failure(NamedTuple):
    """A failed try to send a message.

    Args:
        problem: the reason, without secrets.
        wait: the seconds that the mail or text service asked to wait.
        final: whether the service will never accept the message.
        fault: `ACCOUNT`, `RECIPIENT`, or empty.
    """

    problem: str
    wait: float = 0
    final: bool = False
    fault: str = ""


class Stuck(NamedTuple):
    """Numbers of messages that did not leave."""

    late: int
    held: int
    dead: int


def take(db: Db, at_most: int = 10, *, texts: bool = False) -> list[Message]:
    """Take due mails, or due texts, and hide them from other workers for the time of the lease.

    Call `sent` or `failed` for each of them afterwards. Messages that are too late to be useful become `dead` instead.
    """
    now = clock.now()
    is_due = (col(Message.state).in_(UNSENT), col(Message.due_at) <= now)
    execute(db, update(Message).where(*is_due, col(Message.useless_at) <= now).values(state="dead", problem=TOO_LATE))
    is_mail = col(Message.recipient).contains("@")  # as `Message.is_text` tells them apart
    query = select(Message).where(*is_due, not_(is_mail) if texts else is_mail)
    rows = db.exec(query.order_by(col(Message.due_at)).limit(at_most).with_for_update(skip_locked=True)).all()
    for row in rows:
        row.due_at = now + LEASE
        row.attempts += 1
    return list(rows)


def sent(db: Db, id: UUID, *, kept: bool, provider_id: str = "") -> None:
    """Mark a message as sent. Its text is deleted unless `kept`, because it may contain the key of a link."""
    values = {"state": "kept"} if kept else {"state": "delivered", "text": "", "html": "", "provider_id": provider_id}
    is_open = (col(Message.id) == id, col(Message.state).in_(UNSENT))  # a report that it failed may have come already
    execute(db, update(Message).where(*is_open).values(sent_at=clock.now(), problem="", **values))


def failed(db: Db, id: UUID, failure: Failure) -> None:
    """Schedule a retry of a message that could not be sent, or mark it dead or refused.

    A message that the account may not send is retried until it is deleted, or too late to be useful.
    """
    row = db.get(Message, id, with_for_update=True)
    if row is None or row.state not in UNSENT:
        return
    row.problem = failure.problem[:200]
    if failure.fault == RECIPIENT:
        row.state, row.text, row.html = REFUSED, "", ""
        reports.mark(db, row.recipient, reports.BOUNCED)
        return
    is_held = failure.fault == ACCOUNT
    if failure.final or (row.attempts > len(BACKOFF) and not is_held):
        row.state = "dead"
        return
    row.state = "held" if is_held else "waiting"
    pause = BACKOFF[min(row.attempts, len(BACKOFF)) - 1]
    row.due_at = clock.now() + max(pause, timedelta(seconds=failure.wait))
    if row.useless_at and row.useless_at <= row.due_at:
        row.state = "dead"
        row.problem = row.problem if is_held else TOO_LATE  # the log has the original problem


def again(db: Db, id: UUID) -> None:
    """Queue a dead or held message again."""
    row = db.get(Message, id)
    if row and may_be_resent(row):
        row.state, row.attempts, row.due_at = "waiting", 0, clock.now()
        announce(db)


def may_be_resent(message: Message) -> bool:
    """Return whether a message can be queued again: it failed, and its text still exists."""
    return message.state in ("dead", "held") and message.text != ""


def failures(db: Db, at_most: int) -> list[Message]:
    """Return the messages that did not arrive or are held, and those that their readers complained of, newest first."""
    did_not_arrive = col(Message.state).in_(("dead", "held", REFUSED))
    was_complained_of = and_(col(Message.state) == "delivered", col(Message.problem) != "")
    query = select(Message).where(or_(did_not_arrive, was_complained_of))
    return list(db.exec(query.order_by(col(Message.due_at).desc(), col(Message.id)).limit(at_most)).all())


def newest(db: Db, at_most: int = 50) -> list[Message]:
    """Return the messages, newest first, without `unsent` ones."""
    query = select(Message).where(Message.state != "unsent")
    return list(db.exec(query.order_by(col(Message.written_at).desc(), col(Message.id)).limit(at_most)).all())


def stuck(db: Db, since: datetime) -> Stuck:
    """Count the messages that were due at `since` or before, those that the account may not send, and the dead ones."""
    query = select(func.count()).select_from(Message)
    late = query.where(col(Message.state).in_(UNSENT), col(Message.due_at) <= since)
    return Stuck(
        db.exec(late).one(), *(db.exec(query.where(Message.state == state)).one() for state in ("held", "dead"))
    )


def purge(db: Db) -> None:
    """Delete messages `message_days` after they were written, whether or not they were sent."""
    cutoff = clock.now() - timedelta(days=settings().message_days)
    execute(db, delete(Message).where(col(Message.written_at) <= cutoff))


def announce(db: Db) -> None:
    """Wake the worker of this process after the commit, before its next round."""
    changes(db).messages_written = True
