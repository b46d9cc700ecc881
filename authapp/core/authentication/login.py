"""Login: with a password by challenge (SCRAM-SHA-256) or as plain text, and the steps after every login."""

from collections.abc import Callable, Iterable
from typing import NamedTuple

from sqlalchemy import Uuid, bindparam, update
from sqlmodel import col

from authapp.core import Db, execute
from authapp.core.account import security_mail
from authapp.core.account.security_mail import SecurityMail
from authapp.core.authentication import proofs
from authapp.core.authentication.proofs import Credentials, Reply
from authapp.core.base import audit, callers, hooks, tokens
from authapp.core.base.callers import Caller
from authapp.core.credentials import links
from authapp.core.credentials.scram import Renewal
from authapp.core.sessions import session_ends, sessions, tickets
from authapp.core.sessions.sessions import Authenticated, NewSession, Opened, Principal
from authapp.core.sessions.tickets import BlockedLogin
from authapp.models import User

_REOPEN = (
    update(User)
    .where(col(User.id) == bindparam("owner", type_=Uuid()), col(User.closes_at).is_not(None))
    .values(closes_at=None)
)


class BrowserLogin(NamedTuple):
    """Result of a browser login: a ticket for the tab, and the server's signature, which the tab checks first."""

    ticket: str
    signature: str
    renewal: Renewal | None = None


class SignedIn(NamedTuple):
    """Result of an API login: a session, and the server's signature, which the client checks first."""

    opened: Opened
    signature: str
    renewal: Renewal | None = None


class FollowedLink(NamedTuple):
    """Result of following a link with an API client: the next page, and a session when the link connects."""

    path: str
    entered: Opened | BlockedLogin | None
    ended: bool  # whether the session of the client has ended
    link: str = ""  # the key of the link that the next page leads on to


def answer_challenge(db: Db, reply: Reply, *, keep: bool, tab: str, caller: Caller) -> BrowserLogin:
    """Log a browser in: check the reply and return a ticket for its tab. Raises the errors of `prove`."""
    proof = proofs.prove(db, reply, caller)
    new_session = NewSession(proof.user_id, proof.identifier, "password", keep)
    return BrowserLogin(tickets.issue_ticket(db, new_session, tab=tab), proof.signature, proof.renewal)


def open_session(
    db: Db, reply: Reply, caller: Caller, *, keep: bool, old_session_id: str | None = None
) -> SignedIn | BlockedLogin:
    """Log an API client in: check the reply, end its old session, open a new one. Raises the errors of `prove`.

    With a password, check that. Then it raises the errors of `prove_with_password`.
    """
    proof = proofs.prove(db, reply, caller) if reply.password is None else proofs.prove_with_password(db, reply, caller)
    new_session = NewSession(proof.user_id, proof.identifier, "password", keep)
    result = enter(db, new_session, caller, old_session_id=old_session_id, reason=proof.blocked_by)
    return result if isinstance(result, BlockedLogin) else SignedIn(result, proof.signature, proof.renewal)


def enter(
    db: Db, new: NewSession, caller: Caller, *, old_session_id: str | None = None, reason: str | None = None
) -> Opened | BlockedLogin:
    """Open a session in place of the previous one, and run the steps that follow every login (see `_arrive`).

    If something blocks the login, return a pending one, which `go_on` continues.

    Args:
        db: the transaction.
        new: the session to open. The rule has just verified the credentials.
        caller: the client that sent the request.
        old_session_id: the session that ends.
        reason: what blocks the login, if that is known already.
    """
    if reason := sessions.blocked_by(db, new.user_id) if reason is None else reason:
        return tickets.wait(db, new, reason)
    hooks.before_log_in.run(db, new.user_id, caller)
    if old_session_id:
        session_ends.close(db, old_session_id)
    return _arrive(db, sessions.open(db, new, caller), caller)


def claim(
    db: Db, ticket: object, tabs: Iterable[str], caller: Caller, shown: Authenticated | None
) -> Opened | BlockedLogin:
    """Exchange a ticket for the key of a session. The browser's previous session ends, or gets a new key.

    Args:
        db: the transaction.
        ticket: the ticket that the page got.
        tabs: the identities that the tab can have; the ticket is bound to one.
        caller: the client that sent the request.
        shown: the session and key that the request sends, see `tickets.renew`.

    Raises:
        TicketNotFoundOrExpired: not a ticket, used, older than 30 s, of another tab, or issued under another key.
    """
    row = tickets.of_tab(db, ticket, tabs)
    if row.session_id:
        return tickets.renew(db, row, shown, str(ticket))
    new_session, me = tickets.spend(db, row), sessions.alive(db, shown) if shown else None
    return enter(db, new_session, caller, old_session_id=me.session_id if me else None)


def log_in_without_tab(
    db: Db, begin: Callable[..., str], *given: object, caller: Caller, shown: Authenticated | None = None
) -> Opened | BlockedLogin:
    """Run a rule that returns a ticket and claim the ticket at once, for API clients, which have no tab.

    Args:
        db: the transaction.
        begin: a rule `f(db, *given, tab=..., caller=...)` that returns a ticket.
        given: its other arguments.
        caller: the client that sent the request.
        shown: the session and key of the client before the login, if any.

    Raises the errors of `begin`.
    """
    tab = tokens.mint().secret
    ticket = begin(db, *given, tab=tab, caller=caller)
    return claim(db, ticket, [tab], caller, shown)


def follow(db: Db, key: object, me: Principal | None, caller: Caller) -> FollowedLink:
    """Follow a link as `links.follow` does and claim its ticket at once, for API clients.

    Raises:
        InvalidActionKey: the link does not exist, is used up or expired, or the visitor must first log in as its user.
    """
    tab = tokens.mint().secret
    outcome = links.follow(db, key, me, tab=tab, caller=caller)
    if not outcome.ticket:
        return FollowedLink(outcome.path, None, outcome.ended)
    login_result = claim(db, outcome.ticket, [tab], caller, me)
    return FollowedLink(outcome.path, login_result, ended=False, link=outcome.link)


def go_on(db: Db, key: object, caller: Caller, old_session_id: str | None) -> Opened | BlockedLogin:
    """Continue a pending login. The result is `BlockedLogin` while it is still blocked.

    Raises:
        TicketNotFoundOrExpired: no pending login has this key (any more).
    """
    row = tickets.pending(db, key)
    if reason := sessions.blocked_by(db, row.user_id):
        return BlockedLogin(row.user_id, reason, str(key))
    return enter(db, tickets.spend(db, row), caller, old_session_id=old_session_id)


def with_password(db: Db, credentials: Credentials, *, keep: bool, tab: str, caller: Caller) -> BrowserLogin:
    """Log a browser in with the plain password: it cannot answer a challenge, or the user has an imported hash.

    An imported hash is upgraded to SCRAM records.

    Raises:
        BadInput: the identifier or the password is empty or not text, or the identifier cannot be parsed.
        TooManyRequests: too many failures for this identifier or from this client.
        BadUserOrPassword: unknown identifier or wrong password. The error and its timing do not reveal which.
    """
    user_id, name = proofs.check_password(db, credentials.identifier, credentials.password, caller)
    return BrowserLogin(tickets.issue_ticket(db, NewSession(user_id, name, "password", keep), tab=tab), "")


def _arrive(db: Db, opened: Opened, caller: Caller) -> Opened:
    """Run the steps that follow every new session: audit log, mail about an unknown browser, reopening, hooks.

    Logging in reopens a closed account. The result has a cookie that marks the browser as known.
    """
    is_known = opened.method not in ("password", "foreign") or callers.is_known_device(caller, opened.user_id)
    is_new_device = not is_known and audit.is_unusual(db, opened.user_id, caller)
    audit.record(db, opened.user_id, "logged_in", caller)
    if is_new_device:
        security_mail.send(db, opened.user_id, caller, SecurityMail("new_device"))
    if execute(db, _REOPEN, {"owner": opened.user_id}).rowcount:
        audit.record(db, opened.user_id, "reopened", caller)
        security_mail.send(db, opened.user_id, caller, SecurityMail("reopened"))
        hooks.on_account_reopened.run(db, opened.user_id)
    if hooks.on_log_in:
        hooks.on_log_in.run(db, opened._replace(key=""), caller)
    return opened._replace(device=callers.remember_device(caller, opened.user_id))
