"""GitHub provider: OAuth 2, with the user read from its API."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from authapp.core.account.identities import Claims
from authapp.core.authentication.id_tokens import NotGood
from authapp.extras import lazy
from authapp.providers.attempts import Begun, code_of
from authapp.providers.http import careful, json_list, json_object, text_of

if TYPE_CHECKING:
    from authlib.integrations import httpx_client
else:
    httpx_client = lazy("authlib.integrations.httpx_client", "providers")


@dataclass(frozen=True)
class GitHub:
    """GitHub: OAuth 2 without ID tokens. The user comes from its API, read with an access token that was issued to us.

    GitHub does not say when the user authenticated, so step-up is not possible.
    """

    name: str
    label: str
    client_id: str
    client_secret: str = field(repr=False)
    authorize_url: str
    token_url: str
    api_url: str
    auth_time: ClassVar[bool] = False

    async def begin(self, redirect_uri: str, *, again: bool) -> Begun:
        """Return a new login attempt. `again` has no effect: GitHub cannot ask for a new authentication."""
        state, verifier = secrets.token_urlsafe(32), secrets.token_urlsafe(48)
        async with self._client(redirect_uri) as client:
            url, _ = client.create_authorization_url(self.authorize_url, state=state, code_verifier=verifier)
        return Begun(url, state, "", verifier)

    async def finish(self, begun: Begun, answer: Mapping[str, str], redirect_uri: str) -> Claims:
        """Exchange the code that the browser brought back for the claims of the user."""
        async with self._client(redirect_uri) as client:
            await client.fetch_token(self.token_url, code=code_of(answer, self.label), code_verifier=begun.verifier)
            profile = json_object(await client.get(f"{self.api_url}/user"))
            emails = json_list(await client.get(f"{self.api_url}/user/emails"))
        id = profile.get("id")
        if type(id) is not int:
            raise NotGood("id")
        main = next((email for email in emails if email.get("primary") is True and email.get("verified") is True), {})
        return Claims(
            subject=str(id),
            issuer=self.name,
            provider=self.name,
            email=text_of(main, "email"),
            email_verified=bool(main),
            first_name=text_of(profile, "name"),
            about=text_of(profile, "login"),
        )

    async def claims_of(self, token: str, nonce: str | None) -> Claims:
        """Refuse. An access token does not say which client it was issued to, so it does not prove a login here."""
        raise NotGood("kind of token")

    def _client(self, redirect_uri: str) -> "httpx_client.AsyncOAuth2Client":
        return httpx_client.AsyncOAuth2Client(
            self.client_id,
            self.client_secret,
            token_endpoint_auth_method="client_secret_post",  # noqa: S106 - the name of a method, not a secret
            scope="read:user user:email",
            redirect_uri=redirect_uri,
            code_challenge_method="S256",
            **careful(),
        )
