"""SCRAM-SHA-256, client side: the proof of a password, and the signature that the server must return."""

import base64
import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass

from authapp.client.errors import Impostor
from authapp.core.credentials.prepared import LEAST_ROUNDS, MOST_ROUNDS, prepared

_FIRST = re.compile(r"r=([^,]+),s=([A-Za-z0-9+/]+=*),i=([0-9]{1,9})")


@dataclass(frozen=True, repr=False)
class Proof:
    """Reply to a challenge, and the signature that the server must return."""

    reply: str
    signature: str

    def check(self, signature: str) -> None:
        """Check the signature of the server.

        Raises:
            Impostor: the signature is wrong, so the server does not have the SCRAM record (RFC 5802, 3).
        """
        if not hmac.compare_digest(_bytes(self.signature), _bytes(signature)):
            raise Impostor("The server could not prove that it knows this account.")


def new_nonce() -> str:
    """Return a nonce for one exchange."""
    return secrets.token_urlsafe(18)


def prove(user: str, password: str, nonce: str, first: str) -> Proof:
    """Answer a server-first-message (RFC 5802, 3; RFC 7677). It takes as long as the server's iterations require.

    Raises:
        Impostor: the message is malformed, does not extend the nonce, or asks for too few or too many iterations.
    """
    full_nonce, salt, rounds = _parts(first, nonce)
    unproved = f"c=biws,r={full_nonce}"
    escaped = user.replace("=", "=3D").replace(",", "=2C")
    message = _bytes(f"n={escaped},r={nonce},{first},{unproved}")
    salted = hashlib.pbkdf2_hmac("sha256", _bytes(prepared(password)), salt, rounds)
    key = hmac.digest(salted, b"Client Key", "sha256")
    mask = hmac.digest(hashlib.sha256(key).digest(), message, "sha256")
    proof = bytes(left ^ right for left, right in zip(key, mask, strict=True))
    signature = hmac.digest(hmac.digest(salted, b"Server Key", "sha256"), message, "sha256")
    return Proof(f"{unproved},p={_b64(proof)}", _b64(signature))


def derive(password: str, salt: str, rounds: int) -> dict[str, str]:
    """Derive the two keys of a new SCRAM record (RFC 5802, 3), for the body of a renewal. It takes as long as `prove`.

    Raises:
        Impostor: the server asks for too few or too many iterations.
    """
    _check_rounds(rounds)
    salted = hashlib.pbkdf2_hmac("sha256", _bytes(prepared(password)), base64.b64decode(salt + "=="), rounds)
    stored = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    return {"stored_key": _b64(stored), "server_key": _b64(hmac.digest(salted, b"Server Key", "sha256"))}


def _check_rounds(rounds: int) -> None:
    if not LEAST_ROUNDS <= rounds <= MOST_ROUNDS:  # more would block the client for hours
        raise Impostor("The server asked for a proof that an authapp server never asks for.")


def _parts(first: str, nonce: str) -> tuple[str, bytes, int]:
    match = _FIRST.fullmatch(first)
    full_nonce, salt, rounds = match.groups() if match else ("", "", "0")
    if not full_nonce.startswith(nonce) or full_nonce == nonce:
        raise Impostor("The server asked for a proof that an authapp server never asks for.")
    _check_rounds(int(rounds))
    return full_nonce, base64.b64decode(salt + "=="), int(rounds)


def _bytes(text: str) -> bytes:
    return text.encode(errors="surrogatepass")  # a lone surrogate is a wrong password like any other


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode()
