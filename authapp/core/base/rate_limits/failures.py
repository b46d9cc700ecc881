"""Failed logins: delays, and the locks of an identifier and of a user.

Known and unknown browsers are counted apart: an attacker must not be able to lock out the owner (denial of service).
Sources: OWASP Authentication Cheat Sheet (login throttling), NIST SP 800-63B-4 3.2.2 (at most 100 failures).
A login or a recovery resets the failures of a user; they do not expire.
"""

from datetime import timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import bindparam, delete, update
from sqlmodel import col, select

from authapp.config import settings
from authapp.core import Db, execute
from authapp.core.base import clock
from authapp.core.base.rate_limits import words
from authapp.core.base.rate_limits.counting import WIDER, count, digest, digest_is, end, networks, note, pause, too_many
from authapp.core.base.rate_limits.table import (
    FAILURES_PER_USER,
    FAILURES_PER_USER_KNOWN,
    FREE_FAILURES,
    LAST_FAILURE,
    LOGIN_FAILURES_PER_CLIENT,
    LONGEST_DELAY,
    TableLimit,
)
from authapp.models import RateCounter

FOREVER = timedelta(days=3650)
FAILURES_FORGOTTEN = timedelta(days=1)
_OF_NAME = (
    TableLimit("failures_per_identifier", "failures", words.LOGINS),
    TableLimit("failures_per_identifier", "failures in known browsers", words.LOGINS),
)
_OF_USER = (FAILURES_PER_USER, FAILURES_PER_USER_KNOWN)

# Built once: building a statement takes longer than running it, and every login runs these.
_MOST_TALLIES = 4 + len(WIDER)  # that a login reads
_TALLIES: Any = select(
    col(RateCounter.digest), col(RateCounter.count), col(RateCounter.ends_at), col(RateCounter.blocked_until)
).where(col(RateCounter.digest).in_([bindparam(f"digest{place}") for place in range(_MOST_TALLIES)]))
_FORGET = delete(RateCounter).where(col(RateCounter.digest) == bindparam("digest"))
_FORGIVE = _FORGET.where(col(RateCounter.count) < bindparam("most"))


class Failures(NamedTuple):
    """Failed logins that were counted before this login."""

    by_user: bytes = b""  # digest of the user's counter for this kind of browser (known or unknown), if there is one
    others: tuple[bytes, ...] = ()  # digests of the other counters that a login resets
    too_many: bool = False  # whether the user has too many: then the right password is answered like a wrong one
    most: int = 0  # the limit of `by_user`


def check_failures(
    db: Db, identifier: str, ip: str, user_id: UUID | None = None, *, is_known: bool = False
) -> Failures:
    """Refuse a login while the delay after failed logins lasts, and return the failures counted so far.

    Args:
        db: the transaction.
        identifier: the identifier in normal form (see `identifiers`).
        ip: the IP address of the client.
        user_id: the user who owns the identifier; None when it belongs to no user.
        is_known: whether this user logged in with this browser before.

    Raises:
        TooManyRequests: too many failures for the identifier; or from the IP address of an unknown browser.
    """
    if not settings().rate_limits:
        return Failures()
    now, owner = clock.now(), _owner_key(identifier, user_id)
    identifier_digests = [digest(limit.name, identifier) for limit in _OF_NAME]
    user_digests = [digest(limit.name, owner) for limit in _OF_USER]
    limit = LOGIN_FAILURES_PER_CLIENT
    # Others who share the IP address (a school, an office) must not lock out a known browser.
    counted_networks = [] if is_known else networks(ip, limit.most)
    client_limits = {digest(limit.name, network): most for network, most in counted_networks}
    digests = [*identifier_digests, *user_digests, *client_limits]
    rows = execute(
        db, _TALLIES, {f"digest{index}": digests[min(index, len(digests) - 1)] for index in range(_MOST_TALLIES)}
    )
    tallies = {row.digest: RateCounter(**row._mapping) for row in rows}
    if by_name := tallies.get(identifier_digests[is_known]):
        longest = FOREVER if by_name.count >= LAST_FAILURE.most else LONGEST_DELAY
        if until := pause(db, by_name.digest, by_name.blocked_until, longest):
            raise too_many(_OF_NAME[is_known], identifier, until, field="password")
    for key, most in client_limits.items():
        by_client = tallies.get(key)
        if by_client and by_client.ends_at > now and by_client.count >= most:
            raise too_many(limit, ip, end(db, key, by_client.ends_at, limit.window), field="password")
    by_user = tallies.get(user_digests[is_known])
    others = [key for key in (*user_digests, *identifier_digests) if key in tallies and key != user_digests[is_known]]
    most = _OF_USER[is_known].most
    is_locked = by_user is not None and by_user.ends_at > now and by_user.count >= most
    return Failures(by_user.digest if by_user else b"", tuple(others), is_locked, most)


def forgive(db: Db, failures: Failures) -> bool:
    """Reset the failures before a correct login, and return whether the login may proceed.

    It returns False when the user's failures reached the limit in the meantime. Then the login must be refused too.
    """
    if failures.by_user and not execute(db, _FORGIVE, _of_user(failures)).rowcount:
        tally = db.get(RateCounter, failures.by_user, populate_existing=True)  # another login may have reset it
        if tally and tally.count >= failures.most:
            return False
    for key in failures.others:
        execute(db, _FORGET, {"digest": key})
    return True


def count_failure(db: Db, identifier: str, ip: str, user_id: UUID | None = None, *, is_known: bool = False) -> bool:
    """Count a failed login for the user, the identifier, and the IP address of an unknown browser.

    An unknown identifier runs the same statements, so that the response time does not reveal whether it has a user
    (user enumeration).

    Returns:
        Whether this failure locks the password in browsers of this kind: that of the user, or the identifier.
    """
    if not settings().rate_limits:
        return False
    life = FOREVER if user_id else FAILURES_FORGOTTEN
    of_user, of_name, last = _OF_USER[is_known], _OF_NAME[is_known], LAST_FAILURE.most
    by_user = count(db, of_user.name, _owner_key(identifier, user_id), life, grows=True)
    tally = count(db, of_name.name, identifier, FAILURES_FORGOTTEN, grows=True)
    if tally.count > FREE_FAILURES.most or tally.count >= last:
        delay = timedelta(seconds=2 ** min(max(tally.count - FREE_FAILURES.most - 1, 0), 16))
        until = clock.now() + (FOREVER if tally.count >= last else min(delay, LONGEST_DELAY))
        where = digest_is(of_name.name, identifier)
        execute(db, update(RateCounter).where(where).values(blocked_until=until, ends_at=until + FAILURES_FORGOTTEN))
    for network, _ in [] if is_known else networks(ip, LOGIN_FAILURES_PER_CLIENT.most):
        count(db, LOGIN_FAILURES_PER_CLIENT.name, network, LOGIN_FAILURES_PER_CLIENT.window)
    if by_user.count != of_user.most and tally.count != last:
        return False
    note("failed logins of a user", _owner_key(identifier, user_id))
    return True


def forget_failures(db: Db, user_id: UUID, *identifiers: str) -> None:
    """Delete the failure counters of a user and their identifiers, after a recovery or a new password."""
    for limit in _OF_USER:
        execute(db, _FORGET, {"digest": digest(limit.name, user_id.hex)})
    for identifier in identifiers:
        for limit in _OF_NAME:
            execute(db, _FORGET, {"digest": digest(limit.name, identifier)})


def _of_user(failures: Failures) -> dict[str, object]:
    return {"digest": failures.by_user, "most": failures.most}


def _owner_key(identifier: str, user_id: UUID | None) -> str:
    return user_id.hex if user_id else identifier
