"""A browser without a page, as far as a login at a provider needs it."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx

from tests.kit.processes.servers import Server
from tests.kit.providers.issuer import Issuer
from tests.kit.providers.oidc import flow_of
from tests.kit.web.http import API, ask, post

CALLBACK = f"{API}/foreign/odd/callback"


class Browser:
    """A browser that keeps cookies as SameSite=Lax asks: a post of another site gets none of them."""

    def __init__(self, server: Server, key: str = "") -> None:
        self.server = server
        self.jar = {"authapp": key} if key else {}

    def begin(self, name: str = "odd", **body: object) -> str:
        answer = post(self.server, f"/foreign/{name}", body, cookie=self.jar.get("authapp", ""))
        assert answer.status_code == 200, answer.text
        self._keep(answer)
        return str(answer.json()["url"])

    def posts(
        self, issuer: Issuer, fields: Mapping[str, str] | str, path: str = CALLBACK, **more: Any
    ) -> httpx.Response:
        """Follow the form of the provider's page, up to the redirect."""
        content = fields if isinstance(fields, str) else urlencode(fields)
        kind = {"Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "cross-site"}
        headers = kind | more.pop("headers", {})
        origin = more.pop("origin", issuer.url)
        answer = ask(self.server, "POST", path, content=content, headers=headers, origin=origin, **more)
        self._keep(answer)
        return answer

    def goes_on(self, url: str = CALLBACK) -> httpx.Response:
        """Follow a redirect, with every cookie."""
        parts = urlsplit(url)
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        jar = "; ".join(f"{name}={value}" for name, value in self.jar.items())
        answer = ask(self.server, "GET", path, headers={"Cookie": jar} if jar else {}, origin="")
        self._keep(answer)
        return answer

    def comes(self, issuer: Issuer, fields: Mapping[str, str]) -> httpx.Response:
        """Post an answer and follow the redirect."""
        return self.goes_on(self.posts(issuer, fields).headers["location"])

    def _keep(self, answer: httpx.Response) -> None:
        for header in answer.headers.get_list("set-cookie"):
            name, _, value = header.partition(";")[0].partition("=")
            name = name.rpartition("-")[0] if name[-1:].isdigit() else name
            self.jar.pop(name, None)
            if "Max-Age=0" not in header:
                self.jar[name] = value


def code_of(answer: httpx.Response) -> str:
    """Return the reason with which a user was sent back to one of our pages."""
    assert answer.status_code == 303
    return flow_of(answer.headers["location"]).get("refused", "")
