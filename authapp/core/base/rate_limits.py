"""Rate limits, and the counters of everything that can be used a limited number of times.

| what                                       | limit                                                        |
|--------------------------------------------|--------------------------------------------------------------|
| failed logins per identifier               | 5, then delays 1 s to 15 min; at 100 closed until recovery   |
| failed logins per user, unknown browsers   | 50 in a row, then every password is wrong until recovery     |
| failed logins per user, known browsers     | the same, counted apart                                      |
| mails about failed logins to one user      | 1 a day                                                      |
| failed logins per client address           | 20 a minute                                                  |
| passwords hashed per identifier            | 2 at once, in each process                                   |
| challenges per client address              | 60 a minute, in each process                                 |
| API calls without a session, per client address | 60 a minute, in each process                            |
| reports of mail and text services per address | 600 a minute, in each process                             |
| sign-ups, recoveries per client address    | 10 a minute, 100 a day                                       |
| mails to one address                       | 5 an hour                                                    |
| codes to one number or address             | 5 an hour; the next after 30 s, then 60 s, then 120 s        |
| codes per client address                   | 20 an hour                                                   |
| guesses at codes of one number or address  | 5 a code, 10 an hour                                         |
| texts with codes, over all                 | 1,000 a day (`AUTHAPP_TEXTS_PER_DAY`)                        |
| changes to the settings of one user        | 60 an hour                                                   |
| sockets per session                        | 20 at once, in each process                                  |
| sockets per user                           | 60 at once, in each process                                  |
| sockets per address                        | 1,000 at once, in each process                               |
| sockets without a session, per address     | 100 at once, in each process                                 |
| messages per socket                        | 50 at once, then 20 a second; more wait                      |
| messages per user, over all their sockets  | 150 at once, then 60 a second, in each process; more wait    |

An IPv6 address is counted three times: as its /64 network with the limit of the table, as its /56 network with 4 times
that limit, and as its /48 network with 16 times that limit (RFC 6177: a household has a /56 or more, a company a /48).

Sources: OWASP Authentication Cheat Sheet (login throttling), NIST SP 800-63B-4 3.2.2 (at most 100 failures) and
3.1.3.2 (out-of-band codes: at least 20 bits of entropy, or as few guesses as here). The two times 50 failures of a user
make up the 100 of NIST. A login or a recovery resets them; they do not expire.
"""

import logging
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import lru_cache
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, bindparam, case, delete, update
from sqlalchemy.dialects import sqlite
from sqlmodel import SQLModel, col, select

from authapp.config import settings
from authapp.core import Db, execute
from authapp.core.base import clock, security_log, tokens
from authapp.core.base.changes import schedule
from authapp.core.base.errors import TooManyRequests
from authapp.core.base.process_state import cache
from authapp.extras import lazy
from authapp.i18n.texts import t
from authapp.models import RateCounter, Spent

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql
else:
    postgresql = lazy("sqlalchemy.dialects.postgresql")

log = logging.getLogger(__name__)
FREE_FAILURES = 5
LAST_FAILURE = 100
LONGEST_DELAY = timedelta(minutes=15)
FOREVER = timedelta(days=3650)
FAILURES_FORGOTTEN = timedelta(days=1)
REMEMBERED = timedelta(hours=1)
FAILURES_PER_USER = 50  # from unknown browsers, and another 50 from browsers that the user logged in with before


class RateLimit(NamedTuple):
    """A rate limit: at most `most` tries in `window`."""

    name: str
    most: int
    window: timedelta


LOGIN_FAILURES_PER_CLIENT = RateLimit("login failures", 20, timedelta(minutes=1))
CHECKS_AT_ONCE = 2
CALLS_PER_CLIENT = 60  # a minute, for each kind of call
CHALLENGES, ANONYMOUS, WEBHOOKS = "challenges", "calls without a session", "webhooks"
WEBHOOKS_PER_CLIENT = 600  # a minute: a service sends every report from a few addresses
REQUESTS_PER_CLIENT = (
    RateLimit("mail requests a minute", 10, timedelta(minutes=1)),
    RateLimit("mail requests a day", 100, timedelta(days=1)),
)
CODES_PER_TARGET = RateLimit("codes", 5, timedelta(hours=1))
CODES_PER_CLIENT = RateLimit("codes of a client", 20, timedelta(hours=1))
GUESSES_PER_TARGET = RateLimit("guesses", 10, timedelta(hours=1))
PAUSES = tuple(timedelta(seconds=seconds) for seconds in (30, 60, 120))  # after the first code, the second, all others
MAILS_PER_ADDRESS = RateLimit("mails", 5, timedelta(hours=1))
CHANGES_PER_USER = RateLimit("changes", 60, timedelta(hours=1))
MAILS_OF_FAILURES = RateLimit("mails about failed logins", 1, timedelta(days=1))
SOCKETS_PER_SESSION, SOCKETS_PER_USER, SOCKETS_PER_ADDRESS = 20, 60, 1000
STRANGERS = 100  # sockets without a session per IP address: enough for an office that shares it, too few for a flood
BURST, PER_SECOND = 50, 20  # messages per socket
USER_BURST, USER_PER_SECOND = 150, 60  # messages per user
WIDER = ((64, 1), (56, 4), (48, 16))  # prefix lengths of IPv6 networks, and the factor of the limit for each


# Built once: building a statement takes longer than running it, and every login runs these.
_MOST_TALLIES = 4 + len(WIDER)  # that a login reads
_TALLIES: Any = select(
    col(RateCounter.digest), col(RateCounter.count), col(RateCounter.ends_at), col(RateCounter.blocked_until)
).where(col(RateCounter.digest).in_([bindparam(f"digest{place}") for place in range(_MOST_TALLIES)]))
_FORGET = delete(RateCounter).where(col(RateCounter.digest) == bindparam("digest"))
_FORGIVE = _FORGET.where(col(RateCounter.count) < FAILURES_PER_USER)


def spend(db: Db, table: type[SQLModel], id: str, *where: ColumnElement[bool]) -> bool:
    """Spend one use of a row with `uses_left`, and return whether there was one.

    Also under concurrent requests it returns True exactly as often as there were uses.
    """
    columns: Any = table
    result = execute(
        db,
        update(table)
        .where(columns.id == id, columns.uses_left > 0, columns.expires_at > clock.now(), *where)
        .values(uses_left=columns.uses_left - 1),
    )
    return result.rowcount == 1


@lru_cache(maxsize=2)
def _once(insert: Any) -> Any:
    return insert(Spent).on_conflict_do_nothing().returning(col(Spent.digest))


def once(db: Db, what: bytes, until: datetime) -> bool:
    """Return True the first time a digest is seen, and False afterwards.

    Args:
        db: the transaction.
        what: the digest of something that can be used only once.
        until: when that expires. The digest is kept for an hour more, in case the clock is set back by up to an hour.
    """
    return execute(db, _once(_insert(db)), {"digest": what, "expires_at": until + REMEMBERED}).first() is not None


def throttle(db: Db, who: str, *limits: RateLimit) -> None:
    """Count one try for each limit.

    Raises:
        TooManyRequests: more tries than a limit allows in its window. The error has the seconds to wait.
    """
    if not settings().rate_limits:
        return
    for limit in limits:
        for network, most in networks(who, limit.most):
            tally = _count(db, limit.name, network, limit.window)
            if tally.count > most:
                raise _too_many(limit.name, who, tally.ends_at)


def check(db: Db, who: str, limit: RateLimit) -> None:
    """Refuse a try that `throttle` would refuse, without counting it. Call this before expensive work.

    Raises:
        TooManyRequests: the limit of this window is used up.
    """
    _refuse_if_full(db, limit, who)


def allows(db: Db, who: str, limit: RateLimit) -> bool:
    """Count one try and return whether it is within the limit.

    Use this where an error would reveal something, for example that an email address has an account.
    """
    if not settings().rate_limits or _count(db, limit.name, who, limit.window).count <= limit.most:
        return True
    _note(limit.name, who)
    return False


def check_code(db: Db, target: str, ip: str) -> None:
    """Refuse a code that `count_code` would refuse, without counting it. Call this before expensive work.

    The daily limit of texts is not checked here.

    Raises:
        TooManyRequests: too soon after the last code, too many codes to this target or from this client, or too many
            guesses at codes of this target.
    """
    for limit, who in ((CODES_PER_CLIENT, ip), (CODES_PER_TARGET, target), (GUESSES_PER_TARGET, target)):
        _refuse_if_full(db, limit, who)


def count_code(db: Db, target: str, ip: str, *, is_text: bool) -> datetime:
    """Count one more code to a phone number or email address. Returns when the next one may be sent.

    Raises:
        TooManyRequests: too soon after the last code; too many codes to this target, from this client, or texts in
            total; or too many guesses at codes of this target.
    """
    _refuse_if_full(db, GUESSES_PER_TARGET, target)  # no guess would be left to enter it
    throttle(db, ip, CODES_PER_CLIENT)
    tally = _count(db, CODES_PER_TARGET.name, target, CODES_PER_TARGET.window)
    if until := _pause(db, _digest(CODES_PER_TARGET.name, target), tally.blocked_until, PAUSES[-1]):
        raise _too_soon(until)
    if settings().rate_limits and tally.count > CODES_PER_TARGET.most:
        raise _too_many(CODES_PER_TARGET.name, target, tally.ends_at)
    if is_text and settings().rate_limits:
        _count_text(db)
    again_at = clock.now() + PAUSES[min(tally.count, len(PAUSES)) - 1]
    values = {"blocked_until": again_at, "ends_at": max(tally.ends_at, again_at)}  # a pause may outlast the hour
    execute(db, update(RateCounter).where(_digest_is(CODES_PER_TARGET.name, target)).values(**values))
    return again_at


def _refuse_if_full(db: Db, limit: RateLimit, who: str) -> None:
    for network, most in networks(who, limit.most):
        now, digest = clock.now(), _digest(limit.name, network)
        tally = db.get(RateCounter, digest, populate_existing=True)
        if tally is None or tally.ends_at <= now:
            continue
        if until := _pause(db, digest, tally.blocked_until, PAUSES[-1]):
            raise _too_soon(until)
        if settings().rate_limits and tally.count >= most:
            raise _too_many(limit.name, who, _end(db, digest, tally.ends_at, limit.window))


def _too_soon(until: datetime) -> TooManyRequests:
    return TooManyRequests((until - clock.now()).total_seconds(), why=t("We sent a code just now."), counted=False)


def _count_text(db: Db) -> None:
    most = settings().texts_per_day
    tally = _count(db, "texts", "everybody", timedelta(days=1))
    if tally.count == most + 1:  # logged once a day
        log.warning(
            "all %d text messages of this day (AUTHAPP_TEXTS_PER_DAY) were sent: no more codes are sent by text "
            "message today",
            most,
        )
    if tally.count > most:
        raise _too_many("texts", "", tally.ends_at)


_calls: dict[tuple[str, str, int], int] = cache({})


def throttle_calls(what: str, ip: str, most: int = CALLS_PER_CLIENT) -> None:
    """Limit the calls of one kind per IP address and minute.

    The counters are in the memory of this process, so that a flood of requests does not write to the database. Password
    guessing has its own limits, which are counted in the database.

    Raises:
        TooManyRequests: more than `most` calls in this minute.
    """
    if not settings().rate_limits:
        return
    now = clock.now()
    minute = int(now.timestamp() // 60)
    if len(_calls) > 10_000 or any(counter_minute != minute for _, _, counter_minute in list(_calls)[:1]):
        _calls.clear()
    for network, limit in networks(ip, most):
        key = (what, network, minute)
        count = _calls[key] = _calls.get(key, 0) + 1
        if count > limit:
            until = now + timedelta(seconds=60 - now.timestamp() % 60)
            raise _too_many(what, ip, until, field="password" if what == CHALLENGES else "")


_checked: Counter[str] = Counter()
_counting = threading.Lock()


@contextmanager
def checked(identifier: str) -> Iterator[None]:
    """Limit how many passwords of one identifier this process hashes at the same time.

    A failure is counted only after the hashing, so parallel guesses would escape the limits. Each also blocks a thread.

    Raises:
        TooManyRequests: two passwords of this identifier are being hashed.
    """
    most = CHECKS_AT_ONCE if settings().rate_limits else sys.maxsize
    with _counting:
        if _checked[identifier] >= most:
            _note("passwords hashed at once", identifier)
            raise TooManyRequests(1, field="password", counted=False)
        _checked[identifier] += 1
    try:
        yield
    finally:
        with _counting:
            _checked[identifier] -= 1
            if not _checked[identifier]:
                del _checked[identifier]


class Failures(NamedTuple):
    """Failed logins that were counted before this login."""

    by_user: bytes = b""  # digest of the user's counter for this kind of browser (known or unknown), if there is one
    others: tuple[bytes, ...] = ()  # digests of the other counters that a login resets
    too_many: bool = False  # whether the user has too many: then the right password is answered like a wrong one


# Known and unknown browsers are counted apart: an attacker must not be able to lock out the owner (denial of service).
_OF_NAME = ("failures", "failures in known browsers")
_OF_USER = ("failures of a user", "failures of a user in known browsers")


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
        TooManyRequests: too many failures for the identifier, or from the client's IP address.
    """
    if not settings().rate_limits:
        return Failures()
    now, owner = clock.now(), _owner_key(identifier, user_id)
    identifier_digests = [_digest(name, identifier) for name in _OF_NAME]
    user_digests = [_digest(name, owner) for name in _OF_USER]
    limit = LOGIN_FAILURES_PER_CLIENT
    client_limits = {_digest(limit.name, network): most for network, most in networks(ip, limit.most)}
    digests = [*identifier_digests, *user_digests, *client_limits]
    rows = execute(
        db, _TALLIES, {f"digest{index}": digests[min(index, len(digests) - 1)] for index in range(_MOST_TALLIES)}
    )
    tallies = {row.digest: RateCounter(**row._mapping) for row in rows}
    if by_name := tallies.get(identifier_digests[is_known]):
        longest = FOREVER if by_name.count >= LAST_FAILURE else LONGEST_DELAY
        if until := _pause(db, by_name.digest, by_name.blocked_until, longest):
            raise _too_many("failed logins of an identifier", identifier, until, field="password")
    for digest, most in client_limits.items():
        by_client = tallies.get(digest)
        if by_client and by_client.ends_at > now and by_client.count >= most:
            raise _too_many(limit.name, ip, _end(db, digest, by_client.ends_at, limit.window), field="password")
    by_user = tallies.get(user_digests[is_known])
    others = [
        digest
        for digest in (*user_digests, *identifier_digests)
        if digest in tallies and digest != user_digests[is_known]
    ]
    too_many = by_user is not None and by_user.ends_at > now and by_user.count >= FAILURES_PER_USER
    return Failures(by_user.digest if by_user else b"", tuple(others), too_many)


def forgive(db: Db, failures: Failures) -> bool:
    """Reset the failures before a correct login, and return whether the login may proceed.

    It returns False when the user's failures reached the limit in the meantime. Then the login must be refused too.
    """
    if failures.by_user and not execute(db, _FORGIVE, {"digest": failures.by_user}).rowcount:
        tally = db.get(RateCounter, failures.by_user, populate_existing=True)  # another login may have reset it
        if tally and tally.count >= FAILURES_PER_USER:
            return False
    for digest in failures.others:
        execute(db, _FORGET, {"digest": digest})
    return True


def count_failure(db: Db, identifier: str, ip: str, user_id: UUID | None = None, *, is_known: bool = False) -> bool:
    """Count a failed login for the user, the identifier and the client's IP address.

    An unknown identifier runs the same statements, so that the response time does not reveal whether it has a user
    (user enumeration).

    Returns:
        Whether this failure reaches the limit at which the user's password stops working in browsers of this kind.
    """
    if not settings().rate_limits:
        return False
    life = FOREVER if user_id else FAILURES_FORGOTTEN
    by_user = _count(db, _OF_USER[is_known], _owner_key(identifier, user_id), life, grows=True)
    tally = _count(db, _OF_NAME[is_known], identifier, FAILURES_FORGOTTEN, grows=True)
    if tally.count > FREE_FAILURES:
        delay = timedelta(seconds=2 ** min(tally.count - FREE_FAILURES - 1, 16))
        until = clock.now() + (FOREVER if tally.count >= LAST_FAILURE else min(delay, LONGEST_DELAY))
        where = _digest_is(_OF_NAME[is_known], identifier)
        execute(db, update(RateCounter).where(where).values(blocked_until=until, ends_at=until + FAILURES_FORGOTTEN))
    for network, _ in networks(ip, LOGIN_FAILURES_PER_CLIENT.most):
        _count(db, LOGIN_FAILURES_PER_CLIENT.name, network, LOGIN_FAILURES_PER_CLIENT.window)
    if by_user.count != FAILURES_PER_USER:
        return False
    _note("failed logins of a user", _owner_key(identifier, user_id))
    return True


def forget_failures(db: Db, user_id: UUID, *identifiers: str) -> None:
    """Delete the failure counters of a user and their identifiers, after a recovery or a new password."""
    for name in _OF_USER:
        execute(db, _FORGET, {"digest": _digest(name, user_id.hex)})
    for identifier in identifiers:
        for name in _OF_NAME:
            execute(db, _FORGET, {"digest": _digest(name, identifier)})


def _owner_key(identifier: str, user_id: UUID | None) -> str:
    return user_id.hex if user_id else identifier


def purge(db: Db) -> None:
    """Delete expired digests of `once` and expired counters."""
    execute(db, delete(Spent).where(col(Spent.expires_at) <= clock.now()))
    execute(db, delete(RateCounter).where(col(RateCounter.ends_at) <= clock.now()))


def _count(db: Db, name: str, who: str, window: timedelta, *, grows: bool = False) -> RateCounter:
    """Count one try, in one statement so that concurrent requests are all counted. Returns the new counter.

    With `grows`, each try starts the window again.
    """
    now = clock.now()
    is_over = col(RateCounter.ends_at) <= now
    ends_at = now + window
    # A later end means that the clock was set back.
    starts_again = is_over if grows else is_over | (col(RateCounter.ends_at) > ends_at)
    insert = _insert(db)(RateCounter).values(digest=_digest(name, who), count=1, ends_at=ends_at)
    insert = insert.on_conflict_do_update(
        index_elements=[col(RateCounter.digest)],
        set_={
            "count": case((is_over, 1), else_=col(RateCounter.count) + 1),
            "ends_at": case((starts_again, ends_at), else_=ends_at if grows else col(RateCounter.ends_at)),
            "blocked_until": case((is_over, None), else_=col(RateCounter.blocked_until)),
        },
    ).returning(col(RateCounter.count), col(RateCounter.ends_at), col(RateCounter.blocked_until))
    return RateCounter(digest=b"", **execute(db, insert).one()._mapping)


def _pause(db: Db, digest: bytes, until: datetime | None, longest: timedelta) -> datetime | None:
    """Return when a running pause ends, or None. After the clock was set back it is at most `longest` from now."""
    now = clock.now()
    if until is None or until <= now:
        return None
    return _capped(db, digest, "blocked_until", until, now + longest)


def _end(db: Db, digest: bytes, ends_at: datetime, window: timedelta) -> datetime:
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


def _too_many(limit: str, who: str, until: datetime, *, field: str = "") -> TooManyRequests:
    _note(limit, who)
    return TooManyRequests((until - clock.now()).total_seconds(), field=field)


def _note(limit: str, who: str) -> None:
    security_log.note("rate limit reached", limit=limit.replace(" ", "_"), who=security_log.tag(who))


def _digest(name: str, who: str) -> bytes:
    return tokens.keyed("tally", name, who)  # keyed, so that the table reveals no email address, phone or IP address


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


def _digest_is(name: str, who: str) -> ColumnElement[bool]:
    return col(RateCounter.digest) == _digest(name, who)


def _insert(db: Db) -> Any:
    return sqlite.insert if db.get_bind().dialect.name == "sqlite" else postgresql.insert
