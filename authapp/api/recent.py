"""Cache of session checks for one second. It saves most look-ups, and drops a session at once when its key dies."""

import time

from authapp.core.base.changes import Changes
from authapp.core.base.process_state import cache
from authapp.core.sessions import sessions
from authapp.core.sessions.sessions import Principal, SessionRef
from authapp.db import on_commit, read

KEPT_FOR = 1.0  # seconds; how late a process can learn that another process ended a session
MOST = 20_000

_known: dict[bytes, tuple[float, Principal]] = cache({})
_ended = 0  # counts ended sessions and new keys in this process


async def principal_of(ref: SessionRef, *, fresh: bool = False) -> Principal | None:
    """Return the principal of a session key, from the cache or, if it has none or `fresh` is set, from the database."""
    now = time.monotonic()
    cached = _known.get(ref.digest)
    if cached and not fresh and now < cached[0] and cached[1].session_id == ref.session_id:
        return cached[1]
    ended_before = _ended
    me = await read(sessions.alive, ref)
    if me is None:
        return None
    if len(_known) >= MOST:
        _known.clear()
    _known[ref.digest] = (now + KEPT_FOR, me)
    if _ended != ended_before:  # a session ended during the look-up; it may be this one
        _known.pop(ref.digest, None)
    return me


def _forget(changes: Changes) -> None:
    global _ended
    session_ids = changes.sessions_ended | changes.keys_changed
    if not session_ids:
        return
    _ended += 1
    for digest, (_, me) in list(_known.items()):
        if me.session_id in session_ids:
            _known.pop(digest, None)


on_commit.append(_forget)
