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


SALT, DIGEST = bare(b"saltsalt"), bare(bytes(32))
BCRYPT = "abcdefghijklmnopqrstuuABCDEFGHIJKLMNOPQRSTUVWXYZ01232"
MOST = {  # a hash, and what of it says how long it takes: the most that is taken, and the least that is not
    "bcrypt": (f"$2b$%d${BCRYPT}", 16, 17),
    "bcrypt_sha256": (f"$bcrypt-sha256$v=2,t=2b,r=%d${BCRYPT[:22]}${BCRYPT[22:]}", 16, 17),
    "Django's bcrypt": (f"bcrypt$$2b$%d${BCRYPT}", 16, 17),
    "Django's bcrypt_sha256": (f"bcrypt_sha256$$2b$%d${BCRYPT}", 16, 17),
    "pbkdf2_sha256": (f"$pbkdf2-sha256$%d${SALT}${DIGEST}", 5_000_000, 5_000_001),
    "pbkdf2_sha512": (f"$pbkdf2-sha512$%d${SALT}${bare(bytes(64))}", 5_000_000, 4_000_000_000),
    "Django's pbkdf2_sha256": (f"pbkdf2_sha256$%d$saltsalt${DIGEST}=", 5_000_000, 5_000_001),
    "Django's pbkdf2_sha1": (f"pbkdf2_sha1$%d$saltsalt${plain(bytes(20))}", 5_000_000, 4_000_000_000),
    "SCRAM": (f"SCRAM-SHA-256$%d:{plain(b'saltsalt')}${plain(bytes(32))}:{plain(bytes(32))}", 5_000_000, 5_000_001),
    "phpass": ("$P$%sIQRaTwmfeRo7ud9Fh4E2PdI0S3r.L0", "I", "J"),
    "memory of argon2": (f"$argon2id$v=19$m=%d,t=1,p=1${SALT}${DIGEST}", 262_144, 262_145),
    "passes of argon2": (f"$argon2id$v=19$m=262144,t=%d,p=1${SALT}${DIGEST}", 4, 5),
    "passes of little": (f"$argon2id$v=19$m=8,t=%d,p=1${SALT}${DIGEST}", 131_072, 131_073),
    "threads of argon2": (f"$argon2id$v=19$m=65536,t=1,p=%d${SALT}${DIGEST}", 64, 65),
    "Django's argon2": (f"argon2$argon2id$v=19$m=%d,t=1,p=1${SALT}${DIGEST}", 262_144, 262_145),
    "memory of scrypt": (f"$scrypt$ln=%d,r=8,p=1${SALT}${DIGEST}", 18, 19),
    "blocks of scrypt": (f"$scrypt$ln=14,r=%d,p=1${SALT}${DIGEST}", 128, 129),
    "passes of scrypt": (f"$scrypt$ln=18,r=8,p=%d${SALT}${DIGEST}", 4, 5),
    "Django's scrypt": (f"scrypt$%d$saltsalt$8$1${plain(bytes(64))}", 2**18, 2**19),
}


@pytest.mark.parametrize(("form", "most", "more"), MOST.values(), ids=MOST.keys())
def test_a_hash_that_would_keep_the_server_busy_is_refused(form, most, more):
    assert passwords.adopt(form % most)[1]
    with pytest.raises(ValueError, match="takes too long to check"):
        passwords.adopt(form % more)


def test_every_scheme_that_can_be_costly_has_a_most():
    costly = {scheme for scheme in passwords._context().schemes() if "rounds" in passwords._context().handler(scheme).setting_kwds}
    tried = {passwords.adopt(form % most)[1] for form, most, _ in MOST.values()}

    assert costly - tried == set()


def test_a_hash_of_a_page_is_refused():
    with pytest.raises(ValueError, match="too long"):
        passwords.adopt("$2b$04$" + "a" * 10_000)


def test_the_house_scheme_is_taken_as_it_is():
    record = passwords._context().hash(TYPED)

    assert passwords.adopt(record) == (record, "scram_sha_256")
    assert not passwords.is_foreign(record)
