"""ID token validation (OpenID Connect Core, 3.1.3.7), with keys that the caller fetched before."""

import json
import re
from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from authapp.core.base import clock, tokens
from authapp.extras import lazy

if TYPE_CHECKING:
    from joserfc import errors as jose_errors
    from joserfc import jwk, jws
else:
    jws = lazy("joserfc.jws", "providers")
    jose_errors = lazy("joserfc.errors", "providers")
    jwk = lazy("joserfc.jwk", "providers")

LONGEST = 16_000  # characters
LONGEST_SUBJECT = 255  # OpenID Connect Core, 2
LEEWAY = timedelta(minutes=1)  # allowed clock skew between the provider and us
# Signatures that need a private key. `none` is never accepted, nor HMAC: its key could be a public key (key confusion).
ALGORITHMS = {f"{kind}{size}" for kind in ("RS", "PS", "ES") for size in (256, 384, 512)} | {"EdDSA", "Ed25519"}
_TENANT = "{tenantid}"
_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class NotGood(Exception):
    """Raised when a token is not valid. The text gives the reason for the log and contains nothing of the token."""


class UnknownKey(NotGood):
    """Raised when none of the given keys fits the token. A newer key set of the provider may contain it."""


def keys_of(document: object) -> "list[jwk.Key]":
    """Return the public keys of a JWK set that can check signatures. Other entries are ignored."""
    keys: list[jwk.Key] = []
    entries = document.get("keys") if isinstance(document, dict) else None
    for entry in entries[:50] if isinstance(entries, list) else []:
        if not isinstance(entry, dict) or entry.get("kty") not in _TYPES or entry.get("use", "sig") != "sig":
            continue
        try:
            keys.append(jwk.JWKRegistry.import_key({name: entry[name] for name in _PUBLIC if name in entry}))
        except (jose_errors.JoseError, ValueError, TypeError, KeyError):
            continue
    return keys


_TYPES = ("RSA", "EC", "OKP")
_PUBLIC = ("kty", "use", "alg", "kid", "n", "e", "crv", "x", "y")


def verify(
    token: object,
    keys: "Sequence[jwk.Key]",
    *,
    issuer: str,
    client_id: str,
    apps: Collection[str] = (),
    nonce: str | None = None,
) -> Mapping[str, Any]:
    """Validate an ID token and return its claims.

    Args:
        token: the token as received.
        keys: the public keys of the issuer.
        issuer: the required `iss`. `{tenantid}` in it stands for the token's own `tid` (Microsoft).
        client_id: the required audience (`aud`).
        apps: other client ids that may have requested the token for us (`azp`).
        nonce: the nonce that we sent with the request, if any. Without it, a token that has a nonce is refused.

    Raises:
        UnknownKey: none of the keys has the type and the `kid` that the token's header names.
        NotGood: any other check failed.
    """
    claims = _verified_claims(token, keys)
    _check_issuer(claims, issuer)
    _check_audience(claims, client_id, apps)
    _check_times(claims)
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= LONGEST_SUBJECT or "\x00" in subject:
        raise NotGood("sub")
    check_nonce(claims.get("nonce"), nonce)
    return claims


def verify_userinfo(token: object, keys: "Sequence[jwk.Key]", issuer: str, client_id: str) -> Mapping[str, Any]:
    """Validate userinfo that the provider signed (OpenID Connect Core, 5.3.2 and 5.3.4), and return its claims.

    Args:
        token: the response body.
        keys: the public keys of the issuer.
        issuer: the required `iss`: that of the ID token.
        client_id: the required audience (`aud`).

    Raises:
        UnknownKey: none of the keys has the type and the `kid` that the header names.
        NotGood: any other check failed.
    """
    claims = _verified_claims(token, keys)
    if claims.get("iss") != issuer:
        raise NotGood("iss of userinfo")
    _check_audience(claims, client_id, ())
    if "exp" in claims and clock.now().timestamp() >= _moment(claims, "exp") + LEEWAY.total_seconds():
        raise NotGood("exp of userinfo")
    return claims


def check_nonce(carried: object, expected: str | None) -> None:
    """Compare the nonce of a token with the expected one.

    A token with a nonce that we did not send is refused: it was issued for another login (OpenID Connect Core, 15.5.2).

    Raises:
        NotGood: the two differ, or only one of them exists.
    """
    if carried is None and expected is None:
        return
    if not isinstance(carried, str) or expected is None or not tokens.same(carried.encode(), expected.encode()):
        raise NotGood("nonce")


def nonce_of(token: str) -> object:
    """Return the nonce of a token that has the form of an ID token, else None. This does not check the signature."""
    parts = token.split(".")
    if len(parts) != 3:
        return None
    try:
        return _json(tokens.from_text(parts[1])).get("nonce")
    except NotGood:
        return None


def _verified_claims(token: object, keys: "Sequence[jwk.Key]") -> dict[str, Any]:
    if not isinstance(token, str) or len(token) > LONGEST or not token.isascii() or token.count(".") != 2:
        raise NotGood("form")
    header = _json(tokens.from_text(token.partition(".")[0]))
    algorithm, id = header.get("alg"), header.get("kid")
    if not isinstance(algorithm, str) or algorithm not in ALGORITHMS:
        raise NotGood("alg")
    kind = _kind(algorithm)
    candidates = [key for key in keys if isinstance(key, kind) and (id is None or key.kid in (None, id))]
    if not candidates:
        raise UnknownKey("key")
    for key in candidates:
        try:
            return _json(jws.deserialize_compact(token, key, [algorithm], _registry()).payload)
        except (jose_errors.JoseError, ValueError, TypeError, KeyError):
            continue
    raise NotGood("signature")


@lru_cache(maxsize=1)
def _registry() -> "jws.JWSRegistry":
    """Return the accepted algorithms, in a form for joserfc."""

    class Registry(jws.JWSRegistry):
        max_header_length = 4096  # some headers contain a certificate

        def get_alg(self, name: str) -> Any:
            if name not in ALGORITHMS:
                raise jose_errors.UnsupportedAlgorithmError("not one of ours")
            return self.algorithms[name]

    return Registry(strict_check_header=False)


def _kind(algorithm: str) -> Any:
    """Return the type of the keys of an algorithm."""
    return {"RS": jwk.RSAKey, "PS": jwk.RSAKey, "ES": jwk.ECKey, "Ed": jwk.OKPKey}[algorithm[:2]]


def _json(data: bytes) -> dict[str, Any]:
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        raise NotGood("form") from None
    if not isinstance(document, dict):
        raise NotGood("form")
    return document


def _check_issuer(claims: Mapping[str, Any], issuer: str) -> None:
    if _TENANT in issuer:
        tenant = claims.get("tid")
        if not isinstance(tenant, str) or not _GUID.fullmatch(tenant):
            raise NotGood("tid")
        issuer = issuer.replace(_TENANT, tenant)
    if claims.get("iss") != issuer:
        raise NotGood("iss")


def _check_audience(claims: Mapping[str, Any], client_id: str, apps: Collection[str]) -> None:
    audience, party = claims.get("aud"), claims.get("azp")
    audiences = audience if isinstance(audience, list) else [audience]
    if client_id not in audiences or not all(isinstance(entry, str) for entry in audiences):
        raise NotGood("aud")
    if len(audiences) > 1 and party is None:
        raise NotGood("azp")
    if party is not None and party != client_id and party not in apps:
        raise NotGood("azp")


def _check_times(claims: Mapping[str, Any]) -> None:
    now, leeway = clock.now().timestamp(), LEEWAY.total_seconds()
    expires_at, issued_at = _moment(claims, "exp"), _moment(claims, "iat")
    if now >= expires_at + leeway:
        raise NotGood("exp")
    if issued_at > now + leeway or ("nbf" in claims and _moment(claims, "nbf") > now + leeway):
        raise NotGood("iat")


def _moment(claims: Mapping[str, Any], name: str) -> float:
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 2**40:
        raise NotGood(name)
    return float(value)
