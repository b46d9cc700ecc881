"""An independent SCRAM-SHA-256 client, and one written by hand for names and passwords that the first refuses."""

import base64
import hashlib
import hmac
import unicodedata
from dataclasses import dataclass
from typing import Any

from scramp import ScramClient

from authapp.core.authentication import challenges, login, proofs
from authapp.core.base.callers import Caller
from tests.kit.rules import do
from tests.kit.users import HOME, TAB


@dataclass
class Answered:
    """One exchange: the server's challenge, and the reply of this client."""

    caller: Any
    challenge: challenges.Challenge
    reply: str


def ask(user: str, password: str, caller: Caller = HOME) -> Answered:
    """Ask for a challenge and compute the answer, without sending it."""
    mine = ScramClient(["SCRAM-SHA-256"], user, password)
    nonce = mine.get_client_first().partition(",r=")[2]
    challenge = do(challenges.challenge, user, nonce, caller)
    assert challenge.first is not None
    mine.set_server_first(challenge.first)
    return Answered(mine, challenge, mine.get_client_final())


def ask_by_hand(user: str, password: str, nonce: str = "n" * 24, caller: Caller = HOME) -> Answered:
    """Do the same for any name and password, normalised as NIST asks, not as SASLprep does."""
    challenge = do(challenges.challenge, user, nonce, caller)
    assert challenge.first is not None
    facts = dict(part.split("=", 1) for part in challenge.first.split(","))
    text = unicodedata.normalize("NFKC", password).encode()
    salted = hashlib.pbkdf2_hmac("sha256", text, base64.b64decode(facts["s"]), int(facts["i"]))
    key = hmac.digest(salted, b"Client Key", "sha256")
    name, bare = user.replace("=", "=3D").replace(",", "=2C"), f"c=biws,r={facts['r']}"
    message = f"n={name},r={nonce},{challenge.first},{bare}".encode()
    signature = hmac.digest(hashlib.sha256(key).digest(), message, "sha256")
    proof = base64.b64encode(bytes(a ^ b for a, b in zip(key, signature, strict=True))).decode()
    return Answered(None, challenge, f"{bare},p={proof}")


def send(answered: Answered, *, keep: bool = False, caller: Caller = HOME) -> login.BrowserLogin:
    """Send the answer, as a browser does."""
    return do(
        login.answer_challenge, proofs.Reply(answered.challenge.id, answered.reply), keep=keep, tab=TAB, caller=caller
    )


# The published example of RFC 7677, section 3.
USER, PENCIL, ROUNDS = "user", "pencil", 4096
SALT = base64.b64decode("W22ZaJ0SNY7soEsUEjb6gQ==")
CLIENT_NONCE = "rOprNGfwEbeRWgbNEkqO"
WHOLE = CLIENT_NONCE + "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"
FIRST = f"r={WHOLE},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"
PROOF = "dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
REPLY = f"c=biws,r={WHOLE},p={PROOF}"
SIGNATURE = "6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="
