"""The table of rate limits, and the settings that change its rows."""

import json
import re
from dataclasses import dataclass
from datetime import timedelta
from difflib import get_close_matches
from typing import Any, NamedTuple

_SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400}
_VALUE = re.compile(r"([1-9][0-9]{0,7})(?:/(?:([1-9][0-9]{0,3}) ?)?(second|minute|hour|day)s?)?")
_NAME = re.compile("[a-z_]{1,40}")
LONGEST_PERIOD = timedelta(days=31)
_NIST = "NIST SP 800-63B-4, 3.2.2"


class Limit(NamedTuple):
    """A rate limit: at most `most` tries in `period`. Without a period: in a row, or at once."""

    most: int
    period: timedelta = timedelta()


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the table of rate limits.

    Args:
        counts: what is counted, and per which user, address or target.
        default: the limit without a setting, as `Limit` is written in the setting.
        ceiling: the highest setting; 0: no ceiling.
        note: what happens at the limit, for rows that do more than refuse until the period ends.
    """

    counts: str
    default: str
    ceiling: int = 0
    note: str = ""

    @property
    def has_period(self) -> bool:
        """Return whether the limit is one of tries in a period."""
        return "/" in self.default


# The two times 50 failures of a user make up the 100 of NIST SP 800-63B-4, 3.2.2.
LIMITS = {
    "failures_without_delay": Row(
        "failed logins per identifier before delays", "5", 20, "then delays of 1 s to 15 min"
    ),
    "failures_per_identifier": Row("failed logins per identifier", "100", 100, "then closed until recovery"),
    "failures_per_user": Row("failed logins per user, unknown browsers", "50", 50, "in a row, then locked"),
    "failures_per_user_known": Row("failed logins per user, known browsers", "50", 50, "in a row, then locked"),
    "failure_mails_per_user": Row("mails about failed logins to one user", "1/day"),
    "login_per_ip": Row("failed logins per IP address, unknown browsers", "20/minute"),
    "hashes_per_identifier": Row("passwords hashed per identifier", "2", note="at once, in each process"),
    "challenges_per_ip": Row("challenges per IP address", "60/minute", note="in each process"),
    "calls_per_ip": Row("API calls without a session, per IP address", "60/minute", note="in each process"),
    "reports_per_ip": Row("reports of mail and text services, per IP address", "600/minute", note="in each process"),
    "requests_per_ip": Row("sign-ups, recoveries, waitlist entries per IP address", "10/minute"),
    "requests_per_ip_daily": Row("the same, over a longer period", "100/day"),
    "requests_without_proof": Row("the same, from all addresses", "300/hour", note="more need a proof of work"),
    "mails_per_address": Row("mails to one email address; of recoveries, as many again", "5/hour"),
    "codes_per_target": Row("codes to one number or address", "5/hour", note="with pauses of 30, 60, then 120 s"),
    "codes_per_ip": Row("codes per IP address", "20/hour"),
    "guesses_per_code": Row("guesses at one code", "5", 10),
    "guesses_per_target": Row("guesses at codes of one number or address", "10/hour", 100),
    "changes_per_user": Row("changes to the settings of one user", "60/hour"),
    "sockets_per_session": Row("sockets per session", "20", note="at once, in each process"),
    "sockets_per_user": Row("sockets per user", "60", note="at once, in each process"),
    "sockets_per_ip": Row("sockets per IP address", "1000", note="at once, in each process"),
    "anonymous_sockets_per_ip": Row(
        "sockets without a session, per IP address", "100", note="at once, in each process"
    ),
    "messages_per_socket": Row("messages per socket", "20/second", note="more wait"),
    "message_burst_per_socket": Row("messages per socket at once", "50", note="more wait"),
    "messages_per_user": Row(
        "messages per user, over all their sockets", "60/second", note="in each process; more wait"
    ),
    "message_burst_per_user": Row("messages per user at once", "150", note="in each process; more wait"),
}


def parse(text: str) -> Limit:
    """Parse a limit like `20/minute`, `5/10 minutes` or `20`.

    Raises:
        ValueError: it has another form.
    """
    match = _VALUE.fullmatch(text)
    if match is None:
        raise ValueError(text)
    most, times, unit = match.groups()
    return Limit(int(most), timedelta(seconds=int(times or 1) * _SECONDS[unit]) if unit else timedelta())


DEFAULTS = {name: parse(row.default) for name, row in LIMITS.items()}


def read_limits(value: Any) -> Any:
    """Check the setting: a JSON object of limits by name. Returns the limits that it changes.

    Raises:
        ValueError: it is malformed. The text says how.
    """
    if isinstance(value, dict):  # the default
        return value
    try:
        entries = json.loads(value, object_pairs_hook=tuple)
    except (ValueError, RecursionError):
        entries = None
    if not isinstance(entries, tuple):  # an object; a list stays a list
        raise ValueError('must be a JSON object, like {"login_per_ip": "100/hour"}')
    names = [name for name, _ in entries]
    for number, (name, text) in enumerate(entries, 1):
        if name not in LIMITS:
            raise ValueError(_unknown(name, number))
        if names.count(name) > 1:
            raise ValueError(f"must name {name} only once")
        _check(name, text)
    return {name: parse(str(text)) for name, text in entries}


def _check(name: str, text: object) -> None:
    row = LIMITS[name]
    try:
        # `true` is an int in Python, and has no place here.
        limit = parse(str(text) if isinstance(text, str | int) and not isinstance(text, bool) else "")
    except ValueError:
        limit = Limit(0)
    if not limit.most or bool(limit.period) != row.has_period:
        form = "a number and a period, like 20/minute or 5/10 minutes" if row.has_period else "a number, like 20"
        raise ValueError(f"must give {name} as {form}")
    if limit.period > LONGEST_PERIOD:
        raise ValueError(f"must give {name} a period of at most {LONGEST_PERIOD.days} days")
    if row.ceiling and limit.most > row.ceiling:
        source = f" ({_NIST})" if name.startswith("failures_per") else ""
        raise ValueError(f"must not raise {name} above {row.ceiling}{source}")


def _unknown(name: str, number: int) -> str:
    """Describe an unknown name. A text that cannot be a name is left out: it may be a secret."""
    if not _NAME.fullmatch(name):
        return f"has an unknown name in entry {number}"
    matches = get_close_matches(name, LIMITS, n=1)
    return f"has no limit {name}" + (f"; did you mean {matches[0]}?" if matches else "")


def country_caps(value: Any) -> Any:
    """Check caps of texts by country, like `DE:500,FR:200,*:100`. Returns the caps by country.

    Raises:
        ValueError: it is malformed.
    """
    if isinstance(value, dict):  # the default
        return value
    parts = [part.strip() for part in value.split(",") if part.strip()]
    matches = [re.fullmatch(r"([A-Z]{2}|\*) ?: ?([0-9]{1,7})", part) for part in parts]
    caps = {match[1]: int(match[2]) for match in matches if match}
    if len(caps) < len(parts):
        raise ValueError("must be countries (ISO 3166) with their caps, each once, like DE:500,FR:200,*:100")
    from phonenumbers import SUPPORTED_REGIONS  # imported late: large tables that few need

    if unknown := sorted(caps.keys() - SUPPORTED_REGIONS - {"*"}):
        raise ValueError(f"has no country {unknown[0]} (ISO 3166: the United Kingdom is GB)")
    return caps
