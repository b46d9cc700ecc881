"""Counters of rate limits in the database: one row for each limit and client, user or target."""

from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, case, update
from sqlalchemy.dialects import sqlite
from sqlmodel import col

from authapp.config import settings
from authapp.core import Db, execute
from authapp.core.base import clock, security_log, tokens
from authapp.core.base.changes import schedule
from authapp.core.base.errors import TooManyRequests
from authapp.core.base.rate_limits import words
from authapp.core.base.rate_limits.table import PAUSES, AnyLimit
from authapp.extras import lazy
from authapp.models import RateCounter

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql
else:
    postgresql = lazy("sqlalchemy.dialects.postgresql")

WIDER = ((64, 1), (56, 4), (48, 16))  # prefix lengths of IPv6 networks, and the factor of the limit for each


def throttle(db: Db, who: str, *limits: AnyLimit) -> bool:
    """Count one try for each limit, and return whether half of a limit was used up before.

    Raises:
        TooManyRequests: more tries than a limit allows in its window. The error has the seconds to wait.
    """
    is_near = False
    if not settings().rate_limits:
        return is_near
    for limit in limits:
        for network, most in networks(who, limit.most):
            tally = count(db, limit.name, network, limit.window)
            if tally.count > most:
                raise too_many(limit, who, tally.ends_at)
            is_near |= 2 * (tally.count - 1) >= most
    return is_near


def check(db: Db, who: str, limit: AnyLimit) -> None:
    """Refuse a try that `throttle` would refuse, without counting it. Call this before expensive work.

    Raises:
        TooManyRequests: the limit of this window is used up.
    """
    for network, most in networks(who, limit.most):
        now, key = clock.now(), digest(limit.name, network)
        tally = db.get(RateCounter, key, populate_existing=True)
        if tally is None or tally.ends_at <= now:
            continue
        if until := pause(db, key, tally.blocked_until, PAUSES[-1]):
            raise too_soon(until)
        if settings().rate_limits and tally.count >= most:
            raise too_many(limit, who, end(db, key, tally.ends_at, limit.window))


def is_near(db: Db, who: str, limit: AnyLimit) -> bool:
    """Return whether half of a limit is used up, without counting."""
    if not settings().rate_limits:
        return False
    for network, most in networks(who, limit.most):
        tally = db.get(RateCounter, digest(limit.name, network), populate_existing=True)
        if tally and tally.ends_at > clock.now() and 2 * tally.count >= most:
            return True
    return False


def is_used_up(db: Db, who: str, limit: AnyLimit) -> bool:
    """Count one try and return whether the limit was used up before. For limits that lead to more than a refusal.

    A limit that is used up is only read. All requests of the site share one row, and would wait for each other there.
    """
    if not settings().rate_limits:
        return False
    now = clock.now()
    tally = db.get(RateCounter, digest(limit.name, who), populate_existing=True)
    if tally and now < tally.ends_at <= now + limit.window and tally.count >= limit.most:
        return True
    return count(db, limit.name, who, limit.window).count > limit.most


def allows(db: Db, who: str, limit: AnyLimit) -> bool:
    """Count one try and return whether it is within the limit.

    Use this where an error would reveal something, for example that an email address has an account.
    """
    if not settings().rate_limits or count(db, limit.name, who, limit.window).count <= limit.most:
        return True
    note(limit.name, who)
    return False


def networks(who: str, most: int) -> list[tuple[str, int]]:
    """Return the names that a client is counted under, each with its limit.

    That is the client itself, or the three networks of an IPv6 address.
    """
    try:
        address = ip_address(who)
    except ValueError:
        return [(who, most)]
    if address.version == 4 or address.ipv4_mapped:  # `::ffff:192.0.2.1`: as IPv6, all of IPv4 would be one network
        return [(str(getattr(address, "ipv4_mapped", None) or address), most)]
    return [(str(ip_network((address, prefix), strict=False)), most * times) for prefix, times in WIDER]


def count(db: Db, name: str, who: str, window: timedelta, *, grows: bool = False) -> RateCounter:
    """Count one try, in one statement so that concurrent requests are all counted. Returns the new counter.

    With `grows`, each try starts the window again.
    """
    now = clock.now()
    is_over = col(RateCounter.ends_at) <= now
    ends_at = now + window
    # A later end means that the clock was set back.
    starts_again = is_over if grows else is_over | (col(RateCounter.ends_at) > ends_at)
    insert = insert_into(db)(RateCounter).values(digest=digest(name, who), count=1, ends_at=ends_at)
    insert = insert.on_conflict_do_update(
        index_elements=[col(RateCounter.digest)],
        set_={
            "count": case((is_over, 1), else_=col(RateCounter.count) + 1),
            "ends_at": case((starts_again, ends_at), else_=ends_at if grows else col(RateCounter.ends_at)),
            "blocked_until": case((is_over, None), else_=col(RateCounter.blocked_until)),
        },
    ).returning(col(RateCounter.count), col(RateCounter.ends_at), col(RateCounter.blocked_until))
    return RateCounter(digest=b"", **execute(db, insert).one()._mapping)


def pause(db: Db, digest: bytes, until: datetime | None, longest: timedelta) -> datetime | None:
    """Return when a running pause ends, or None. After the clock was set back it is at most `longest` from now."""
    now = clock.now()
    if until is None or until <= now:
        return None
    return _capped(db, digest, "blocked_until", until, now + longest)


def end(db: Db, digest: bytes, ends_at: datetime, window: timedelta) -> datetime:
    """Return when a window ends. After the clock was set back it is at most one whole window from now."""
    return _capped(db, digest, "ends_at", ends_at, clock.now() + window)


def _capped(db: Db, digest: bytes, column: str, moment: datetime, latest: datetime) -> datetime:
    if moment <= latest:
        return moment
    schedule(db, _shorten, digest, column, latest)
    return latest


def _shorten(db: Db, digest: bytes, column: str, latest: datetime) -> None:
    attribute: Any = getattr(RateCounter, column)
    execute(
        db, update(RateCounter).where(col(RateCounter.digest) == digest, attribute > latest).values({column: latest})
    )


def too_many(limit: AnyLimit, who: str, until: datetime, *, field: str = "") -> TooManyRequests:
    """Return the refusal at a limit, and log that it was reached."""
    note(limit.name, who)
    return TooManyRequests((until - clock.now()).total_seconds(), field=field, why=limit.why)


def too_soon(until: datetime) -> TooManyRequests:
    """Return the refusal in the pause between two codes."""
    return TooManyRequests((until - clock.now()).total_seconds(), why=words.TOO_SOON, counted=False)


def note(limit: str, who: str) -> None:
    """Log that a limit was reached."""
    security_log.note("rate limit reached", limit=limit.replace(" ", "_"), who=security_log.tag(who))


def digest(name: str, who: str) -> bytes:
    """Return the key of a counter: keyed, so that the table reveals no email address, phone or IP address."""
    return tokens.keyed("tally", name, who)


def digest_is(name: str, who: str) -> ColumnElement[bool]:
    """Return the condition for the row of a counter."""
    return col(RateCounter.digest) == digest(name, who)


def insert_into(db: Db) -> Any:
    """Return the `INSERT` of the database, which can update a row instead."""
    return sqlite.insert if db.get_bind().dialect.name == "sqlite" else postgresql.insert
