"""HTTP requests by hand to a running server: anything that a page, a program or a hostile site could send."""

import re
import ssl
from itertools import count
from typing import Any

import httpx
from scramp import ScramClient

from tests.kit.processes.servers import Server
from tests.kit.users import PASSWORD

API = "/api/v1"
EVIL = ["https://evil.example", "//evil.example", "///evil.example", "////evil.example", "/\\evil.example"]
_CLIENTS = count(1)
# One connection for each request: a server that refuses without reading the whole body closes the connection, and the
# next request would use a dead one.
_NO_REUSE = httpx.Limits(max_keepalive_connections=0)
_LINE = httpx.Client(verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), timeout=120, limits=_NO_REUSE)


def ask(server: Server, method: str, path: str, *, cookie: str = "", origin: str | None = None, **more: Any) -> Any:
    """Make one request. `origin`: None for the server's own, an empty text for no Origin header."""
    headers = {**more.pop("headers", {})}
    if origin != "":
        headers["Origin"] = server.url if origin is None else origin
    if cookie:
        headers["Cookie"] = f"authapp={cookie}"
    address = f"http://127.0.0.1:{server.port}{path}"
    _LINE.cookies.clear()  # a request carries only what the test gives it, and nothing from the answer before
    return _LINE.request(method, address, headers={"Host": server.host, **headers}, **more)


def from_new_ip() -> dict[str, str]:
    """Return the header by which a proxy reports a client that no request came from before."""
    return {"X-Forwarded-For": f"2001:db8:{next(_CLIENTS):x}::1"}  # a /48 of its own: rate limits count networks, too


def post(server: Server, call: str, body: Any = None, **more: Any) -> httpx.Response:
    """Call the API with a JSON body."""
    answer: httpx.Response = ask(server, "POST", API + call, json={} if body is None else body, **more)
    return answer


def logged_in_as(server: Server, cookie: str) -> str:
    """Return the identifier that a session key belongs to, or an empty text."""
    return str(ask(server, "GET", f"{API}/connect", cookie=cookie).json().get("login", ""))


def claim(server: Server, ticket: str, tab: str, cookie: str = "", **more: Any) -> httpx.Response:
    """Trade a ticket for the session cookie."""
    return post(server, "/session", {"ticket": ticket, "tab": tab}, cookie=cookie, **more)


def log_out(server: Server, cookie: str) -> None:
    """End the session of a cookie."""
    assert post(server, "/logout", cookie=cookie).status_code == 200


def key_in(answer: httpx.Response, name: str = "authapp") -> str:
    """Return the session key that an answer sets."""
    (cookie,) = cookies(answer, name)
    return cookie.partition("=")[2].partition(";")[0]


def cookies(answer: httpx.Response, name: str = "authapp") -> list[str]:
    """Return the Set-Cookie headers of an answer for a cookie of this name, without the port at the end of the name."""
    named = re.compile(rf"{re.escape(name)}(-\d+)?(?==)")
    return [named.sub(name, cookie, 1) for cookie in answer.headers.get_list("set-cookie") if named.match(cookie)]


def challenged(server: Server, user: str, password: str = PASSWORD, **more: Any) -> tuple[ScramClient, dict[str, str]]:
    """Ask for a challenge as an independent SCRAM client. Returns the client and the body that answers it."""
    caller = ScramClient(["SCRAM-SHA-256"], user, password)
    nonce = caller.get_client_first().partition(",r=")[2]
    asked = post(server, "/connect", {"user": user, "nonce": nonce}, **more).json()
    caller.set_server_first(asked["challenge"])
    return caller, {"user": user, "challenge_id": asked["challenge_id"], "challenge_reply": caller.get_client_final()}


def stays(target: str, server: Server) -> bool:
    """Return whether a browser that follows this target stays on our site."""
    if target.startswith(f"{server.url}/"):
        target = target.removeprefix(server.url)
    return target.startswith("/") and not target.startswith(("//", "/\\")) and not set(target) & set("\\\t\r\n\x00")
