"""Metadata and keys that an OpenID Connect provider publishes, cached for an hour."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from authapp.config import safe_url
from authapp.core.authentication import id_tokens
from authapp.core.authentication.id_tokens import NotGood, UnknownKey
from authapp.extras import lazy
from authapp.providers.http import fetch

if TYPE_CHECKING:
    from joserfc import jwk
else:
    jwk = lazy("joserfc.jwk", "providers")

KEPT_FOR = 3600  # seconds for which the metadata and keys of a provider are cached
KEYS_AGAIN = 60  # seconds between two fetches of the keys because of an unknown key


@dataclass(frozen=True)
class Published:
    """Metadata and keys of one issuer.

    Args:
        issuer: exactly the issuer identifier.
        url: URL of the metadata document, when it is not below the issuer.
    """

    issuer: str
    url: str = ""
    _known: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    async def metadata(self) -> Mapping[str, Any]:
        """Return the metadata of the provider (OpenID Connect Discovery, 4)."""
        cached = self._known.get("metadata")
        if cached and time.monotonic() < cached[0]:
            return dict(cached[1])
        url = self.url or f"{self.issuer.rstrip('/')}/.well-known/openid-configuration"
        metadata = await fetch(url)
        if metadata.get("issuer") != self.issuer:  # section 4.3: must match exactly
            raise NotGood("issuer of the description")
        for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
            if not isinstance(metadata.get(name), str) or not safe_url(metadata[name]):
                raise NotGood(name)
        if not safe_url(str(metadata.get("userinfo_endpoint", ""))):
            metadata.pop("userinfo_endpoint", None)
        self._known["metadata"] = (time.monotonic() + KEPT_FOR, metadata)
        return metadata

    async def verified(self, token: object, **expected: Any) -> Mapping[str, Any]:
        """Validate an ID token with the keys of the provider; `expected` goes to `id_tokens.verify`."""
        try:
            return id_tokens.verify(token, await self._keys(), **expected)
        except UnknownKey:
            return id_tokens.verify(token, await self._keys(again=True), **expected)

    async def verified_userinfo(self, token: object, issuer: str, client_id: str) -> Mapping[str, Any]:
        """Validate signed userinfo with the keys of the provider."""
        try:
            return id_tokens.verify_userinfo(token, await self._keys(), issuer, client_id)
        except UnknownKey:
            return id_tokens.verify_userinfo(token, await self._keys(again=True), issuer, client_id)

    async def _keys(self, *, again: bool = False) -> "list[jwk.Key]":
        cached, now = self._known.get("keys"), time.monotonic()
        if cached and now < (self._known["looked"] + KEYS_AGAIN if again else cached[0] + KEPT_FOR):
            return list(cached[1])
        self._known["looked"] = now  # before the response, so that concurrent logins do not fetch too
        metadata = await self.metadata()
        keys = id_tokens.keys_of(await fetch(metadata["jwks_uri"]))
        self._known["keys"] = (now, keys)
        return keys
