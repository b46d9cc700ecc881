"""Login: with a password by challenge (SCRAM-SHA-256) or as plain text, and the steps after every login."""

import base64
import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple, NoReturn
from uuid import UUID

from sqlalchemy import Uuid, bindparam, func, update
from sqlmodel import col, select

from authapp.core import Db, run, soon
from authapp.core.account import confirmations, notices
from authapp.core.authentication import accounts
from authapp.core.authentication.accounts import Owner
from authapp.core.base import clock, devices, history, hooks, identifiers, limits, tokens
from authapp.core.base.devices import Client
from authapp.core.base.errors import BadInput, Busy, ChallengeGone, WrongCredentials
from authapp.core.base.identifiers import is_text
from authapp.core.base.limits import Failures
from authapp.core.credentials import links, passwords, scram
from authapp.core.credentials.passwords import Verifier
from authapp.core.credentials.scram import Renewal
from authapp.core.sessions import sessions, tickets
from authapp.core.sessions.sessions import Caller, Opened, Principal
from authapp.core.sessions.tickets import Waiting
from authapp.i18n.texts import say
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
    `greet` it is the nonce.
    """

    id: str
    first: str | None


class Proven(NamedTuple):
    """Result of a correct proof. The signature proves the server to the client (RFC 5802, 3: ServerSignature)."""

    user_id: UUID
    identifier: str
    signature: str
    waits: str | None = None  # why the user cannot log in yet; empty: no reason; None: not looked up
    renewal: Renewal | None = None  # set when the SCRAM record of this identifier is missing or old


class Welcome(NamedTuple):
    """Result of a browser login: a ticket for the tab, and the server's signature, which the tab checks first."""

    ticket: str
    signature: str
    renewal: Renewal | None = None


class SignedIn(NamedTuple):
    """Result of an API login: a session, and the server's signature, which the client checks first."""

    opened: Opened
    signature: str
    renewal: Renewal | None = None


class Arrival(NamedTuple):
    """Result of following a link with an API client: the next page, and a session when the link connects."""

    path: str
    entered: Opened | Waiting | None
    ended: bool  # whether the session of the client has ended
    link: str = ""  # the key of the link that the next page leads on to


def challenge(db: Db, user: object, nonce: object, client: Client) -> Challenge:
    """Return a challenge with which a browser proves that it knows the password of `user`. Writes nothing.

    Salt and iterations depend only on the identifier and this database, also for unknown identifiers. So a challenge
    does not reveal who has an account (user enumeration). A record that awaits its renewal shows old parameters; the
    same share of unknown identifiers shows old ones too (`scram.made_up`).

    Args:
        db: the transaction.
        user: the identifier as typed, at most 254 characters.
        nonce: 16 to 128 printable characters without comma, new for each attempt.
        client: the client that sent the request.

    Raises:
        BadInput: `user` is neither an email address nor a phone number, or `nonce` has the wrong form.
        TooManyRequests: more than 60 in a minute from this client.
    """
    limits.throttle_calls(limits.CHALLENGES, client.address)  # first, so that invalid requests are counted too
    name = identifiers.lookup(user, client)
    if not isinstance(nonce, str) or not _NONCE.fullmatch(nonce):
        raise BadInput(say("The nonce must be 16 to 128 printable characters without a comma."), field="nonce")
    whole = nonce + secrets.token_urlsafe(18)
    share = _imported_share(db)
    known = accounts.find_for_login(db, name)
    expires = (clock.now() + CHALLENGE_LIFE).timestamp()
    check = next(_verifiers(known, name), None)
    is_plain = check is None and _wants_plain(db, name, known, share)
    terms = scram.terms_of(check or scram.made_up(db, name)).text
    facts = json.dumps([user, name, nonce, whole, expires, terms], ensure_ascii=False)
    id = tokens.to_text(tokens.seal("challenge", facts.encode()))
    return Challenge(id, None if is_plain else f"r={whole},{terms}")


def greet() -> Challenge:
    """Return a challenge without a user: a nonce for the ID token of a social login. Writes nothing."""
    nonce, expires = secrets.token_urlsafe(18), (clock.now() + CHALLENGE_LIFE).timestamp()
    sealed = tokens.seal("greeting", json.dumps([nonce, expires]).encode())
    return Challenge(tokens.to_text(sealed), nonce)


def greeted(db: Db, challenge_id: object) -> str:
    """Spend a challenge of `greet` and return its nonce.

    Raises:
        ChallengeGone: the challenge is forged, older than two minutes, or was used before.
    """
    sealed, (nonce, expires) = _unsealed("greeting", challenge_id)
    _spend(db, challenge_id, sealed, expires)
    return str(nonce)


def prove(db: Db, challenge_id: object, reply: object, client: Client, asked: object = None) -> Proven:
    """Check the reply to a challenge (SCRAM's client-final-message). A wrong reply spends the challenge too.

    Args:
        db: the transaction.
        challenge_id: the id of the challenge.
        reply: the reply to it.
        client: the client that sent the reply.
        asked: the identifier that the challenge must be for, if the client sent one.

    Raises:
        ChallengeGone: the challenge is forged, older than two minutes, or was answered before.
        TooManyRequests: too many failures for this identifier or from this client.
        WrongCredentials: the proof is wrong, or there is no such user.
    """
    user, name, nonce, whole, *terms = _spent(db, challenge_id)
    known = accounts.find_for_login(db, name)
    failures = _failures(db, name, known.id if known else None, client)
    # Use the record whose terms the challenge showed: another tab may have renewed it since. Challenges that were made
    # before an upgrade contain no terms.
    shown = (one for one in _verifiers(known, name) if not terms or scram.terms_of(one).text == terms[0])
    check = next(shown, None)
    signature = _signature(check or scram.made_up(db, name), user, nonce, whole, reply)
    other = asked is not None and asked != user
    if other or known is None or check is None or signature is None or not _may_pass(db, known, failures):
        _refuse(db, name, known.id if known else None, client)
    _ask_to_confirm(db, known, name, client)
    renewal = scram.offer(db, name, known.id, known.password_record, check) if known.password_record else None
    return Proven(known.id, name, signature, known.waits, renewal)


def prove_with_password(db: Db, challenge_id: object, password: object, client: Client, asked: object) -> Proven:
    """Check a plain password in reply to a challenge without a SCRAM message, and upgrade an imported hash.

    Raises:
        BadInput: the password is missing.
        ChallengeGone, TooManyRequests, WrongCredentials: as for `prove`.
    """
    user, name, *_ = _spent(db, challenge_id)
    if asked != user:
        _refuse(db, name, None, client)
    db.commit()  # the challenge stays spent in any case, and no lock is held during the hashing
    return Proven(*check_password(db, user, password, client), "")


def answer_challenge(db: Db, challenge_id: object, reply: object, *, keep: bool, tab: str, client: Client) -> Welcome:
    """Log a browser in: check the reply and return a ticket for its tab. Raises the errors of `prove`."""
    proven = prove(db, challenge_id, reply, client)
    ticket = tickets.issue_ticket(
        db, proven.user_id, tab=tab, identifier=proven.identifier, method="password", keep=keep
    )
    return Welcome(ticket, proven.signature, proven.renewal)


def open_session(
    db: Db,
    user: object,
    challenge_id: object,
    reply: object,
    *,
    password: object = None,
    keep: bool,
    client: Client,
    old_session_id: str | None = None,
) -> SignedIn | Waiting:
    """Log an API client in: check the reply, end its old session, open a new one. Raises the errors of `prove`.

    With a `password`, check that instead of the reply. Then it raises the errors of `prove_with_password`.
    """
    if password is None:
        proven = prove(db, challenge_id, reply, client, user)
    else:
        proven = prove_with_password(db, challenge_id, password, client, user)
    entered = enter(
        db,
        proven.user_id,
        identifier=proven.identifier,
        method="password",
        keep=keep,
        client=client,
        old_session_id=old_session_id,
        reason=proven.waits,
    )
    return entered if isinstance(entered, Waiting) else SignedIn(entered, proven.signature, proven.renewal)


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
    """Open a session as `tickets.enter` does, and run the steps that follow every login (see `_arrive`)."""
    facts: Any = {"identifier": identifier, "method": method, "keep": keep, "reason": reason}
    return _arrived(db, tickets.enter(db, user_id, **facts, client=client, old_session_id=old_session_id), client)


def claim(db: Db, ticket: object, tabs: Iterable[str], client: Client, shown: Caller | None) -> Opened | Waiting:
    """Exchange a ticket for the key of a session as `tickets.claim` does, and run the steps that follow every login.

    Raises:
        TicketGone: not a ticket, used, older than 30 s, of another tab, or issued under another key.
    """
    return _arrived(db, tickets.claim(db, ticket, tabs, client, shown), client)


def at_once(
    db: Db, begin: Callable[..., str], *given: object, client: Client, shown: Caller | None = None
) -> Opened | Waiting:
    """Run a rule that returns a ticket and claim the ticket at once, for API clients, which have no tab.

    Args:
        db: the transaction.
        begin: a rule `f(db, *given, tab=..., client=...)` that returns a ticket.
        given: its other arguments.
        client: the client that sent the request.
        shown: the session and key of the client before the login, if any.

    Raises the errors of `begin`.
    """
    tab = tokens.mint().secret
    ticket = begin(db, *given, tab=tab, client=client)
    return claim(db, ticket, [tab], client, shown)


def follow(db: Db, key: object, me: Principal | None, client: Client) -> Arrival:
    """Follow a link as `links.follow` does and claim its ticket at once, for API clients.

    Raises:
        DeadLink: the link does not exist, is used up or expired, or the visitor must first log in as its user.
    """
    tab = tokens.mint().secret
    done = links.follow(db, key, me, tab=tab, client=client)
    if not done.ticket:
        return Arrival(done.path, None, done.ended)
    entered = claim(db, done.ticket, [tab], client, me)
    return Arrival(done.path, entered, ended=False, link=done.link)


def go_on(db: Db, key: object, client: Client, old_session_id: str | None) -> Opened | Waiting:
    """Continue a login that was blocked, as `tickets.go_on` does. The result is `Waiting` while it is still blocked.

    Raises:
        TicketGone: no blocked login has this key (any more).
    """
    return _arrived(db, tickets.go_on(db, key, client, old_session_id), client)


def with_password(db: Db, identifier: object, password: object, *, keep: bool, tab: str, client: Client) -> Welcome:
    """Log a browser in with the plain password: it cannot answer a challenge, or the user has an imported hash.

    An imported hash is upgraded to SCRAM records.

    Raises:
        BadInput: the identifier or the password is empty or not text, or the identifier cannot be parsed.
        TooManyRequests: too many failures for this identifier or from this client.
        WrongCredentials: unknown identifier or wrong password. The error and its timing do not reveal which.
    """
    user_id, name = check_password(db, identifier, password, client)
    return Welcome(tickets.issue_ticket(db, user_id, tab=tab, identifier=name, method="password", keep=keep), "")


def check_password(db: Db, identifier: object, password: object, client: Client) -> tuple[UUID, str]:
    """Check a plain password, and return the id and the identifier of its user. Opens no session.

    Raises the errors of `with_password`.
    """
    name = identifiers.lookup(identifier, client)
    if not isinstance(password, str) or not password:
        raise BadInput(say("Enter your password."), field="password")
    known = accounts.find_for_login(db, name)
    stored, user_id = (known.password_record, known.id) if known else (None, None)
    failures = _failures(db, name, user_id, client)
    db.rollback()  # hold no lock while the hash is computed
    with limits.checked(name):
        right, old = passwords.matches(password, stored, user_id)
        renews = right and not failures.too_many  # else the response time would reveal that the password is right
        made = _renewed(db, name, known, password, old) if renews and known else None
    failures = _failures(db, name, user_id, client)  # other attempts may have failed during the hashing
    if not right or known is None or not _may_pass(db, known, failures):
        _refuse(db, name, user_id, client)
    now = accounts.find_for_login(db, name)
    if now is None or now.password_record != stored:
        raise Busy  # a new password was set during the hashing, or the record was encrypted again (key rotation)
    if made:
        accounts.keep_password(db, known.id, *made, instead_of=stored)
    _ask_to_confirm(db, known, name, client)
    return known.id, name


def _may_pass(db: Db, user: Owner, failures: Failures) -> bool:
    """Return whether a correct password may log in: not after too many failures, and not when the account is gone."""
    return not failures.too_many and _stays(db, user.id, user.closes_at) and limits.forgive(db, failures)


def _ask_to_confirm(db: Db, known: Owner | None, name: str, client: Client) -> None:
    """Mail the confirmation link to an imported user whose email address is not confirmed. The login waits for it."""
    if known and known.waits == sessions.UNCONFIRMED:
        confirmations.ask(db, known.id, name, client.language)


def _renewed(db: Db, name: str, known: Owner, password: str, old: bool) -> tuple[bytes, dict[str, bytes]] | None:
    """Return new records of a correct password for all identifiers; None when the record of this one is not old."""
    check = next(_verifiers(known, name), None)
    if not old and check and scram.terms_of(check) == scram.current(db, name):
        return None
    terms = scram.current_of(db, known.id)
    db.rollback()  # hold no lock while the hashes are computed
    return scram.make(password, known.id, terms)


def _stays(db: Db, user_id: UUID, closes_at: datetime | None) -> bool:
    """Return whether the account still exists. A closed account is locked, as the cleanup could purge it just now."""
    if closes_at is None:
        return True
    return db.exec(select(User.id).where(User.id == user_id).with_for_update()).first() is not None


def _failures(db: Db, name: str, user_id: UUID | None, client: Client) -> Failures:
    is_known = devices.knows(client, user_id or history.NOBODY)
    return limits.check_failures(db, name, client.address, user_id, is_known=is_known)


def _refuse(db: Db, name: str, user_id: UUID | None, client: Client) -> NoReturn:
    whose = user_id or history.NOBODY
    if limits.count_failure(db, name, client.address, user_id, is_known=devices.knows(client, whose)):
        soon(db, notices.tell_of_failures, whose, client)
    history.record(db, whose, "refused", client)
    raise WrongCredentials


def _arrived(db: Db, entered: Opened | Waiting, client: Client) -> Opened | Waiting:
    return _arrive(db, entered, client) if isinstance(entered, Opened) and entered.is_new else entered


def _arrive(db: Db, opened: Opened, client: Client) -> Opened:
    """Run the steps that follow every new session: audit log, mail about an unknown browser, reopening, hooks.

    Logging in reopens a closed account. The result has a cookie that marks the browser as known.
    """
    known = opened.method not in ("password", "foreign") or devices.knows(client, opened.user_id)
    strange = not known and history.is_strange(db, opened.user_id, client)
    history.record(db, opened.user_id, "logged_in", client)
    if strange:
        notices.tell(db, opened.user_id, "new_device", client)
    if run(db, _REOPEN, {"owner": opened.user_id}).rowcount:
        history.record(db, opened.user_id, "reopened", client)
        notices.tell(db, opened.user_id, "reopened", client)
        hooks.on_account_reopened.run(db, opened.user_id)
    if hooks.on_log_in:
        hooks.on_log_in.run(db, opened._replace(key=""), client)
    return opened._replace(device=devices.remember(client, opened.user_id))


def _spent(db: Db, challenge_id: object) -> tuple[str, ...]:
    sealed, (user, name, nonce, whole, expires, *terms) = _unsealed("challenge", challenge_id)
    _spend(db, challenge_id, sealed, expires)
    return user, name, nonce, whole, *terms


def _verifiers(known: Owner | None, name: str) -> Iterator[Verifier]:
    if known:
        yield from scram.verifiers(name, known.id, known.record, known.password_record)


def _unsealed(purpose: str, challenge_id: object) -> tuple[bytes, list[Any]]:
    if not isinstance(challenge_id, str) or len(challenge_id) > 4000:
        raise ChallengeGone(challenge_id)
    sealed = tokens.from_text(challenge_id)  # bytes, as a spent challenge must not return in another spelling
    plain = tokens.unseal(purpose, sealed)
    if plain is None:
        raise ChallengeGone(challenge_id)
    return sealed, json.loads(plain)


def _spend(db: Db, challenge_id: object, sealed: bytes, expires: float) -> None:
    until, digest = datetime.fromtimestamp(expires, UTC), hashlib.sha256(sealed).digest()
    if clock.now() >= until:
        soon(db, limits.once, digest, until)  # so that it stays expired when the clock is set back
        raise ChallengeGone(challenge_id)
    if not limits.once(db, digest, until):
        raise ChallengeGone(challenge_id)


def _signature(check: Verifier, user: str, nonce: str, whole: str, reply: object) -> str | None:
    """Return the server's signature when the proof in the reply is correct, else None (RFC 5802, 3; RFC 7677)."""
    if not is_text(reply) or len(reply) > LONGEST_REPLY:
        return None
    without_proof, _, proof = reply.rpartition(",p=")
    if not hmac.compare_digest(without_proof.encode(), f"c=biws,r={whole}".encode()):
        return None
    escaped = user.replace("=", "=3D").replace(",", "=2C")
    message = f"n={escaped},r={nonce},r={whole},{scram.terms_of(check).text},{without_proof}".encode()
    mask, given = hmac.digest(check.stored_key, message, "sha256"), _decoded(proof)
    client_key = bytes(one ^ two for one, two in zip(given, mask, strict=False))
    if len(given) != 32 or not hmac.compare_digest(hashlib.sha256(client_key).digest(), check.stored_key):
        return None
    return base64.b64encode(hmac.digest(check.server_key, message, "sha256")).decode()


def _decoded(proof: str) -> bytes:
    try:
        return base64.b64decode(proof, validate=True)
    except ValueError:
        return b""


def _wants_plain(db: Db, name: str, known: Owner | None, share: float) -> bool:
    """Return whether to ask for the plain password: for imported hashes, and for the same share of unknown names."""
    if known is not None and known.password_record is not None:
        return True
    return scram.draw_plain(db, name) < share


def _imported_share(db: Db) -> float:
    """Return the share of passwords that are imported hashes. It is counted at most once a minute."""
    minute = int(clock.now().timestamp() // 60)
    share = _share_of_minute.get(minute)
    if share is None:
        has_password = select(func.count()).where(col(User.password_record).is_not(None))
        imported = db.exec(has_password.where(col(User.imported))).one()
        total = db.exec(has_password).one() if imported else 1
        _share_of_minute.clear()
        share = _share_of_minute[minute] = imported / max(total, 1)
    return share


_share_of_minute: dict[int, float] = {}
