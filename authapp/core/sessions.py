"""Who is asking: sessions, the tickets that open them, and the principal they stand for."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Executable, Uuid, bindparam, delete, false, func, insert, update
from sqlmodel import col, or_, select

from authapp import texts
from authapp.config import settings
from authapp.core import Db, clock, history, hooks, identifiers, limits, run, soon, tokens
from authapp.core.devices import Client, in_words
from authapp.core.errors import BadInput, LoggedOut, StepUpNeeded, TicketGone
from authapp.core.identifiers import is_text
from authapp.core.tokens import Key
from authapp.models import Email, Membership, Phone, Session, Ticket, User
from authapp.texts import say

TICKET_LIFE = timedelta(seconds=30)
DISABLED = "disabled"  # what a login waits for that an administrator keeps out
UNCONFIRMED = "email"  # what a login waits for whose address nobody confirmed yet
WAIT_LIFE = timedelta(days=1)  # a page that waits for an approval goes on by itself for so long
REPEAT_LIFE = timedelta(seconds=30)  # how long a client whose answer was lost can ask for it again
_NO_TAB = b""  # the digest of no tab: what waits is in a cookie
TOUCH_EVERY = timedelta(minutes=1)


class SessionRef(NamedTuple):
    """A session, and the digest of the key that a request or socket showed. Not a secret: it opens nothing.

    Events know their session by this alone, because Reflex stores the headers of a handshake with the state.
    """

    session_id: str
    digest: bytes

    def __str__(self) -> str:
        return f"{self.session_id}:{self.digest.hex()}"

    @classmethod
    def of(cls, key: Key) -> "SessionRef":
        """The reference that a key gives."""
        return cls(key.id, key.verifier)

    @classmethod
    def parse(cls, text: str) -> "SessionRef | None":
        """The reference in a header that the guard wrote, or None when there is none."""
        session_id, _, digest = text.partition(":")
        return cls(session_id, bytes.fromhex(digest)) if digest else None


@dataclass(frozen=True, slots=True)
class Principal:
    """Who is asking, now."""

    user_id: UUID
    session_id: str
    identifier: str
    first_name: str
    last_name: str
    has_password: bool
    method: str
    proved_at: datetime  # when this person last showed a credential
    last_seen_at: datetime
    avatar: str  # the id of the picture; empty when there is none
    language: str = ""  # that was chosen in the settings; empty: as the browser says
    groups: frozenset[str] = frozenset()  # and `admin`, for whom the settings name
    digest: bytes = field(default=b"", repr=False)  # of the key this request or socket came with

    @property
    def fresh_until(self) -> datetime:
        """Until when the last proof is recent enough for serious changes."""
        return self.proved_at + timedelta(minutes=settings().step_up_minutes)

    @property
    def is_fresh(self) -> bool:
        """Whether the last proof is recent enough for serious changes."""
        return clock.now() < self.fresh_until

    @property
    def name(self) -> str:
        """How the pages call this person."""
        return " ".join(part for part in (self.first_name, self.last_name) if part) or self.identifier

    @property
    def initials(self) -> str:
        """One or two letters that stand for this person where there is no picture."""
        names = [part for part in (self.first_name, self.last_name) if part] or [self.identifier]
        return "".join(identifiers.initial(part) for part in names)


Caller = Principal | SessionRef  # who asks: a session, and the key that was shown


class Opened(NamedTuple):
    """A session a browser may keep: the key for its cookie, and for how long."""

    key: str
    user_id: UUID
    session_id: str
    identifier: str
    max_age: int | None  # seconds; None: the cookie dies with the browser
    method: str
    is_new: bool = True  # False: a new key for a session that was there
    device: str = ""  # what the browser shall remember


class Waiting(NamedTuple):
    """Somebody proved who they are, and must wait all the same."""

    user_id: UUID
    reason: str  # email, approval, disabled
    key: str  # what the browser keeps, to go on by itself when the wait ends


class Listed(NamedTuple):
    """An open session, as its person sees it in the list."""

    id: str
    browser: str
    address: str
    opened_at: datetime
    last_seen_at: datetime
    is_this: bool


_FACTS: Any = (
    col(Session.verifier),
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
    col(User.waits),
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
    found = select(*facts).join(User, col(User.id) == col(Session.user_id))
    one: Executable = found.where(col(Session.id) == bindparam("id"))
    return one


def _is_named_admin(admins: str) -> ColumnElement[bool]:
    """Whether the settings name the owner of a session; costs nothing where they name nobody."""
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


# Built once: to build a statement takes longer than to run it.
_OPEN = insert(Session)
_WAITS = select(col(User.waits)).where(col(User.id) == bindparam("owner", type_=Uuid()))


UserInfo = Callable[[Db, Principal], dict[str, Any]]
_info: list[UserInfo] = []


def user_info(tell: UserInfo) -> UserInfo:
    """Register what clients of the HTTP API are told of who is signed in, in place of the names.

    Args:
        tell: `f(db, me)`, which only reads and returns JSON. It is asked at every connect and login.
    """
    _info[:] = [tell]
    return tell


def teller() -> UserInfo | None:
    """What a product registered to tell of who is signed in, if it did."""
    return _info[0] if _info else None


def resume(db: Db, key: object) -> Principal | None:
    """The principal a key stands for, or None: not a key, unknown, wrong secret, ended, expired or idle."""
    parsed = tokens.parse(key)
    return alive(db, SessionRef.of(parsed)) if parsed else None


def alive(db: Db, caller: Caller) -> Principal | None:
    """The principal of a caller who was known before, or None when the session ended or its key was replaced since."""
    row = run(db, _by_id(settings().admins), {"id": caller.session_id}).first()
    if row is None or row.verifier is None or not tokens.same(row.verifier, caller.digest):
        return None
    now = clock.now()
    if now >= row.expires_at or now >= row.last_seen_at + _idle(row.keep):
        soon(db, _end_expired, [caller.session_id])
        return None
    if row.waits == DISABLED:  # it was opened while an administrator closed the door
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
        texts.chosen(row.language),
        _groups(row.groups, row.is_admin),
        row.verifier,
    )


def is_renewed(db: Db, caller: Caller) -> bool:
    """Whether the session of a caller goes on under another key, or waits for the ticket of one to be claimed."""
    now = live(db, [caller.session_id]).get(caller.session_id)
    return now is not None and (now.verifier is None or not tokens.same(now.verifier, caller.digest))


def require(db: Db, caller: Caller, *, fresh: bool = False) -> Session:
    """The session's row, for a rule that acts for it.

    Args:
        caller: the session that acts, and the key it acts with.
        fresh: whether the person must have shown a credential a short while ago.

    Raises:
        LoggedOut: it ended, or has another key by now.
        StepUpNeeded: the last proof is too old.
    """
    me = alive(db, caller)
    if me is None:
        raise LoggedOut
    if fresh and not me.is_fresh:
        raise StepUpNeeded
    row = db.get(Session, me.session_id)
    if row is None:
        raise LoggedOut
    return row


def open(db: Db, user_id: UUID, *, identifier: str, method: str, keep: bool, client: Client) -> Opened:
    """Open a session: 12 h, 2 h idle; kept: 30 days, 14 days idle (NIST SP 800-63B-4, 2.1.3 and 2.2.3)."""
    now, conf, key = clock.now(), settings(), tokens.mint()
    lifetime = timedelta(days=conf.kept_session_days) if keep else timedelta(hours=conf.session_hours)
    row = {
        "id": key.id,
        "verifier": key.verifier,
        "user_id": user_id,
        "identifier": identifier,
        "method": method,
        "keep": keep,
        "address": client.address[:64],
        "browser": client.browser[:400],
        "opened_at": now,
        "proved_at": now,
        "last_seen_at": now,
        "expires_at": now + lifetime,
    }
    run(db, _OPEN, row)
    opened = Opened(str(key), user_id, key.id, identifier, int(lifetime.total_seconds()) if keep else None, method)
    if hooks.on_session_open:
        hooks.on_session_open.run(db, opened._replace(key=""))
    return opened


def issue_ticket(db: Db, user_id: UUID, *, tab: str, identifier: str, method: str, keep: bool = False) -> str:
    """A key this tab can claim within 30 s for a session."""
    key = tokens.mint()
    db.add(_ticket(key, user_id, tokens.digest(tab), TICKET_LIFE, identifier=identifier, method=method, keep=keep))
    return str(key)


def issue_renewal(db: Db, caller: Caller, *, tab: str, proved: bool = False) -> str:
    """A key this tab can claim within 30 s for a new key of its session, together with the key it has now.

    Args:
        caller: whose session it is; the rule has asked for it just now.
        tab: the identity of the tab that gets the ticket.
        proved: whether a credential was shown. The ticket carries that; the session has it with its new key only.
    """
    row = db.get(Session, caller.session_id)
    if row is None:
        raise LoggedOut
    key, proved_at = tokens.mint(), clock.now() if proved else None
    facts = {"identifier": row.identifier, "method": row.method, "keep": row.keep, "session_id": row.id}
    facts |= {"key_digest": caller.digest, "proved_at": proved_at}
    db.add(_ticket(key, row.user_id, tokens.digest(tab), TICKET_LIFE, **facts))
    return str(key)


def enter(
    db: Db,
    user_id: UUID,
    *,
    identifier: str,
    method: str,
    keep: bool,
    client: Client,
    old_session_id: str | None = None,
    reason: str | None = None,
) -> Opened | Waiting:
    """Open a session for somebody who proved who they are, in place of the one they had; or say what it waits for.

    Args:
        reason: what it waits for, where that is known already.
    """
    if reason := waits(db, user_id) if reason is None else reason:
        key = tokens.mint()
        db.add(_ticket(key, user_id, _NO_TAB, WAIT_LIFE, identifier=identifier, method=method, keep=keep))
        return Waiting(user_id, reason, str(key))
    hooks.before_log_in.run(db, user_id, client)
    if old_session_id:
        close(db, old_session_id)
    return open(db, user_id, identifier=identifier, method=method, keep=keep, client=client)


def claim(
    db: Db, ticket: object, tabs: Iterable[str], client: Client, shown: Caller | None, *, proof: str = ""
) -> Opened | Waiting:
    """Trade a ticket for a session's key; the browser's session until now ends, or has a new key from now on.

    The same trade again, within the life of the ticket, brings the same new key: the answer may have been lost.

    Args:
        ticket: what the page was handed.
        tabs: the identities the asking tab can have; the ticket is bound to one.
        client: where the request comes from.
        shown: the key that the request shows, whether or not it still opens something. A ticket for a new key is
            bound to the key under which it was issued.
        proof: what a new key is derived from in place of the ticket, see `repeated`.

    Raises:
        TicketGone: not a ticket, used, older than 30 s, of another tab, or issued under another key.
    """
    row = _ticket_of(db, ticket)
    if not any(tokens.same(row.tab, tokens.digest(tab)) for tab in tabs):
        raise TicketGone
    if row.session_id:
        return _renew(db, row, shown, proof or str(ticket))
    if not limits.spend(db, Ticket, row.id):
        raise TicketGone
    me = alive(db, shown) if shown else None
    return _enter(db, row, client, me.session_id if me else None)


def repeated(db: Db, shown: Caller, proof: str) -> Opened | None:
    """The new key once more, for a client that repeats its request with the old key within 30 s; None: no such answer.

    Nothing is kept for this. A new key is derived from the old key's digest and from what was shown for it: the ticket
    of a tab, or the whole proof of an API call. So the same request finds the same key, and the table says whether it
    is that of the session now. A thief who has the old key alone cannot make the request: he would need the ticket, or
    the answer to a challenge that only its sender has heard, or a code. Where the proof is the password alone, its
    caller counts a wrong one as a failed login.
    """
    key = _successor(shown, proof)
    me = alive(db, SessionRef.of(key))
    row = db.get(Session, key.id) if me and clock.now() < me.proved_at + REPEAT_LIFE else None
    return _opened(row, key) if row else None


def go_on(db: Db, key: object, client: Client, old_session_id: str | None) -> Opened | Waiting:
    """Open the session that waited, if the wait is over.

    Raises:
        TicketGone: nothing waits with this key (any more).
    """
    row = _ticket_of(db, key)
    if row.tab != _NO_TAB:
        raise TicketGone
    if reason := waits(db, row.user_id):
        return Waiting(row.user_id, reason, str(key))
    if not limits.spend(db, Ticket, row.id):
        raise TicketGone
    return _enter(db, row, client, old_session_id)


def mark(key: object) -> str:
    """What tells a login that waits from every other, without being a right to it; empty: it is no key."""
    parsed = tokens.parse(key)
    return f"{parsed.id}.{tokens.to_text(parsed.verifier)}" if parsed else ""


def waiting_here(db: Db, mark: str, user_id: UUID, identifier: str) -> dict[str, Any] | None:
    """The login of a user that waits in a browser, by its `mark`, if it was begun with an identifier."""
    id, _, verifier = mark.partition(".")
    row = db.get(Ticket, id, populate_existing=True) if id else None
    if row is None or not tokens.same(row.verifier, tokens.from_text(verifier)) or row.tab != _NO_TAB:
        return None
    if row.user_id != user_id or row.identifier != identifier or clock.now() >= row.expires_at or row.uses_left < 1:
        return None
    facts = row.model_dump()
    db.expunge(row)
    return facts


def wait_on(db: Db, waiting: dict[str, Any]) -> None:
    """Let a login wait on that ended together with others; as `waiting_here` found it."""
    run(db, insert(Ticket).values(**waiting))


def close(db: Db, session_id: str) -> None:
    """End one session; its open tabs are told after the commit."""
    end_where(db, col(Session.id) == session_id)


def expire(db: Db, session_id: str) -> None:
    """End a session, but let what is being answered reach its tab; the watch closes its sockets soon after."""
    ended = update(Session).where(col(Session.id) == session_id, _is_told_of())
    owners = run(db, ended.values(verifier=None, expires_at=col(Session.opened_at)).returning(col(Session.user_id)))
    for owner in owners.scalars().all():
        hooks.on_session_close.run(db, owner, session_id)
    db.info.setdefault("changed", set()).add(session_id)
    db.info.setdefault("parting", set()).add(session_id)


def listed(db: Db, me: Principal) -> list[Listed]:
    """The open sessions of a user, the one that asks first, then the one that was seen last."""
    return of_user(db, me.user_id, me.session_id)


def of_user(db: Db, user_id: UUID, this: str = "") -> list[Listed]:
    """The open sessions of a user, the one named `this` first, then the one that was seen last."""
    rows = db.exec(select(Session).where(col(Session.user_id) == user_id, _is_alive())).all()
    found = [
        Listed(row.id, in_words(row.browser), row.address, row.opened_at, row.last_seen_at, row.id == this)
        for row in rows
    ]
    return sorted(found, key=lambda one: (one.is_this, one.last_seen_at), reverse=True)


def sign_out(db: Db, me: Principal, session_id: object, client: Client) -> None:
    """End another session of the same user; its open tabs are told after the commit.

    Raises:
        BadInput: it is not one of this user's open sessions.
        LoggedOut: the session that asks ended.
        StepUpNeeded: the last proof is too old.
    """
    require(db, me, fresh=True)
    row = db.get(Session, session_id) if is_text(session_id) else None
    if row is None or row.user_id != me.user_id:
        raise BadInput(say("This session is over already."))
    history.record(db, me.user_id, "session_ended", client, in_words(row.browser))
    close(db, row.id)


def sign_out_others(db: Db, me: Principal, client: Client) -> None:
    """End every session of a user but the one that asks.

    Raises:
        LoggedOut: the session that asks ended.
        StepUpNeeded: the last proof is too old.
    """
    require(db, me, fresh=True)
    history.record(db, me.user_id, "others_ended", client)
    close_all(db, me.user_id, spare=me.session_id)


def log_out(db: Db, me: Principal, client: Client) -> None:
    """End the session that asks; it may have ended a moment ago."""
    if alive(db, me):
        history.record(db, me.user_id, "logged_out", client)
        hooks.on_log_out.run(db, me, client)
        close(db, me.session_id)


def close_all(db: Db, user_id: UUID, *, spare: str | None = None) -> None:
    """End every session of a user, and every ticket for one, save the session `spare`."""
    where = col(Session.user_id) == user_id
    answered = None if spare else db.info.get("answered")
    end_where(db, where if spare is None and answered is None else where & (col(Session.id) != (spare or answered)))
    if answered:  # its tab is still to be told where to go
        expire(db, answered)
    run(db, delete(Ticket).where(col(Ticket.user_id) == user_id))


def forget_identifier(db: Db, identifier: str) -> None:
    """End whatever was opened, or may be claimed, with an identifier that turns out to be somebody else's."""
    end_where(db, col(Session.identifier) == identifier)
    run(db, delete(Ticket).where(col(Ticket.identifier) == identifier))


def rename_identifier(db: Db, user_id: UUID, old: str, new: str) -> None:
    """Let the sessions of a user, and logins under way, go on under another identifier when theirs is removed."""
    mine = (col(Session.user_id) == user_id) & (col(Session.identifier) == old)
    changed = run(db, update(Session).where(mine).values(identifier=new).returning(col(Session.id))).scalars().all()
    db.info.setdefault("changed", set()).update(changed)
    waiting = (col(Ticket.user_id) == user_id) & (col(Ticket.identifier) == old)
    run(db, update(Ticket).where(waiting).values(identifier=new))


def rename_nameless(db: Db, user_id: UUID, new: str) -> None:
    """Let the sessions of a user, and logins under way, that go by no address and no number go by another name."""
    known = update(Session).where(col(Session.user_id) == user_id, ~_is_named(col(Session.identifier)))
    changed = run(db, known.values(identifier=new).returning(col(Session.id))).scalars().all()
    db.info.setdefault("changed", set()).update(changed)
    waiting = (col(Ticket.user_id) == user_id) & ~_is_named(col(Ticket.identifier))
    run(db, update(Ticket).where(waiting).values(identifier=new))


def lock(db: Db, caller: Caller) -> None:
    """Make the session's key useless until a ticket for a new one is claimed.

    Raises:
        LoggedOut: the session ended, or has another key by now: of two that lock it at once, one wins.
    """
    same = (col(Session.id) == caller.session_id) & (col(Session.verifier) == caller.digest)
    if run(db, update(Session).where(same).values(verifier=None)).rowcount != 1:
        raise LoggedOut
    run(db, delete(Ticket).where(col(Ticket.session_id) == caller.session_id))
    db.info.setdefault("changed", set()).add(caller.session_id)


def touch(db: Db, ids: Iterable[str]) -> None:
    """Note that sessions were used just now; at most once a minute, however many ask."""
    now = clock.now()
    stale = col(Session.id).in_(list(ids)) & (col(Session.last_seen_at) <= now - TOUCH_EVERY)
    run(db, update(Session).where(stale).values(last_seen_at=now))


class Live(NamedTuple):
    """What the watch asks of a session that has open tabs."""

    verifier: bytes | None  # None while the ticket for a new key waits
    groups: frozenset[str]


def live(db: Db, ids: Collection[str]) -> dict[str, Live]:
    """Those of these sessions that live, with what their open tabs stand on. For the watch."""
    waits = select(col(Ticket.id)).where(
        col(Ticket.session_id) == col(Session.id), col(Ticket.expires_at) > clock.now()
    )
    reachable = col(Session.verifier).is_not(None) | waits.exists()
    facts: Any = (col(Session.id), col(Session.verifier), _GROUPS, _is_named_admin(settings().admins))
    found = db.exec(select(*facts).where(col(Session.id).in_(list(ids)), _is_alive(), reachable))
    alive = {id: Live(verifier, _groups(names, is_admin)) for id, verifier, names, is_admin in found}
    if expired := set(ids) - alive.keys():
        soon(db, _end_expired, expired)
    return alive


def purge(db: Db) -> None:
    """Forget sessions and tickets that are over."""
    now = clock.now()
    end_where(db, ~_is_alive())
    run(db, delete(Ticket).where(col(Ticket.expires_at) <= now))


def waits(db: Db, user_id: UUID) -> str:
    """What a user's login waits for; empty: nothing."""
    return run(db, _WAITS, {"owner": user_id}).scalar() or ""


def _ticket(key: Key, user_id: UUID, tab: bytes, life: timedelta, **facts: Any) -> Ticket:
    expires = clock.now() + life
    return Ticket(id=key.id, verifier=key.verifier, tab=tab, user_id=user_id, expires_at=expires, **facts)


def _ticket_of(db: Db, ticket: object) -> Ticket:
    key = tokens.parse(ticket)
    row = db.get(Ticket, key.id) if key else None
    if key is None or row is None or not tokens.same(row.verifier, key.verifier):
        raise TicketGone
    if clock.now() >= row.expires_at:
        soon(db, _end_ticket, row.id)
        raise TicketGone
    return row


def _end_ticket(db: Db, id: str) -> None:
    run(db, delete(Ticket).where(col(Ticket.id) == id))


def _end_expired(db: Db, ids: Collection[str]) -> None:
    """End sessions that were seen expired: they stay so when the clock is set back."""
    end_where(db, col(Session.id).in_(list(ids)))


def _enter(db: Db, row: Ticket, client: Client, old_session_id: str | None) -> Opened | Waiting:
    facts: Any = {"identifier": row.identifier, "method": row.method, "keep": row.keep}
    return enter(db, row.user_id, **facts, client=client, old_session_id=old_session_id)


def _renew(db: Db, ticket: Ticket, shown: Caller | None, proof: str) -> Opened:
    if shown is None or shown.session_id != ticket.session_id:
        raise TicketGone
    if ticket.key_digest is not None and not tokens.same(ticket.key_digest, shown.digest):
        raise TicketGone  # None: it was issued before tickets knew their key
    key = _successor(shown, proof)
    if not limits.spend(db, Ticket, ticket.id):
        row = db.get(Session, key.id)
        if row is None or row.verifier != key.verifier or clock.now() >= ticket.expires_at:
            raise TicketGone
        return _opened(row, key)
    facts: dict[str, Any] = {"verifier": key.verifier}
    if ticket.proved_at:
        facts["proved_at"] = ticket.proved_at
    # A key that was replaced meanwhile makes the ticket worthless. One without a proof is of `lock`: it left no key.
    held = col(Session.verifier) == ticket.key_digest if ticket.proved_at else col(Session.verifier).is_(None)
    renewed = update(Session).where(col(Session.id) == key.id, held, _is_alive()).values(**facts)
    row = db.get(Session, key.id, populate_existing=True) if run(db, renewed).rowcount == 1 else None
    if row is None:
        raise TicketGone
    db.info.setdefault("changed", set()).add(key.id)
    return _opened(row, key)


def _successor(shown: Caller, proof: str) -> Key:
    secret = tokens.keyed("renewed key", shown.session_id, shown.digest.hex(), proof)
    return Key(shown.session_id, tokens.to_text(secret))


def _opened(row: Session, key: Key) -> Opened:
    left = int((row.expires_at - clock.now()).total_seconds())
    return Opened(str(key), row.user_id, row.id, row.identifier, left if row.keep else None, row.method, False)


def _idle(keep: bool) -> timedelta:
    conf = settings()
    return timedelta(days=conf.kept_session_idle_days) if keep else timedelta(hours=conf.session_idle_hours)


def _is_alive() -> ColumnElement[bool]:
    now = clock.now()
    kept = col(Session.keep) & (col(Session.last_seen_at) > now - _idle(True))
    other = ~col(Session.keep) & (col(Session.last_seen_at) > now - _idle(False))
    return (col(Session.expires_at) > now) & or_(kept, other)


def _is_named(identifier: Any) -> ColumnElement[bool]:
    """Whether a session goes by an address or a number."""
    found: ColumnElement[bool] = identifier.contains("@") | identifier.startswith("+")
    return found


def end_where(db: Db, where: ColumnElement[bool]) -> None:
    """End the sessions that fit; whoever holds their open tabs is told after the commit."""
    facts: Any = (col(Session.id), col(Session.user_id), _is_told_of())
    gone: Any = run(db, delete(Session).where(where).returning(*facts)).all()
    db.info.setdefault("ended", set()).update(id for id, _, _ in gone)
    if hooks.on_session_close:
        for id, user_id, ends_now in gone:
            if ends_now:
                hooks.on_session_close.run(db, user_id, id)


def _is_told_of() -> ColumnElement[bool]:
    """Whether the end of a session is news: `expire` ended it already where it is as old as its beginning."""
    news: ColumnElement[bool] = col(Session.expires_at) > col(Session.opened_at)
    return news
