"""What time is it: the one place that asks, so that tests can move it.

It follows the clock of the machine, also back, so that a wrong clock that was corrected is right at once everywhere.
So what was seen expired must not come to life again: a rule that meets an expired row asks for a write that ends it
(`core.soon`), after its own transaction. Reads stay reads, and each row is ended once.
"""

from datetime import UTC, datetime


def now() -> datetime:
    """The current time, in UTC and aware of it."""
    return datetime.now(UTC)
