"""Our own OpenID provider on loopback. A test can change every answer, to be as odd as real providers are."""

import base64
import hashlib
import html
import json
import secrets
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, unquote_plus, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

from authapp.core.base import clock
from tests.kit.providers.oidc import CLIENT, flow_of
from tests.kit.providers.stub import Asked, Handler, Provider

FIRST, SECOND = (RSAKey.generate_key(2048, parameters={"kid": kid}) for kid in ("first", "second"))
SECRET = "a-secret-that-must-not-be-told"

PAGE = """<!doctype html><html lang="en"><head><title>Odd</title><link rel="icon" href="data:,"></head><body><main>
<h1>Odd account</h1><form method="post"><button name="answer" value="yes">Log in to Odd</button>
<button name="answer" value="no">Refuse</button></form></main></body></html>"""
POSTING = """<!doctype html><html lang="en"><head><title>Odd</title><link rel="icon" href="data:,"></head><body>
<form method="post" action="{target}">{fields}</form><script>document.forms[0].submit()</script></body></html>"""


class Issuer(Provider):
    """An issuer. Its user is `sub`, with the claims in `people`."""

    def __init__(self) -> None:
        super().__init__()
        self.RequestHandlerClass = _Handler
        self.keys = [FIRST]
        self.answers: dict[str, object] = {}  # by the end of a path; a number is a status, a text is a redirect
        self.seen: list[str] = []
        self.sub = "ann"
        self.people: dict[str, dict[str, Any]] = {}  # claims of the ID tokens
        self.told: dict[str, Any] = {}  # claims of the userinfo, besides `sub`
        self.codes: dict[str, dict[str, str]] = {}  # requests that were agreed to, by authorization code
        self.client: tuple[str, str] | None = None  # the only accepted client; None: any
        self.more: dict[str, str] = {}  # further parameters of an answer
        self.keeps_nonce = True
        self.knows_pkce = True
        self.forgets_state = False  # when the user refuses
        self.jwt_userinfo = ""  # signed userinfo
        self.about = {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/jwks",
            "userinfo_endpoint": f"{self.url}/userinfo",
        }

    def origin(self, name: str = "odd", label: str = "Odd", **more: Any) -> dict[str, Any]:
        """Return the entry of `AUTHAPP_PROVIDERS` for this provider."""
        return {
            "name": name,
            "label": label,
            "issuer": self.url,
            "client_id": CLIENT,
            "client_secret": SECRET,
        } | more

    def token(self, key: RSAKey = FIRST, **changed: Any) -> str:
        """Return a signed ID token."""
        now = int(clock.now().timestamp())
        claims = {"iss": self.url, "aud": CLIENT, "sub": "ann", "iat": now, "exp": now + 300} | changed
        return jwt.encode({"alg": "RS256", "kid": key.kid}, claims, key)

    def agree(self, url: str) -> dict[str, str]:
        """Agree to a request as the user, and return the parameters of the answer."""
        request = flow_of(url)
        code = f"code-{secrets.token_urlsafe(12)}"
        self.codes[code] = request | {"sub": self.sub}
        return {"code": code, "state": request["state"], **self.more}

    def refuse(self, url: str) -> dict[str, str]:
        """Refuse a request as the user, and return the parameters of the answer."""
        state = {} if self.forgets_state else {"state": flow_of(url)["state"]}
        return {"error": "access_denied", "error_description": "call <b>0900</b>"} | state

    def usual(self, handler: "_Handler", asked: Asked) -> None:  # type: ignore[override]
        """Answer the page of the user, or exchange a code for tokens."""
        if urlsplit(asked.path).path == "/token":
            self._exchange(handler, asked)
        else:
            answered = dict(parse_qsl(asked.body)).get("answer") == "yes"
            url = f"{self.url}{asked.path}"
            handler.send_back(flow_of(url), self.agree(url) if answered else self.refuse(url))

    def _exchange(self, handler: "_Handler", asked: Asked) -> None:
        if "token" in self.answers:
            handler.reply("token", None)
            return
        fields = dict(parse_qsl(asked.body))
        request = self.codes.pop(fields.get("code", ""), None)
        if request is None or request["redirect_uri"] != fields.get("redirect_uri") or not self._binds(request, fields):
            handler.answer(400, {"error": "invalid_grant"})
        elif self.client not in (None, credentials(asked)):
            handler.answer(401, {"error": "invalid_client"})
        else:
            nonce = {"nonce": request["nonce"]} if "nonce" in request and self.keeps_nonce else {}
            claims = {"sub": request["sub"], "aud": request["client_id"]} | self.people.get(request["sub"], {}) | nonce
            access = f"access-{request['sub']}"
            handler.reply("token", {"access_token": access, "token_type": "Bearer", "id_token": self.token(**claims)})

    def _binds(self, request: Mapping[str, str], fields: Mapping[str, str]) -> bool:
        """Return whether the code is used by the client that asked for it (RFC 7636)."""
        if not self.knows_pkce:
            return "code_verifier" not in fields  # LinkedIn refuses it
        digest = hashlib.sha256(fields.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        return request.get("code_challenge") == (challenge if "code_verifier" in fields else None)


class _Handler(Handler):
    server: Issuer  # type: ignore[assignment]

    def do_GET(self) -> None:
        place = urlsplit(self.path).path.rpartition("/")[2]
        if place == "authorize":
            self.answer(200, PAGE)
            return
        if place == "userinfo" and self.server.jwt_userinfo:
            self.server.seen.append(place)
            self.answer(200, self.server.jwt_userinfo, {"Content-Type": "application/jwt"})
            return
        keys = {"keys": [key.as_dict(private=False) for key in self.server.keys]}
        sub = self.headers.get("authorization", "").partition("access-")[2] or "ann"
        told = {"openid-configuration": self.server.about, "jwks": keys, "userinfo": {"sub": sub} | self.server.told}
        self.reply(place, told.get(place, {}))

    def reply(self, place: str, told: object) -> None:
        self.server.seen.append(place)
        answer = self.server.answers.get(place, told)
        if isinstance(answer, int):
            self.answer(answer, {"error": "invalid_grant"})
        elif isinstance(answer, str):
            self.answer(302, "", {"Location": answer})
        else:
            self.answer(200, answer.decode() if isinstance(answer, bytes) else answer)

    def send_back(self, request: Mapping[str, str], answer: Mapping[str, str]) -> None:
        """Send the browser back to the app, by a redirect or by a form."""
        if request.get("response_mode") != "form_post":
            self.answer(303, "", {"Location": f"{request['redirect_uri']}?{urlencode(answer)}"})
            return
        fields = "".join(
            f'<input type="hidden" name="{name}" value="{html.escape(value)}">' for name, value in answer.items()
        )
        self.answer(200, POSTING.format(target=html.escape(request["redirect_uri"]), fields=fields))


def credentials(asked: Asked) -> tuple[str, str]:
    """Return the client id and secret of a token request, decoded as RFC 6749, 2.3.1 asks."""
    fields = dict(parse_qsl(asked.body))
    if "authorization" not in asked.headers:
        return fields.get("client_id", ""), fields.get("client_secret", "")
    pair = base64.b64decode(asked.headers["authorization"].removeprefix("Basic ")).decode("ascii")
    id, _, secret = pair.partition(":")
    return unquote_plus(id), unquote_plus(secret)


def names_of_apple(first: str, last: str) -> dict[str, str]:
    """Return the parameter with which Apple tells the names, at the first login only."""
    return {"user": json.dumps({"name": {"firstName": first, "lastName": last}, "email": "made-up@evil.example"})}
