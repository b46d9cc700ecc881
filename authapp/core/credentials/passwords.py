"""Password policy, SCRAM records of passwords, and checks of imported hashes."""

import base64
import gzip
import hashlib
import hmac
import logging
import re
from collections.abc import Iterable
from functools import lru_cache
from importlib.resources import files
from itertools import pairwise
from typing import Any, NamedTuple
from uuid import UUID

import passlib.utils.handlers as uh
from passlib.context import CryptContext

from authapp import extras
from authapp.config import settings
from authapp.core.base import tokens
from authapp.core.base.errors import WeakPassword
from authapp.core.base.process_state import cache
from authapp.core.base.typed_text import is_text
from authapp.core.credentials import hash_handlers, hashes
from authapp.core.credentials import prepared as terms
from authapp.core.credentials.prepared import prepared
from authapp.i18n.texts import t

log = logging.getLogger(__name__)
LONGEST = 256  # characters; NIST SP 800-63B-4 3.1.1.2 asks for at least 64
PADDING = 6  # digits and signs around a common word that do not make it a good password
_SIGNS = "0123456789!?.,;:-_+*#$%&@ "
SCHEME = "scram_sha_256"
PURPOSE = "password record"  # of the key that encrypts the records
# Limits on the cost of checking an imported hash: a few seconds of one processor, and memory that a server can
# spare. Otherwise one malicious row could keep a thread busy for years.
LONGEST_HASH = 500  # characters
MOST_ROUNDS = {"bcrypt": 16, "bcrypt_sha256": 16, "django_bcrypt_sha256": 16, "phpass": 20}  # 2^16, 2^20
MOST_ROUNDS |= {"wordpress_bcrypt": 16, "sha256_crypt": 700_000, "sha512_crypt": 700_000}
MOST_ITERATIONS = 5_000_000  # of PBKDF2 and SCRAM
MOST_MEMORY = 256 * 2**20  # bytes, of argon2 and scrypt
MOST_PASSES = 4 * MOST_MEMORY  # bytes processed in all passes together
MOST_LANES = 64  # of argon2, where each may be a thread, and of scrypt
_LOCKED = re.compile(r"!.*|\*(?![0-9A-Fa-f]{40}$).*")  # locked (Django, Unix): password login is impossible


class ScramKeys(NamedTuple):
    """SCRAM record of a password (RFC 5802, 3): enough to check the password, not enough to log in with it."""

    rounds: int
    salt: bytes
    stored_key: bytes
    server_key: bytes


class ScramSha256(uh.HasRounds, uh.HasRawSalt, uh.HasRawChecksum, uh.GenericHandler):  # type: ignore[misc]  # untyped
    """passlib handler for `SCRAM-SHA-256$<rounds>:<salt>$<StoredKey>:<ServerKey>`, PostgreSQL's format (RFC 7677)."""

    name = SCHEME
    setting_kwds = ("salt", "rounds")
    checksum_size = 64
    min_salt_size, default_salt_size, max_salt_size = 8, 16, 64
    min_rounds, default_rounds, max_rounds, rounds_cost = terms.LEAST_ROUNDS, 600_000, terms.MOST_ROUNDS, "linear"
    _FORM = re.compile(r"SCRAM-SHA-256\$(\d{1,8}):([A-Za-z0-9+/=]+)\$([A-Za-z0-9+/=]{44}):([A-Za-z0-9+/=]{44})")

    @classmethod
    def identify(cls, hash: str | bytes) -> bool:
        """Return whether a record has this format."""
        return _as_text(hash).startswith("SCRAM-SHA-256$")

    @classmethod
    def from_string(cls, hash: str | bytes) -> "ScramSha256":
        """Parse a record.

        Raises:
            InvalidHashError: the record does not have this format (an error of passlib).
        """
        match = cls._FORM.fullmatch(_as_text(hash))
        if not match:
            raise uh.exc.InvalidHashError(cls)
        salt, stored_key, server_key = (base64.b64decode(part) for part in match.groups()[1:])
        return cls(rounds=int(match[1]), salt=salt, checksum=stored_key + server_key)

    def to_string(self) -> str:
        """Return the record as text."""
        salt, stored_key, server_key = (_b64(part) for part in (self.salt, self.checksum[:32], self.checksum[32:]))
        return f"SCRAM-SHA-256${self.rounds}:{salt}${stored_key}:{server_key}"

    def _calc_checksum(self, secret: str | bytes) -> bytes:
        salted = hashlib.pbkdf2_hmac("sha256", prepared(_as_text(secret)).encode(), self.salt, self.rounds)
        client_key = hmac.digest(salted, b"Client Key", "sha256")
        return hashlib.sha256(client_key).digest() + hmac.digest(salted, b"Server Key", "sha256")


def check(password: object, confirmation: object, own_words: Iterable[str] = ()) -> str:
    """Check a new password against the policy of NIST SP 800-63B-4 3.1.1.2 and OWASP ASVS 5.0 6.2, and return it.

    Args:
        password: the password as typed; no character is cut or forbidden.
        confirmation: the password as typed the second time.
        own_words: names and addresses of the user; the password must not consist of them.

    Raises:
        WeakPassword: too short, too long, common, regular, made of own words, or with a character that cannot be
            stored; or the two passwords differ.
    """
    least = settings().password_min_length
    if not isinstance(password, str) or not password:
        raise WeakPassword(t("Enter a password."))
    if len(password) < least:
        raise WeakPassword(t("Use at least {least} characters; this has {length}.", least=least, length=len(password)))
    if len(password) > LONGEST:
        raise WeakPassword(t("Use at most {longest} characters.", longest=LONGEST))
    if not is_text(password):
        raise WeakPassword(t("One of these characters can’t be typed on every keyboard. Choose another password."))
    bare = prepared(password).casefold()
    if _is_common(bare):
        raise WeakPassword(t("This password is common, so attackers try it first. Choose another."))
    if len(set(bare)) < 4 or _is_a_row(bare):
        raise WeakPassword(t("This follows a simple pattern and is easy to guess. Choose another."))
    if _made_of(bare, [*own_words, settings().product_name]):
        raise WeakPassword(t("This contains your name or address. Choose another."))
    if confirmation != password:
        raise WeakPassword(t("The two passwords differ. Type the same one twice."), field="confirmation")
    return password


def make_record(
    password: str, user_id: UUID, identifier: str = "", *, salt: bytes | None = None, rounds: int | None = None
) -> bytes:
    """Return the encrypted SCRAM record of a password. This takes as long as a login check should (about 0.2 s).

    Args:
        password: the password as typed.
        user_id: the owner of the password.
        identifier: the identifier that the record is for; empty for the record of the user.
        salt: random if absent.
        rounds: taken from the settings if absent.
    """
    hasher = ScramSha256.using(rounds=rounds or settings().password_rounds, **({"salt": salt} if salt else {}))
    return seal_record(hasher.hash(password), user_id, identifier)


def seal_record(record: str, user_id: UUID, identifier: str = "") -> bytes:
    """Encrypt a passlib record with the server key, so that a stolen database alone allows no guessing."""
    return tokens.seal(PURPOSE, record.encode(), user_id.bytes + identifier.encode())


def scram_text(check: ScramKeys) -> str:
    """Return a SCRAM record in the format that passlib reads."""
    return ScramSha256(rounds=check.rounds, salt=check.salt, checksum=check.stored_key + check.server_key).to_string()


def form(sealed: bytes | None, user_id: UUID, identifier: str = "") -> str:
    """Return iterations and salt length of a SCRAM record, like `600000:16`; empty for any other record."""
    keys = scram_keys(sealed, user_id, identifier)
    return f"{keys.rounds}:{len(keys.salt)}" if keys else ""


def adopt(hash: object) -> tuple[str, str]:
    """Return an imported hash as we store it, and its kind. Both are empty for no password or a locked one.

    Raises:
        MissingExtra: the packages that can check such a hash are not installed.
        ValueError: no scheme can read the hash, or checking it costs too much. The message never repeats the hash.
    """
    if hash is not None and not isinstance(hash, str):
        raise ValueError("the hash is not a string")
    text = (hash or "").strip()
    if not text or (text[0] in "!*" and _LOCKED.fullmatch(text)):
        return "", ""
    if len(text) > LONGEST_HASH:
        raise ValueError("the hash is too long")
    text = hashes.as_known(text)
    scheme = _context().identify(text) if text.isascii() else None
    if scheme is None:
        raise ValueError(_unknown(text))
    if scheme in hash_handlers.NEEDING_EXTRA:
        extras.require("import")
    try:
        record = _context().handler(scheme).from_string(text)
    except (ValueError, TypeError, AssertionError):
        record = None
    if record is None and text.startswith("{"):  # several systems write such a prefix, each for a different format
        raise ValueError(_unknown(text))
    if record is None or record.checksum is None:
        raise ValueError("the hash is broken: it was cut off or changed")
    if _is_costly(scheme, record):
        raise ValueError("the hash takes too long to check, or too much memory")
    return text, scheme


def _unknown(text: str) -> str:
    name = hashes.name_of(text)
    return f"unknown kind of hash; it looks like {name}" if name else "unknown kind of hash"


def _is_costly(scheme: str, record: Any) -> bool:
    """Return whether checking a hash takes more work than a login may."""
    rounds: int = getattr(record, "rounds", 0)
    if scheme == "pbkdf2":  # PBKDF2 runs all iterations for each block of the digest
        rounds *= -(-len(record.checksum) // hashlib.new(record.digest).digest_size)
    if scheme not in ("argon2", "scrypt", "firebase_scrypt"):
        return rounds > MOST_ROUNDS.get(scheme, MOST_ITERATIONS)
    lanes: int = record.parallelism
    memory: int = 1024 * record.memory_cost if scheme == "argon2" else 128 * 2**rounds * record.block_size
    passes = rounds if scheme == "argon2" else lanes
    return memory > MOST_MEMORY or memory * passes > MOST_PASSES or lanes > MOST_LANES


def is_imported(record: str) -> bool:
    """Return whether a record is a hash of another system, which cannot answer a SCRAM challenge."""
    return bool(record) and not ScramSha256.identify(record)


def resealed(sealed: bytes, user_id: UUID, identifier: str = "") -> bytes | None:
    """Re-encrypt a record with the newest server key; None if no key can decrypt it."""
    record = _record(sealed, user_id, identifier)
    return None if record is None else seal_record(record, user_id, identifier)


def matches(password: str, sealed: bytes | None, user_id: UUID | None) -> tuple[bool, bool]:
    """Return whether a password matches a record, and whether the record must be re-hashed with SCRAM.

    Without a record, a dummy check takes the same time, so that timing reveals nothing (user enumeration).
    """
    record = _record(sealed, user_id)
    if record is None or len(password) > LONGEST or not is_text(password):
        _context().dummy_verify()
        return False, False
    if _context().identify(record) in hash_handlers.NEEDING_EXTRA and not extras.installed("import"):
        # An exception here would reveal that the account exists, and leave the attempt uncounted.
        log.error("the password of a user cannot be checked: %s", extras.MissingExtra("import"))
        _context().dummy_verify()
        return False, False
    # bcrypt reads only 72 bytes. The system that made the hash cut off the rest silently.
    secret = password.encode()[:72] if record.startswith("$2") else password
    try:
        return bool(_context().verify(secret, record)), bool(_context().needs_update(record))
    except (ValueError, TypeError):  # no scheme can read this record
        return False, False


def scram_keys(sealed: bytes | None, user_id: UUID | None, identifier: str = "") -> ScramKeys | None:
    """Return the SCRAM record in an encrypted one; None if there is no password or it is an imported hash."""
    record = _record(sealed, user_id, identifier)
    if record is None or not ScramSha256.identify(record):
        return None
    try:
        handler = ScramSha256.from_string(record)
    except ValueError:
        return None
    return ScramKeys(handler.rounds, handler.salt, handler.checksum[:32], handler.checksum[32:])


def _record(sealed: bytes | None, user_id: UUID | None, identifier: str = "") -> str | None:
    if sealed is None or user_id is None:
        return None
    content = tokens.unseal(PURPOSE, sealed, user_id.bytes + identifier.encode())
    return content.decode() if content else None


@cache
@lru_cache(maxsize=1)
def _context() -> Any:
    return CryptContext(
        schemes=[ScramSha256, *hash_handlers.HANDLERS, *hash_handlers.OF_PASSLIB],
        deprecated="auto",
        **{f"{SCHEME}__default_rounds": settings().password_rounds},
    )


@lru_cache(maxsize=1)
def _common() -> frozenset[str]:
    data = files("authapp.core.credentials").joinpath("common_passwords.txt.gz").read_bytes()
    return frozenset(gzip.decompress(data).decode().split("\n"))


def _is_common(bare: str) -> bool:
    """Return whether a password is a common one: as it is, padded like `password1234!`, or repeated."""
    word = bare.strip(_SIGNS)
    is_padded = len(bare) - len(word) <= PADDING and word in _common()
    return bare in _common() or is_padded or _repeats_common(word) or _repeats_common(bare)


def _repeats_common(text: str) -> bool:
    """Return whether a text repeats one common word, with no more than padding in between."""
    for word in (text[:length] for length in range(3, len(text) // 2 + 1)):
        rest = text.replace(word, "")
        if word in _common() and len(rest) <= PADDING * text.count(word) and not rest.strip(_SIGNS):
            return True
    return False


def _is_a_row(bare: str) -> bool:
    """Return whether a password follows the alphabet, the digits or a keyboard row, in either direction."""
    rows = ("abcdefghijklmnopqrstuvwxyza", "01234567890", "qwertyuiopasdfghjklzxcvbnm")
    steps = {pair for row in rows for pair in pairwise(row)}
    row_steps = sum((first, second) in steps or (second, first) in steps for first, second in pairwise(bare))
    return row_steps >= 0.9 * (len(bare) - 1)


def _made_of(bare: str, own_words: Iterable[str]) -> bool:
    parts = {part for word in own_words for part in re.split(r"[\W_]+", prepared(word).casefold()) if len(part) >= 3}
    rest = bare
    for part in sorted(parts, key=len, reverse=True):
        rest = rest.replace(part, "")
    return rest != bare and len(rest) < 6


def _as_text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode()
