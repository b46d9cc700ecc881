"""Users for the tests, made by the real rules: they sign up, log in, and have sessions."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import update
from sqlmodel import col, select

from authapp.core import Db, execute
from authapp.core.authentication import accounts, login, proofs
from authapp.core.authentication import sign_up as sign_up_rules
from authapp.core.base import audit, clock
from authapp.core.base.callers import Caller
from authapp.core.credentials import links
from authapp.core.sessions import sessions
from authapp.core.sessions.sessions import NewSession, Opened, Principal, SessionRef
from authapp.models import Session, User
from tests.kit.messages import link_to
from tests.kit.rules import do

PASSWORD = "correct horse battery staple"
TAB = "the first tab"
HOME = Caller("192.0.2.1", "Firefox at home")


@dataclass(frozen=True)
class Person:
    """A user with an account and one open session."""

    email: str
    user_id: UUID
    key: str
    me: Principal
    password: str = PASSWORD
    tab: str = TAB
    caller: Caller = HOME


def sign_up(email: str, caller: Caller = HOME) -> str:
    """Ask for an account and return the key in the mail."""
    do(sign_up_rules.sign_up, email, caller)
    return link_to(email)


def confirm(key: str, me: Principal | None = None, tab: str = TAB, caller: Caller = HOME) -> Opened:
    """Follow a link that logs in, and claim its ticket."""
    followed = do(links.follow, key, me, tab=tab)
    return do(login.claim, followed.ticket, [tab], caller, me)


def join(
    email: str,
    *,
    password: str = PASSWORD,
    first_name: str = "",
    last_name: str = "",
    tab: str = TAB,
    caller: Caller = HOME,
) -> Person:
    """Sign up completely: ask for the account, follow the link, set the names and a password."""
    opened = confirm(sign_up(email, caller), tab=tab, caller=caller)
    me = do(sessions.resume, opened.key)
    do(accounts.set_names, me, first_name, last_name, caller)
    ticket = do(accounts.set_password, me, accounts.NewPassword(password, password), tab=tab, caller=caller)
    opened = do(login.claim, ticket, [tab], caller, me)
    return Person(email, me.user_id, opened.key, do(sessions.resume, opened.key), password, tab, caller)


def newcomer(name: str) -> Person:
    """Return a new user with a session, unknown to other tests."""
    unlike = uuid4().hex[:8]
    return join(f"{name.lower()}-{unlike}@example.com", first_name=name, last_name=f"Liddell-{unlike}")


def log_in(person: Person, caller: Caller = HOME, *, address: str = "", password: str = "") -> Opened:
    """Log in as a browser does: password, ticket, key."""
    name, word = address or person.email, password or person.password
    ticket = do(login.with_password, proofs.Credentials(name, word), keep=False, tab=TAB, caller=caller).ticket
    opened: Opened = do(login.claim, ticket, [TAB], caller, None)
    return opened


def log_in_again(person: Person, address: str = "") -> Person:
    """Log the same user in again, because their session became too old, or ended."""
    opened = log_in(person, address=address)
    return Person(person.email, person.user_id, opened.key, do(sessions.resume, opened.key))


def another_session(person: Person) -> Person:
    """Return the same user with a session on another device."""
    opened = do(sessions.open, NewSession(person.user_id, person.email, "password"), HOME)
    return Person(person.email, person.user_id, opened.key, do(sessions.resume, opened.key))


def grow_stale(person: Person) -> None:
    """Let the last proof of a user's sessions be too old for serious changes."""
    long_ago = clock.now() - timedelta(minutes=11)
    do(execute, update(Session).where(col(Session.user_id) == person.user_id).values(proved_at=long_ago))


def follow_link(key: str, me: Principal | None = None, caller: Caller = HOME) -> Any:
    """Follow an action link in the first tab."""
    return do(links.follow, key, me, tab=TAB, caller=caller)


def link_outcome(key: str, me: Principal | None) -> Any:
    """Return what following an action link would do."""
    return do(links.peek, key, me).outcome


def link_text(key: str) -> str:
    """Return the text that the page of an action link shows to a visitor."""
    return str(do(links.peek, key, None).says)


def principal_in(opened: Opened) -> Principal | None:
    """Return the principal of a session that was just opened."""
    return do(sessions.resume, opened.key)


def principal(session_id: str) -> Principal | None:
    """Return the principal of a session, whatever its current key; None when the session is over."""

    def look(db: Db) -> Principal | None:
        row = db.get(Session, session_id)
        return sessions.alive(db, SessionRef(session_id, row.secret_digest)) if row and row.secret_digest else None

    return do(look)


def ended_among(db: Db, ids: Iterable[str]) -> set[str]:
    """Return the sessions among these that are over, as the watch over open sockets determines them."""
    asked = set(ids)
    return asked - sessions.live(db, asked).keys()


def count_sessions(person: Person) -> int:
    """Return how many sessions a user has."""
    return len(do(lambda db: db.exec(select(Session.id).where(Session.user_id == person.user_id)).all()))


def user_row(person: Person) -> User:
    """Return the row of a user."""
    return do(lambda db: db.get(User, person.user_id))


def password_record(person: Person) -> str | None:
    """Return the stored password record of a user."""
    return user_row(person).password_record


def audit_events(person: Person) -> list[str]:
    """Return the names of a user's audit events, newest first."""
    return [entry.what for entry in do(audit.newest, person.user_id)]
