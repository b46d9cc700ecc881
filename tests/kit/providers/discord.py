"""A stub of Discord on loopback: OAuth 2 with a user from its API."""

from typing import Any
from urllib.parse import parse_qsl

from tests.kit.providers.stub import Asked, Handler, Provider


class Discord(Provider):
    """A Discord at which every user is `person`."""

    def __init__(self) -> None:
        super().__init__()
        self.RequestHandlerClass = _Handler
        self.person: dict[str, Any] = {"id": "80351110224678912", "username": "nelly", "global_name": "Nelly"}

    def origin(self) -> dict[str, str]:
        """Return the entry of `AUTHAPP_PROVIDERS` for this provider."""
        return {
            "preset": "discord",
            "client_id": "our app",
            "client_secret": "a secret of the tests that everybody knows",
            "authorize_url": f"{self.url}/oauth2/authorize",
            "token_url": f"{self.url}/api/oauth2/token",
            "api_url": f"{self.url}/api",
        }

    def usual(self, handler: Handler, asked: Asked) -> None:
        """Exchange a code for a token."""
        is_good = dict(parse_qsl(asked.body)).get("code") == "good"
        token = {"access_token": "discord", "token_type": "Bearer", "scope": "identify email"}
        handler.answer(200 if is_good else 400, token if is_good else {"error": "invalid_grant"})


class _Handler(Handler):
    server: Discord  # type: ignore[assignment]

    def do_GET(self) -> None:
        is_known = self.path == "/api/users/@me" and self.headers.get("authorization") == "Bearer discord"
        self.answer(200 if is_known else 401, self.server.person if is_known else {"message": "401: Unauthorized"})
