"""Limits of one-time codes.

Source: NIST SP 800-63B-4 3.1.3.2 (out-of-band codes: at least 20 bits of entropy, or as few guesses as here).
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import update

from authapp.config import settings
from authapp.core import Db, execute
from authapp.core.base import clock
from authapp.core.base.rate_limits import texts
from authapp.core.base.rate_limits.counting import check, count, digest, digest_is, pause, throttle, too_many, too_soon
from authapp.core.base.rate_limits.table import CODES_PER_CLIENT, CODES_PER_TARGET, GUESSES_PER_TARGET, PAUSES
from authapp.models import RateCounter


@dataclass(frozen=True, slots=True)
class CodeTarget:
    """Recipient of a code, and whose limits it counts in.

    Args:
        identifier: the phone number or email address.
        owner: its owner, if signed in or in a known browser. Codes and guesses of others then count apart: a stranger
            who knows the number must not lock out the owner.
        gets_none: whether the number is one that never gets a text. It then counts in no cap of texts.
    """

    identifier: str
    owner: UUID | None = None
    gets_none: bool = False

    @property
    def counted_as(self) -> str:
        """Return the name of the counters."""
        return f"{self.identifier} of {self.owner.hex}" if self.owner else self.identifier

    @property
    def client(self) -> str:
        """Return the name of the client if it is the owner; empty for others, who count by IP address."""
        return self.owner.hex if self.owner else ""

    @property
    def is_text(self) -> bool:
        """Return whether the code costs a text. The plus alone does not tell: `+ann@example.com` is an email."""
        return "@" not in self.identifier and not self.gets_none


def check_code(db: Db, target: CodeTarget, ip: str) -> None:
    """Refuse a code that `count_code` would refuse, without counting it. Call this before expensive work.

    The daily caps of texts are not checked here.

    Raises:
        TooManyRequests: too soon after the last code, too many codes to this target or from this client, or too many
            guesses at codes of this target.
    """
    who = target.counted_as
    for limit, name in ((CODES_PER_CLIENT, target.client or ip), (CODES_PER_TARGET, who), (GUESSES_PER_TARGET, who)):
        check(db, name, limit)


def count_code(db: Db, target: CodeTarget, ip: str) -> datetime:
    """Count one more code to a phone number or email address. Returns when the next one may be sent.

    Raises:
        TooManyRequests: too soon after the last code; too many codes to this target, from this client, or texts in
            total or to this country; or too many guesses at codes of this target.
    """
    who, limit = target.counted_as, CODES_PER_TARGET
    check(db, who, GUESSES_PER_TARGET)  # no guess would be left to enter it
    throttle(db, target.client or ip, CODES_PER_CLIENT)
    tally = count(db, limit.name, who, limit.window)
    if until := pause(db, digest(limit.name, who), tally.blocked_until, PAUSES[-1]):
        raise too_soon(until)
    if settings().rate_limits and tally.count > limit.most:
        raise too_many(limit, who, tally.ends_at)
    if target.is_text and settings().rate_limits:
        texts.count_text(db, target.identifier)
    again_at = clock.now() + PAUSES[min(tally.count, len(PAUSES)) - 1]
    values = {"blocked_until": again_at, "ends_at": max(tally.ends_at, again_at)}  # a pause may outlast the hour
    execute(db, update(RateCounter).where(digest_is(limit.name, who)).values(**values))
    return again_at


def count_guess(db: Db, target: CodeTarget) -> None:
    """Count a guess at a code.

    Raises:
        TooManyRequests: too many guesses at codes of this target.
    """
    throttle(db, target.counted_as, GUESSES_PER_TARGET)
