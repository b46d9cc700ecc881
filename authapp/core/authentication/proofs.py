"""Proofs of a password: the reply to a challenge (SCRAM-SHA-256), or the password itself; and counts of failures."""

import base64
import hashlib
import hmac
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple, NoReturn
from uuid import UUID

from sqlmodel import select

from authapp.core import Db
from authapp.core.account import confirmations, security_mail
from authapp.core.authentication import accounts, challenges
from authapp.core.authentication.accounts import Owner
from authapp.core.base import audit, callers, identifiers, rate_limits
from authapp.core.base.callers import Caller
from authapp.core.base.changes import schedule
from authapp.core.base.errors import BadInput, BadUserOrPassword, Busy
from authapp.core.base.rate_limits import Failures
from authapp.core.base.typed_text import is_text
from authapp.core.credentials import passwords, scram
from authapp.core.credentials.passwords import ScramKeys
from authapp.core.credentials.scram import Renewal
from authapp.core.sessions import sessions
from authapp.i18n.texts import t
from authapp.models import User

LONGEST_REPLY = 1000


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


def prove(db: Db, reply: Reply, caller: Caller) -> VerifiedPassword:
    """Check the reply to a challenge (SCRAM's client-final-message). A wrong reply spends the challenge too.

    Raises:
        ChallengeNotFoundOrExpired: the challenge is forged, older than two minutes, or was answered before.
        TooManyRequests: too many failures for this identifier or from this client.
        BadUserOrPassword: the proof is wrong, or there is no such user.
    """
    user, identifier, nonce, full_nonce, *terms = challenges.spend(db, reply.challenge_id)
    owner = accounts.find_for_login(db, identifier)
    failures = _failures(db, identifier, owner.id if owner else None, caller)
    # Use the record whose terms the challenge showed: another tab may have renewed it since. Challenges that were made
    # before an upgrade contain no terms.
    candidates = (
        keys for keys in challenges.keys_of(owner, identifier) if not terms or scram.terms_of(keys).text == terms[0]
    )
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
    user, identifier, *_ = challenges.spend(db, reply.challenge_id)
    if reply.user != user:
        _refuse(db, identifier, None, caller)
    db.commit()  # the challenge stays spent in any case, and no lock is held during the hashing
    return VerifiedPassword(*check_password(db, user, reply.password, caller), "")


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
    scram_keys = next(challenges.keys_of(owner, identifier), None)
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
