"""Rate limits, and the counters of everything that can be used a limited number of times.

The table of limits is in `config/limits.py`. Limits of texts are settings of their own, see `texts`.

An IPv6 address is counted three times: as its /64 network with the limit of the table, as its /56 network with 4 times
that limit, and as its /48 network with 16 times that limit (RFC 6177: a household has a /56 or more, a company a /48).
"""

from sqlalchemy import delete
from sqlmodel import col

from authapp.core import Db, execute
from authapp.core.base import clock
from authapp.core.base.rate_limits.codes import CodeTarget, check_code, count_code, count_guess
from authapp.core.base.rate_limits.counting import WIDER, allows, check, is_near, is_used_up, networks, throttle
from authapp.core.base.rate_limits.failures import Failures, check_failures, count_failure, forget_failures, forgive
from authapp.core.base.rate_limits.memory import checked, throttle_calls
from authapp.core.base.rate_limits.table import (
    ANONYMOUS,
    BURST,
    CHALLENGES,
    CHANGES_PER_USER,
    CODES_PER_CLIENT,
    CODES_PER_TARGET,
    FAILURES_PER_USER,
    FREE_FAILURES,
    GUESSES_PER_CODE,
    GUESSES_PER_TARGET,
    LOGIN_FAILURES_PER_CLIENT,
    LONGEST_DELAY,
    MAILS_OF_FAILURES,
    MAILS_PER_ADDRESS,
    PAUSES,
    PER_SECOND,
    REPORTS,
    REQUESTS_PER_CLIENT,
    REQUESTS_WITHOUT_PROOF,
    SOCKETS_PER_ADDRESS,
    SOCKETS_PER_SESSION,
    SOCKETS_PER_USER,
    STRANGERS,
    USER_BURST,
    USER_PER_SECOND,
    RateLimit,
    TableLimit,
)
from authapp.core.base.rate_limits.uses import REMEMBERED, once, spend
from authapp.models import RateCounter, Spent

__all__ = [
    "ANONYMOUS",
    "BURST",
    "CHALLENGES",
    "CHANGES_PER_USER",
    "CODES_PER_CLIENT",
    "CODES_PER_TARGET",
    "FAILURES_PER_USER",
    "FREE_FAILURES",
    "GUESSES_PER_CODE",
    "GUESSES_PER_TARGET",
    "LOGIN_FAILURES_PER_CLIENT",
    "LONGEST_DELAY",
    "MAILS_OF_FAILURES",
    "MAILS_PER_ADDRESS",
    "PAUSES",
    "PER_SECOND",
    "REMEMBERED",
    "REPORTS",
    "REQUESTS_PER_CLIENT",
    "REQUESTS_WITHOUT_PROOF",
    "SOCKETS_PER_ADDRESS",
    "SOCKETS_PER_SESSION",
    "SOCKETS_PER_USER",
    "STRANGERS",
    "USER_BURST",
    "USER_PER_SECOND",
    "WIDER",
    "CodeTarget",
    "Failures",
    "RateLimit",
    "TableLimit",
    "allows",
    "check",
    "check_code",
    "check_failures",
    "checked",
    "count_code",
    "count_failure",
    "count_guess",
    "forget_failures",
    "forgive",
    "is_near",
    "is_used_up",
    "networks",
    "once",
    "purge",
    "spend",
    "throttle",
    "throttle_calls",
]


def purge(db: Db) -> None:
    """Delete expired digests of `once` and expired counters."""
    execute(db, delete(Spent).where(col(Spent.expires_at) <= clock.now()))
    execute(db, delete(RateCounter).where(col(RateCounter.ends_at) <= clock.now()))
