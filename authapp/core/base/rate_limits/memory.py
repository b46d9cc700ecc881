"""Limits that are counted in the memory of this process: calls, and passwords that are being hashed."""

import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from authapp.config import settings
from authapp.core.base import clock
from authapp.core.base.errors import TooManyRequests
from authapp.core.base.process_state import cache
from authapp.core.base.rate_limits import words
from authapp.core.base.rate_limits.counting import networks, note, too_many
from authapp.core.base.rate_limits.table import CHALLENGES, CHECKS_AT_ONCE, TableLimit

MOST_KEPT = 10_000

_calls: dict[tuple[str, str], tuple[int, datetime]] = cache({})  # tries, and the end of their window
_checked: Counter[str] = Counter()
_counting = threading.Lock()


def throttle_calls(limit: TableLimit, who: str) -> None:
    """Limit the calls of one kind per IP address.

    The counters are in the memory of this process, so that a flood of requests does not write to the database. Password
    guessing has its own limits, which are counted in the database.

    Args:
        limit: a limit of calls.
        who: the IP address, or the name of a known browser (`callers.counted_as`).

    Raises:
        TooManyRequests: more calls than the limit allows in its window.
    """
    if not settings().rate_limits:
        return
    now = clock.now()
    _forget_old(now)
    counters = []
    # All networks are read before one is counted: a refused call must not use up the limit of a wider network, and a
    # wide network at its limit must not add counters for its narrow ones.
    for network, most in reversed(networks(who, limit.most)):
        key = limit.row, network
        count, ends_at = _calls.get(key, (0, now))
        if not now < ends_at <= now + limit.window:  # over, or the clock was set back
            _calls.pop(key, None)  # the new counter is a young one
            count, ends_at = 0, _end_of_window(now, limit.window)
        if count >= most:
            raise too_many(limit, who, ends_at, field="password" if limit is CHALLENGES else "")
        counters.append((key, count + 1, ends_at))
    for key, count, ends_at in counters:
        _calls[key] = count, ends_at


def _end_of_window(now: datetime, window: timedelta) -> datetime:
    """Return the end of the window: all windows of a limit begin at the same times, so their counters go together."""
    seconds = window.total_seconds()
    return now + timedelta(seconds=seconds - now.timestamp() % seconds)


def _forget_old(now: datetime) -> None:
    oldest = next(iter(_calls.values()), None)
    if oldest is None or (oldest[1] > now and len(_calls) <= MOST_KEPT):
        return
    for key in [key for key, (_, ends_at) in list(_calls.items()) if ends_at <= now]:
        _calls.pop(key, None)
    if len(_calls) > MOST_KEPT:
        # Counters with the fewest calls go first, of these the oldest: a flood of new clients forgets itself.
        for key, _ in sorted(list(_calls.items()), key=lambda item: item[1][0])[: MOST_KEPT // 10]:
            _calls.pop(key, None)


@contextmanager
def checked(identifier: str) -> Iterator[None]:
    """Limit how many passwords of one identifier this process hashes at the same time.

    A failure is counted only after the hashing, so parallel guesses would escape the limits. Each also blocks a thread.

    Raises:
        TooManyRequests: as many passwords of this identifier as allowed are being hashed.
    """
    most = CHECKS_AT_ONCE.most if settings().rate_limits else sys.maxsize
    with _counting:
        if _checked[identifier] >= most:
            note("passwords hashed at once", identifier)
            raise TooManyRequests(1, field="password", why=words.LOGINS_AT_ONCE, counted=False)
        _checked[identifier] += 1
    try:
        yield
    finally:
        with _counting:
            _checked[identifier] -= 1
            if not _checked[identifier]:
                del _checked[identifier]
