"""Userinfo of an OpenID Connect provider: the claims that its ID token does not have."""

import asyncio
import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from authapp.core.authentication.id_tokens import NotGood
from authapp.extras import lazy
from authapp.providers.discovery import Published
from authapp.providers.http import TIMEOUT, Away, json_object

if TYPE_CHECKING:
    import httpx2
    from authlib.common import errors as authlib_errors
    from authlib.integrations import httpx_client
else:
    httpx2 = lazy("httpx2")
    authlib_errors = lazy("authlib.common.errors", "providers")

log = logging.getLogger(__name__)

_NAMES = ("given_name", "family_name", "name", "preferred_username")
_VERIFIED = ("email_verified", "xms_edov")  # the second one is Microsoft's: the tenant owns the domain


def is_missing(claims: Mapping[str, Any], *, by_tenant: bool) -> bool:
    """Return whether an ID token lacks a claim that the userinfo may have.

    Args:
        claims: the claims of the ID token.
        by_tenant: whether a tenant decides about `email_verified`, so that it does not count.
    """
    has_verified = by_tenant or "email_verified" in claims
    has_name = any(name in claims for name in ("given_name", "family_name", "name"))
    return not ("email" in claims and has_verified and has_name)


async def fetched(
    client: "httpx_client.AsyncOAuth2Client", published: Published, url: str, claims: Mapping[str, Any]
) -> Mapping[str, Any]:
    """Return the userinfo of the user of an ID token; empty if the provider cannot give it now.

    The ID token alone proves who the user is, so a login does not need the userinfo.

    Args:
        client: the HTTP client with the access token.
        published: metadata and keys of the provider.
        url: the userinfo endpoint.
        claims: the claims of the ID token.

    Raises:
        NotGood: the userinfo is of another user (OpenID Connect Core, 5.3.2), or is signed and not valid.
    """
    try:
        async with asyncio.timeout(TIMEOUT):
            response = await client.get(url)
        signed = response.headers.get("content-type", "").partition(";")[0].strip().lower() == "application/jwt"
        if signed and response.status_code == 200:
            userinfo = await published.verified_userinfo(response.text, claims["iss"], client.client_id)
        else:
            userinfo = json_object(response)
    except (httpx2.HTTPError, authlib_errors.AuthlibBaseError, TimeoutError, Away) as error:
        log.warning("the userinfo of %s cannot be read: %s", published.issuer, type(error).__name__)
        return {}
    if userinfo.get("sub") != claims["sub"]:
        raise NotGood("sub of userinfo")
    return userinfo


def completed(claims: Mapping[str, Any], userinfo: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the claims of an ID token, completed by the userinfo.

    An address and its verification are one statement. Joined from two sources, the verification of one address would
    count for another one.
    """
    names = {name: userinfo[name] for name in _NAMES if name in userinfo}
    own = {name: claims[name] for name in _VERIFIED if name in claims}
    bare = {name: value for name, value in claims.items() if name not in _VERIFIED}
    verified = {name: userinfo[name] for name in _VERIFIED if name in userinfo}
    if "email" in claims:
        same = isinstance(claims["email"], str) and userinfo.get("email") == claims["email"]
        return {**names, **bare, **(own or (verified if same else {}))}
    address = {"email": userinfo["email"], **verified} if "email" in userinfo else {}
    return {**names, **bare, **address}
