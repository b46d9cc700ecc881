"""Sessions, their end, and the principal: the user and session of a request."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Executable, Uuid, bindparam, delete, false, func, insert, update
from sqlmodel import col, or_, select

from authapp.config import settings
from authapp.core import Db, execute
from authapp.core.base import audit, clock, hooks, identifiers, person_names, tokens
from authapp.core.base.callers import Caller
from authapp.core.base.changes import changes, schedule
from authapp.core.base.errors import SessionExpired, StepUpNeeded
from authapp.core.base.process_state import registrations
from authapp.core.base.tokens import Key
from authapp.core.sessions import session_ends
from authapp.i18n import negotiation
from authapp.models import Email, Membership, Phone, Session, Ticket, User

DISABLED = "disabled"  # blocks the login: an administrator disabled the account
UNCONFIRMED = "email"  # blocks the login: the email address is not confirmed yet
TOUCH_EVERY = timedelta(minutes=1)


class SessionRef(NamedTuple):
    """Reference to a session: its id, and the digest of the key that a request or socket sent. Not a secret.

    Events identify their session only by this, because Reflex stores the headers of a handshake with the state.
    """

    session_id: str
    digest: bytes

    def __str__(self) -> str:
        return f"{self.session_id}:{self.digest.hex()}"

    @classmethod
    def of(cls, key: Key) -> "SessionRef":
        """Return the reference of a key."""
        return cls(key.id, key.digest)

    @classmethod
    def parse(cls, text: str) -> "SessionRef | None":
        """Parse the reference in a header that the guard wrote; None if it is empty."""
        session_id, _, digest = text.partition(":")
        return cls(session_id, bytes.fromhex(digest)) if digest else None


@dataclass(frozen=True, slots=True)
class Principal:
    """User and session of the current request."""

    user_id: UUID
    session_id: str
    identifier: str
    first_name: str
    last_name: str
    has_password: bool
    method: str
    proved_at: datetime  # when the user last showed a credential
    last_seen_at: datetime
    avatar: str  # the id of the picture; empty if absent
    language: str = ""  # chosen in the settings; empty: the language of the browser
    groups: frozenset[str] = frozenset()  # also `admin`, for users that the settings name
    digest: bytes = field(default=b"", repr=False)  # of the key that this request or socket sent

    @property
    def fresh_until(self) -> datetime:
        """Return until when the last proof is recent enough for sensitive changes."""
        return self.proved_at + timedelta(minutes=settings().step_up_minutes)

    @property
    def is_fresh(self) -> bool:
        """Return whether the last proof is recent enough for sensitive changes."""
        return clock.now() < self.fresh_until

    @property
    def name(self) -> str:
        """Return the name that pages show: first and last name, else the identifier."""
        return " ".join(part for part in (self.first_name, self.last_name) if part) or self.identifier

    @property
    def initials(self) -> str:
        """Return one or two letters that pages show if there is no picture."""
        names = [part for part in (self.first_name, self.last_name) if part] or [self.identifier]
        return "".join(person_names.initial(part) for part in names)


Authenticated = Principal | SessionRef  # a session, and the key that the request sent


class NewSession(NamedTuple):
    """Session to open: its user, and how the user logged in."""

    user_id: UUID
    identifier: str
    method: str
    keep: bool = False  # whether the browser keeps it when it closes


class Opened(NamedTuple):
    """Session that a browser may keep: the key for its cookie, and the cookie's lifetime."""

    key: str
    user_id: UUID
    session_id: str
    identifier: str
    max_age: int | None  # seconds; None: until the browser closes
    method: str
    is_new: bool = True  # False: a new key for an existing session
    device: str = ""  # the value of the device cookie


_FACTS: Any = (
    col(Session.secret_digest),
    col(Session.user_id),
    col(Session.identifier),
    col(Session.method),
    col(Session.keep),
    col(Session.proved_at),
    col(Session.last_seen_at),
    col(Session.expires_at),
    col(User.first_name),
    col(User.last_name),
    col(User.avatar),
    col(User.language),
    col(User.blocked_by),
    col(User.password_record).is_not(None).label("has_password"),
)
_GROUPS: Any = (
    select(func.aggregate_strings(col(Membership.name), "\n"))
    .where(col(Membership.user_id) == col(Session.user_id))
    .scalar_subquery()
    .label("groups")
)


@lru_cache(maxsize=4)
def _by_id(admins: str) -> Executable:
    facts: Any = (*_FACTS, _GROUPS, _is_named_admin(admins).label("is_admin"))
    query = select(*facts).join(User, col(User.id) == col(Session.user_id))
    statement: Executable = query.where(col(Session.id) == bindparam("id"))
    return statement


def _is_named_admin(admins: str) -> ColumnElement[bool]:
    """Return the condition that the settings name the session's owner; it costs nothing if they name nobody."""
    names = identifiers.listed(admins)
    if not names:
        return false()
    by_mail = select(col(Email.id)).where(
        col(Email.user_id) == col(Session.user_id),
        col(Email.address).in_(names),
        col(Email.confirmed_at).is_not(None),
    )
    by_phone = select(col(Phone.id)).where(col(Phone.user_id) == col(Session.user_id), col(Phone.number).in_(names))
    return or_(by_mail.exists(), by_phone.exists())


def _groups(names: str | None, is_admin: bool) -> frozenset[str]:
    if not names and not is_admin:
        return _NO_GROUPS
    return frozenset([*(names or "").split("\n"), *(["admin"] if is_admin else [])]) - {""}


_NO_GROUPS: frozenset[str] = frozenset()


# Built once: building a statement takes longer than running it.
_OPEN = insert(Session)
_WAITS = select(col(User.blocked_by)).where(col(User.id) == bindparam("owner", type_=Uuid()))


UserInfo = Callable[[Db, Principal], dict[str, Any]]
_info: list[UserInfo] = registrations([])


def user_info(tell: UserInfo) -> UserInfo:
    """Register the function that provides `user_info` of the HTTP API, in place of the user's names.

    Args:
        tell: `f(db, me)`, which only reads and returns JSON. It runs at every connect and login.
    """
    _info[:] = [tell]
    return tell


def teller() -> UserInfo | None:
    """Return the function that the product registered with `user_info`, or None."""
    return _info[0] if _info else None


def resume(db: Db, key: object) -> Principal | None:
    """Return the principal of a key; None if the key is malformed or unknown, or `alive` returns None."""
    parsed_key = tokens.parse(key)
    return alive(db, SessionRef.of(parsed_key)) if parsed_key else None


def alive(db: Db, caller: Authenticated) -> Principal | None:
    """Return the principal of a caller; None if the session is over or its key was replaced.

    A session is over when it ended, expired, was idle for too long, or its account was disabled.
    """
    row = execute(db, _by_id(settings().admins), {"id": caller.session_id}).first()
    if row is None or row.secret_digest is None or not tokens.same(row.secret_digest, caller.digest):
        return None
    now = clock.now()
    if now >= row.expires_at or now >= row.last_seen_at + _idle(row.keep):
        schedule(db, session_ends.end_expired, [caller.session_id])
        return None
    if row.blocked_by == DISABLED:  # it was opened while an administrator disabled the account
        return None
    return Principal(
        row.user_id,
        caller.session_id,
        row.identifier,
        row.first_name,
        row.last_name,
        row.has_password,
        row.method,
        row.proved_at,
        row.last_seen_at,
        row.avatar,
        negotiation.chosen(row.language),
        _groups(row.groups, row.is_admin),
        row.secret_digest,
    )


def is_renewed(db: Db, caller: Authenticated) -> bool:
    """Return whether the caller's session continues under another key, or waits for a new key to be claimed."""
    state = live(db, [caller.session_id]).get(caller.session_id)
    return state is not None and (state.digest is None or not tokens.same(state.digest, caller.digest))


def require(db: Db, caller: Authenticated, *, fresh: bool = False) -> Session:
    """Return the row of a session for a rule that acts on its behalf.

    Args:
        caller: the session that acts, and the key that it sent.
        fresh: whether the user must have shown a credential recently.

    Raises:
        SessionExpired: the session ended, or has another key by now.
        StepUpNeeded: the last proof is too old.
    """
    me = alive(db, caller)
    if me is None:
        raise SessionExpired
    if fresh and not me.is_fresh:
        raise StepUpNeeded
    row = db.get(Session, me.session_id)
    if row is None:
        raise SessionExpired
    return row


def open(db: Db, new: NewSession, caller: Caller) -> Opened:
    """Open a session. Defaults: 12 h, 2 h idle; kept: 30 days, 14 days idle (NIST SP 800-63B-4, 2.1.3 and 2.2.3)."""
    now, conf, key = clock.now(), settings(), tokens.mint()
    lifetime = timedelta(days=conf.kept_session_days) if new.keep else timedelta(hours=conf.session_hours)
    row = {
        "id": key.id,
        "secret_digest": key.digest,
        **new._asdict(),
        "ip": caller.ip[:64],
        "browser": caller.user_agent[:400],
        "opened_at": now,
        "proved_at": now,
        "last_seen_at": now,
        "expires_at": now + lifetime,
    }
    execute(db, _OPEN, row)
    max_age = int(lifetime.total_seconds()) if new.keep else None
    opened = Opened(str(key), new.user_id, key.id, new.identifier, max_age, new.method)
    if hooks.on_session_open:
        hooks.on_session_open.run(db, opened._replace(key=""))
    return opened


def log_out(db: Db, me: Principal, caller: Caller) -> None:
    """End the caller's session; do nothing if it has already ended."""
    if alive(db, me):
        audit.record(db, me.user_id, "logged_out", caller)
        hooks.on_log_out.run(db, me, caller)
        session_ends.close(db, me.session_id)


def lock(db: Db, caller: Authenticated) -> None:
    """Make the session's key useless until a ticket for a new one is claimed.

    Raises:
        SessionExpired: the session ended, or has another key by now. Of two concurrent calls, one wins.
    """
    condition = (col(Session.id) == caller.session_id) & (col(Session.secret_digest) == caller.digest)
    if execute(db, update(Session).where(condition).values(secret_digest=None)).rowcount != 1:
        raise SessionExpired
    execute(db, delete(Ticket).where(col(Ticket.session_id) == caller.session_id))
    changes(db).keys_changed.add(caller.session_id)


def touch(db: Db, ids: Iterable[str]) -> None:
    """Record that sessions were used just now, at most once a minute for each."""
    now = clock.now()
    stale = col(Session.id).in_(list(ids)) & (col(Session.last_seen_at) <= now - TOUCH_EVERY)
    execute(db, update(Session).where(stale).values(last_seen_at=now))


class Live(NamedTuple):
    """State of a session with open tabs, for the watch of the sockets."""

    digest: bytes | None  # None while the ticket for a new key waits
    groups: frozenset[str]


def live(db: Db, ids: Collection[str]) -> dict[str, Live]:
    """Return the state of those of these sessions that are still open, for the watch of the sockets."""
    waiting_tickets = select(col(Ticket.id)).where(
        col(Ticket.session_id) == col(Session.id), col(Ticket.expires_at) > clock.now()
    )
    is_reachable = col(Session.secret_digest).is_not(None) | waiting_tickets.exists()
    facts: Any = (col(Session.id), col(Session.secret_digest), _GROUPS, _is_named_admin(settings().admins))
    rows = db.exec(select(*facts).where(col(Session.id).in_(list(ids)), is_alive(), is_reachable))
    states = {id: Live(secret_digest, _groups(names, is_admin)) for id, secret_digest, names, is_admin in rows}
    if expired_ids := set(ids) - states.keys():
        schedule(db, session_ends.end_expired, expired_ids)
    return states


def purge(db: Db) -> None:
    """Delete sessions and tickets that are over."""
    now = clock.now()
    session_ends.end_where(db, ~is_alive())
    execute(db, delete(Ticket).where(col(Ticket.expires_at) <= now))


def blocked_by(db: Db, user_id: UUID) -> str:
    """Return what blocks a user's login; empty if nothing does."""
    return execute(db, _WAITS, {"owner": user_id}).scalar() or ""


def _idle(keep: bool) -> timedelta:
    conf = settings()
    return timedelta(days=conf.kept_session_idle_days) if keep else timedelta(hours=conf.session_idle_hours)


def is_alive() -> ColumnElement[bool]:
    """Return the condition that a session is open."""
    now = clock.now()
    kept_sessions = col(Session.keep) & (col(Session.last_seen_at) > now - _idle(True))
    other_sessions = ~col(Session.keep) & (col(Session.last_seen_at) > now - _idle(False))
    return (col(Session.expires_at) > now) & or_(kept_sessions, other_sessions)
