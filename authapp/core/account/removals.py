"""Removal of a confirmed email address or phone number: what its removal mail can still do.

The mail proves only that its reader has access to the mailbox today: domains expire, and numbers are recycled. So
older identifiers decide. `returns` holds what happens next.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlmodel import col, select

from authapp.core import Db
from authapp.core.base import clock, identifiers
from authapp.models import ActionLink, Email, Phone


@dataclass(frozen=True)
class Removal:
    """Removal of a confirmed email address or phone number."""

    identifier: str
    confirmed_at: datetime
    removed_at: datetime
    comes_back: bool  # "this wasn't me" restores it: confirmed for a week, or the oldest identifier
    has_link: bool = True

    def data(self) -> dict[str, object]:
        """Return the data that the action link stores."""
        times = {"confirmed_at": self.confirmed_at.isoformat(), "removed_at": self.removed_at.isoformat()}
        return {"comes_back": self.comes_back, **times}


def of(db: Db, user_id: UUID, identifier: str, confirmed_at: datetime) -> Removal:
    """Describe a removal that happens now.

    The mail has no link if the identifier cannot come back and the user has older identifiers (`elders`).
    """
    now = clock.now()
    other_times = [time for other, time in confirmation_times(db, user_id).items() if other != identifier]
    comes_back = now - confirmed_at >= identifiers.SETTLED or all(confirmed_at <= time for time in other_times)
    removal = Removal(identifier, confirmed_at, now, comes_back)
    return removal if comes_back or not elders(db, user_id, removal) else replace(removal, has_link=False)


def of_link(link: ActionLink) -> Removal:
    """Return the removal that a link stores.

    A link from before the upgrade stores only whether the identifier comes back.
    """
    data, issued_at = link.data, link.issued_at
    confirmed_at, removed_at = (data.get(name, issued_at.isoformat()) for name in ("confirmed_at", "removed_at"))
    comes_back = bool(data.get("comes_back", data.get("undo") == "removed"))
    return Removal(link.email, datetime.fromisoformat(confirmed_at), datetime.fromisoformat(removed_at), comes_back)


def elders(db: Db, user_id: UUID, removal: Removal) -> list[str]:
    """Return the identifiers confirmed before the removed one, and at least seven days before the removal."""
    latest = removal.removed_at - identifiers.SETTLED
    candidates = confirmation_times(db, user_id).items()
    return [
        identifier
        for identifier, confirmed_at in candidates
        if confirmed_at < removal.confirmed_at and confirmed_at <= latest
    ]


def confirmation_times(db: Db, user_id: UUID) -> dict[str, datetime]:
    """Return when each confirmed email address and phone number of a user was confirmed."""
    addresses = select(Email.address, Email.confirmed_at).where(
        Email.user_id == user_id, col(Email.confirmed_at).is_not(None)
    )
    numbers = select(Phone.number, Phone.confirmed_at).where(Phone.user_id == user_id)
    return {
        identifier: confirmed_at
        for identifier, confirmed_at in [*db.exec(addresses).all(), *db.exec(numbers).all()]
        if confirmed_at is not None
    }
