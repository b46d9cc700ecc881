"""Security events in the log: one line each, with a bounded number of lines per minute.

ASVS 5.0, 16.2.1, 16.3.2 and 16.3.3 require these lines. The bound keeps a flood of requests from flooding the log. A
line never contains input of a client: callers pass fixed names, user ids, and tags.
"""

import logging
import threading
import time
from typing import NamedTuple

from authapp.core.base import tokens
from authapp.core.base.process_state import cache

log = logging.getLogger("authapp.security")
LINES_A_MINUTE = 10  # per kind
_MINUTE = 60.0  # seconds


class _Window(NamedTuple):
    ends_at: float  # in monotonic time
    events: int


_windows: dict[str, _Window] = cache({})
_lock = threading.Lock()


def note(kind: str, **facts: object) -> None:
    """Write one line about a security event, unless this minute has enough lines of its kind.

    Args:
        kind: the event; a fixed text.
        facts: details, each a fixed name, an id or a number. Empty ones are left out.
    """
    now = time.monotonic()
    with _lock:
        _close(now)
        ends_at, events = _windows.get(kind, _Window(now + _MINUTE, 0))
        _windows[kind] = _Window(ends_at, events + 1)
    if events < LINES_A_MINUTE:
        details = "".join(f" {name}={value}" for name, value in facts.items() if value)
        log.warning("%s%s", kind, f":{details}" if details else "")


def denied(what: str, code: str, *, user: object, ip: str) -> None:
    """Write one line about a denied request, call or socket. The IP address becomes a tag."""
    note(f"{what} denied", code=code, user=user, caller=tag(ip))


def close_minutes(*, all: bool = False) -> None:
    """Write the closing line of each minute that is over: how many events were left out.

    Args:
        all: whether to end the running minutes too, before the server stops.
    """
    with _lock:
        _close(float("inf") if all else time.monotonic())


def tag(who: str) -> str:
    """Return a short tag of an IP address or name: the same input gives the same tag, which does not reveal it."""
    return tokens.keyed("log", who)[:4].hex() if who else ""


def _close(now: float) -> None:
    for kind, window in list(_windows.items()):
        if window.ends_at <= now:
            del _windows[kind]
            if window.events > LINES_A_MINUTE:
                log.warning("%s: %d more within a minute", kind, window.events - LINES_A_MINUTE)
