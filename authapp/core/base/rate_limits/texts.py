"""Caps of the cost of text messages with codes: for the whole site, and by country."""

import logging
from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from sqlmodel import col, select

from authapp.config import settings
from authapp.core import Db
from authapp.core.base import clock
from authapp.core.base.rate_limits import words
from authapp.core.base.rate_limits.counting import count, digest, too_many
from authapp.core.base.rate_limits.table import RateLimit
from authapp.extras import lazy
from authapp.models import RateCounter

if TYPE_CHECKING:
    import phonenumbers
else:
    phonenumbers = lazy("phonenumbers")

log = logging.getLogger(__name__)
A_DAY = timedelta(days=1)
OTHERS = "*"  # each country without a cap of its own
NO_COUNTRY = "001"  # satellite phones, and numbers without a country


class Cap(NamedTuple):
    """A cap of texts: of a country, or of the whole site (empty)."""

    country: str
    most: int

    @property
    def limit(self) -> RateLimit:
        """Return the cap as a rate limit."""
        return RateLimit("texts", self.most, A_DAY, words.TEXTS)

    @property
    def who(self) -> str:
        """Return the name that its texts are counted under."""
        return self.country or "everybody"

    @property
    def setting(self) -> str:
        """Return the setting, for the log."""
        return f"AUTHAPP_TEXTS_PER_COUNTRY, {self.country}" if self.country else "AUTHAPP_TEXTS_PER_DAY"


class Usage(NamedTuple):
    """Texts of the running day that a cap counted."""

    country: str
    sent: int
    most: int


def count_text(db: Db, number: str) -> None:
    """Count a text to a phone number.

    Raises:
        TooManyRequests: the texts of this day are used up, in total or for the country of the number.
    """
    for cap in _caps(_country(number)):
        tally = count(db, cap.limit.name, cap.who, A_DAY)
        if _is_half(tally.count, cap.most):  # once a day: the counter passes it once
            log.warning("half of the %d text messages of this day (%s) are used", cap.most, cap.setting)
        if tally.count == cap.most + 1:
            log.warning(
                "all %d text messages of this day (%s) were sent: no more codes are sent by text message today",
                cap.most,
                cap.setting,
            )
        if tally.count > cap.most:
            raise too_many(cap.limit, cap.who, tally.ends_at)


def are_near(db: Db) -> bool:
    """Return whether half of the texts of this day are used, over all countries."""
    return any(not usage.country for usage in used(db, [Cap("", settings().texts_per_day)]))


def used(db: Db, caps: list[Cap] | None = None) -> list[Usage]:
    """Return the caps of which half or more is used today, that of the whole site first."""
    by_digest = {digest(cap.limit.name, cap.who): cap for cap in (_all_caps() if caps is None else caps)}
    query = select(RateCounter.digest, RateCounter.count).where(
        col(RateCounter.digest).in_(by_digest), RateCounter.ends_at > clock.now()
    )
    usages = [Usage(by_digest[key].country, number, by_digest[key].most) for key, number in db.exec(query)]
    return sorted(usage for usage in usages if 2 * usage.sent >= usage.most)


def _is_half(number: int, most: int) -> bool:
    return 2 * (number - 1) < most <= 2 * number


def _caps(country: str) -> Iterator[Cap]:
    """Yield the caps of a text: that of its country first, so that one country cannot use up the texts of all."""
    by_country = settings().texts_per_country
    most = by_country.get(country, by_country.get(OTHERS))
    if most is not None:
        yield Cap(country, most)
    yield Cap("", settings().texts_per_day)


def _all_caps() -> list[Cap]:
    by_country = settings().texts_per_country
    countries = by_country.keys() - {OTHERS}
    if OTHERS in by_country:
        countries |= phonenumbers.SUPPORTED_REGIONS | {NO_COUNTRY}
    return [cap for country in countries for cap in _caps(country) if cap.country] + [Cap("", settings().texts_per_day)]


def _country(number: str) -> str:
    return phonenumbers.region_code_for_number(phonenumbers.parse(number)) or NO_COUNTRY
