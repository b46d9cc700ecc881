"""What do we keep of a secret: keys are `id.secret`, tables hold the digest; what must come back is sealed."""

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

_may_make: ContextVar[bool] = ContextVar("_may_make", default=True)
_KEY = re.compile(r"([A-Za-z0-9_-]{16})\.([A-Za-z0-9_-]{43})")


class Key(NamedTuple):
    """A credential we minted: a public id, and a secret of which only the digest is stored."""

    id: str
    secret: str

    def __str__(self) -> str:
        return f"{self.id}.{self.secret}"

    @property
    def verifier(self) -> bytes:
        """What the table keeps of the secret half."""
        return digest(self.secret)


def mint(id: str | None = None) -> Key:
    """A new key of 256 random bits; with `id`, a new secret for a known public half."""
    return Key(id or secrets.token_urlsafe(12), secrets.token_urlsafe(32))


def parse(text: object) -> Key | None:
    """The key in a text that came from outside, or None when it is not one (cut, padded, another type)."""
    match = _KEY.fullmatch(text) if isinstance(text, str) else None
    return Key(*match.groups()) if match else None


def digest(secret: str) -> bytes:
    """SHA-256 of a secret that has 256 random bits, so that no salt or stretching is needed."""
    return hashlib.sha256(secret.encode()).digest()


def same(one: bytes, other: bytes) -> bool:
    """Whether two digests are equal, in a time that does not tell where they differ."""
    return hmac.compare_digest(one, other)


def keyed(purpose: str, *parts: str) -> bytes:
    """HMAC-SHA-256 of the parts under a key of its own for each purpose."""
    return mac(_keys(purpose)[0][1], *parts)


def mac(key: bytes, *parts: str) -> bytes:
    """HMAC-SHA-256 of the parts under a key."""
    message = b"".join(len(data).to_bytes(4, "big") + data for data in (part.encode() for part in parts))
    return hmac.digest(key, message, "sha256")


def oldest_key(purpose: str) -> bytes:
    """The key of a purpose under the server key that was there first."""
    return _keys(purpose)[-1][1]


def seal(purpose: str, plain: bytes, bound_to: bytes = b"") -> bytes:
    """AES-256-GCM under the newest server key; the first four bytes name the key."""
    name, key = _keys(purpose)[0]
    nonce = os.urandom(12)
    return name + nonce + AESGCM(key).encrypt(nonce, plain, bound_to)


def unseal(purpose: str, sealed: bytes, bound_to: bytes = b"") -> bytes | None:
    """What was sealed, or None when it is not ours, was changed, or is bound to something else."""
    for name, key in _keys(purpose):
        if sealed[:4] == name and len(sealed) > 16:
            try:
                return AESGCM(key).decrypt(sealed[4:16], sealed[16:], bound_to)
            except InvalidTag:
                continue
    return None


def to_text(data: bytes) -> str:
    """Bytes as URL-safe text without padding."""
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def from_text(text: str) -> bytes:
    """The bytes of `to_text`; empty when the text is not of that form."""
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except ValueError:
        return b""


def newest(purpose: str) -> bytes:
    """What begins everything of a purpose that is sealed from now on: the name of its newest key."""
    return _keys(purpose)[0][0]


def names(purpose: str) -> list[bytes]:
    """What begins everything that can be unsealed."""
    return [name for name, _ in _keys(purpose)]


def key_file() -> Path | None:
    """Where the server keys are kept, newest first, a line each; None: they are in the settings."""
    conf = settings()
    return None if conf.secret_key else _beside(conf.database_url)


def kept_keys() -> list[str]:
    """The server keys, newest first."""
    return [one.decode() for one in _masters(settings())]


@contextmanager
def only_reading() -> Iterator[None]:
    """Make no key where there is none: for a command that looks."""
    before = _may_make.set(False)
    try:
        yield
    finally:
        _may_make.reset(before)


def new_key() -> str:
    """A server key that nobody knows."""
    return secrets.token_hex(32)


def keep_keys(path: Path, keys: list[str]) -> None:
    """Put these keys in place of those in the file, all at once; servers that run see it with their next seal."""
    draft = _draft(path, "\n".join(keys))
    with suppress(OSError):  # whoever runs the server shall read it, also when somebody else rotates
        os.chown(draft, path.stat().st_uid, path.stat().st_gid)
    draft.replace(path)


def _keys(purpose: str) -> list[tuple[bytes, bytes]]:
    return _derived(purpose, _version())


@lru_cache(maxsize=2)
def _beside(database_url: str) -> Path:
    return Path(database_url.removeprefix("sqlite:///")).with_suffix(".key")


def _version() -> tuple[int, int]:
    """Changes with the file of the keys, so that a server need not be started again when they rotate."""
    path = key_file()
    if path is None:
        return 0, 0
    try:
        found = path.stat()
    except FileNotFoundError:
        return 0, 0
    return found.st_ino, found.st_mtime_ns


@lru_cache(maxsize=64)
def _derived(purpose: str, _: tuple[int, int]) -> list[tuple[bytes, bytes]]:
    keys = []
    for master in _masters(settings()):
        key = HKDF(SHA256(), 32, salt=None, info=f"authapp {purpose}".encode()).derive(master)
        keys.append((hashlib.sha256(key).digest()[:4], key))
    return keys


def _masters(conf: Settings) -> list[bytes]:
    if conf.secret_key:
        return [one.strip().encode() for one in conf.secret_key.get_secret_value().split(",")]
    path = key_file()
    assert path is not None
    return _kept_in(path)


def _kept_in(path: Path) -> list[bytes]:
    if not path.exists():
        if not _may_make.get():
            raise BadSettings(f"the server key is not at {path}")
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = _draft(path, new_key())
        with suppress(FileExistsError):  # of two that start together one wins, and both read the same key
            os.link(draft, path)
        draft.unlink()
    keys = path.read_text().split()
    if not keys or any(len(key) < 32 for key in keys):
        raise BadSettings(f"authapp cannot start: the server key in {path} was cut. Put back its backup.")
    return [key.encode() for key in keys]


def _draft(path: Path, content: str) -> Path:
    draft = path.with_suffix(f".{secrets.token_hex(8)}.draft")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    return draft
