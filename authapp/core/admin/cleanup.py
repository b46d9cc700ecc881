"""Cleanup: one list of functions that delete what expired, each run by the first process that comes."""

import hashlib
from collections.abc import Callable
from datetime import timedelta

from authapp.core import Db
from authapp.core.account import closing, emails, returns
from authapp.core.authentication import applicants, foreign
from authapp.core.base import clock, history, limits
from authapp.core.credentials import codes, links
from authapp.core.messages import outbox
from authapp.core.sessions import sessions

EVERY = timedelta(minutes=5)
PURGES: list[Callable[[Db], None]] = [
    sessions.purge,
    limits.purge,
    links.purge,
    applicants.purge,
    emails.purge,
    returns.purge,
    codes.purge,
    closing.purge,
    foreign.purge,
    history.purge,
    outbox.purge,
]


def is_mine(db: Db, purge: Callable[..., None]) -> bool:
    """Return True in one of all processes, once in each period."""
    period = int(clock.now().timestamp() // EVERY.total_seconds())
    name = f"housekeeping {purge.__module__} {period}"
    return limits.once(db, hashlib.sha256(name.encode()).digest(), clock.now() + 2 * EVERY)


def tidy(db: Db, purge: Callable[[Db], None]) -> None:
    """Run one cleanup function, unless another process ran or runs it in this period."""
    if is_mine(db, purge):
        purge(db)
