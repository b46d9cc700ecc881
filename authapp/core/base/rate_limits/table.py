"""Rows of the table of rate limits, as rules name them. Settings and defaults are in `config/limits.py`."""

from datetime import timedelta
from typing import NamedTuple, Protocol

from authapp.config import settings
from authapp.config.limits import DEFAULTS, Limit
from authapp.core.base.errors import TOO_MANY
from authapp.core.base.rate_limits import words

PAUSES = tuple(timedelta(seconds=seconds) for seconds in (30, 60, 120))  # after the first code, the second, all others
LONGEST_DELAY = timedelta(minutes=15)


class AnyLimit(Protocol):
    """A rate limit: at most `most` tries in `window`."""

    @property
    def name(self) -> str:
        """Return the name of its counters."""

    @property
    def most(self) -> int:
        """Return how many tries are allowed."""

    @property
    def window(self) -> timedelta:
        """Return the period in which they are counted."""

    @property
    def why(self) -> str:
        """Return the reason that a refusal gives."""


class RateLimit(NamedTuple):
    """A rate limit with fixed numbers."""

    name: str
    most: int
    window: timedelta
    why: str = TOO_MANY


class TableLimit(NamedTuple):
    """A row of the table. Its numbers are those of the settings.

    Args:
        row: the name of the row.
        name: the name of its counters in the database. It must never change: the counters outlive an upgrade.
        why: the reason that a refusal gives.
    """

    row: str
    name: str = ""
    why: str = TOO_MANY

    @property
    def most(self) -> int:
        """Return how many tries are allowed."""
        return self._limit.most

    @property
    def window(self) -> timedelta:
        """Return the period in which they are counted; zero for limits without one."""
        return self._limit.period

    @property
    def per_second(self) -> float:
        """Return the rate of the limit."""
        return self.most / self.window.total_seconds()

    @property
    def _limit(self) -> Limit:
        return settings().limits.get(self.row) or DEFAULTS[self.row]


FREE_FAILURES = TableLimit("failures_without_delay")
LAST_FAILURE = TableLimit("failures_per_identifier")
FAILURES_PER_USER = TableLimit("failures_per_user", "failures of a user")
FAILURES_PER_USER_KNOWN = TableLimit("failures_per_user_known", "failures of a user in known browsers")
MAILS_OF_FAILURES = TableLimit("failure_mails_per_user", "mails about failed logins")
LOGIN_FAILURES_PER_CLIENT = TableLimit("login_per_ip", "login failures", words.LOGINS_FROM_NETWORK)
CHECKS_AT_ONCE = TableLimit("hashes_per_identifier")
CHALLENGES = TableLimit("challenges_per_ip", "challenges", words.CALLS)
ANONYMOUS = TableLimit("calls_per_ip", "calls without a session", words.CALLS)
REPORTS = TableLimit("reports_per_ip", "webhooks", words.CALLS)  # a service sends all from a few addresses
REQUESTS_PER_CLIENT = (
    TableLimit("requests_per_ip", "mail requests a minute", words.REQUESTS),
    TableLimit("requests_per_ip_daily", "mail requests a day", words.REQUESTS),
)
REQUESTS_WITHOUT_PROOF = TableLimit("requests_without_proof", "requests of the site")
MAILS_PER_ADDRESS = TableLimit("mails_per_address", "mails", words.MAILS)
CODES_PER_TARGET = TableLimit("codes_per_target", "codes", words.CODES)
CODES_PER_CLIENT = TableLimit("codes_per_ip", "codes of a client", words.CODES_FROM_NETWORK)
GUESSES_PER_CODE = TableLimit("guesses_per_code")
GUESSES_PER_TARGET = TableLimit("guesses_per_target", "guesses", words.GUESSES)
CHANGES_PER_USER = TableLimit("changes_per_user", "changes", words.CHANGES)
SOCKETS_PER_SESSION = TableLimit("sockets_per_session")
SOCKETS_PER_USER = TableLimit("sockets_per_user")
SOCKETS_PER_ADDRESS = TableLimit("sockets_per_ip")
STRANGERS = TableLimit("anonymous_sockets_per_ip")  # enough for an office that shares an address, too few for a flood
PER_SECOND, BURST = TableLimit("messages_per_socket"), TableLimit("message_burst_per_socket")
USER_PER_SECOND, USER_BURST = TableLimit("messages_per_user"), TableLimit("message_burst_per_user")
