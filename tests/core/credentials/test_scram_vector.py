"""The published example of RFC 7677, section 3, and its structure by RFC 5802, section 3."""

import base64
import hashlib
import hmac
from uuid import uuid4

from scramp import ScramClient

from authapp.core.authentication import proofs
from authapp.core.credentials import passwords
from authapp.core.credentials.passwords import ScramSha256
from tests.kit.scram import CLIENT_NONCE, FIRST, PENCIL, PROOF, REPLY, ROUNDS, SALT, SIGNATURE, USER, WHOLE

AUTH_MESSAGE = f"n={USER},r={CLIENT_NONCE},{FIRST},c=biws,r={WHOLE}".encode()


def record() -> str:
    return str(ScramSha256.using(salt=SALT, rounds=ROUNDS).hash(PENCIL))


def verifier() -> passwords.ScramKeys:
    user_id = uuid4()
    found = passwords.scram_keys(passwords.seal_record(record(), user_id), user_id)
    assert found
    return found


def hi(text: bytes, salt: bytes, rounds: int) -> bytes:
    last = whole = hmac.digest(text, salt + b"\x00\x00\x00\x01", "sha256")
    for _ in range(rounds - 1):
        last = hmac.digest(text, last, "sha256")
        whole = xor(whole, last)
    return whole


def xor(one: bytes, other: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(one, other, strict=True))


def test_the_record_is_what_the_rfc_computes():
    salted = hi(PENCIL.encode(), SALT, ROUNDS)
    client_key = hmac.digest(salted, b"Client Key", "sha256")
    kept = verifier()

    assert (kept.rounds, kept.salt) == (ROUNDS, SALT)
    assert kept.stored_key == hashlib.sha256(client_key).digest()
    assert kept.server_key == hmac.digest(salted, b"Server Key", "sha256")


def test_the_record_has_the_form_of_postgresql():
    scheme, salt, keys = record().split("$")
    kept = verifier()

    assert scheme == "SCRAM-SHA-256"
    assert salt == "4096:W22ZaJ0SNY7soEsUEjb6gQ=="
    assert [base64.b64decode(key) for key in keys.split(":")] == [kept.stored_key, kept.server_key]


def test_the_published_proof_is_built_as_the_rfc_says():
    client_key = hmac.digest(hi(PENCIL.encode(), SALT, ROUNDS), b"Client Key", "sha256")
    signature = hmac.digest(verifier().stored_key, AUTH_MESSAGE, "sha256")

    assert base64.b64encode(xor(client_key, signature)).decode() == PROOF


def test_the_published_proof_is_taken_and_the_published_signature_given():
    assert proofs._signature(verifier(), USER, CLIENT_NONCE, WHOLE, REPLY) == SIGNATURE
    signed = hmac.digest(verifier().server_key, AUTH_MESSAGE, "sha256")
    assert base64.b64encode(signed).decode() == SIGNATURE


def test_the_independent_client_says_the_same():
    caller = ScramClient(["SCRAM-SHA-256"], USER, PENCIL, c_nonce=CLIENT_NONCE)
    assert caller.get_client_first() == f"n,,n={USER},r={CLIENT_NONCE}"
    caller.set_server_first(FIRST)
    assert caller.get_client_final() == REPLY
    caller.set_server_final(f"v={SIGNATURE}")


def test_any_change_to_the_exchange_breaks_the_proof():
    kept, flipped = verifier(), PROOF.replace("d", "e", 1)

    assert proofs._signature(kept, "User", CLIENT_NONCE, WHOLE, REPLY) is None
    assert proofs._signature(kept, USER, CLIENT_NONCE, WHOLE + "x", REPLY) is None
    assert proofs._signature(kept, USER, CLIENT_NONCE, WHOLE, REPLY.replace(PROOF, flipped)) is None
    assert proofs._signature(kept, USER, CLIENT_NONCE, WHOLE, REPLY.replace("biws", "eSws")) is None
    assert proofs._signature(kept._replace(rounds=4097), USER, CLIENT_NONCE, WHOLE, REPLY) is None
    assert proofs._signature(kept._replace(salt=SALT[::-1]), USER, CLIENT_NONCE, WHOLE, REPLY) is None
