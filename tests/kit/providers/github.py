"""A stub of GitHub on loopback: its login page agrees at once, and its API answers as the test says."""

import base64
import hashlib
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from tests.kit.providers.stub import Asked, Handler, Provider


class GitHub(Provider):
    """A GitHub at which every user is `person`, with the email addresses in `addresses`."""

    def __init__(self) -> None:
        super().__init__()
        self.RequestHandlerClass = _Handler
        self.person: dict[str, Any] = {"id": 583231, "login": "octocat", "name": "Mona"}
        self.addresses: Any = []
        self.challenges: dict[str, str] = {}  # PKCE challenges, by authorization code
        self.tokens: list[str] = []

    def origin(self) -> dict[str, str]:
        """Return the entry of `AUTHAPP_PROVIDERS` for this provider."""
        return {
            "preset": "github",
            "client_id": "our app",
            "client_secret": "a secret of the tests that everybody knows",
            "authorize_url": f"{self.url}/login/oauth/authorize",
            "token_url": f"{self.url}/login/oauth/access_token",
            "api_url": f"{self.url}/api",
        }

    def usual(self, handler: Handler, asked: Asked) -> None:
        """Exchange a code for a token."""
        given = {name: values[0] for name, values in parse_qs(asked.body).items()}
        proof = hashlib.sha256(given.get("code_verifier", "").encode()).digest()
        challenge = self.challenges.pop(given.get("code", ""), None)
        if challenge != base64.urlsafe_b64encode(proof).decode().rstrip("="):
            handler.answer(200, {"error": "bad_verification_code"})  # with a success status, as GitHub does
            return
        token = f"gho_{len(self.tokens)}"
        self.tokens.append(token)
        handler.answer(200, {"access_token": token, "token_type": "bearer", "scope": "read:user,user:email"})


class _Handler(Handler):
    server: GitHub  # type: ignore[assignment]

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if parts.path == "/login/oauth/authorize":
            code = f"code-{len(self.server.challenges)}"
            self.server.challenges[code] = asked["code_challenge"]
            answer = urlencode({"code": code, "state": asked["state"]})
            self.answer(302, "", {"Location": f"{asked['redirect_uri']}?{answer}"})
        elif self.headers.get("authorization", "").removeprefix("Bearer ") not in self.server.tokens:
            self.answer(401, {"message": "Bad credentials"})
        else:
            self.answer(200, self.server.person if parts.path == "/api/user" else self.server.addresses)
