"""The ways to prove who you are: with a password by challenge (SCRAM-SHA-256) or plain, and by code once more."""

import base64
import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple, NoReturn
from uuid import UUID

from sqlalchemy import Uuid, bindparam, func, update
from sqlmodel import col, select

from authapp.config import settings
from authapp.core import (
    Db,
    accounts,
    clock,
    codes,
    confirmations,
    devices,
    history,
    hooks,
    identifiers,
    limits,
    links,
    notices,
    passwords,
    run,
    scram,
    sessions,
    soon,
    tokens,
)
from authapp.core.accounts import Owner
from authapp.core.codes import Step
from authapp.core.devices import Client
from authapp.core.errors import BadInput, Busy, ChallengeGone, LoggedOut, StepGone, WrongCredentials
from authapp.core.identifiers import is_text
from authapp.core.limits import Failures
from authapp.core.passwords import Verifier
from authapp.core.scram import Renewal
from authapp.core.sessions import Caller, Opened, Principal, Waiting
from authapp.models import Session, User
from authapp.texts import say

STEP_UP = "step_up"  # what codes are sent for
CHALLENGE_LIFE = timedelta(minutes=2)
LONGEST_REPLY = 1000
_REOPEN = (
    update(User)
    .where(col(User.id) == bindparam("owner", type_=Uuid()), col(User.closes_at).is_not(None))
    .values(closes_at=None)
)
_NONCE = re.compile(r"[\x21-\x2b\x2d-\x7e]{16,128}")  # RFC 5802, 7: printable, no comma


class Challenge(NamedTuple):
    """A question for the browser: SCRAM's server-first-message, or None when only the plain password will do."""

    id: str
    first: str | None


class Proven(NamedTuple):
    """Somebody proved who they are; the signature proves the same of us (RFC 5802, 3: ServerSignature)."""

    user_id: UUID
    identifier: str
    signature: str
    waits: str | None = None  # what their login waits for, where that is known
    renewal: Renewal | None = None  # where the record of this identifier is missing or old


class Welcome(NamedTuple):
    """A ticket for the tab, and our signature for it to check first."""

    ticket: str
    signature: str
    renewal: Renewal | None = None


class SignedIn(NamedTuple):
    """A session for an API client, and our signature for it to check first."""

    opened: Opened
    signature: str
    renewal: Renewal | None = None


class Arrival(NamedTuple):
    """What an API client gets for following a link: the next page, and a session when the link connects."""

    path: str
    entered: Opened | Waiting | None
    ended: bool  # whether the session that followed is over now
    link: str = ""  # the key of the link that the next page leads on to


def challenge(db: Db, user: object, nonce: object, client: Client) -> Challenge:
    """Ask a browser to prove that it knows the password of `user`; writes nothing.

    Salt and iterations depend on the name and this database alone, whether or not it is known. Where a record is still
    to be renewed they are old; the same share of unknown names shows old ones (`scram.made_up`).

    Args:
        user: the identifier as it was typed, at most 254 characters.
        nonce: 16 to 128 printable characters without comma, new for each try.
        client: who asks.

    Raises:
        BadInput: `user` is neither an address nor a number, or `nonce` is not of that form.
        TooManyRequests: more than 60 in a minute from this client.
    """
    limits.throttle_calls(limits.CHALLENGES, client.address)  # first: what cannot be read is counted too
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
    """A challenge for nobody yet: a nonce of ours, which the ID token of a foreign login can carry; writes nothing."""
    nonce, expires = secrets.token_urlsafe(18), (clock.now() + CHALLENGE_LIFE).timestamp()
    sealed = tokens.seal("greeting", json.dumps([nonce, expires]).encode())
    return Challenge(tokens.to_text(sealed), nonce)


def greeted(db: Db, challenge_id: object) -> str:
    """The nonce of a challenge of `greet`, once.

    Raises:
        ChallengeGone: made up, changed, older than two minutes, or used before.
    """
    sealed, (nonce, expires) = _unsealed("greeting", challenge_id)
    _spend(db, challenge_id, sealed, expires)
    return str(nonce)


def prove(db: Db, challenge_id: object, reply: object, client: Client, asked: object = None) -> Proven:
    """Check the reply to a challenge: SCRAM's client-final-message. A challenge is spent also when it is wrong.

    Args:
        challenge_id: which challenge.
        reply: the answer to it.
        client: who answers.
        asked: the identifier it must have been asked for, where the client says one.

    Raises:
        ChallengeGone: made up, changed, older than two minutes, or answered before.
        TooManyRequests: too many failures for this identifier or from this client.
        WrongCredentials: the proof is not that of the password, or there is no such user.
    """
    user, name, nonce, whole, *terms = _spent(db, challenge_id)
    known = accounts.find_for_login(db, name)
    failures = _failures(db, name, known.id if known else None, client)
    # The record whose terms were shown: another tab may have renewed it meanwhile. Before the upgrade none were kept.
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
    """Check the password itself, where a challenge was empty: for an imported hash (then upgraded).

    Raises:
        BadInput: no password was given.
        ChallengeGone, TooManyRequests, WrongCredentials: as `prove` says.
    """
    user, name, *_ = _spent(db, challenge_id)
    if asked != user:
        _refuse(db, name, None, client)
    db.commit()  # spent, whatever comes of it; and nothing is held while the hash is computed
    return Proven(*_check_password(db, user, password, client), "")


def answer_challenge(db: Db, challenge_id: object, reply: object, *, keep: bool, tab: str, client: Client) -> Welcome:
    """Log a browser in: check the reply and hand its tab a ticket. Raises what `prove` raises."""
    proven = prove(db, challenge_id, reply, client)
    ticket = sessions.issue_ticket(
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
    """Log an API client in: check the reply, end the session it had, open one. Raises what `prove` raises.

    Where there is a password, it is checked in place of the reply. Raises what `prove_with_password` raises.
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
    """Open a session, as `sessions.enter` does, and see who arrives with it."""
    facts: Any = {"identifier": identifier, "method": method, "keep": keep, "reason": reason}
    return _arrived(db, sessions.enter(db, user_id, **facts, client=client, old_session_id=old_session_id), client)


def claim(db: Db, ticket: object, tabs: Iterable[str], client: Client, shown: Caller | None) -> Opened | Waiting:
    """Trade a ticket for a session's key, as `sessions.claim` does, and see who arrives with it.

    Raises:
        TicketGone: not a ticket, used, older than 30 s, of another tab, or issued under another key.
    """
    return _arrived(db, sessions.claim(db, ticket, tabs, client, shown), client)


def at_once(
    db: Db, begin: Callable[..., str], *given: object, client: Client, shown: Caller | None = None
) -> Opened | Waiting:
    """Do what ends in a ticket, and claim the ticket with it: for API clients, which have no tab to hand it to.

    Args:
        begin: a rule `f(db, *given, tab=..., client=...)` that returns a ticket.
        given: what else it takes.
        client: who asks.
        shown: the key they have until now, if any.

    Raises what `begin` raises.
    """
    tab = tokens.mint().secret
    ticket = begin(db, *given, tab=tab, client=client)
    return claim(db, ticket, [tab], client, shown)


def follow(db: Db, key: object, me: Principal | None, client: Client) -> Arrival:
    """Follow a link, as `links.follow` does, and claim its ticket with it: for API clients.

    Raises:
        DeadLink: no such link, used up, too old, or for somebody else than the visitor it needs.
    """
    tab = tokens.mint().secret
    done = links.follow(db, key, me, tab=tab, client=client)
    if not done.ticket:
        return Arrival(done.path, None, done.ended)
    entered = claim(db, done.ticket, [tab], client, me)
    return Arrival(done.path, entered, ended=False, link=done.link)


def go_on(db: Db, key: object, client: Client, old_session_id: str | None) -> Opened | Waiting:
    """Log in whoever waited, if the wait is over, as `sessions.go_on` does.

    Raises:
        TicketGone: nothing waits with this key (any more).
    """
    return _arrived(db, sessions.go_on(db, key, client, old_session_id), client)


def step_up(db: Db, me: Principal, challenge_id: object, reply: object, client: Client, *, tab: str) -> str:
    """Take a new proof from somebody who is signed in: the reply to a challenge. Returns a ticket that carries it.

    Until the tab claims the ticket, the session has neither the proof nor a new key.

    Raises:
        ChallengeGone, TooManyRequests, WrongCredentials: as for a login; also for the proof of another person.
        LoggedOut: the session ended.
    """
    sessions.require(db, me)
    with _says_password():
        proven = prove(db, challenge_id, reply, devices.recognised(client, me.user_id))
        if proven.user_id != me.user_id:
            raise WrongCredentials
    return sessions.issue_renewal(db, me, tab=tab, proved=True)


def step_up_with_password(db: Db, me: Principal, password: object, client: Client, *, tab: str) -> str:
    """The same for a browser that cannot answer a challenge.

    Raises:
        BadInput, TooManyRequests, WrongCredentials: as for a login.
        LoggedOut: the session ended.
    """
    sessions.require(db, me)
    with _says_password():
        known = devices.recognised(client, me.user_id)
        user_id, _ = _check_password(db, me.identifier, password, known)
        if user_id != me.user_id:
            raise WrongCredentials
    sessions.require(db, me)  # it may have ended while the password was hashed
    return sessions.issue_renewal(db, me, tab=tab, proved=True)


def send_code(db: Db, me: Principal, client: Client) -> Step:
    """Send a code to somebody who is signed in, as a new proof: a text to a number that gets texts, else a mail.

    Raises:
        BadInput: the account has neither.
        LoggedOut: the session ended.
        TooManyRequests: too many codes.
    """
    sessions.require(db, me)
    numbers = identifiers.numbers(db, me.user_id) if settings().phones else []
    reachable = [one for one in numbers if not codes.is_barred(one)]
    targets = [*reachable, *identifiers.ways_in(db, me.user_id)]
    if not targets:
        raise BadInput(say("Your account has no address and no number that a code could go to."))
    return codes.begin(db, STEP_UP, targets[0], client, user_id=me.user_id)


def step_up_with_code(db: Db, me: Principal, key: object, code: object, *, tab: str) -> str:
    """Take a code as a new proof from somebody who is signed in. Returns a ticket, as `step_up` does.

    Raises:
        BadInput, CodeGone, StepGone, TooManyRequests, WrongCode: as `codes.confirm` says.
        LoggedOut: the session ended.
    """
    sessions.require(db, me)
    step = codes.confirm(db, STEP_UP, key, code, me.user_id)
    if step.target not in identifiers.ways_in(db, me.user_id):
        raise StepGone  # it was removed after the step began: who has it may be a thief
    return sessions.issue_renewal(db, me, tab=tab, proved=True)


def renew_at_once(
    db: Db, step_up: Callable[..., str], me: Principal, *given: object, client: Client, proof: str
) -> Opened:
    """Take a new proof from an API client and give its session a new key with it: it has no tab to hand a ticket to.

    Args:
        step_up: a rule `f(db, me, *given, tab=...)` that returns the ticket of a proof.
        me: whose session it is.
        given: what else the rule takes.
        client: who asks.
        proof: the whole proof as it was sent; the same request again within 30 s gets the same key (`repeat`).

    Raises what `step_up` raises.
    """
    tab = tokens.mint().secret
    ticket = step_up(db, me, *given, tab=tab)
    renewed = sessions.claim(db, ticket, [tab], client, me, proof=proof)
    assert isinstance(renewed, Opened)  # a session that is there waits for nothing
    return renewed


def repeat(db: Db, shown: Caller, proof: str, client: Client, *, guessable: bool) -> Opened:
    """Give the answer of `renew_at_once` again to a client that repeats its request with the key it had.

    Args:
        shown: the key that it shows, which was replaced.
        proof: the whole proof, as it was sent before.
        client: who asks.
        guessable: whether the proof is a password: then another one counts as a failed login.

    Raises:
        LoggedOut: this proof did not replace this key within the last 30 s.
        TooManyRequests: too many failures for this session's identifier or from this client.
    """
    row = db.get(Session, shown.session_id) if guessable else None
    if row:
        limits.check_failures(db, row.identifier, client.address)
    renewed = sessions.repeated(db, shown, proof)
    if renewed is None and row:
        limits.count_failure(db, row.identifier, client.address)
        db.commit()  # the failure stays counted
    if renewed is None:
        raise LoggedOut
    return renewed


def with_password(db: Db, identifier: object, password: object, *, keep: bool, tab: str, client: Client) -> Welcome:
    """Log a browser in that cannot answer a challenge, or a user whose record is an imported hash (then upgraded).

    Raises:
        BadInput: the identifier or the password is empty or not text, or the identifier cannot be read.
        TooManyRequests: too many failures for this identifier or from this client.
        WrongCredentials: unknown identifier or wrong password; never says which, and takes as long.
    """
    user_id, name = _check_password(db, identifier, password, client)
    return Welcome(sessions.issue_ticket(db, user_id, tab=tab, identifier=name, method="password", keep=keep), "")


@contextmanager
def _says_password() -> Iterator[None]:
    """Who is signed in typed no address, so it is not that which is wrong."""
    try:
        yield
    except WrongCredentials:
        raise WrongCredentials(say("This password is wrong. Please try again.")) from None


def _check_password(db: Db, identifier: object, password: object, client: Client) -> tuple[UUID, str]:
    name = identifiers.lookup(identifier, client)
    if not isinstance(password, str) or not password:
        raise BadInput(say("Please enter your password."), field="password")
    known = accounts.find_for_login(db, name)
    stored, user_id = (known.password_record, known.id) if known else (None, None)
    failures = _failures(db, name, user_id, client)
    db.rollback()  # nothing is held while the hash is computed
    with limits.checked(name):
        right, old = passwords.matches(password, stored, user_id)
        renews = right and not failures.too_many  # or the time would tell that the password is right
        made = _renewed(db, name, known, password, old) if renews and known else None
    failures = _failures(db, name, user_id, client)  # others may have failed while this one was hashed
    if not right or known is None or not _may_pass(db, known, failures):
        _refuse(db, name, user_id, client)
    now = accounts.find_for_login(db, name)
    if now is None or now.password_record != stored:
        raise Busy  # another password was set while this one was hashed, or the same one was sealed anew
    if made:
        accounts.keep_password(db, known.id, *made, instead_of=stored)
    _ask_to_confirm(db, known, name, client)
    return known.id, name


def _may_pass(db: Db, user: Owner, failures: Failures) -> bool:
    """Whether the right password lets a user in: not after too many wrong ones, nor into an account that is gone."""
    return not failures.too_many and _stays(db, user.id, user.closes_at) and limits.forgive(db, failures)


def _ask_to_confirm(db: Db, known: Owner | None, name: str, client: Client) -> None:
    """Mail the link that a login with an imported password waits for, where nobody confirmed the address."""
    if known and known.waits == sessions.UNCONFIRMED:
        confirmations.ask(db, known.id, name, client.language)


def _renewed(db: Db, name: str, known: Owner, password: str, old: bool) -> tuple[bytes, dict[str, bytes]] | None:
    """All records, made anew from a password that proved right; None where the record of this name is not old."""
    check = next(_verifiers(known, name), None)
    if not old and check and scram.terms_of(check) == scram.current(db, name):
        return None
    terms = scram.current_of(db, known.id)
    db.rollback()  # nothing is held while the hashes are computed
    return scram.make(password, known.id, terms)


def _stays(db: Db, user_id: UUID, closes_at: datetime | None) -> bool:
    """Whether the account is still there, and for as long as this lasts: a closed one may be purged just now."""
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
    """Somebody has a new session: their account stays if it was closed, and they hear of a browser we do not know."""
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
    sealed = tokens.from_text(challenge_id)  # the same bytes can be spelled in more than one way
    plain = tokens.unseal(purpose, sealed)
    if plain is None:
        raise ChallengeGone(challenge_id)
    return sealed, json.loads(plain)


def _spend(db: Db, challenge_id: object, sealed: bytes, expires: float) -> None:
    until, digest = datetime.fromtimestamp(expires, UTC), hashlib.sha256(sealed).digest()
    if clock.now() >= until:
        soon(db, limits.once, digest, until)  # it stays expired when the clock is set back
        raise ChallengeGone(challenge_id)
    if not limits.once(db, digest, until):
        raise ChallengeGone(challenge_id)


def _signature(check: Verifier, user: str, nonce: str, whole: str, reply: object) -> str | None:
    """The server's signature when the reply's proof is right, else None (RFC 5802, 3; RFC 7677)."""
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
    """Whether to ask for the plain password: for imported hashes, and for as large a share of unknown names."""
    if known is not None and known.password_record is not None:
        return True
    return scram.draw_plain(db, name) < share


def _imported_share(db: Db) -> float:
    """Which share of the passwords are imported hashes; counted at most once a minute."""
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
