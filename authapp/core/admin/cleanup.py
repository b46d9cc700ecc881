"""Cleanup: one list of functions that delete what expired, each run by the first process that comes."""

import hashlib
from collections.abc import Callable
from datetime import timedelta

from authapp.core import Db
from authapp.core.account import closing, emails, returns
from authapp.core.authentication import provider_login, waitlist
from authapp.core.base import audit, clock, rate_limits
from authapp.core.credentials import codes, links
from authapp.core.messages import queue
from authapp.core.sessions import sessions

EVERY = timedelta(minutes=5)
# By name, which gives one process its turn and stands in the log.
PURGES: dict[str, Callable[[Db], None]] = {
    "sessions": sessions.purge,
    "limits": rate_limits.purge,
    "links": links.purge,
    "waitlist": waitlist.purge,
    "emails": emails.purge,
    "returns": returns.purge,
    "codes": codes.purge,
    "closing": closing.purge,
    "provider logins": provider_login.purge,
    "audit": audit.purge,
    "outbox": queue.purge,
}


def is_mine(db: Db, name: str) -> bool:
    """Return True in one of all processes, once in each period."""
    period = int(clock.now().timestamp() // EVERY.total_seconds())
    label = f"cleanup {name} {period}"
    return rate_limits.once(db, hashlib.sha256(label.encode()).digest(), clock.now() + 2 * EVERY)


def tidy(db: Db, name: str, purge: Callable[[Db], None]) -> None:
    """Run one cleanup function, unless another process ran or runs it in this period."""
    if is_mine(db, name):
        purge(db)
