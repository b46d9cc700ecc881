"""Has it been used up, how often may they try.

| what                                       | limit                                                        |
|--------------------------------------------|--------------------------------------------------------------|
| failed logins per identifier               | 5, then delays 1 s to 15 min; at 100 closed until recovery   |
| failed logins per client address           | 20 a minute                                                  |
| challenges per client address              | 60 a minute                                                  |
| sign-ups, recoveries per client address    | 10 a minute, 100 a day                                       |
| mails to one address                       | 5 an hour                                                    |
| changes to the settings of one user        | 60 an hour                                                   |

Sources: OWASP Authentication Cheat Sheet (login throttling), NIST SP 800-63B-4 3.2.2 (at most 100 failures).
"""

from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, case, delete, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import SQLModel, col

from authapp.config import settings
from authapp.core import Db, clock, run, tokens
from authapp.core.errors import TooManyRequests
from authapp.models import Spent, Tally

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
CHALLENGES_PER_CLIENT = 60  # a minute
REQUESTS_PER_CLIENT = (
    Limit("mail requests a minute", 10, timedelta(minutes=1)),
    Limit("mail requests a day", 100, timedelta(days=1)),
)
MAILS_PER_ADDRESS = Limit("mails", 5, timedelta(hours=1))
CHANGES_PER_USER = Limit("changes", 60, timedelta(hours=1))


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
    insert = _insert(db)(Spent).values(digest=what, expires_at=until).on_conflict_do_nothing()
    return run(db, insert.returning(col(Spent.digest))).first() is not None


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


_challenges: dict[tuple[str, int], int] = {}


def throttle_challenges(client: str) -> None:
    """Bound the challenges one address may ask for; in this process's memory, so that a flood writes nothing.

    Guessing is bounded elsewhere, by failures counted in the database.

    Raises:
        TooManyRequests: more than 60 in this minute.
    """
    if not settings().limits:
        return
    now = clock.now().timestamp()
    minute = int(now // 60)
    if len(_challenges) > 10_000 or any(seen != minute for _, seen in list(_challenges)[:1]):
        _challenges.clear()
    count = _challenges[client, minute] = _challenges.get((client, minute), 0) + 1
    if count > CHALLENGES_PER_CLIENT:
        raise TooManyRequests(60 - now % 60, field="password")


def check_failures(db: Db, identifier: str, client: str) -> None:
    """Refuse a login while a delay after failures runs.

    Raises:
        TooManyRequests: too many failures for the identifier, or from the client's address.
    """
    if not settings().limits:
        return
    now = clock.now()
    by_name = db.get(Tally, _digest("failures", identifier))
    if by_name and by_name.blocked_until and by_name.blocked_until > now:
        raise TooManyRequests((by_name.blocked_until - now).total_seconds(), field="password")
    by_client = db.get(Tally, _digest(LOGIN_FAILURES_PER_CLIENT.name, client))
    if by_client and by_client.ends_at > now and by_client.count >= LOGIN_FAILURES_PER_CLIENT.most:
        raise TooManyRequests((by_client.ends_at - now).total_seconds(), field="password")


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
    run(db, delete(Tally).where(_digest_is("failures", identifier)))


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
    ).returning(col(Tally.count), col(Tally.ends_at))
    row = run(db, insert).one()._mapping
    return Tally(digest=b"", count=row["count"], ends_at=row["ends_at"])


def _digest(name: str, who: str) -> bytes:
    return tokens.keyed("tally", name, who)  # keyed, so that the table names nobody


def _digest_is(name: str, who: str) -> ColumnElement[bool]:
    return col(Tally.digest) == _digest(name, who)


def _insert(db: Db) -> Any:
    return sqlite.insert if db.get_bind().dialect.name == "sqlite" else postgresql.insert
