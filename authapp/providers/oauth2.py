"""Providers with plain OAuth 2: GitHub and Discord, with the user read from their APIs."""

import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from authapp.config.provider_presets import Urls
from authapp.core.account.identities import Claims
from authapp.core.authentication.id_tokens import NotGood
from authapp.providers.attempts import Begun, code_of
from authapp.providers.clients import Client
from authapp.providers.http import json_list, json_object, text_of

if TYPE_CHECKING:
    from authlib.integrations import httpx_client


@dataclass(frozen=True)
class OAuth2:
    """Provider with OAuth 2 and no ID tokens. The user comes from its API, read with an access token issued to us.

    It does not say when the user authenticated, so step-up is not possible.

    Args:
        name: name in URLs and tables.
        label: name that users see.
        client: our client there.
        urls: its endpoints.
        reader: reads the user from the API.
    """

    name: str
    label: str
    client: Client
    urls: Urls
    reader: "Reader"
    auth_time: ClassVar[bool] = False
    gets_posts: ClassVar[bool] = False

    async def begin(self, redirect_uri: str, *, again: bool) -> Begun:
        """Return a new login attempt. `again` has no effect: nobody could prove a new authentication."""
        state, verifier = secrets.token_urlsafe(32), secrets.token_urlsafe(48)
        async with self.client.opened(redirect_uri, "post") as client:
            url, _ = client.create_authorization_url(self.urls.authorize, state=state, code_verifier=verifier)
        return Begun(url, state, "", verifier)

    async def finish(self, begun: Begun, answer: Mapping[str, str], redirect_uri: str) -> Claims:
        """Exchange the code that the browser brought back for the claims of the user."""
        code = code_of(answer, self.label)
        async with self.client.opened(redirect_uri, "post") as client:
            await client.fetch_token(self.urls.token, code=code, code_verifier=begun.verifier)
            facts = await self.reader(client, self.urls.api)
        return Claims(issuer=self.name, provider=self.name, **facts)

    async def claims_of(self, token: str, nonce: str | None) -> Claims:
        """Refuse. An access token does not say which client it was issued to, so it does not prove a login here."""
        raise NotGood("kind of token")


Reader = Callable[["httpx_client.AsyncOAuth2Client", str], Awaitable[dict[str, Any]]]


async def read_github(client: "httpx_client.AsyncOAuth2Client", api: str) -> dict[str, Any]:
    """Return the facts about a user of GitHub. The address in the profile is not verified; those of the list are."""
    profile = json_object(await client.get(f"{api}/user"))
    emails = json_list(await client.get(f"{api}/user/emails"))
    id = profile.get("id")
    if type(id) is not int:
        raise NotGood("id")
    main = next((email for email in emails if email.get("primary") is True and email.get("verified") is True), {})
    return {
        "subject": str(id),
        "email": text_of(main, "email"),
        "email_verified": bool(main),
        "first_name": text_of(profile, "name"),
        "about": text_of(profile, "login"),
    }


async def read_discord(client: "httpx_client.AsyncOAuth2Client", api: str) -> dict[str, Any]:
    """Return the facts about a user of Discord. Its `verified` is about the address, which may be missing."""
    profile = json_object(await client.get(f"{api}/users/@me"))
    id = profile.get("id")
    if not isinstance(id, str) or not id.isascii() or not id.isdigit():
        raise NotGood("id")
    return {
        "subject": id,
        "email": text_of(profile, "email"),
        "email_verified": profile.get("verified") is True,
        "first_name": text_of(profile, "global_name") or text_of(profile, "username"),
        "about": text_of(profile, "username"),
    }
