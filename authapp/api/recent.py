"""Who asked within the last second: spares the database most session checks, and forgets at once whose key is dead."""

import time

from authapp.core import sessions, tokens
from authapp.core.sessions import Principal
from authapp.db import look, on_keys_changed, on_sessions_ended

KEPT_FOR = 1.0  # seconds; how late a process can learn that another one ended a session
MOST = 20_000

_known: dict[bytes, tuple[float, Principal]] = {}
_ended = 0  # grows with every end of a session, and every new key, in this process


async def principal_of(key: str) -> Principal | None:
    """The principal a session key stands for, from memory or from the database."""
    parsed = tokens.parse(key)
    if parsed is None:
        return None
    digest, now = parsed.verifier, time.monotonic()
    found = _known.get(digest)
    if found and now < found[0] and found[1].session_id == parsed.id:
        return found[1]
    before = _ended
    me = await look(sessions.resume, key)
    if me is None:
        return None
    if len(_known) >= MOST:
        _known.clear()
    _known[digest] = (now + KEPT_FOR, me)
    if _ended != before:  # something ended while we looked; it may have been this one
        _known.pop(digest, None)
    return me


def _forget(session_ids: set[str]) -> None:
    global _ended
    _ended += 1
    for digest, (_, me) in list(_known.items()):
        if me.session_id in session_ids:
            _known.pop(digest, None)


on_sessions_ended.append(_forget)
on_keys_changed.append(_forget)
