"""OpenID Connect provider: the authorization code flow, and the claims of its ID tokens."""

import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from authapp.core.account.identities import Claims
from authapp.core.authentication import id_tokens
from authapp.core.authentication.id_tokens import NotGood
from authapp.core.base import clock
from authapp.providers import userinfo
from authapp.providers.attempts import Begun, code_of
from authapp.providers.clients import Client
from authapp.providers.discovery import Published
from authapp.providers.http import text_of

LONGEST_TOKEN_LIFE = timedelta(days=1)  # a used token is remembered for at most this time
GOOGLE = "https://accounts.google.com"


@dataclass(frozen=True)
class Oidc:
    """OpenID Connect provider.

    Args:
        name: name in URLs and tables.
        label: name that users see.
        published: its issuer, with metadata and keys; `{tenantid}` stands for the tenant of the user (Microsoft).
        client: our client there.
        apps: other clients whose tokens for this client are accepted too.
        auth_time: whether its ID tokens say when the user authenticated. Otherwise step-up is not possible there.
    """

    name: str
    label: str
    published: Published
    client: Client
    apps: tuple[str, ...] = ()
    auth_time: bool = True

    @property
    def issuer(self) -> str:
        """Return the issuer identifier."""
        return self.published.issuer

    @property
    def gets_posts(self) -> bool:
        """Return whether the provider answers with a POST."""
        return self.client.form_post

    async def begin(self, redirect_uri: str, *, again: bool) -> Begun:
        """Return a new login attempt. `again` asks the user to authenticate anew at the provider (step-up)."""
        metadata = await self.published.metadata()
        nonce = secrets.token_urlsafe(32) if self.client.nonce else ""
        attempt = Begun("", secrets.token_urlsafe(32), nonce, secrets.token_urlsafe(48))
        # Google does not support `login`, and refuses unknown values.
        prompt = "select_account" if self.issuer == GOOGLE else "login"
        extra: dict[str, Any] = {"prompt": prompt, "max_age": 0} if again else {}
        if nonce:
            extra["nonce"] = nonce
        async with self.client.opened(redirect_uri, _method(metadata)) as client:
            url, _ = client.create_authorization_url(
                metadata["authorization_endpoint"], state=attempt.state, code_verifier=attempt.verifier, **extra
            )
        return attempt._replace(url=url)

    async def finish(self, begun: Begun, answer: Mapping[str, str], redirect_uri: str) -> Claims:
        """Exchange the code that the browser brought back for the claims of the user."""
        metadata = await self.published.metadata()
        self._check_sender(metadata, answer)
        proof = {"code_verifier": begun.verifier} if self.client.pkce else {}
        async with self.client.opened(redirect_uri, _method(metadata)) as client:
            response = await client.fetch_token(metadata["token_endpoint"], code=code_of(answer, self.label), **proof)
            claims = await self._verified(response.get("id_token"), begun.nonce or None)
            url = metadata.get("userinfo_endpoint")
            if url and userinfo.is_missing(claims, by_tenant=self._has_tenants):
                claims = userinfo.completed(claims, await userinfo.fetched(client, self.published, url, claims))
        return self._claims({**_names_in(answer), **claims})

    async def claims_of(self, token: str, nonce: str | None) -> Claims:
        """Return the claims of an ID token that the caller got from this provider in another way."""
        claims = await self._verified(token, nonce)
        expiry = datetime.fromtimestamp(claims["exp"], UTC) + id_tokens.LEEWAY
        if expiry - clock.now() > LONGEST_TOKEN_LIFE:
            raise NotGood("exp")  # unusual, and we could not remember the used token for so long
        digest = hashlib.sha256(token.rpartition(".")[0].encode()).digest()  # a signature has many spellings
        return replace(self._claims(claims), token=digest, until=expiry)

    @property
    def _has_tenants(self) -> bool:
        return "{tenantid}" in self.issuer

    def _check_sender(self, metadata: Mapping[str, Any], answer: Mapping[str, str]) -> None:
        """Check the issuer of the response (RFC 9207), against mix-up attacks by another server."""
        issuer = answer.get("iss")
        if issuer is None and metadata.get("authorization_response_iss_parameter_supported") is not True:
            return
        if issuer != metadata["issuer"]:
            raise NotGood("iss of the answer")

    async def _verified(self, token: object, nonce: str | None) -> Mapping[str, Any]:
        expected: dict[str, Any] = {"issuer": self.issuer, "client_id": self.client.id, "apps": self.apps}
        return await self.published.verified(token, **expected, nonce=nonce)

    def _claims(self, claims: Mapping[str, Any]) -> Claims:
        is_verified = claims.get("email_verified") in (True, "true")
        if self._has_tenants:  # a tenant can claim any email; this claim says that it owns the domain
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


def _method(metadata: Mapping[str, Any]) -> str:
    """Return how the token endpoint takes the client secret. Without a list, it is HTTP Basic (Discovery, 3)."""
    methods = metadata.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
    return "basic" if "client_secret_basic" in methods else "post"


def _names_in(answer: Mapping[str, str]) -> dict[str, str]:
    """Return the names that Apple posts beside the code, at the first login only.

    The browser could change them: they are not signed. So only names are read here, which users choose themselves, and
    never an address.
    """
    try:
        user = json.loads(answer.get("user", ""))
        name = user["name"]
        names = {"given_name": name.get("firstName"), "family_name": name.get("lastName")}
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return {}
    return {claim: text for claim, text in names.items() if isinstance(text, str)}
