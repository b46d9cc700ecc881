"""Values in a file of another system: yes and no, times, and account states."""

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

EMPTY = {"", "null", "none", "nil", "nan", "-", "\\n"}
YES, NO = {"true", "t", "yes", "y", "on", "1"}, {"false", "f", "no", "n", "off", "0"}
FIRST_YEAR = 1971  # an earlier time is a placeholder like 0001-01-01 or 1970-01-01, or was misread
FOREVER = {"infinity", "forever", "permanent"}
FEWEST_DIGITS = 9  # of seconds since 1970: March 1973
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_ZERO = re.compile(r"0{4}-?0{2}-?0{2}\b.*")
_OTHER_ORDER = re.compile(r"\d{1,2}[./-]\d{1,2}[./-]\d{2,4}\b.*")
_OFFSET = re.compile(r"\s*(?:([+-]\d{2}):?(\d{2})?|Z|UTC|GMT)$", re.IGNORECASE)
EXAMPLE = "2024-05-31T12:00:00Z"

ACTIVE, DISABLED, UNCONFIRMED, DELETED = "active", "disabled", "unconfirmed", "deleted"
STATES = {
    **dict.fromkeys(("active", "enabled", "ok", "normal", "confirmed", "verified", "approved", "recovery"), ACTIVE),
    **dict.fromkeys(("force_change_password", "reset_required", "password_expired", "1"), ACTIVE),
    **dict.fromkeys(("disabled", "inactive", "blocked", "banned", "suspended", "locked", "locked_out"), DISABLED),
    **dict.fromkeys(("deactivated", "archived", "compromised", "rejected", "0", "spam"), DISABLED),
    **dict.fromkeys(("unconfirmed", "unverified", "pending", "invited", "staged", "provisioned"), UNCONFIRMED),
    **dict.fromkeys(("pending_verification", "pending_confirmation"), UNCONFIRMED),
    **dict.fromkeys(("deleted", "removed", "deprovisioned", "trashed"), DELETED),
}


class Unfit(Exception):
    """Raised when a row cannot be imported. The message is for the operator, and never repeats a value."""


def is_empty(value: Any) -> bool:
    """Return whether a value is empty or a placeholder for nothing."""
    return value is None or (isinstance(value, str) and value.strip().casefold() in EMPTY)


def says(column: str, value: Any) -> bool | datetime | None:
    """Return the meaning of a column with yes or no, or with a time; None if it is empty.

    Raises:
        Unfit: the value is not one of these.
    """
    if is_empty(value):
        return None
    text = str(value).strip().casefold()
    if text in YES or text in FOREVER or value == 1:
        return True
    if text in NO or (isinstance(value, float) and value == 0):
        return False
    try:
        return time(column, value)
    except Unfit:
        if isinstance(value, str) and any(sign in value for sign in "0123456789-."):
            raise  # the value is meant to be a time
        raise Unfit(f"{column} is neither true nor false, nor a time") from None


def time(column: str, value: Any) -> datetime | None:
    """Parse a time; None if it is empty. Without an offset it is UTC.

    Args:
        column: the name of the column in the file.
        value: ISO 8601, or seconds, milliseconds or microseconds since 1970.

    Raises:
        Unfit: not a time, or ambiguous; the message says why.
    """
    if is_empty(value):
        return None
    text = str(value).strip()
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise Unfit(f"{column} is not a time like {EXAMPLE}")
    if _ZERO.fullmatch(text) or text in ("0", "0.0"):
        raise Unfit(f"{column} is a zero date: leave it empty, or write a time like {EXAMPLE}")
    if _OTHER_ORDER.fullmatch(text):
        raise Unfit(f"{column} can be read in more than one way (day or month first): write it like {EXAMPLE}")
    at = _since_1970(column, text) if _NUMBER.fullmatch(text) else _iso(column, text)
    if at.year < FIRST_YEAR:
        raise Unfit(f"{column} is in the year {at.year}, which cannot be right: leave it empty, or correct it")
    return at


def state(column: str, value: Any) -> str:
    """Return one of the four states above for a column like `status`; empty if it is empty.

    Raises:
        Unfit: the word is not known.
    """
    if is_empty(value):
        return ""
    word = re.sub(r"[\s-]+", "_", str(value).strip().casefold())
    if word in YES | NO:
        return ACTIVE if word in YES else DISABLED
    if word not in STATES:
        raise Unfit(f"{column} is not a known state of an account, like “active”, “disabled” or “unconfirmed”")
    return STATES[word]


def _since_1970(column: str, text: str) -> datetime:
    whole, digits = text.partition(".")[0], len(text.partition(".")[0])
    if digits == 8 and text == whole:  # 20240531
        return _iso(column, text)
    per_second = {FEWEST_DIGITS: 1, 10: 1, 12: 10**3, 13: 10**3, 15: 10**6, 16: 10**6}.get(digits)
    if per_second is None:
        raise Unfit(f"{column} is a number but not a time: write seconds since 1970, or a time like {EXAMPLE}")
    return datetime.fromtimestamp(float(text) / per_second, UTC)


def _iso(column: str, text: str) -> datetime:
    zone, match = UTC, _OFFSET.search(text) if ":" in text else None
    if match:
        text = text[: match.start()]
        if match[1]:
            minutes = int(match[1]) * 60 + int(match[1][0] + (match[2] or "0"))
            zone = timezone(timedelta(minutes=minutes)) if abs(minutes) < 24 * 60 else UTC
    try:
        at = datetime.fromisoformat(text)
        return at.replace(tzinfo=at.tzinfo or zone).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Unfit(f"{column} is not a time like {EXAMPLE}") from None
