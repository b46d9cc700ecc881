"""Password hashes of other systems."""

import base64
import hashlib
from uuid import uuid4

import argon2
import bcrypt
import pytest
from passlib.hash import sha512_crypt

from authapp.core.credentials import hashes, passwords

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


# Each hash was made by a program other than ours, or by hand from its documentation.
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
    "Werkzeug's scrypt": "scrypt:16:8:1$saltsalt$"
    + hashlib.scrypt(TYPED.encode(), salt=b"saltsalt", n=16, r=8, p=1, dklen=64).hex(),
    "Werkzeug's pbkdf2": f"pbkdf2:sha256:1000$saltsalt${pbkdf2('sha256').hex()}",
    "Werkzeug's pbkdf2 of SHA-512": f"pbkdf2:sha512:1000$saltsalt${pbkdf2('sha512').hex()}",
    "Spring's bcrypt": "{bcrypt}" + bcrypt.hashpw(TYPED.encode(), bcrypt.gensalt(4)).decode(),
    "Spring's argon2": "{argon2@SpringSecurity_v5_8}" + argon2.PasswordHasher(time_cost=1, memory_cost=64).hash(TYPED),
    "Spring's scrypt": f"{{scrypt}}$40801${plain(b'saltsalt')}$"
    + plain(hashlib.scrypt(TYPED.encode(), salt=b"saltsalt", n=16, r=8, p=1, dklen=32)),
    "Spring's pbkdf2": "{pbkdf2}"
    + (b"saltsalt" + hashlib.pbkdf2_hmac("sha1", TYPED.encode(), b"saltsalt", 185_000, 32)).hex(),
    "LDAP's salted SHA-1": "{SSHA}" + plain(hashlib.sha1(TYPED.encode() + b"salt").digest() + b"salt"),  # noqa: S324
    "LDAP's SHA-1": "{SHA}" + plain(hashlib.sha1(TYPED.encode()).digest()),  # noqa: S324
    "LDAP's crypt": "{CRYPT}" + sha512_crypt.using(rounds=1000).hash(TYPED),
    "LDAP's PBKDF2": f"{{PBKDF2-SHA256}}1000${dotted(b'saltsalt')}${dotted(pbkdf2('sha256'))}",
    "Ory's pbkdf2": f"$pbkdf2-sha256$i=1000,l=32${bare(b'saltsalt')}${bare(pbkdf2('sha256'))}",
    "Ory's short pbkdf2": f"$pbkdf2-sha512$i=1000,l=32${bare(b'saltsalt')}${bare(pbkdf2('sha512')[:32])}",
    "Ory's scrypt": f"$scrypt$ln=16384,r=8,p=1${bare(b'saltsalt')}$"
    + bare(hashlib.scrypt(TYPED.encode(), salt=b"saltsalt", n=16384, r=8, p=1, dklen=32)),
    "better-auth's scrypt": "ab" * 16
    + ":"
    + hashlib.scrypt(TYPED.encode(), salt=b"ab" * 16, n=16384, r=16, p=1, dklen=64, maxmem=2**27).hex(),
    "Discourse's": hashes.discourse(pbkdf2("sha256").hex(), "saltsalt", "$pbkdf2-sha256$i=1000,l=32$"),
}


@pytest.fixture(params=IMPORTED.values(), ids=IMPORTED.keys())
def imported(request):
    return request.param


def test_an_imported_hash_is_checked_and_asks_to_be_made_anew(imported):
    record, _ = passwords.adopt(imported)
    sealed = passwords.seal_record(record, ALICE)

    assert passwords.is_imported(record)
    assert passwords.matches(TYPED, sealed, ALICE) == (True, True)
    assert passwords.matches(TYPED + "6", sealed, ALICE)[0] is False
    assert passwords.matches("", sealed, ALICE)[0] is False
    assert passwords.matches(TYPED, sealed, uuid4()) == (False, False)


def test_an_imported_hash_cannot_answer_a_challenge(imported):
    assert passwords.scram_keys(passwords.seal_record(passwords.adopt(imported)[0], ALICE), ALICE) is None


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
    assert passwords.scram_keys(passwords.seal_record(record, ALICE), ALICE) is None


@pytest.mark.parametrize("hash", [None, "", " ", "!", "!XvY3", "*"])
def test_no_password_and_a_locked_one_are_no_record(hash):
    assert passwords.adopt(hash) == ("", "")
    assert not passwords.is_imported("")


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
MOST = {  # the cost parameter of each hash: the largest value that is accepted, and the smallest that is not
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
    "Werkzeug's scrypt": (f"scrypt:%d:8:1$saltsalt${bytes(64).hex()}", 2**18, 2**19),
    "Werkzeug's pbkdf2": (f"pbkdf2:sha256:%d$saltsalt${bytes(32).hex()}", 5_000_000, 5_000_001),
    "Ory's pbkdf2": (f"$pbkdf2-sha256$i=%d,l=32${SALT}${DIGEST}", 5_000_000, 5_000_001),
    "Ory's scrypt": (f"$scrypt$ln=%d,r=8,p=1${SALT}${DIGEST}", 2**18, 2**19),
    "WordPress's bcrypt": (f"$wp$2y$%02d${BCRYPT}", 16, 17),
    "Firebase's scrypt": (f"$firescrypt$ln=%d,r=8,p=1${SALT}${DIGEST}${SALT}${DIGEST}", 18, 19),
    "SHA-256 of crypt": ("$5$rounds=%d$saltsalt$" + "." * 43, 700_000, 700_001),
    "SHA-512 of crypt": ("$6$rounds=%d$saltsalt$" + "." * 86, 700_000, 700_001),
}


@pytest.mark.parametrize(("form", "most", "more"), MOST.values(), ids=MOST.keys())
def test_a_hash_that_would_keep_the_server_busy_is_refused(form, most, more):
    assert passwords.adopt(form % most)[1]
    with pytest.raises(ValueError, match="takes too long to check"):
        passwords.adopt(form % more)


def test_every_scheme_that_can_be_costly_has_a_most():
    costly = {
        scheme
        for scheme in passwords._context().schemes()
        if "rounds" in passwords._context().handler(scheme).setting_kwds
    }
    tried = {passwords.adopt(form % most)[1] for form, most, _ in MOST.values()}

    assert costly - tried == set()


def test_a_hash_of_wordpress_is_checked_as_wordpress_does():
    record, kind = passwords.adopt("$wp$2y$12$iWN5xRwDE7i9R5jVJvCyqOxS1CNnwUggQaF8O2W9Bg8TuXQz.ngrS")  # made by 6.8
    sealed = passwords.seal_record(record, ALICE)

    assert kind == "wordpress_bcrypt"
    assert passwords.matches("grimoire-test-123", sealed, ALICE) == (True, True)
    assert passwords.matches("grimoire-test-124", sealed, ALICE)[0] is False


def test_a_hash_of_firebase_is_checked_as_firebase_does():
    key = "jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA=="
    hash = "lSrfV15cpx95/sZS2W9c9Kp6i/LVgQNDNC/qzrCnh1SAyZvqmZqAjTdn3aoItz+VHjoZilo78198JAdRuid5lQ=="
    project = hashes.Firebase(key, "Bw==", rounds=8, memory_cost=14)  # of Firebase's own example
    record, kind = passwords.adopt(hashes.firebase(hash, "42xEC+ixf3L2lw==", project))
    sealed = passwords.seal_record(record, ALICE)

    assert kind == "firebase_scrypt"
    assert passwords.matches("user1password", sealed, ALICE) == (True, True)
    assert passwords.matches("user2password", sealed, ALICE)[0] is False
    assert passwords.adopt(hashes.firebase(hash.replace("/", "_").replace("+", "-"), "42xEC-ixf3L2lw", project))
    with pytest.raises(ValueError, match="the hash takes too long"):
        passwords.adopt(hashes.firebase(hash, "42xEC+ixf3L2lw==", project._replace(memory_cost=19)))


@pytest.mark.parametrize(
    ("hash", "name"),
    [
        ("0cc175b9c0f1b6a831c399e269772661", "MD5"),
        ("86f7e437faa5a7fce15d1ddcb9eaeaea377667b8", "SHA-1 without a salt"),
        ("*2470C0C06DEE42FD1618BB99005ADCA2EC9D1E19", "MySQL"),
        ("$S$DbGcTf0HIOYyQm6dwZoJBx0CGPdJuCvmJYZHjeOKEXWmdf2vM8Ze", "Drupal"),
        ("$y$j9T$F5Jx5fExrKuPp53xLKQ..1$X3DX6M94c7o.9agCG9G317fhZg9SqC.5i5rd.RhAtQ7", "yescrypt"),
        ("$apr1$salt$xxxx", "Apache"),
        ("AQAAAAEAACcQAAAAEGx", "ASP.NET"),
        ("{noop}secret", "{noop}"),
        ("{sha256}97cde38028ad898ebc02e690819fa220e88c62e0699403e94fff291cfffaf8410849f27605abcbc0", "{sha256}"),
        ("{MD5}{salt}0cc175b9c0f1b6a831c399e269772661", "{MD5}"),
        ("{CRYPT}ab1234567890.", "{CRYPT}"),
    ],
)
def test_a_kind_that_nothing_here_checks_is_named_and_not_called_broken(hash, name):
    with pytest.raises(ValueError, match="unknown kind of hash") as no:
        passwords.adopt(hash)

    assert name in str(no.value)
    assert "broken" not in str(no.value)


@pytest.mark.parametrize("length", [320, 370])
def test_a_long_pbkdf2_costs_as_much_as_all_its_blocks(length):
    form = f"$pbkdf2-sha1$i=%d,l={length // 20 * 20 // 2}${SALT}${bare(bytes(length // 20 * 20 // 2))}"
    blocks = length // 40

    assert passwords.adopt(form % (5_000_000 // blocks))[1]
    with pytest.raises(ValueError, match="takes too long to check"):
        passwords.adopt(form % 5_000_000)


def test_a_hash_of_a_page_is_refused():
    with pytest.raises(ValueError, match="too long"):
        passwords.adopt("$2b$04$" + "a" * 10_000)


def test_the_house_scheme_is_taken_as_it_is():
    record = passwords._context().hash(TYPED)

    assert passwords.adopt(record) == (record, "scram_sha_256")
    assert not passwords.is_imported(record)


@pytest.mark.parametrize("name", ["bcrypt", "argon2"])
def test_without_its_package_a_hash_matches_no_password_and_the_log_says_why(monkeypatch, caplog, name):
    sealed = passwords.seal_record(passwords.adopt(IMPORTED[name])[0], ALICE, "")
    assert passwords.matches(TYPED, sealed, ALICE) == (True, True)
    monkeypatch.setattr(passwords.extras, "installed", lambda _: False)

    assert passwords.matches(TYPED, sealed, ALICE) == (False, False)
    assert "pip install 'authapp[import]'" in caplog.text
