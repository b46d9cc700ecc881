"""Proof of work against bots: the browser searches a number whose hash fits a challenge (the protocol of ALTCHA 2).

The challenge is stateless: signed by the server, bound to one purpose, valid for ten minutes, and usable once.
"""

import base64
import hashlib
import json
import secrets
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from authapp.config import settings
from authapp.core import Db
from authapp.core.base import clock, rate_limits, tokens
from authapp.core.base.errors import ProofOfWorkNeeded
from authapp.extras import lazy

if TYPE_CHECKING:
    import altcha
else:
    altcha = lazy("altcha")

LIFE = timedelta(minutes=10)
ALGORITHM = "SHA-256"
LONGEST_PROOF = 4000  # characters


def require(db: Db, purpose: str, proof: str) -> None:
    """Spend a proof of work. Does nothing when the setting `proof_of_work` is 0.

    Args:
        db: the transaction.
        purpose: what the proof is for. A challenge of another purpose does not count.
        proof: the solution as the client sent it; empty without one.

    Raises:
        ProofOfWorkNeeded: there is no proof, or it is wrong, expired or used. The error has a new challenge.
    """
    if settings().proof_of_work and not _is_new(db, purpose, proof):
        raise ProofOfWorkNeeded(_challenge(purpose))


def _challenge(purpose: str) -> str:
    """Return a new challenge: base64 of the JSON that ALTCHA specifies."""
    until = int((clock.now() + LIFE).timestamp())
    challenge = altcha.create_challenge(
        ALGORITHM,
        1,
        counter=secrets.randbelow(settings().proof_of_work),
        data={"purpose": purpose, "until": until},  # our own expiry: it is read by our clock
        hmac_secret=_key(),
    )
    return base64.b64encode(json.dumps(challenge.to_dict()).encode()).decode()


def _is_new(db: Db, purpose: str, proof: str) -> bool:
    """Return whether a proof is right, and spend it."""
    if not proof or len(proof) > LONGEST_PROOF:
        return False
    try:
        result = altcha.verify_solution(proof, _key())
        parameters = _decoded(proof)["challenge"]["parameters"] if result.verified else {}
    except (AttributeError, KeyError, RecursionError, TypeError, ValueError):  # a client may send anything
        return False
    data = parameters.get("data", {})
    if not result.verified or data.get("purpose") != purpose:
        return False
    until = datetime.fromtimestamp(data["until"], UTC)
    # The nonce, and not the proof: base64 and JSON have many spellings of the same content.
    digest = hashlib.sha256(f"proof of work {parameters['nonce']}".encode()).digest()
    return clock.now() < until and rate_limits.once(db, digest, until)


def _decoded(text: str) -> Any:
    return json.loads(base64.b64decode(text))


def _key() -> bytes:
    return tokens.keyed("proof of work", ALGORITHM)
