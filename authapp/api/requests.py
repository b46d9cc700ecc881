"""What a request says of itself, read one way for pages, API and sockets: its site, its address, its session's key."""

import re
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from starlette.datastructures import Headers

from authapp import texts
from authapp.config import LOOPBACK, settings
from authapp.core import forwarded, security_log, sessions, tokens
from authapp.core.devices import Client
from authapp.core.sessions import Principal
from authapp.wire import TOKEN_HEADER

_PORT = re.compile(r"-\d+$")
_OURS = re.compile(rb"(__Host-)?authapp(-wait|-link)?(-\d+)?=")  # keys, also those of a copy of us on another port
Scope = Any  # an ASGI connection scope


def is_ours(headers: Headers) -> bool:
    """Whether a browser says that our own pages sent this; an absent Origin is not ours.

    OWASP CSRF Prevention Cheat Sheet: verify the origin with standard headers, and Fetch Metadata.
    """
    return headers.get("origin", "").lower() == settings().url and headers.get("sec-fetch-site", "same-origin") in (
        "same-origin",
        "same-site",  # the development server, on another port of the same host; its Origin is ours all the same
    )


def may_change(headers: Headers) -> bool:
    """Whether a request may change something: it is from our own pages, those of an allowed origin, or no browser's.

    Browsers say the Origin of whatever changes something, and put cookies of ours on it only by themselves. Who says
    none and has none is a program that shows what it may with a key in a header.
    """
    if "origin" in headers:
        return is_ours(headers) or headers["origin"].lower() in settings().other_origins
    has_cookie = any(pair.strip().startswith(_prefix()) for pair in headers.get("cookie", "").split(";"))
    return not has_cookie and headers.get("sec-fetch-site", "none") == "none"


def client_of(scope: Scope) -> Client:
    """The client's address and browser. A forwarding header is believed as far as our own proxies wrote it."""
    headers, conf = Headers(scope=scope), settings()
    peer = scope["client"][0] if scope.get("client") else ""
    lines = headers.getlist(conf.forwarded_header)
    address = forwarded.client_ip(
        peer, lines, conf.trusted_proxies, rfc7239=conf.forwarded_header == forwarded.FORWARDED
    )
    device, languages = cookie(headers, device_cookie_name()), headers.get("accept-language", "")
    language = scope.get("authapp.language", texts.ENGLISH)
    waiting = sessions.mark(scope.get("authapp.waiting"))
    return Client(address, headers.get("user-agent", ""), device, languages, language, waiting)


def note_denied(what: str, code: str, scope: Scope, me: Principal | None) -> None:
    """Write a line about a request, call or socket that was denied; its address as a tag, and nothing that was sent."""
    address = scope["client"][0] if scope.get("client") else ""
    user = me.user_id if me else ""
    security_log.note(f"{what} denied", code=code, user=user, client=security_log.tag(address))


def is_public_host(host: str) -> bool:
    """Whether the Host header names the public address; a default port may be written."""
    usual = ":443" if settings().https else ":80"
    return host.lower().removesuffix(usual) == urlsplit(settings().url).netloc


def made_public(scope: Scope) -> None:
    """Put the public address into a scope, in place of what was sent.

    Frameworks build absolute URLs from scheme and Host, for redirects to begin with. A client may send any Host. On
    this computer the development server has two ports, so there the port is kept.
    """
    public = urlsplit(settings().url)
    sent = Headers(scope=scope).get("host", "").lower()
    is_local = public.hostname in LOOPBACK and sent.rpartition(":")[0] == public.netloc.removesuffix(f":{public.port}")
    host = sent if is_local and sent.rpartition(":")[2].isdigit() else public.netloc
    scope["scheme"] = {"http": "ws", "https": "wss"}[public.scheme] if scope["type"] == "websocket" else public.scheme
    scope["headers"] = [(b"host", host.encode()), *(pair for pair in scope["headers"] if pair[0] != b"host")]


def _prefix() -> str:
    """`__Host-` pins the cookie to this very host, but browsers take it only over https (RFC 6265bis, 4.1.3.2)."""
    return "__Host-authapp" if settings().https else "authapp"


def _named(kind: str = "") -> str:
    """The name of a cookie of ours. Browsers send cookies to each port of a host, so our port is part of it."""
    port = urlsplit(settings().url).port
    return f"{_prefix()}{kind}" + (f"-{port}" if port else "")


def cookie_name() -> str:
    """The cookie that holds the key of a session."""
    return _named()


def device_cookie_name() -> str:
    """The cookie that remembers who logged in with this browser before."""
    return _named("-device")


def cookie(headers: Headers, name: str) -> str:
    """The value of a cookie, or an empty text. Before names had ports it was kept without, and counts until it ends."""
    pairs = [pair.strip().partition("=") for pair in headers.get("cookie", "").split(";")]
    found = {given: value for given, _, value in reversed(pairs)}  # of two the first counts
    return found.get(name, found.get(without_port(name), ""))


def without_port(name: str) -> str:
    """How a cookie of ours was called before names had ports."""
    return _PORT.sub("", name)


def language_cookie_name() -> str:
    """The cookie of whoever chose a language, with or without an account."""
    return _named("-language")


def language_for(headers: Headers, me: Principal | None) -> str:
    """In which language whoever sent this is answered: as they chose, or as their browser asks for."""
    visitors = cookie(headers, language_cookie_name())
    return texts.negotiated(me.language if me else "", visitors, headers.get("accept-language", ""))


def wait_cookie_name() -> str:
    """The cookie of whoever proved who they are, and must wait all the same."""
    return _named("-wait")


def link_cookie_name() -> str:
    """The cookie that keeps the key of a link in an old address, `/link/<key>`, until the page asks for it."""
    return _named("-link")


def flow_cookie_name() -> str:
    """The cookie of whoever was sent to another origin, to come back from there."""
    return _named("-foreign")


class Shown(NamedTuple):
    """The key of a session, as a request shows it: in the cookie, or a call of the API in a header."""

    key: str
    by_header: bool = False
    wrong: str = ""  # why it cannot be told whose session this is


def key_of(headers: Headers) -> str:
    """The session key in the cookie, or an empty text. A query string never carries it."""
    return cookie(headers, cookie_name())


def shown(headers: Headers) -> Shown:
    """The session key of a call of the API: in the header, if that is how clients keep it, or in the cookie."""
    key = key_of(headers)
    given = headers.getlist(TOKEN_HEADER) if settings().key_in_header else []
    if not given:
        return Shown(key)
    if len({*given, key} - {""}) > 1:
        return Shown("", wrong="there are two tokens, and they differ")
    if tokens.parse(given[0]) is None:
        return Shown("", wrong="the token is not one of ours, or was cut")
    return Shown(given[0], by_header=True)


def without_key(pairs: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Raw headers without our keys: nothing behind the guard needs them, and a product's own cookies stay."""
    token = TOKEN_HEADER.lower().encode()
    kept = []
    for name, value in pairs:
        if name == b"cookie":
            value = b"; ".join(part.strip() for part in value.split(b";") if not _OURS.match(part.strip()))
        if name != token and (name != b"cookie" or value):
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
