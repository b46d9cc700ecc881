"""SCRAM-SHA-256 as its client speaks it: the proof of a password, and the signature that its server must show."""

import base64
import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass

from authapp.client.errors import Impostor
from authapp.core.passwords import ScramSha256, prepared

_FIRST = re.compile(r"r=([^,]+),s=([A-Za-z0-9+/]+=*),i=([0-9]{1,9})")
_LEAST, _MOST = ScramSha256.min_rounds, ScramSha256.max_rounds  # more would keep us busy for hours


@dataclass(frozen=True, repr=False)
class Proof:
    """What is replied to a challenge, and the signature that must come back."""

    reply: str
    signature: str

    def check(self, signature: str) -> None:
        """Believe the server, or not.

        Raises:
            Impostor: the signature is not that of whoever knows the password's verifier (RFC 5802, 3).
        """
        if not hmac.compare_digest(_bytes(self.signature), _bytes(signature)):
            raise Impostor("The server could not prove that it knows this account.")


def new_nonce() -> str:
    """A nonce for one exchange."""
    return secrets.token_urlsafe(18)


def prove(user: str, password: str, nonce: str, first: str) -> Proof:
    """Answer a server-first-message (RFC 5802, 3; RFC 7677). Takes as long as the server's iterations ask for.

    Raises:
        Impostor: it does not extend the nonce, asks for too few iterations or for too many, or is no such message.
    """
    whole, salt, rounds = _parts(first, nonce)
    bare = f"c=biws,r={whole}"
    escaped = user.replace("=", "=3D").replace(",", "=2C")
    message = _bytes(f"n={escaped},r={nonce},{first},{bare}")
    salted = hashlib.pbkdf2_hmac("sha256", _bytes(prepared(password)), salt, rounds)
    key = hmac.digest(salted, b"Client Key", "sha256")
    mask = hmac.digest(hashlib.sha256(key).digest(), message, "sha256")
    proof = bytes(one ^ two for one, two in zip(key, mask, strict=True))
    signature = hmac.digest(hmac.digest(salted, b"Server Key", "sha256"), message, "sha256")
    return Proof(f"{bare},p={_b64(proof)}", _b64(signature))


def derive(password: str, salt: str, rounds: int) -> dict[str, str]:
    """The two keys of a new record (RFC 5802, 3), for the body of a renewal. Takes as long as `prove`.

    Raises:
        Impostor: it asks for too few iterations or for too many.
    """
    _check_rounds(rounds)
    salted = hashlib.pbkdf2_hmac("sha256", _bytes(prepared(password)), base64.b64decode(salt + "=="), rounds)
    stored = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    return {"stored_key": _b64(stored), "server_key": _b64(hmac.digest(salted, b"Server Key", "sha256"))}


def _check_rounds(rounds: int) -> None:
    if not _LEAST <= rounds <= _MOST:
        raise Impostor("The server asked for a proof that ours would never ask for.")


def _parts(first: str, nonce: str) -> tuple[str, bytes, int]:
    found = _FIRST.fullmatch(first)
    whole, salt, rounds = found.groups() if found else ("", "", "0")
    if not whole.startswith(nonce) or whole == nonce:
        raise Impostor("The server asked for a proof that ours would never ask for.")
    _check_rounds(int(rounds))
    return whole, base64.b64decode(salt + "=="), int(rounds)


def _bytes(text: str) -> bytes:
    return text.encode(errors="surrogatepass")  # half a character is a wrong password like any other


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode()
