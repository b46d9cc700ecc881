"""What a request says of itself, read one way for pages, API and sockets: its site, its address, its cookie."""

from typing import Any

from starlette.datastructures import Headers

from authapp.config import settings
from authapp.core import tokens
from authapp.core.devices import Client

Scope = Any  # an ASGI connection scope


def is_ours(headers: Headers) -> bool:
    """Whether a browser says that our own pages sent this; an absent Origin is not ours.

    OWASP CSRF Prevention Cheat Sheet: verify the origin with standard headers, and Fetch Metadata.
    """
    return headers.get("origin", "").lower() == settings().url and headers.get("sec-fetch-site", "same-origin") in (
        "same-origin",
        "same-site",  # the development server, on another port of the same host; its Origin is ours all the same
    )


def client_of(scope: Scope) -> Client:
    """The client's address and browser. `X-Forwarded-For` is believed as far as our own proxies wrote it."""
    headers = Headers(scope=scope)
    address = scope["client"][0] if scope.get("client") else ""
    hops = settings().trusted_proxies
    forwarded = [part.strip() for part in headers.get("x-forwarded-for", "").split(",") if part.strip()]
    if hops and len(forwarded) >= hops:
        address = forwarded[-hops]
    device, languages = cookie(headers, device_cookie_name()), headers.get("accept-language", "")
    return Client(address, headers.get("user-agent", ""), device, languages)


def cookie_name() -> str:
    """`__Host-` pins the cookie to this very host, but browsers take it only over https (RFC 6265bis, 4.1.3.2)."""
    return "__Host-authapp" if settings().https else "authapp"


def device_cookie_name() -> str:
    """The cookie that remembers who logged in with this browser before."""
    return f"{cookie_name()}-device"


def cookie(headers: Headers, name: str) -> str:
    """The value of a cookie, or an empty text."""
    for pair in headers.get("cookie", "").split(";"):
        given, _, value = pair.strip().partition("=")
        if given == name:
            return value
    return ""


def key_of(headers: Headers) -> str:
    """The session key in the cookie, or an empty text. Nothing else carries it: no query string, no header."""
    return cookie(headers, cookie_name())


def without_key(pairs: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Raw headers without our key: nothing behind the guard needs it, and a product's own cookies stay."""
    ours = f"{cookie_name()}=".encode()
    kept = []
    for name, value in pairs:
        if name == b"cookie":
            value = b"; ".join(part.strip() for part in value.split(b";") if not part.strip().startswith(ours))
        if name != b"cookie" or value:
            kept.append((name, value))
    return kept


def identity(session_id: str | None, tab: str) -> str:
    """Who a tab is to Reflex: bound to its session, so that a tab's token alone resumes nothing of anybody's."""
    return tokens.to_text(tokens.keyed("tab", session_id or "", tab))


def identities(session_id: str | None, tab: str) -> list[str]:
    """Who a tab can be when it claims a ticket.

    Reflex gives a duplicated tab a new token of its own making, under which its state lives until it reconnects.
    """
    return [identity(session_id, tab), identity(None, tab), tab]
