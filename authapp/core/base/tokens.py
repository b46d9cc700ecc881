"""Keys, digests and authenticated encryption of secrets.

A key is `id.secret`, and tables store only the digest of its secret. Secrets that must be read again are encrypted.
"""

import base64
import hashlib
import hmac
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from authapp.config import BadSettings, Settings, settings
from authapp.core.base.process_state import cache

_may_make: ContextVar[bool] = ContextVar("_may_make", default=True)
_KEY = re.compile(r"([A-Za-z0-9_-]{16})\.([A-Za-z0-9_-]{43})")


class Key(NamedTuple):
    """Credential that we issue: a public id, and a secret of which only the digest is stored."""

    id: str
    secret: str

    def __str__(self) -> str:
        return f"{self.id}.{self.secret}"

    @property
    def digest(self) -> bytes:
        """Return the digest of the secret, as tables store it."""
        return digest(self.secret)


def mint(id: str | None = None) -> Key:
    """Return a new key of 256 random bits; with `id`, a new secret for an existing public id."""
    return Key(id or _new_id(), secrets.token_urlsafe(32))


def _new_id() -> str:
    """Return 96 random bits as text. No id begins with a hyphen: a command takes that for an option."""
    while (text := secrets.token_urlsafe(12)).startswith("-"):
        pass
    return text


def parse(text: object) -> Key | None:
    """Parse a key from outside; None if it is malformed (cut, padded, another type)."""
    match = _KEY.fullmatch(text) if isinstance(text, str) else None
    return Key(*match.groups()) if match else None


def digest(secret: str) -> bytes:
    """Return the SHA-256 of a secret. It has 256 random bits, so it needs no salt or stretching."""
    return hashlib.sha256(secret.encode()).digest()


def same(one: bytes, other: bytes) -> bool:
    """Return whether two digests are equal, in constant time (timing attack)."""
    return hmac.compare_digest(one, other)


def keyed(purpose: str, *parts: str) -> bytes:
    """Return the HMAC-SHA-256 of the parts, with a separate key for each purpose."""
    return mac(_keys(purpose)[0][1], *parts)


def mac(key: bytes, *parts: str) -> bytes:
    """Return the HMAC-SHA-256 of the parts under a key."""
    message = b"".join(len(data).to_bytes(4, "big") + data for data in (part.encode() for part in parts))
    return hmac.digest(key, message, "sha256")


def oldest_key(purpose: str) -> bytes:
    """Return the key of a purpose that is derived from the oldest server key."""
    return _keys(purpose)[-1][1]


def seal(purpose: str, plain: bytes, bound_to: bytes = b"") -> bytes:
    """Encrypt with AES-256-GCM under the newest server key. The first four bytes identify the key."""
    name, key = _keys(purpose)[0]
    nonce = os.urandom(12)
    return name + nonce + AESGCM(key).encrypt(nonce, plain, bound_to)


def unseal(purpose: str, sealed: bytes, bound_to: bytes = b"") -> bytes | None:
    """Decrypt the output of `seal`; None if it is not ours, was changed, or is bound to something else."""
    for name, key in _keys(purpose):
        if sealed[:4] == name and len(sealed) > 16:
            try:
                return AESGCM(key).decrypt(sealed[4:16], sealed[16:], bound_to)
            except InvalidTag:
                continue
    return None


def to_text(data: bytes) -> str:
    """Encode bytes as URL-safe text without padding."""
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def from_text(text: str) -> bytes:
    """Decode the output of `to_text`; empty if the text is malformed."""
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except ValueError:
        return b""


def newest(purpose: str) -> bytes:
    """Return the name of the newest key of a purpose: everything encrypted from now on begins with it."""
    return _keys(purpose)[0][0]


def names(purpose: str) -> list[bytes]:
    """Return the names of all keys of a purpose: everything that can be decrypted begins with one of them."""
    return [name for name, _ in _keys(purpose)]


def key_file() -> Path | None:
    """Return the file of the server keys (one per line, newest first); None if they are in the settings."""
    conf = settings()
    return None if conf.secret_key else _key_path(conf.database_url)


def kept_keys() -> list[str]:
    """Return the server keys, newest first."""
    return [key.decode() for key in _masters(settings())]


@contextmanager
def only_reading() -> Iterator[None]:
    """Prevent the creation of a missing key, for commands that only read."""
    before = _may_make.set(False)
    try:
        yield
    finally:
        _may_make.reset(before)


def new_key() -> str:
    """Return a new random server key."""
    return secrets.token_hex(32)


def keep_keys(path: Path, keys: list[str]) -> None:
    """Replace the keys in the file atomically. Running servers use them from their next encryption on."""
    draft = _draft(path, "\n".join(keys))
    with suppress(OSError):  # the user of the server process must read it, also when another user rotates
        os.chown(draft, path.stat().st_uid, path.stat().st_gid)
    draft.replace(path)


def _keys(purpose: str) -> list[tuple[bytes, bytes]]:
    return _derived(purpose, _version())


@lru_cache(maxsize=2)
def _key_path(database_url: str) -> Path:
    return Path(database_url.removeprefix("sqlite:///")).with_suffix(".key")


def _version() -> tuple[int, int]:
    """Return a value that changes with the key file, so that a rotation needs no restart of the server."""
    path = key_file()
    if path is None:
        return 0, 0
    try:
        status = path.stat()
    except FileNotFoundError:
        return 0, 0
    return status.st_ino, status.st_mtime_ns


@cache
@lru_cache(maxsize=64)
def _derived(purpose: str, _: tuple[int, int]) -> list[tuple[bytes, bytes]]:
    keys = []
    for master in _masters(settings()):
        key = HKDF(SHA256(), 32, salt=None, info=f"authapp {purpose}".encode()).derive(master)
        keys.append((hashlib.sha256(key).digest()[:4], key))
    return keys


def _masters(conf: Settings) -> list[bytes]:
    if conf.secret_key:
        return [key.strip().encode() for key in conf.secret_key.get_secret_value().split(",")]
    path = key_file()
    assert path is not None
    return _read_or_create(path)


def _read_or_create(path: Path) -> list[bytes]:
    if not path.exists():
        if not _may_make.get():
            raise BadSettings(f"the server key is missing at {path}")
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = _draft(path, new_key())
        with suppress(FileExistsError):  # of two processes that start together one wins, and both read the same key
            os.link(draft, path)
        draft.unlink()
    keys = path.read_text().split()
    if not keys or any(len(key) < 32 for key in keys):
        raise BadSettings(f"authapp cannot start: the server key in {path} is incomplete. Restore its backup.")
    return [key.encode() for key in keys]


def _draft(path: Path, content: str) -> Path:
    draft = path.with_suffix(f".{secrets.token_hex(8)}.draft")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    return draft
