"""Has it been used up, how often may they try.

| what                                       | limit                                                        |
|--------------------------------------------|--------------------------------------------------------------|
| failed logins per identifier               | 5, then delays 1 s to 15 min; at 100 closed until recovery   |
| failed logins per client address           | 20 a minute                                                  |
| passwords hashed per identifier            | 2 at once, in each process                                   |
| challenges per client address              | 60 a minute, in each process                                 |
| API calls without a session, per client address | 60 a minute, in each process                            |
| sign-ups, recoveries per client address    | 10 a minute, 100 a day                                       |
| mails to one address                       | 5 an hour                                                    |
| codes to one number or address             | 5 an hour; the next after 30 s, then 60 s, then 120 s        |
| codes per client address                   | 20 an hour                                                   |
| guesses at codes of one number or address  | 5 a code, 10 an hour                                         |
| texts with codes, over all                 | 1,000 a day (`AUTHAPP_TEXTS_PER_DAY`)                        |
| changes to the settings of one user        | 60 an hour                                                   |
| sockets without a session, per address     | 100 at once                                                  |
| messages per socket                        | 50 at once, then 20 a second; more wait                      |

Sources: OWASP Authentication Cheat Sheet (login throttling), NIST SP 800-63B-4 3.2.2 (at most 100 failures) and
3.1.3.2 (codes sent out of band: at least 20 bits, or so few guesses).
"""

import logging
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, bindparam, case, delete, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import SQLModel, col, select

from authapp.config import settings
from authapp.core import Db, clock, run, tokens
from authapp.core.errors import TooManyRequests
from authapp.models import Spent, Tally
from authapp.texts import say

log = logging.getLogger(__name__)
FREE_FAILURES = 5
LAST_FAILURE = 100
LONGEST_DELAY = timedelta(minutes=15)
FOREVER = timedelta(days=3650)
FAILURES_FORGOTTEN = timedelta(days=1)


class Limit(NamedTuple):
    """At most `most` in `window`."""

    name: str
    most: int
    window: timedelta


LOGIN_FAILURES_PER_CLIENT = Limit("login failures", 20, timedelta(minutes=1))
CHECKS_AT_ONCE = 2
CALLS_PER_CLIENT = 60  # a minute, of each kind
CHALLENGES, ANONYMOUS = "challenges", "calls without a session"
REQUESTS_PER_CLIENT = (
    Limit("mail requests a minute", 10, timedelta(minutes=1)),
    Limit("mail requests a day", 100, timedelta(days=1)),
)
CODES_PER_TARGET = Limit("codes", 5, timedelta(hours=1))
CODES_PER_CLIENT = Limit("codes of a client", 20, timedelta(hours=1))
GUESSES_PER_TARGET = Limit("guesses", 10, timedelta(hours=1))
PAUSES = tuple(timedelta(seconds=seconds) for seconds in (30, 60, 120))  # after the first code, the second, others
MAILS_PER_ADDRESS = Limit("mails", 5, timedelta(hours=1))
CHANGES_PER_USER = Limit("changes", 60, timedelta(hours=1))


# Built once: to build a statement takes longer than to run it, and every login runs these.
_ONCE = {
    insert: insert(Spent).on_conflict_do_nothing().returning(col(Spent.digest))
    for insert in (sqlite.insert, postgresql.insert)
}
_TALLIES: Any = select(col(Tally.digest), col(Tally.count), col(Tally.ends_at), col(Tally.blocked_until)).where(
    col(Tally.digest).in_([bindparam("one"), bindparam("other")])
)
_FORGET = delete(Tally).where(col(Tally.digest) == bindparam("digest"))


def spend(db: Db, table: type[SQLModel], id: str, *where: ColumnElement[bool]) -> bool:
    """Use one of what is left; True for exactly as many callers as there were uses, whoever races."""
    columns: Any = table
    done = run(
        db,
        update(table)
        .where(columns.id == id, columns.uses_left > 0, columns.expires_at > clock.now(), *where)
        .values(uses_left=columns.uses_left - 1),
    )
    return done.rowcount == 1


def once(db: Db, what: bytes, until: datetime) -> bool:
    """True the first time a thing is seen; it is remembered until then."""
    return run(db, _ONCE[_insert(db)], {"digest": what, "expires_at": until}).first() is not None


def throttle(db: Db, who: str, *limits: Limit) -> None:
    """Count one try for each limit.

    Raises:
        TooManyRequests: more than the limit in its window; carries the seconds left.
    """
    if not settings().limits:
        return
    for limit in limits:
        tally = _count(db, limit.name, who, limit.window)
        if tally.count > limit.most:
            raise TooManyRequests((tally.ends_at - clock.now()).total_seconds())


def allows(db: Db, who: str, limit: Limit) -> bool:
    """Count one try and say whether it is within the limit; for where a refusal would tell too much."""
    return not settings().limits or _count(db, limit.name, who, limit.window).count <= limit.most


def check_code(db: Db, target: str, client: str) -> None:
    """Refuse a code as `count_code` does, and count nothing: before work that shall not be done in vain.

    Raises:
        TooManyRequests: too soon after the last one, or too many: to it, or from this client.
    """
    for limit, who in ((CODES_PER_CLIENT, client), (CODES_PER_TARGET, target), (GUESSES_PER_TARGET, target)):
        _refuse_if_full(db, limit, who)


def count_code(db: Db, target: str, client: str, *, is_text: bool) -> datetime:
    """Count one more code to a number or address. Returns when the next may be sent.

    Raises:
        TooManyRequests: too soon after the last one, or too many: to it, from this client, or over all; or too many
            guesses at codes to it.
    """
    _refuse_if_full(db, GUESSES_PER_TARGET, target)  # it could not be entered
    throttle(db, client, CODES_PER_CLIENT)
    tally = _count(db, CODES_PER_TARGET.name, target, CODES_PER_TARGET.window)
    if tally.blocked_until and tally.blocked_until > clock.now():
        raise _too_soon(tally.blocked_until)
    if settings().limits and tally.count > CODES_PER_TARGET.most:
        raise TooManyRequests((tally.ends_at - clock.now()).total_seconds())
    if is_text and settings().limits:
        _count_text(db)
    again_at = clock.now() + PAUSES[min(tally.count, len(PAUSES)) - 1]
    paused = {"blocked_until": again_at, "ends_at": max(tally.ends_at, again_at)}  # also over the end of the hour
    run(db, update(Tally).where(_digest_is(CODES_PER_TARGET.name, target)).values(**paused))
    return again_at


def _refuse_if_full(db: Db, limit: Limit, who: str) -> None:
    now, tally = clock.now(), db.get(Tally, _digest(limit.name, who), populate_existing=True)
    if tally is None or tally.ends_at <= now:
        return
    if tally.blocked_until and tally.blocked_until > now:
        raise _too_soon(tally.blocked_until)
    if settings().limits and tally.count >= limit.most:
        raise TooManyRequests((tally.ends_at - now).total_seconds())


def _too_soon(until: datetime) -> TooManyRequests:
    return TooManyRequests((until - clock.now()).total_seconds(), why=say("We sent a code just now."), counted=False)


def _count_text(db: Db) -> None:
    most = settings().texts_per_day
    tally = _count(db, "texts", "everybody", timedelta(days=1))
    if tally.count == most + 1:  # once a day
        log.warning("all %d texts of this day (AUTHAPP_TEXTS_PER_DAY) are sent: no code leaves by text", most)
    if tally.count > most:
        raise TooManyRequests((tally.ends_at - clock.now()).total_seconds())


_calls: dict[tuple[str, str, int], int] = {}


def throttle_calls(what: str, client: str) -> None:
    """Bound what one address may ask for in a minute; in this process's memory, so that a flood writes nothing.

    Guessing is bounded elsewhere, by failures counted in the database.

    Raises:
        TooManyRequests: more than 60 in this minute.
    """
    if not settings().limits:
        return
    now, client = clock.now().timestamp(), _network(client)
    minute = int(now // 60)
    if len(_calls) > 10_000 or any(seen != minute for _, _, seen in list(_calls)[:1]):
        _calls.clear()
    asked = (what, _network(client), minute)
    count = _calls[asked] = _calls.get(asked, 0) + 1
    if count > CALLS_PER_CLIENT:
        raise TooManyRequests(60 - now % 60, field="password" if what == CHALLENGES else "")


_checked: Counter[str] = Counter()
_counting = threading.Lock()


@contextmanager
def checked(identifier: str) -> Iterator[None]:
    """Bound how many passwords of one identifier are hashed at once: until they are, no failure is counted, and each
    keeps a thread. In this process's memory.

    Raises:
        TooManyRequests: two are under way.
    """
    most = CHECKS_AT_ONCE if settings().limits else sys.maxsize
    with _counting:
        if _checked[identifier] >= most:
            raise TooManyRequests(1, field="password", counted=False)
        _checked[identifier] += 1
    try:
        yield
    finally:
        with _counting:
            _checked[identifier] -= 1
            if not _checked[identifier]:
                del _checked[identifier]


def check_failures(db: Db, identifier: str, client: str) -> bool:
    """Refuse a login while a delay after failures runs. Returns whether the identifier has failures to forget.

    Raises:
        TooManyRequests: too many failures for the identifier, or from the client's address.
    """
    if not settings().limits:
        return False
    now = clock.now()
    name_digest, client_digest = _digest("failures", identifier), _digest(LOGIN_FAILURES_PER_CLIENT.name, client)
    asked = run(db, _TALLIES, {"one": name_digest, "other": client_digest})
    found = {row.digest: Tally(**row._mapping) for row in asked}
    by_name, by_client = found.get(name_digest), found.get(client_digest)
    if by_name and by_name.blocked_until and by_name.blocked_until > now:
        raise TooManyRequests((by_name.blocked_until - now).total_seconds(), field="password")
    if by_client and by_client.ends_at > now and by_client.count >= LOGIN_FAILURES_PER_CLIENT.most:
        raise TooManyRequests((by_client.ends_at - now).total_seconds(), field="password")
    return by_name is not None


def count_failure(db: Db, identifier: str, client: str) -> None:
    """Count a failed login for the identifier, known or not, and for the client's address."""
    if not settings().limits:
        return
    _count(db, LOGIN_FAILURES_PER_CLIENT.name, client, LOGIN_FAILURES_PER_CLIENT.window)
    tally = _count(db, "failures", identifier, FAILURES_FORGOTTEN, grows=True)
    if tally.count <= FREE_FAILURES:
        return
    doubled = timedelta(seconds=2 ** min(tally.count - FREE_FAILURES - 1, 16))
    until = clock.now() + (FOREVER if tally.count >= LAST_FAILURE else min(doubled, LONGEST_DELAY))
    where = _digest_is("failures", identifier)
    run(db, update(Tally).where(where).values(blocked_until=until, ends_at=until + FAILURES_FORGOTTEN))


def forget_failures(db: Db, identifier: str) -> None:
    """Start again at zero for an identifier, after a login or a recovery."""
    run(db, _FORGET, {"digest": _digest("failures", identifier)})


def purge(db: Db) -> None:
    """Forget spent challenges and tallies whose time is over."""
    run(db, delete(Spent).where(col(Spent.expires_at) <= clock.now()))
    run(db, delete(Tally).where(col(Tally.ends_at) <= clock.now()))


def _count(db: Db, name: str, who: str, window: timedelta, *, grows: bool = False) -> Tally:
    """One statement, so that two who race are counted as two."""
    now = clock.now()
    over = col(Tally.ends_at) <= now
    ends_at = now + window
    insert = _insert(db)(Tally).values(digest=_digest(name, who), count=1, ends_at=ends_at)
    insert = insert.on_conflict_do_update(
        index_elements=[col(Tally.digest)],
        set_={
            "count": case((over, 1), else_=col(Tally.count) + 1),
            "ends_at": case((over, ends_at), else_=ends_at if grows else col(Tally.ends_at)),
            "blocked_until": case((over, None), else_=col(Tally.blocked_until)),
        },
    ).returning(col(Tally.count), col(Tally.ends_at), col(Tally.blocked_until))
    return Tally(digest=b"", **run(db, insert).one()._mapping)


def _digest(name: str, who: str) -> bytes:
    return tokens.keyed("tally", name, _network(who))  # keyed, so that the table names nobody


def _network(who: str) -> str:
    """One customer of a provider has a whole /64 of IPv6 addresses, and counts as one client (RFC 6177)."""
    try:
        address = ip_address(who)
    except ValueError:
        return who
    if address.version == 4 or address.ipv4_mapped:  # `::ffff:192.0.2.1`: all of IPv4 would be one network
        return str(getattr(address, "ipv4_mapped", None) or address)
    return str(ip_network((address, 64), strict=False))


def _digest_is(name: str, who: str) -> ColumnElement[bool]:
    return col(Tally.digest) == _digest(name, who)


def _insert(db: Db) -> Any:
    return sqlite.insert if db.get_bind().dialect.name == "sqlite" else postgresql.insert
