"""Login: with a password by challenge (SCRAM-SHA-256) or as plain text, and the steps after every login."""

import base64
import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple, NoReturn
from uuid import UUID

from sqlalchemy import Uuid, bindparam, func, update
from sqlmodel import col, select

from authapp.core import Db, execute
from authapp.core.account import confirmations, security_mail
from authapp.core.account.security_mail import SecurityMail
from authapp.core.authentication import accounts
from authapp.core.authentication.accounts import Owner
from authapp.core.base import audit, callers, clock, hooks, identifiers, rate_limits, tokens
from authapp.core.base.callers import Caller
from authapp.core.base.changes import schedule
from authapp.core.base.errors import BadInput, BadUserOrPassword, Busy, ChallengeNotFoundOrExpired
from authapp.core.base.identifiers import is_text
from authapp.core.base.process_state import cache
from authapp.core.base.rate_limits import Failures
from authapp.core.credentials import links, passwords, scram
from authapp.core.credentials.passwords import ScramKeys
from authapp.core.credentials.scram import Renewal
from authapp.core.sessions import sessions, tickets
from authapp.core.sessions.sessions import Authenticated, NewSession, Opened, Principal
from authapp.core.sessions.tickets import BlockedLogin
from authapp.i18n.texts import t
from authapp.models import User

CHALLENGE_LIFE = timedelta(minutes=2)
LONGEST_REPLY = 1000
_REOPEN = (
    update(User)
    .where(col(User.id) == bindparam("owner", type_=Uuid()), col(User.closes_at).is_not(None))
    .values(closes_at=None)
)
_NONCE = re.compile(r"[\x21-\x2b\x2d-\x7e]{16,128}")  # RFC 5802, 7: printable, no comma


class Challenge(NamedTuple):
    """A challenge for a client.

    `first` is SCRAM's server-first-message, or None when the client must send the plain password. In a challenge of
    `provider_nonce` it is the nonce.
    """

    id: str
    first: str | None


@dataclass(frozen=True)
class Reply:
    """Reply to a challenge: SCRAM's client-final-message, or the plain password of an API client.

    `user` is the identifier that the challenge must be for, if the client sent one.
    """

    challenge_id: object
    reply: object
    user: object = None
    password: object = field(default=None, repr=False)


@dataclass(frozen=True)
class Credentials:
    """An identifier and a plain password, both as typed."""

    identifier: object
    password: object = field(repr=False)


class VerifiedPassword(NamedTuple):
    """Result of a correct proof. The signature proves the server to the client (RFC 5802, 3: ServerSignature)."""

    user_id: UUID
    identifier: str
    signature: str
    blocked_by: str | None = None  # why the user cannot log in yet; empty: no reason; None: not looked up
    renewal: Renewal | None = None  # set when the SCRAM record of this identifier is missing or old


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


def challenge(db: Db, user: object, nonce: object, caller: Caller) -> Challenge:
    """Return a challenge with which a browser proves that it knows the password of `user`. Writes nothing.

    Salt and iterations depend only on the identifier and this database, also for unknown identifiers. So a challenge
    does not reveal who has an account (user enumeration). A record that awaits its renewal shows old parameters; the
    same share of unknown identifiers shows old ones too (`scram.made_up`).

    Args:
        db: the transaction.
        user: the identifier as typed, at most 254 characters.
        nonce: 16 to 128 printable characters without comma, new for each attempt.
        caller: the client that sent the request.

    Raises:
        BadInput: `user` is neither an email address nor a phone number, or `nonce` has the wrong form.
        TooManyRequests: more than 60 in a minute from this client.
    """
    rate_limits.throttle_calls(rate_limits.CHALLENGES, caller.ip)  # first, so that invalid requests are counted too
    identifier = identifiers.lookup(user, caller)
    if not isinstance(nonce, str) or not _NONCE.fullmatch(nonce):
        raise BadInput(t("The nonce must be 16 to 128 printable characters without a comma."), field="nonce")
    full_nonce = nonce + secrets.token_urlsafe(18)
    share = _imported_share(db)
    owner = accounts.find_for_login(db, identifier)
    expires_at = (clock.now() + CHALLENGE_LIFE).timestamp()
    scram_keys = next(_verifiers(owner, identifier), None)
    is_plain = scram_keys is None and _wants_plain(db, identifier, owner, share)
    terms = scram.terms_of(scram_keys or scram.made_up(db, identifier)).text
    facts = json.dumps([user, identifier, nonce, full_nonce, expires_at, terms], ensure_ascii=False)
    id = tokens.to_text(tokens.seal("challenge", facts.encode()))
    return Challenge(id, None if is_plain else f"r={full_nonce},{terms}")


def provider_nonce() -> Challenge:
    """Return a challenge without a user: a nonce for the ID token of a social login. Writes nothing."""
    nonce, expires_at = secrets.token_urlsafe(18), (clock.now() + CHALLENGE_LIFE).timestamp()
    sealed = tokens.seal("greeting", json.dumps([nonce, expires_at]).encode())
    return Challenge(tokens.to_text(sealed), nonce)


def spend_nonce(db: Db, challenge_id: object) -> str:
    """Spend a challenge of `provider_nonce` and return its nonce.

    Raises:
        ChallengeNotFoundOrExpired: the challenge is forged, older than two minutes, or was used before.
    """
    sealed, (nonce, expires_at) = _unseal("greeting", challenge_id)
    _spend(db, challenge_id, sealed, expires_at)
    return str(nonce)


def prove(db: Db, reply: Reply, caller: Caller) -> VerifiedPassword:
    """Check the reply to a challenge (SCRAM's client-final-message). A wrong reply spends the challenge too.

    Raises:
        ChallengeNotFoundOrExpired: the challenge is forged, older than two minutes, or was answered before.
        TooManyRequests: too many failures for this identifier or from this client.
        BadUserOrPassword: the proof is wrong, or there is no such user.
    """
    user, identifier, nonce, full_nonce, *terms = _spend_challenge(db, reply.challenge_id)
    owner = accounts.find_for_login(db, identifier)
    failures = _failures(db, identifier, owner.id if owner else None, caller)
    # Use the record whose terms the challenge showed: another tab may have renewed it since. Challenges that were made
    # before an upgrade contain no terms.
    candidates = (keys for keys in _verifiers(owner, identifier) if not terms or scram.terms_of(keys).text == terms[0])
    scram_keys = next(candidates, None)
    signature = _signature(scram_keys or scram.made_up(db, identifier), user, nonce, full_nonce, reply.reply)
    is_other_user = reply.user is not None and reply.user != user
    if is_other_user or owner is None or scram_keys is None or signature is None or not _may_pass(db, owner, failures):
        _refuse(db, identifier, owner.id if owner else None, caller)
    _ask_to_confirm(db, owner, identifier, caller)
    renewal = (
        scram.offer(db, identifier, owner.id, owner.password_record, scram_keys) if owner.password_record else None
    )
    return VerifiedPassword(owner.id, identifier, signature, owner.blocked_by, renewal)


def prove_with_password(db: Db, reply: Reply, caller: Caller) -> VerifiedPassword:
    """Check a plain password in reply to a challenge without a SCRAM message, and upgrade an imported hash.

    Raises:
        BadInput: the password is missing.
        ChallengeNotFoundOrExpired, TooManyRequests, BadUserOrPassword: as for `prove`.
    """
    user, identifier, *_ = _spend_challenge(db, reply.challenge_id)
    if reply.user != user:
        _refuse(db, identifier, None, caller)
    db.commit()  # the challenge stays spent in any case, and no lock is held during the hashing
    return VerifiedPassword(*check_password(db, user, reply.password, caller), "")


def answer_challenge(db: Db, reply: Reply, *, keep: bool, tab: str, caller: Caller) -> BrowserLogin:
    """Log a browser in: check the reply and return a ticket for its tab. Raises the errors of `prove`."""
    proof = prove(db, reply, caller)
    new_session = NewSession(proof.user_id, proof.identifier, "password", keep)
    return BrowserLogin(tickets.issue_ticket(db, new_session, tab=tab), proof.signature, proof.renewal)


def open_session(
    db: Db, reply: Reply, caller: Caller, *, keep: bool, old_session_id: str | None = None
) -> SignedIn | BlockedLogin:
    """Log an API client in: check the reply, end its old session, open a new one. Raises the errors of `prove`.

    With a password, check that. Then it raises the errors of `prove_with_password`.
    """
    proof = prove(db, reply, caller) if reply.password is None else prove_with_password(db, reply, caller)
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
        sessions.close(db, old_session_id)
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
    user_id, name = check_password(db, credentials.identifier, credentials.password, caller)
    return BrowserLogin(tickets.issue_ticket(db, NewSession(user_id, name, "password", keep), tab=tab), "")


def check_password(db: Db, identifier: object, password: object, caller: Caller) -> tuple[UUID, str]:
    """Check a plain password, and return the id and the identifier of its user. Opens no session.

    Raises the errors of `with_password`.
    """
    name = identifiers.lookup(identifier, caller)
    if not isinstance(password, str) or not password:
        raise BadInput(t("Enter your password."), field="password")
    owner = accounts.find_for_login(db, name)
    stored_record, user_id = (owner.password_record, owner.id) if owner else (None, None)
    failures = _failures(db, name, user_id, caller)
    db.rollback()  # hold no lock while the hash is computed
    with rate_limits.checked(name):
        is_right, is_old = passwords.matches(password, stored_record, user_id)
        # After too many failures, the response time must not reveal that the password is right.
        needs_renewal = is_right and not failures.too_many
        new_records = _new_records(db, name, owner, password, is_old) if needs_renewal and owner else None
    failures = _failures(db, name, user_id, caller)  # other attempts may have failed during the hashing
    if not is_right or owner is None or not _may_pass(db, owner, failures):
        _refuse(db, name, user_id, caller)
    current_owner = accounts.find_for_login(db, name)
    if current_owner is None or current_owner.password_record != stored_record:
        raise Busy  # a new password was set during the hashing, or the record was encrypted again (key rotation)
    if new_records:
        accounts.keep_password(db, owner.id, *new_records, instead_of=stored_record)
    _ask_to_confirm(db, owner, name, caller)
    return owner.id, name


def _may_pass(db: Db, user: Owner, failures: Failures) -> bool:
    """Return whether a correct password may log in: not after too many failures, and not when the account is gone."""
    return not failures.too_many and _account_exists(db, user.id, user.closes_at) and rate_limits.forgive(db, failures)


def _ask_to_confirm(db: Db, owner: Owner | None, identifier: str, caller: Caller) -> None:
    """Mail the confirmation link to an imported user whose email address is not confirmed. The login waits for it."""
    if owner and owner.blocked_by == sessions.UNCONFIRMED:
        confirmations.ask(db, owner.id, identifier, caller.language)


def _new_records(
    db: Db, identifier: str, owner: Owner, password: str, is_old: bool
) -> tuple[bytes, dict[str, bytes]] | None:
    """Return new records of a correct password for all identifiers; None when the record of this one is not old."""
    scram_keys = next(_verifiers(owner, identifier), None)
    if not is_old and scram_keys and scram.terms_of(scram_keys) == scram.current(db, identifier):
        return None
    terms = scram.current_of(db, owner.id)
    db.rollback()  # hold no lock while the hashes are computed
    return scram.make(password, owner.id, terms)


def _account_exists(db: Db, user_id: UUID, closes_at: datetime | None) -> bool:
    """Return whether the account still exists. A closed account is locked, as the cleanup could purge it just now."""
    if closes_at is None:
        return True
    return db.exec(select(User.id).where(User.id == user_id).with_for_update()).first() is not None


def _failures(db: Db, identifier: str, user_id: UUID | None, caller: Caller) -> Failures:
    is_known = callers.is_known_device(caller, user_id or audit.NOBODY)
    return rate_limits.check_failures(db, identifier, caller.ip, user_id, is_known=is_known)


def _refuse(db: Db, identifier: str, user_id: UUID | None, caller: Caller) -> NoReturn:
    owner_id = user_id or audit.NOBODY
    if rate_limits.count_failure(
        db, identifier, caller.ip, user_id, is_known=callers.is_known_device(caller, owner_id)
    ):
        schedule(db, security_mail.send_login_failures, owner_id, caller)
    audit.record(db, owner_id, "refused", caller)
    raise BadUserOrPassword


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


def _spend_challenge(db: Db, challenge_id: object) -> tuple[str, ...]:
    sealed, (user, identifier, nonce, full_nonce, expires_at, *terms) = _unseal("challenge", challenge_id)
    _spend(db, challenge_id, sealed, expires_at)
    return user, identifier, nonce, full_nonce, *terms


def _verifiers(owner: Owner | None, identifier: str) -> Iterator[ScramKeys]:
    if owner:
        yield from scram.keys_for(identifier, owner.id, owner.record, owner.password_record)


def _unseal(purpose: str, challenge_id: object) -> tuple[bytes, list[Any]]:
    if not isinstance(challenge_id, str) or len(challenge_id) > 4000:
        raise ChallengeNotFoundOrExpired(challenge_id)
    sealed = tokens.from_text(challenge_id)  # bytes, as a spent challenge must not return in another spelling
    content = tokens.unseal(purpose, sealed)
    if content is None:
        raise ChallengeNotFoundOrExpired(challenge_id)
    return sealed, json.loads(content)


def _spend(db: Db, challenge_id: object, sealed: bytes, expires_at: float) -> None:
    until, digest = datetime.fromtimestamp(expires_at, UTC), hashlib.sha256(sealed).digest()
    if clock.now() >= until:
        schedule(db, rate_limits.once, digest, until)  # so that it stays expired when the clock is set back
        raise ChallengeNotFoundOrExpired(challenge_id)
    if not rate_limits.once(db, digest, until):
        raise ChallengeNotFoundOrExpired(challenge_id)


def _signature(scram_keys: ScramKeys, user: str, nonce: str, full_nonce: str, reply: object) -> str | None:
    """Return the server's signature when the proof in the reply is correct, else None (RFC 5802, 3; RFC 7677)."""
    if not is_text(reply) or len(reply) > LONGEST_REPLY:
        return None
    without_proof, _, proof = reply.rpartition(",p=")
    if not hmac.compare_digest(without_proof.encode(), f"c=biws,r={full_nonce}".encode()):
        return None
    escaped_user = user.replace("=", "=3D").replace(",", "=2C")
    message = f"n={escaped_user},r={nonce},r={full_nonce},{scram.terms_of(scram_keys).text},{without_proof}".encode()
    mask, proof_bytes = hmac.digest(scram_keys.stored_key, message, "sha256"), _decoded(proof)
    client_key = bytes(left ^ right for left, right in zip(proof_bytes, mask, strict=False))
    if len(proof_bytes) != 32 or not hmac.compare_digest(hashlib.sha256(client_key).digest(), scram_keys.stored_key):
        return None
    return base64.b64encode(hmac.digest(scram_keys.server_key, message, "sha256")).decode()


def _decoded(proof: str) -> bytes:
    try:
        return base64.b64decode(proof, validate=True)
    except ValueError:
        return b""


def _wants_plain(db: Db, identifier: str, owner: Owner | None, share: float) -> bool:
    """Return whether to ask for the plain password: for imported hashes, and for the same share of unknown names."""
    if owner is not None and owner.password_record is not None:
        return True
    return scram.draw_plain(db, identifier) < share


def _imported_share(db: Db) -> float:
    """Return the share of passwords that are imported hashes. It is counted at most once a minute."""
    minute = int(clock.now().timestamp() // 60)
    share = _share_of_minute.get(minute)
    if share is None:
        has_password = select(func.count()).where(col(User.password_record).is_not(None))
        imported_count = db.exec(has_password.where(col(User.imported))).one()
        total = db.exec(has_password).one() if imported_count else 1
        _share_of_minute.clear()
        share = _share_of_minute[minute] = imported_count / max(total, 1)
    return share


_share_of_minute: dict[int, float] = cache({})
