"""The queue of the outbox: due messages, their leases, and what became of them.

States of a message: `waiting` (to be sent, or to be retried), then `kept` (the embedded outbox), `delivered` or `dead`
(given up, or too late to be useful). `unsent` is a text that is never sent. If a worker dies, its messages stay
`waiting` and are due again when their lease ends.
"""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, func, not_, update
from sqlmodel import col, select

from authapp.config import settings
from authapp.core import Db, execute
from authapp.core.base import clock
from authapp.core.base.changes import changes
from authapp.models import Message

LEASE = timedelta(minutes=2)  # longer than any sender waits for the mail or text service
BACKOFF = [timedelta(seconds=seconds) for seconds in (5, 30, 120, 600, 1800, 3600, 7200, 14400)]
TOO_LATE = "too late to be of use"


def take(db: Db, at_most: int = 10, *, texts: bool = False) -> list[Message]:
    """Take due mails, or due texts, and hide them from other workers for the time of the lease.

    Call `sent` or `failed` for each of them afterwards. Messages that are too late to be useful become `dead` instead.
    """
    now = clock.now()
    is_due = (col(Message.state) == "waiting", col(Message.due_at) <= now)
    execute(db, update(Message).where(*is_due, col(Message.useless_at) <= now).values(state="dead", problem=TOO_LATE))
    is_mail = col(Message.recipient).contains("@")  # as `Message.is_text` tells them apart
    query = select(Message).where(*is_due, not_(is_mail) if texts else is_mail)
    rows = db.exec(query.order_by(col(Message.due_at)).limit(at_most).with_for_update(skip_locked=True)).all()
    for row in rows:
        row.due_at = now + LEASE
        row.attempts += 1
    return list(rows)


def sent(db: Db, id: UUID, *, kept: bool) -> None:
    """Mark a message as sent. Its text is deleted unless `kept`, because it may contain the key of a link."""
    values = {"state": "kept"} if kept else {"state": "delivered", "text": "", "html": ""}
    execute(db, update(Message).where(col(Message.id) == id).values(sent_at=clock.now(), problem="", **values))


def failed(db: Db, id: UUID, problem: str, *, wait: float = 0, final: bool = False) -> None:
    """Schedule a retry of a message that could not be sent, or mark it dead.

    Args:
        db: the transaction.
        id: the id of the message.
        problem: the reason, without secrets.
        wait: the seconds that the mail or text service asked to wait.
        final: whether the service will never accept the message.
    """
    row = db.get(Message, id, with_for_update=True)
    if row is None or row.state != "waiting":
        return
    row.problem = problem[:200]
    if final or row.attempts > len(BACKOFF):
        row.state = "dead"
        return
    row.due_at = clock.now() + max(BACKOFF[row.attempts - 1], timedelta(seconds=wait))
    if row.useless_at and row.useless_at <= row.due_at:
        row.state, row.problem = "dead", TOO_LATE  # the log has the original problem


def again(db: Db, id: UUID) -> None:
    """Queue a dead message again."""
    row = db.get(Message, id)
    if row and row.state == "dead":
        row.state, row.attempts, row.due_at = "waiting", 0, clock.now()
        announce(db)


def newest(db: Db, at_most: int = 50) -> list[Message]:
    """Return the messages, newest first, without `unsent` ones."""
    query = select(Message).where(Message.state != "unsent")
    return list(db.exec(query.order_by(col(Message.written_at).desc(), col(Message.id)).limit(at_most)).all())


def stuck(db: Db, since: datetime) -> tuple[int, int]:
    """Count the waiting messages that were due at `since` or before, and the dead messages."""
    late_query = select(func.count()).where(col(Message.state) == "waiting", col(Message.due_at) <= since)
    dead_query = select(func.count()).where(col(Message.state) == "dead")
    return db.exec(late_query).one(), db.exec(dead_query).one()


def purge(db: Db) -> None:
    """Delete messages `message_days` after they were written, whether or not they were sent."""
    cutoff = clock.now() - timedelta(days=settings().message_days)
    execute(db, delete(Message).where(col(Message.written_at) <= cutoff))


def announce(db: Db) -> None:
    """Wake the worker of this process after the commit, before its next round."""
    changes(db).messages_written = True
