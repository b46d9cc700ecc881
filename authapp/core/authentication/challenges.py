"""Challenges: what a client must answer to log in with a password, and the nonce of a social login."""

import hashlib
import json
import re
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import func
from sqlmodel import col, select

from authapp.core import Db
from authapp.core.authentication import accounts
from authapp.core.authentication.accounts import Owner
from authapp.core.base import callers, clock, identifiers, rate_limits, tokens
from authapp.core.base.callers import Caller
from authapp.core.base.changes import schedule
from authapp.core.base.errors import BadInput, ChallengeNotFoundOrExpired
from authapp.core.base.process_state import cache
from authapp.core.credentials import scram
from authapp.core.credentials.passwords import ScramKeys
from authapp.i18n.texts import t
from authapp.models import User

CHALLENGE_LIFE = timedelta(minutes=2)
_NONCE = re.compile(r"[\x21-\x2b\x2d-\x7e]{16,128}")  # RFC 5802, 7: printable, no comma


class Challenge(NamedTuple):
    """A challenge for a client.

    `first` is SCRAM's server-first-message, or None when the client must send the plain password. In a challenge of
    `provider_nonce` it is the nonce.
    """

    id: str
    first: str | None


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
    rate_limits.throttle_calls(rate_limits.CHALLENGES, callers.counted_as(caller))  # first: counts invalid ones too
    identifier = identifiers.lookup(user, caller)
    if not isinstance(nonce, str) or not _NONCE.fullmatch(nonce):
        raise BadInput(t("The nonce must be 16 to 128 printable characters without a comma."), field="nonce")
    full_nonce = nonce + secrets.token_urlsafe(18)
    share = _imported_share(db)
    owner = accounts.find_for_login(db, identifier)
    expires_at = (clock.now() + CHALLENGE_LIFE).timestamp()
    scram_keys = next(keys_of(owner, identifier), None)
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
    _spend_sealed(db, challenge_id, sealed, expires_at)
    return str(nonce)


def spend(db: Db, challenge_id: object) -> tuple[str, ...]:
    """Spend a challenge of `challenge` and return its facts. Raises `ChallengeNotFoundOrExpired`."""
    sealed, (user, identifier, nonce, full_nonce, expires_at, *terms) = _unseal("challenge", challenge_id)
    _spend_sealed(db, challenge_id, sealed, expires_at)
    return user, identifier, nonce, full_nonce, *terms


def keys_of(owner: Owner | None, identifier: str) -> Iterator[ScramKeys]:
    """Yield the SCRAM keys with which a user can prove the password for an identifier, the current ones first."""
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


def _spend_sealed(db: Db, challenge_id: object, sealed: bytes, expires_at: float) -> None:
    until, digest = datetime.fromtimestamp(expires_at, UTC), hashlib.sha256(sealed).digest()
    if clock.now() >= until:
        schedule(db, rate_limits.once, digest, until)  # so that it stays expired when the clock is set back
        raise ChallengeNotFoundOrExpired(challenge_id)
    if not rate_limits.once(db, digest, until):
        raise ChallengeNotFoundOrExpired(challenge_id)


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
