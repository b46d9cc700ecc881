"""Handlers for password hashes of other systems: those of passlib, and three that it lacks."""

import base64
import binascii
import hashlib
import hmac
import re
from typing import TYPE_CHECKING, Any

import passlib.utils.handlers as uh
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from authapp.extras import lazy

if TYPE_CHECKING:
    import bcrypt
else:
    bcrypt = lazy("bcrypt", "import")


# Formats that passlib reads itself, in the order in which they are tried.
OF_PASSLIB = ["argon2", "bcrypt", "bcrypt_sha256", "scrypt", "pbkdf2_sha256", "pbkdf2_sha512", "phpass"]
OF_PASSLIB += ["django_bcrypt_sha256", "django_pbkdf2_sha256", "django_pbkdf2_sha1"]
OF_PASSLIB += ["django_salted_sha1", "django_salted_md5"]
OF_PASSLIB += ["sha256_crypt", "sha512_crypt", "md5_crypt"]
OF_PASSLIB += [
    "ldap_salted_sha1",
    "ldap_salted_sha256",
    "ldap_salted_sha512",
    "ldap_salted_md5",
    "ldap_sha1",
    "ldap_md5",
]
NEEDING_EXTRA = {"argon2", "bcrypt", "bcrypt_sha256", "django_bcrypt_sha256", "wordpress_bcrypt"}  # `authapp[import]`


class WordpressBcrypt(uh.HasRounds, uh.GenericHandler):  # type: ignore[misc]  # untyped
    """`$wp$2y$…` of WordPress 6.8: bcrypt of the password's HMAC-SHA-384, so that bcrypt truncates nothing."""

    name = "wordpress_bcrypt"
    setting_kwds = ("rounds",)
    min_rounds, default_rounds, max_rounds, rounds_cost = 4, 12, 31, "log2"
    _FORM = re.compile(r"\$wp(\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53})")

    @classmethod
    def identify(cls, hash: str | bytes) -> bool:
        """Return whether a record has this format."""
        return _as_text(hash).startswith("$wp$2")

    @classmethod
    def from_string(cls, hash: str | bytes) -> "WordpressBcrypt":
        """Parse a record. Raises passlib's own error if the record does not have this format."""
        match = cls._FORM.fullmatch(_as_text(hash))
        if not match:
            raise uh.exc.InvalidHashError(cls)
        return cls(rounds=int(match[2]), checksum=match[1])

    def _norm_checksum(self, checksum: Any, relaxed: bool = False) -> Any:
        return checksum  # the whole bcrypt hash

    @classmethod
    def verify(cls, secret: str | bytes, hash: str | bytes, **context: Any) -> bool:
        """Return whether a password matches a record."""
        digest = base64.b64encode(hmac.digest(b"wp-sha384", _as_text(secret).encode(), "sha384"))
        inner: str = cls.from_string(hash).checksum
        return bcrypt.checkpw(digest, inner.encode())


class Pbkdf2(uh.HasRounds, uh.HasRawSalt, uh.HasRawChecksum, uh.GenericHandler):  # type: ignore[misc]  # untyped
    """`$pbkdf2-sha256$i=100000,l=32$salt$hash`, Ory's format: PBKDF2 of any length. Others are converted to it."""

    name = "pbkdf2"
    setting_kwds = ("salt", "rounds")
    min_salt_size, max_salt_size = 0, 1024
    min_rounds, default_rounds, max_rounds, rounds_cost = 1, 600_000, 2**32 - 1, "linear"
    digest = "sha256"
    _FORM = re.compile(
        r"\$pbkdf2-(sha1|sha224|sha256|sha384|sha512)\$i=(\d{1,10}),l=(\d{1,4})\$([A-Za-z0-9+/]*=*)\$([A-Za-z0-9+/]+=*)"
    )

    @classmethod
    def identify(cls, hash: str | bytes) -> bool:
        """Return whether a record has this format."""
        text = _as_text(hash)
        return text.startswith("$pbkdf2-sha") and "$i=" in text

    @classmethod
    def from_string(cls, hash: str | bytes) -> "Pbkdf2":
        """Parse a record. Raises passlib's own error if the record does not have this format."""
        match = cls._FORM.fullmatch(_as_text(hash))
        salt, checksum = (decoded(match[4]), decoded(match[5])) if match else (None, None)
        if not match or salt is None or not checksum or len(checksum) != int(match[3]) or len(checksum) < 16:
            raise uh.exc.InvalidHashError(cls)
        record = cls(rounds=int(match[2]), salt=salt, checksum=checksum)
        record.digest = match[1]
        return record

    def _norm_checksum(self, checksum: Any, relaxed: bool = False) -> Any:
        return checksum  # of any length

    def _calc_checksum(self, secret: str | bytes) -> bytes:
        password = _as_text(secret).encode()
        return hashlib.pbkdf2_hmac(self.digest, password, self.salt, self.rounds, len(self.checksum))


class FirebaseScrypt(uh.HasRounds, uh.HasRawSalt, uh.HasRawChecksum, uh.GenericHandler):  # type: ignore[misc]  # untyped
    """Firebase's scrypt: the project's signer key, encrypted with AES-256-CTR under the scrypt of the password.

    The format is Ory's: `$firescrypt$ln=14,r=8,p=1$salt$hash$salt separator$signer key`.
    """

    name = "firebase_scrypt"
    setting_kwds = ("salt", "rounds")
    min_salt_size, max_salt_size = 0, 1024
    min_rounds, default_rounds, max_rounds, rounds_cost = 1, 14, 31, "log2"
    parallelism = 1
    block_size = 8
    separator = signer_key = b""
    _B64 = r"([A-Za-z0-9+/]*=*)"
    _FORM = re.compile(rf"\$firescrypt\$ln=(\d{{1,2}}),r=(\d{{1,3}}),p=1\${_B64}\${_B64}\${_B64}\${_B64}")

    @classmethod
    def identify(cls, hash: str | bytes) -> bool:
        """Return whether a record has this format."""
        return _as_text(hash).startswith("$firescrypt$")

    @classmethod
    def from_string(cls, hash: str | bytes) -> "FirebaseScrypt":
        """Parse a record. Raises passlib's own error if the record does not have this format."""
        match = cls._FORM.fullmatch(_as_text(hash))
        parts = [decoded(part) for part in match.groups()[2:]] if match else []
        if not match or None in parts or not parts[1] or len(parts[1]) != len(parts[3] or b"") or int(match[2]) < 1:
            raise uh.exc.InvalidHashError(cls)
        salt, checksum, separator, signer_key = parts
        record = cls(rounds=int(match[1]), salt=salt, checksum=checksum)
        record.block_size, record.separator, record.signer_key = int(match[2]), separator or b"", signer_key or b""
        return record

    def _norm_checksum(self, checksum: Any, relaxed: bool = False) -> Any:
        return checksum  # as long as the signer key

    def _calc_checksum(self, secret: str | bytes) -> bytes:
        memory = 128 * 2**self.rounds * self.block_size
        key = hashlib.scrypt(
            _as_text(secret).encode(),
            salt=self.salt + self.separator,
            n=2**self.rounds,
            r=self.block_size,
            p=1,
            dklen=32,
            maxmem=2 * memory + 2**20,
        )
        cipher = Cipher(algorithms.AES(key), modes.CTR(bytes(16))).encryptor()
        return cipher.update(self.signer_key) + cipher.finalize()


HANDLERS = [WordpressBcrypt, Pbkdf2, FirebaseScrypt]  # tried first: passlib mistakes Ory's format for its own


def decoded(text: str) -> bytes | None:
    """Decode Base64 text, padded or not. Returns None if it is invalid."""
    bare = text.rstrip("=")
    try:
        return base64.b64decode(bare + "=" * (-len(bare) % 4), validate=True)
    except (ValueError, binascii.Error):
        return None


def _as_text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value
