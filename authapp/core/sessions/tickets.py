"""Tickets: single-use keys that a tab exchanges for a session, and pending logins."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import delete, insert, update
from sqlmodel import col

from authapp.core import Db, execute
from authapp.core.base import clock, rate_limits, tokens
from authapp.core.base.changes import changes, schedule
from authapp.core.base.errors import SessionExpired, TicketNotFoundOrExpired
from authapp.core.base.tokens import Key
from authapp.core.sessions import sessions
from authapp.core.sessions.sessions import Authenticated, NewSession, Opened, SessionRef
from authapp.models import Session, Ticket

TICKET_LIFE = timedelta(seconds=30)
WAIT_LIFE = timedelta(days=1)  # how long a page that waits for an approval continues by itself
REPEAT_LIFE = timedelta(seconds=30)  # how long a client can repeat a request whose response was lost
_NO_TAB = b""  # the tab digest of a pending login, which belongs to a cookie and not to a tab


class BlockedLogin(NamedTuple):
    """Pending login: the credentials were correct, but something still blocks the session."""

    user_id: UUID
    reason: str  # email, approval, disabled
    key: str  # for the browser's cookie: continues the login when nothing blocks it any more


def issue_ticket(db: Db, new: NewSession, *, tab: str) -> str:
    """Issue a ticket that this tab can exchange for a session within 30 s."""
    key = tokens.mint()
    db.add(_ticket(key, tokens.digest(tab), TICKET_LIFE, **new._asdict()))
    return str(key)


def issue_renewal(db: Db, caller: Authenticated, *, tab: str, proved: bool = False) -> str:
    """Issue a ticket that this tab can exchange for a new key of its session within 30 s.

    The exchange must also send the current key.

    Args:
        caller: the session; the rule has just checked it.
        tab: the identity of the tab that gets the ticket.
        proved: whether a credential was shown. The ticket stores this, and the session gets it with its new key only.
    """
    row = db.get(Session, caller.session_id)
    if row is None:
        raise SessionExpired
    key, proved_at = tokens.mint(), clock.now() if proved else None
    facts = {"session_id": row.id, "key_digest": caller.digest, "proved_at": proved_at}
    db.add(_ticket(key, tokens.digest(tab), TICKET_LIFE, **_new(row)._asdict(), **facts))
    return str(key)


def wait(db: Db, new: NewSession, reason: str) -> BlockedLogin:
    """Store a pending login, which this reason blocks."""
    key = tokens.mint()
    db.add(_ticket(key, _NO_TAB, WAIT_LIFE, **new._asdict()))
    return BlockedLogin(new.user_id, reason, str(key))


def of_tab(db: Db, ticket: object, tabs: Iterable[str]) -> Ticket:
    """Return the ticket that a tab shows. It is not spent.

    Args:
        db: the transaction.
        ticket: the ticket that the page got.
        tabs: the identities that the tab can have; the ticket is bound to one.

    Raises:
        TicketNotFoundOrExpired: not a ticket, older than 30 s, or of another tab.
    """
    row = _ticket_of(db, ticket)
    if not any(tokens.same(row.tab, tokens.digest(tab)) for tab in tabs):
        raise TicketNotFoundOrExpired
    return row


def pending(db: Db, key: object) -> Ticket:
    """Return the ticket of a pending login. It is not spent.

    Raises:
        TicketNotFoundOrExpired: no pending login has this key (any more).
    """
    row = _ticket_of(db, key)
    if row.tab != _NO_TAB:
        raise TicketNotFoundOrExpired
    return row


def spend(db: Db, ticket: Ticket) -> NewSession:
    """Spend a ticket, and return the session to open.

    Raises:
        TicketNotFoundOrExpired: it was used before.
    """
    if not rate_limits.spend(db, Ticket, ticket.id):
        raise TicketNotFoundOrExpired
    return _new(ticket)


def renew(db: Db, ticket: Ticket, shown: Authenticated | None, proof: str) -> Opened:
    """Exchange a ticket of `issue_renewal` for the new key of its session.

    Within its life, the ticket can be exchanged again for the same key: the answer may have been lost.

    Args:
        db: the transaction.
        ticket: the ticket.
        shown: the key that the request sends, even if it opens nothing any more. The ticket is bound to the key under
            which it was issued.
        proof: the input that the new key is derived from, see `repeated`.

    Raises:
        TicketNotFoundOrExpired: used, or issued under another key.
    """
    if shown is None or shown.session_id != ticket.session_id:
        raise TicketNotFoundOrExpired
    if ticket.key_digest is not None and not tokens.same(ticket.key_digest, shown.digest):
        raise TicketNotFoundOrExpired  # None: issued before tickets stored their key
    key = _successor(shown, proof)
    if not rate_limits.spend(db, Ticket, ticket.id):
        row = db.get(Session, key.id)
        if row is None or row.secret_digest != key.digest or clock.now() >= ticket.expires_at:
            raise TicketNotFoundOrExpired
        return _opened(row, key)
    facts: dict[str, Any] = {"secret_digest": key.digest}
    if ticket.proved_at:
        facts["proved_at"] = ticket.proved_at
    # A ticket is void if the key was replaced since. A ticket without a proof follows `lock`, which left no key.
    key_condition = (
        col(Session.secret_digest) == ticket.key_digest if ticket.proved_at else col(Session.secret_digest).is_(None)
    )
    statement = update(Session).where(col(Session.id) == key.id, key_condition, sessions.is_alive()).values(**facts)
    row = db.get(Session, key.id, populate_existing=True) if execute(db, statement).rowcount == 1 else None
    if row is None:
        raise TicketNotFoundOrExpired
    changes(db).keys_changed.add(key.id)
    return _opened(row, key)


def repeated(db: Db, shown: Authenticated, proof: str) -> Opened | None:
    """Return the new key again to a client that repeats its request with the old key within 30 s.

    Returns None if this proof did not replace this key within that time.

    Nothing is stored for this. A new key is derived from the digest of the old key and from the proof sent with it: the
    ticket of a tab, or the whole proof of an API call. So the same request gives the same key, and the table shows
    whether the session has that key now. A thief who has only the old key cannot make the request. It also takes the
    ticket, the answer to a challenge that only its sender has received, or a code. If the proof is just the password,
    the calling rule counts a wrong one as a failed login.
    """
    key = _successor(shown, proof)
    me = sessions.alive(db, SessionRef.of(key))
    row = db.get(Session, key.id) if me and clock.now() < me.proved_at + REPEAT_LIFE else None
    return _opened(row, key) if row else None


def mark(key: object) -> str:
    """Return a name of a pending login that gives no right to it; empty if the key is malformed."""
    parsed_key = tokens.parse(key)
    return f"{parsed_key.id}.{tokens.to_text(parsed_key.digest)}" if parsed_key else ""


def waiting_here(db: Db, mark: str, user_id: UUID, identifier: str) -> dict[str, Any] | None:
    """Return the row of a user's pending login, by its `mark`, if it was started with this identifier."""
    id, _, secret_digest = mark.partition(".")
    row = db.get(Ticket, id, populate_existing=True) if id else None
    if row is None or not tokens.same(row.secret_digest, tokens.from_text(secret_digest)) or row.tab != _NO_TAB:
        return None
    if row.user_id != user_id or row.identifier != identifier or clock.now() >= row.expires_at or row.uses_left < 1:
        return None
    facts = row.model_dump()
    db.expunge(row)
    return facts


def wait_on(db: Db, waiting: dict[str, Any]) -> None:
    """Restore a pending login that was ended together with others; `waiting_here` returned it."""
    execute(db, insert(Ticket).values(**waiting))


def _ticket(key: Key, tab: bytes, life: timedelta, **facts: Any) -> Ticket:
    return Ticket(id=key.id, secret_digest=key.digest, tab=tab, expires_at=clock.now() + life, **facts)


def _new(row: Session | Ticket) -> NewSession:
    return NewSession(row.user_id, row.identifier, row.method, row.keep)


def _ticket_of(db: Db, ticket: object) -> Ticket:
    key = tokens.parse(ticket)
    row = db.get(Ticket, key.id) if key else None
    if key is None or row is None or not tokens.same(row.secret_digest, key.digest):
        raise TicketNotFoundOrExpired
    if clock.now() >= row.expires_at:
        schedule(db, _end_ticket, row.id)
        raise TicketNotFoundOrExpired
    return row


def _end_ticket(db: Db, id: str) -> None:
    execute(db, delete(Ticket).where(col(Ticket.id) == id))


def _successor(session_ref: Authenticated, proof: str) -> Key:
    secret = tokens.keyed("renewed key", session_ref.session_id, session_ref.digest.hex(), proof)
    return Key(session_ref.session_id, tokens.to_text(secret))


def _opened(row: Session, key: Key) -> Opened:
    seconds_left = int((row.expires_at - clock.now()).total_seconds())
    return Opened(str(key), row.user_id, row.id, row.identifier, seconds_left if row.keep else None, row.method, False)
