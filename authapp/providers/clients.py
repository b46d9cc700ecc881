"""Our client at a provider: how it proves itself, and the HTTP client with which it does."""

import base64
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote_plus

from authapp.core.base import clock
from authapp.extras import lazy
from authapp.providers.http import careful

if TYPE_CHECKING:
    from authlib.integrations import httpx_client
    from joserfc import jwk, jwt
else:
    httpx_client = lazy("authlib.integrations.httpx_client", "providers")
    jwk = lazy("joserfc.jwk", "providers")
    jwt = lazy("joserfc.jwt", "providers")

SECRET_LIFE = timedelta(minutes=10)  # of a signed client secret; Apple accepts up to six months
RENEWED_BEFORE = timedelta(minutes=2)  # its end
LEEWAY = timedelta(minutes=1)  # our clock may be ahead of that of the provider


@dataclass(frozen=True)
class Signer:
    """Signs the client secret of a provider that wants a JWT (Apple).

    Args:
        team_id: the issuer of the JWT.
        key_id: the id of the key at the provider.
        private_key: the private key for ES256, in PEM form.
        audience: the issuer identifier of the provider.
    """

    team_id: str
    key_id: str
    private_key: str = field(repr=False)
    audience: str = ""
    _signed: dict[str, tuple[datetime, str]] = field(default_factory=dict, repr=False, compare=False)

    def secret(self, client_id: str) -> str:
        """Return a signed client secret. One is used for some minutes: its theft is of little use."""
        now = clock.now()
        until, secret = self._signed.get(client_id, (now, ""))
        if now < until - SECRET_LIFE - LEEWAY or now >= until - RENEWED_BEFORE:  # also after the clock was set back
            until = now + SECRET_LIFE
            secret = self._signed_until(client_id, now, until)
            self._signed[client_id] = until, secret
        return secret

    def _signed_until(self, client_id: str, now: datetime, until: datetime) -> str:
        claims = {
            "iss": self.team_id,
            "sub": client_id,
            "aud": self.audience,
            "iat": int((now - LEEWAY).timestamp()),
            "exp": int(until.timestamp()),
        }
        key = jwk.ECKey.import_key(self.private_key)
        return str(jwt.encode({"alg": "ES256", "kid": self.key_id}, claims, key))


@dataclass(frozen=True)
class Client:
    """Our client at a provider.

    Args:
        id: the client id.
        secret: the client secret; None for a public client, and for a signed one.
        signer: signs the client secret, if the provider wants that.
        token_auth: `basic`, `post`, or `none`; empty to follow the metadata of the provider.
        scope: the scope to ask for.
        pkce: whether to use PKCE.
        nonce: whether the ID tokens repeat our nonce.
        form_post: whether to ask for the answer by POST.
    """

    id: str
    secret: str | None = field(default=None, repr=False)
    signer: Signer | None = None
    token_auth: str = ""
    scope: str = "openid email profile"
    pkce: bool = True
    nonce: bool = True
    form_post: bool = False

    def opened(self, redirect_uri: str, usual: str) -> "httpx_client.AsyncOAuth2Client":
        """Return an HTTP client that proves itself to the provider.

        Args:
            redirect_uri: the URL that the provider redirects to.
            usual: the method of the provider, `basic` or `post`, unless `token_auth` says otherwise.
        """
        secret = self.signer.secret(self.id) if self.signer else self.secret
        method = (self.token_auth or usual) if secret else "none"
        return httpx_client.AsyncOAuth2Client(
            self.id,
            secret,
            token_endpoint_auth_method=_METHODS[method],
            scope=self.scope,
            redirect_uri=redirect_uri,
            code_challenge_method="S256" if self.pkce else None,
            **({"response_mode": "form_post"} if self.form_post else {}),
            **careful(),
        )


def _basic(client: Any, method: str, url: str, headers: dict[str, str], body: Any) -> tuple[str, dict[str, str], Any]:
    """Add the client id and secret as HTTP Basic, each form-urlencoded first (RFC 6749, 2.3.1).

    Without that a colon in the client id, or a letter outside Latin-1, breaks the header.
    """
    pair = f"{quote_plus(client.client_id)}:{quote_plus(client.client_secret)}"
    headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
    return url, headers, body


_METHODS: dict[str, str | Callable[..., Any]] = {"basic": _basic, "post": "client_secret_post", "none": "none"}
