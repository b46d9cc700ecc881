"""Waitlist, as administrators see it."""

from authapp.wire.common import Row, Time


class WaitlistRow(Row):
    """Email address on the waitlist."""

    address: str
    asked_at: Time
    invited_at: Time | None
