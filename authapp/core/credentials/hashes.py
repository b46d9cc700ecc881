"""Password hashes of other systems: conversion to the formats that passlib and our handlers read."""

import base64
import re
from collections.abc import Callable
from typing import Any, NamedTuple

from authapp.core.credentials.hash_handlers import decoded

# Bytes that passlib compares; a longer digest begins with the same bytes (RFC 7914, 6; RFC 8018, 5.2).
SCRYPT_DIGEST = 32


def as_known(text: str) -> str:
    """Return a hash in a format that a handler reads. Any other text is returned unchanged.

    `name_of` names the recognized formats that no handler can verify.
    """
    for prefix, convert in _SPELLINGS:
        if text.startswith(prefix):
            return convert(text)
    if match := _BETTER_AUTH.fullmatch(text):
        salt, digest = match.groups()  # the hex text itself is the salt
        return _scrypt(14, "16", "1", salt.encode(), bytes.fromhex(digest))
    return text


def name_of(text: str) -> str:
    """Return the name of a hash format that cannot be verified; empty if the format is unknown."""
    if match := re.match(r"\{([A-Za-z0-9@_./-]{1,40})\}", text):
        return f"{{{match[1]}}}"
    return next((name for form, name in _UNSUPPORTED if form.match(text)), "")


class Firebase(NamedTuple):
    """Parameters of a Firebase project. Its password hashes cannot be checked without them."""

    signer_key: str  # in Base64; `base64_signer_key` in the Firebase console
    separator: str = "Bw=="  # in Base64; `base64_salt_separator`
    rounds: int = 8  # `rounds`
    memory_cost: int = 14  # `mem_cost`


def firebase(hash: str, salt: str, project: Firebase) -> str:
    """Return a hash of a Firebase export, with the parameters of its project, as one text.

    Args:
        hash: `passwordHash`, in Base64.
        salt: the user's salt, in Base64.
        project: the parameters of the project.
    """
    parts = "$".join(_standard(part) for part in (salt, hash, project.separator, project.signer_key))
    return f"$firescrypt$ln={project.memory_cost},r={project.rounds},p=1${parts}"


def discourse(hash: str, salt: str, algorithm: str) -> str:
    """Return a hash of Discourse as one text. Discourse stores salt and algorithm in separate columns."""
    match = re.fullmatch(r"\$pbkdf2-(sha\d+)\$i=(\d+),l=(\d+)\$?", algorithm or "$pbkdf2-sha256$i=64000,l=32$")
    if not match or not re.fullmatch(r"(?:[0-9a-f]{2})+", hash):
        return hash
    return _pbkdf2(match[1], match[2], salt.encode(), bytes.fromhex(hash))


def keycloak(secret: dict[str, Any], facts: dict[str, Any]) -> str:
    """Return a password of Keycloak (`secretData` and `credentialData`) as one text."""
    algorithm = str(facts.get("algorithm") or "")
    parameters: dict[str, Any] = facts.get("additionalParameters") or {}
    value, salt = str(secret.get("value") or ""), str(secret.get("salt") or "")
    if algorithm.startswith("pbkdf2"):
        digest, checksum, salt_bytes = algorithm.partition("-")[2] or "sha1", decoded(value), decoded(salt)
        if checksum is not None and salt_bytes is not None:
            return _pbkdf2(digest, str(facts.get("hashIterations")), salt_bytes, checksum)
    elif algorithm == "argon2":
        kind, version = _first(parameters, "type", "id"), {"1.0": "16"}.get(_first(parameters, "version", "1.3"), "19")
        memory, lanes = _first(parameters, "memory", "7168"), _first(parameters, "parallelism", "1")
        cost = f"m={memory},t={facts.get('hashIterations')},p={lanes}"
        return f"$argon2{kind}$v={version}${cost}${salt.rstrip('=')}${value.rstrip('=')}"
    return f"{{{algorithm}}}{value}"


def _first(parameters: dict[str, Any], name: str, otherwise: str) -> str:
    values = parameters.get(name)
    return str((values[0] if isinstance(values, list) and values else values) or otherwise)


def _django(text: str) -> str:
    return text.removeprefix("bcrypt$").removeprefix("argon2")


def _django_scrypt(text: str) -> str:
    match = re.fullmatch(r"scrypt\$(\d{1,8})\$([^$]+)\$(\d{1,3})\$(\d{1,3})\$([A-Za-z0-9+/]{86}==)", text)
    if not match:
        return text
    return _scrypt(_log2(match[1]), match[3], match[4], match[2].encode(), base64.b64decode(match[5]))


def _werkzeug_scrypt(text: str) -> str:
    match = re.fullmatch(r"scrypt:(\d{1,8}):(\d{1,3}):(\d{1,3})\$([^$]+)\$((?:[0-9a-f]{2}){32,64})", text)
    if not match:
        return text
    return _scrypt(_log2(match[1]), match[2], match[3], match[4].encode(), bytes.fromhex(match[5]))


def _werkzeug_pbkdf2(text: str) -> str:
    match = re.fullmatch(r"pbkdf2:(sha\d+)(?::(\d{1,10}))?\$([^$]+)\$((?:[0-9a-f]{2})+)", text)
    if not match:
        return text
    return _pbkdf2(match[1], match[2] or "50000", match[3].encode(), bytes.fromhex(match[4]))


def _phc_scrypt(text: str) -> str:
    """Convert scrypt to passlib's form: log2(N), where Ory writes N itself, and a digest of one fixed length."""
    match = re.fullmatch(
        r"\$scrypt\$ln=(\d{1,8}),r=(\d{1,3}),p=(\d{1,3})\$([A-Za-z0-9+/]*)=*\$([A-Za-z0-9+/]+)=*", text
    )
    salt, digest = (decoded(match[4]), decoded(match[5])) if match else (None, None)
    if not match or salt is None or digest is None:
        return text
    rounds = int(match[1]) if int(match[1]) < 64 else _log2(match[1])
    return _scrypt(rounds, match[2], match[3], salt, digest)


def _spring_or_ldap(text: str) -> str:
    """Convert `{id}` of Spring or `{SCHEME}` of LDAP (RFC 2307)."""
    id, _, rest = text[1:].partition("}")
    name = id.lower()
    if name in ("bcrypt", "argon2", "crypt") or name.startswith("argon2@"):
        return as_known(rest) if rest.startswith("$") else text
    if name.startswith("scrypt"):
        match = re.fullmatch(r"\$([0-9a-f]{1,8})\$([A-Za-z0-9+/]+=*)\$([A-Za-z0-9+/]+=*)", rest)
        salt, digest = (decoded(match[2]), decoded(match[3])) if match else (None, None)
        if match and salt is not None and digest is not None:
            cost = int(match[1], 16)
            return _scrypt(cost >> 16, str(cost >> 8 & 0xFF), str(cost & 0xFF), salt, digest)
    if match := re.fullmatch(r"(?:[0-9a-f]{2}){24,96}", rest) if name in _SPRING_PBKDF2 else None:
        digest_name, rounds, length = _SPRING_PBKDF2[name]
        data = bytes.fromhex(rest)
        return _pbkdf2(digest_name, rounds, data[:length], data[length:])
    if match := re.fullmatch(r"pbkdf2(?:-(sha1|sha256|sha512))?", name):
        parts = re.fullmatch(r"(\d{1,10})\$([A-Za-z0-9./]+)\$([A-Za-z0-9./]+)", rest)
        salt, digest = (decoded(part.replace(".", "+")) for part in parts.groups()[1:]) if parts else (None, None)
        if parts and salt is not None and digest is not None:
            return _pbkdf2(match[1] or "sha1", parts[1], salt, digest)
    return text


# Spring's three generations: digest, iterations, and number of salt bytes in front of the hash.
_SPRING_PBKDF2 = {
    "pbkdf2": ("sha1", "185000", 8),
    "pbkdf2@springsecurity_v5_5": ("sha1", "185000", 8),
    "pbkdf2@springsecurity_v5_8": ("sha256", "310000", 16),
}
_SPELLINGS: list[tuple[str | tuple[str, ...], Callable[[str], str]]] = [
    (("bcrypt$$2", "argon2$argon2"), _django),
    ("scrypt$", _django_scrypt),
    ("scrypt:", _werkzeug_scrypt),
    ("pbkdf2:", _werkzeug_pbkdf2),
    ("$scrypt$", _phc_scrypt),
    ("{", _spring_or_ldap),
]
_BETTER_AUTH = re.compile(r"([0-9a-f]{32}):([0-9a-f]{128})")
_UNSUPPORTED = [
    (re.compile(form), name)
    for form, name in [
        (r"[0-9a-fA-F]{32}$", "MD5 or another digest of 16 bytes without a salt"),
        (r"[0-9a-fA-F]{40}$", "SHA-1 without a salt"),
        (r"[0-9a-fA-F]{64}$", "SHA-256 without a salt"),
        (r"[0-9a-fA-F]{128}$", "SHA-512 without a salt"),
        (r"\*[0-9a-fA-F]{40}$", "MySQL's PASSWORD()"),
        (r"\$apr1\$", "Apache's $apr1$"),
        (r"\$S\$", "Drupal 7’s $S$"),
        (r"\$(y|gy|7)\$", "yescrypt"),
        (r"\$(2|2x)\$", "an old kind of bcrypt ($2$ or $2x$)"),
        (r"\$sha1\$", "sha1-crypt"),
        (r"\$md5", "SunMD5"),
        (r"\$(\w{1,20})\$", "a kind that starts with a name between two $"),
        (r"AQAAAA[A-Za-z0-9+/=]+$", "ASP.NET Core Identity"),
        (r"(sha1|md5)\$\$[0-9a-f]+$", "Django's digest without a salt"),
        (r"0x0[12]00[0-9a-fA-F]+$", "SQL Server's"),
        (r"[./A-Za-z0-9]{13}$", "DES crypt"),
    ]
]


def _scrypt(rounds: int, block: str, lanes: str, salt: bytes, digest: bytes) -> str:
    return f"$scrypt$ln={rounds},r={block},p={lanes}${_bare(salt)}${_bare(digest[:SCRYPT_DIGEST])}"


def _pbkdf2(digest: str, rounds: str, salt: bytes, value: bytes) -> str:
    return f"$pbkdf2-{digest}$i={rounds},l={len(value)}${_bare(salt)}${_bare(value)}"


def _log2(number: str) -> int:
    return int(number).bit_length() - 1


def _bare(data: bytes) -> str:
    return base64.b64encode(data).decode().rstrip("=")


def _standard(text: str) -> str:
    """Return Base64 text in the standard alphabet, without padding."""
    return text.strip().replace("-", "+").replace("_", "/").rstrip("=")
