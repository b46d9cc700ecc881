"""The current time: the only place that reads the clock, so that tests can change it.

It follows the system clock, also when that is set back: a corrected clock is right everywhere at once. An expired row
must not become valid again then. So a rule that finds an expired row schedules a write that ends it (`core.soon`),
after its own transaction. Reads stay read-only, and each row is ended once.
"""

from datetime import UTC, datetime


def now() -> datetime:
    """Return the current time in UTC, timezone-aware."""
    return datetime.now(UTC)
