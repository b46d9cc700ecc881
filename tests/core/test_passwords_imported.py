import base64
import hashlib
from uuid import uuid4

import argon2
import bcrypt
import pytest

from authapp.core import passwords

ALICE = uuid4()
TYPED = "test12345"


def plain(data: bytes) -> str:
    return base64.b64encode(data).decode()


def bare(data: bytes) -> str:
    return plain(data).rstrip("=")


def dotted(data: bytes) -> str:
    return bare(data).replace("+", ".")


def pbkdf2(hash: str) -> bytes:
    return hashlib.pbkdf2_hmac(hash, TYPED.encode(), b"saltsalt", 1000)


# Each made by another program than ours, or by hand from what its documentation says.
IMPORTED = {
    "argon2": argon2.PasswordHasher(time_cost=1, memory_cost=64).hash(TYPED),
    "bcrypt": bcrypt.hashpw(TYPED.encode(), bcrypt.gensalt(4)).decode(),
    "bcrypt of PHP": bcrypt.hashpw(TYPED.encode(), bcrypt.gensalt(4)).decode().replace("$2b$", "$2y$"),
    "scrypt": f"$scrypt$ln=4,r=8,p=1${bare(b'saltsalt')}$"
    + bare(hashlib.scrypt(TYPED.encode(), salt=b"saltsalt", n=16, r=8, p=1, dklen=32)),
    "pbkdf2_sha256": f"$pbkdf2-sha256$1000${dotted(b'saltsalt')}${dotted(pbkdf2('sha256'))}",
    "pbkdf2_sha512": f"$pbkdf2-sha512$1000${dotted(b'saltsalt')}${dotted(pbkdf2('sha512'))}",
    "Django's pbkdf2_sha256": f"pbkdf2_sha256$1000$saltsalt${plain(pbkdf2('sha256'))}",
    "Django's pbkdf2_sha1": f"pbkdf2_sha1$1000$saltsalt${plain(pbkdf2('sha1'))}",
    "Django's argon2": "argon2" + argon2.PasswordHasher(time_cost=1, memory_cost=64).hash(TYPED),
    "Django's bcrypt_sha256": "bcrypt_sha256$"
    + bcrypt.hashpw(hashlib.sha256(TYPED.encode()).hexdigest().encode(), bcrypt.gensalt(4)).decode(),
    "Django's bcrypt": "bcrypt$" + bcrypt.hashpw(TYPED.encode(), bcrypt.gensalt(4)).decode(),
    "Django's scrypt": "scrypt$16$saltsalt$8$1$"
    + plain(hashlib.scrypt(TYPED.encode(), salt=b"saltsalt", n=16, r=8, p=1, dklen=64)),
    "Django's salted SHA-1": "sha1$saltsalt$" + hashlib.sha1(b"saltsalt" + TYPED.encode()).hexdigest(),  # noqa: S324
    "Django's salted MD5": "md5$saltsalt$" + hashlib.md5(b"saltsalt" + TYPED.encode()).hexdigest(),  # noqa: S324
    "phpass": "$P$9IQRaTwmfeRo7ud9Fh4E2PdI0S3r.L0",  # the published example of phpass
}


@pytest.fixture(params=IMPORTED.values(), ids=IMPORTED.keys())
def imported(request):
    return request.param


def test_an_imported_hash_is_checked_and_asks_to_be_made_anew(imported):
    record, _ = passwords.adopt(imported)
    sealed = passwords.seal_record(record, ALICE)

    assert passwords.is_foreign(record)
    assert passwords.matches(TYPED, sealed, ALICE) == (True, True)
    assert passwords.matches(TYPED + "6", sealed, ALICE)[0] is False
    assert passwords.matches("", sealed, ALICE)[0] is False
    assert passwords.matches(TYPED, sealed, uuid4()) == (False, False)


def test_an_imported_hash_cannot_answer_a_challenge(imported):
    assert passwords.verifier(passwords.seal_record(passwords.adopt(imported)[0], ALICE), ALICE) is None


def test_odd_input_against_an_imported_hash_is_wrong_and_no_error(imported):
    sealed = passwords.seal_record(passwords.adopt(imported)[0], ALICE)

    for typed in ("\x00", "\x00" + TYPED, TYPED + "\ud800", "x" * 256, "x" * 10_000, "🦊" * 100):
        assert passwords.matches(typed, sealed, ALICE)[0] is False


def test_a_password_longer_than_bcrypt_reads_still_fits_its_imported_hash():
    long = "long sentences are fine, " * 4
    cut = bcrypt.hashpw(long.encode()[:72], bcrypt.gensalt(4)).decode()

    assert passwords.matches(long, passwords.seal_record(cut, ALICE), ALICE) == (True, True)


@pytest.mark.parametrize("record", ["", "nonsense", "$2b$04$short", "SCRAM-SHA-256$4096:short", "md5$a$b", "!unusable"])
def test_a_record_that_no_scheme_reads_lets_nobody_in(record):
    assert passwords.matches(TYPED, passwords.seal_record(record, ALICE), ALICE)[0] is False
    assert passwords.matches("", passwords.seal_record(record, ALICE), ALICE)[0] is False
    assert passwords.verifier(passwords.seal_record(record, ALICE), ALICE) is None


@pytest.mark.parametrize("hash", [None, "", " ", "!", "!XvY3", "*"])
def test_no_password_and_a_locked_one_are_no_record(hash):
    assert passwords.adopt(hash) == ("", "")
    assert not passwords.is_foreign("")


@pytest.mark.parametrize(
    "hash",
    [
        "nonsense",
        "é",
        17,
        "0cc175b9c0f1b6a831c399e269772661",
        "$2b$04$short",
        f"$2b$04${'a' * 21}e",
        "pbkdf2_sha256$1000$salt",
        "$scrypt$ln=4",
        "md5$a$b",
        "SCRAM-SHA-256$4096:short",
        "$argon2id$v=19$m=64",
        "$P$9IQRaTwm",
    ],
)
def test_a_hash_that_nobody_can_check_is_refused_and_not_repeated(hash):
    with pytest.raises(ValueError, match="hash") as no:
        passwords.adopt(hash)

    assert str(hash) not in str(no.value)


def test_the_house_scheme_is_taken_as_it_is():
    record = passwords._context().hash(TYPED)

    assert passwords.adopt(record) == (record, "scram_sha_256")
    assert not passwords.is_foreign(record)
