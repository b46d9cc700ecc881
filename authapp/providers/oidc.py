"""OpenID Connect provider: discovery, the authorization code flow, and the claims of its ID tokens."""

import hashlib
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from authapp.config import safe_url
from authapp.core.account.identities import Claims
from authapp.core.authentication import id_tokens
from authapp.core.authentication.id_tokens import NotGood, UnknownKey
from authapp.core.base import clock
from authapp.extras import lazy
from authapp.providers.attempts import Begun, code_of
from authapp.providers.http import careful, fetch, json_object, text_of

if TYPE_CHECKING:
    from authlib.integrations import httpx_client
    from joserfc import jwk
else:
    httpx_client = lazy("authlib.integrations.httpx_client", "providers")
    jwk = lazy("joserfc.jwk", "providers")

KEPT_FOR = 3600  # seconds for which the metadata and keys of a provider are cached
KEYS_AGAIN = 60  # seconds between two fetches of the keys because of an unknown key
LONGEST_TOKEN_LIFE = timedelta(days=1)  # a used token is remembered for at most this time
GOOGLE = "https://accounts.google.com"
_USERINFO = ("email", "email_verified", "given_name", "family_name", "name", "preferred_username", "xms_edov")


@dataclass(frozen=True)
class Oidc:
    """OpenID Connect provider.

    Args:
        name: name in URLs and tables.
        label: name that users see.
        issuer: exactly the issuer identifier; `{tenantid}` stands for the tenant of the user (Microsoft).
        client_id: our client id at the provider.
        client_secret: our client secret; None for a public client.
        apps: other clients whose tokens for this client are accepted too.
        metadata_url: URL of the metadata document, when it is not below the issuer.
        auth_time: whether its ID tokens say when the user authenticated. Otherwise step-up is not possible there.
    """

    name: str
    label: str
    issuer: str
    client_id: str
    client_secret: str | None = field(default=None, repr=False)
    apps: tuple[str, ...] = ()
    metadata_url: str = ""
    auth_time: bool = True
    _known: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    async def begin(self, redirect_uri: str, *, again: bool) -> Begun:
        """Return a new login attempt. `again` asks the user to authenticate anew at the provider (step-up)."""
        metadata = await self._metadata()
        attempt = Begun("", secrets.token_urlsafe(32), secrets.token_urlsafe(32), secrets.token_urlsafe(48))
        # Google does not support `login`, and refuses unknown values.
        prompt = "select_account" if self.issuer == GOOGLE else "login"
        extra = {"prompt": prompt, "max_age": 0} if again else {}
        async with self._client(metadata, redirect_uri) as client:
            url, _ = client.create_authorization_url(
                metadata["authorization_endpoint"],
                state=attempt.state,
                nonce=attempt.nonce,
                code_verifier=attempt.verifier,
                **extra,
            )
        return attempt._replace(url=url)

    async def finish(self, begun: Begun, answer: Mapping[str, str], redirect_uri: str) -> Claims:
        """Exchange the code that the browser brought back for the claims of the user."""
        metadata = await self._metadata()
        self._check_sender(metadata, answer)
        async with self._client(metadata, redirect_uri) as client:
            response = await client.fetch_token(
                metadata["token_endpoint"], code=code_of(answer, self.label), code_verifier=begun.verifier
            )
            claims = await self._verified(response.get("id_token"), begun.nonce)
            if "email" not in claims and metadata.get("userinfo_endpoint"):
                claims = {**await self._userinfo(client, metadata, claims), **claims}
        return self._claims(claims)

    async def claims_of(self, token: str, nonce: str | None) -> Claims:
        """Return the claims of an ID token that the caller got from this provider in another way."""
        claims = await self._verified(token, nonce)
        expiry = datetime.fromtimestamp(claims["exp"], UTC) + id_tokens.LEEWAY
        if expiry - clock.now() > LONGEST_TOKEN_LIFE:
            raise NotGood("exp")  # unusual, and we could not remember the used token for so long
        digest = hashlib.sha256(token.rpartition(".")[0].encode()).digest()  # a signature has many spellings
        return replace(self._claims(claims), token=digest, until=expiry)

    def _check_sender(self, metadata: Mapping[str, Any], answer: Mapping[str, str]) -> None:
        """Check the issuer of the response (RFC 9207), against mix-up attacks by another server."""
        issuer = answer.get("iss")
        if issuer is None and metadata.get("authorization_response_iss_parameter_supported") is not True:
            return
        if issuer != metadata["issuer"]:
            raise NotGood("iss of the answer")

    async def _verified(self, token: object, nonce: str | None) -> Mapping[str, Any]:
        expected: Any = {"issuer": self.issuer, "client_id": self.client_id, "apps": self.apps, "nonce": nonce}
        try:
            return id_tokens.verify(token, await self._keys(), **expected)
        except UnknownKey:
            return id_tokens.verify(token, await self._keys(again=True), **expected)

    def _claims(self, claims: Mapping[str, Any]) -> Claims:
        is_verified = claims.get("email_verified") in (True, "true")
        if "{tenantid}" in self.issuer:  # a tenant can claim any email; this claim says that it owns the domain
            is_verified = claims.get("xms_edov") in (True, 1, "1", "true")
        first, last = text_of(claims, "given_name"), text_of(claims, "family_name")
        auth_time = claims.get("auth_time")
        proved_at = datetime.fromtimestamp(auth_time, UTC) if type(auth_time) is int and 0 < auth_time < 2**33 else None
        return Claims(
            subject=claims["sub"],
            issuer=claims["iss"],
            provider=self.name,
            email=text_of(claims, "email"),
            email_verified=is_verified,
            first_name=first or text_of(claims, "name"),
            last_name=last,
            about=text_of(claims, "preferred_username") or text_of(claims, "name"),
            proved_at=proved_at,
        )

    async def _userinfo(
        self, client: "httpx_client.AsyncOAuth2Client", metadata: Mapping[str, Any], claims: Mapping[str, Any]
    ) -> dict[str, Any]:
        userinfo = json_object(await client.get(metadata["userinfo_endpoint"]))
        if userinfo.get("sub") != claims["sub"]:  # OpenID Connect Core, 5.3.2: it may belong to another user
            raise NotGood("sub of userinfo")
        return {name: userinfo[name] for name in _USERINFO if name in userinfo}

    async def _metadata(self) -> Mapping[str, Any]:
        """Return the metadata of the provider (OpenID Connect Discovery, 4), cached for `KEPT_FOR` seconds."""
        cached = self._known.get("metadata")
        if cached and time.monotonic() < cached[0]:
            return dict(cached[1])
        url = self.metadata_url or f"{self.issuer.rstrip('/')}/.well-known/openid-configuration"
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

    async def _keys(self, *, again: bool = False) -> "list[jwk.Key]":
        cached, now = self._known.get("keys"), time.monotonic()
        if cached and now < (self._known["looked"] + KEYS_AGAIN if again else cached[0] + KEPT_FOR):
            return list(cached[1])
        self._known["looked"] = now  # before the response, so that concurrent logins do not fetch too
        metadata = await self._metadata()
        keys = id_tokens.keys_of(await fetch(metadata["jwks_uri"]))
        self._known["keys"] = (now, keys)
        return keys

    def _client(self, metadata: Mapping[str, Any], redirect_uri: str) -> "httpx_client.AsyncOAuth2Client":
        methods = metadata.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        method = "client_secret_basic" if "client_secret_basic" in methods else "client_secret_post"
        return httpx_client.AsyncOAuth2Client(
            self.client_id,
            self.client_secret,
            token_endpoint_auth_method=method if self.client_secret else "none",
            scope="openid email profile",
            redirect_uri=redirect_uri,
            code_challenge_method="S256",
            **careful(),
        )
