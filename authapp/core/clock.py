"""What time is it: the one place that asks, so that tests can move it."""

from datetime import UTC, datetime


def now() -> datetime:
    """The current time, in UTC and aware of it."""
    return datetime.now(UTC)
