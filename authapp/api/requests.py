"""Facts of a request, read the same way for pages, API and sockets: origin, IP address, language and session key."""

import re
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from starlette.datastructures import Headers

from authapp.config import LOOPBACK, settings
from authapp.core.base import forwarded, security_log, tokens
from authapp.core.base.callers import Caller
from authapp.core.sessions import tickets
from authapp.core.sessions.sessions import Principal, SessionRef
from authapp.i18n import negotiation
from authapp.i18n.locales import ENGLISH
from authapp.wire.common import PROOF_HEADER
from authapp.wire.sessions import TOKEN_HEADER

_PORT = re.compile(r"-\d+$")
_OURS = re.compile(rb"(__Host-)?authapp(-wait|-link)?(-\d+)?=")  # keys, also of an instance on another port
Scope = Any  # an ASGI connection scope


def is_ours(headers: Headers) -> bool:
    """Return whether our own pages sent a request, by what the browser reports. Without an Origin it is not ours.

    OWASP CSRF Prevention Cheat Sheet: verify the origin with standard headers, and Fetch Metadata.
    """
    return headers.get("origin", "").lower() == settings().url and headers.get("sec-fetch-site", "same-origin") in (
        "same-origin",
        "same-site",  # the development server uses another port of this host; its Origin is still ours
    )


def may_change(headers: Headers) -> bool:
    """Return whether a request may change something (CSRF protection).

    It may when it comes from our own pages, from an allowed origin, or from no browser. Browsers send an Origin with
    every request that changes something, and only browsers attach our cookies by themselves. A request with neither
    Origin nor cookie comes from a program, which authenticates with a key in a header.
    """
    if "origin" in headers:
        return is_ours(headers) or headers["origin"].lower() in settings().other_origins
    has_cookie = any(pair.strip().startswith(_prefix()) for pair in headers.get("cookie", "").split(";"))
    return not has_cookie and headers.get("sec-fetch-site", "none") == "none"


def ip_of(headers: Headers, scope: Scope) -> str:
    """Return the caller's IP address. Only our own proxies are trusted in forwarding headers."""
    conf = settings()
    peer = scope["client"][0] if scope.get("client") else ""
    lines = headers.getlist(conf.forwarded_header)
    return forwarded.client_ip(peer, lines, conf.trusted_proxies, rfc7239=conf.forwarded_header == forwarded.FORWARDED)


def caller_of(scope: Scope) -> Caller:
    """Return the caller: IP address, browser, languages."""
    headers = Headers(scope=scope)
    ip = ip_of(headers, scope)
    device, languages = cookie(headers, device_cookie_name()), headers.get("accept-language", "")
    language = scope.get("authapp.language", ENGLISH)
    waiting_mark = tickets.mark(scope.get("authapp.waiting"))
    proof = headers.get(PROOF_HEADER, "")
    return Caller(ip, headers.get("user-agent", ""), device, languages, language, waiting_mark, proof)


def log_denied(what: str, code: str, scope: Scope, me: Principal | None) -> None:
    """Log a denied request, call or socket. Nothing that was sent is logged."""
    ip = scope["client"][0] if scope.get("client") else ""
    security_log.denied(what, code, user=me.user_id if me else "", ip=ip)


def is_public_host(host: str) -> bool:
    """Return whether the Host header names the host of the public URL, with or without the default port."""
    default_port = ":443" if settings().https else ":80"
    return host.lower().removesuffix(default_port) == urlsplit(settings().url).netloc


def made_public(scope: Scope) -> None:
    """Replace scheme and Host of a scope by those of the public URL (against Host header injection).

    Frameworks build absolute URLs from scheme and Host, for example for redirects, and a client may send any Host. On
    localhost the development server has two ports, so the port that was sent is kept there.
    """
    base = urlsplit(settings().url)
    sent_host = Headers(scope=scope).get("host", "").lower()
    is_other = sent_host != base.netloc and base.hostname in LOOPBACK
    is_local = is_other and sent_host.rpartition(":")[0] == base.netloc.removesuffix(f":{base.port}")
    host = sent_host if is_local and sent_host.rpartition(":")[2].isdigit() else base.netloc
    scope["scheme"] = {"http": "ws", "https": "wss"}[base.scheme] if scope["type"] == "websocket" else base.scheme
    scope["headers"] = [(b"host", host.encode()), *(pair for pair in scope["headers"] if pair[0] != b"host")]


def _prefix() -> str:
    """Return the prefix of our cookies. `__Host-` binds them to this host, but needs https (RFC 6265bis, 4.1.3.2)."""
    return "__Host-authapp" if settings().https else "authapp"


def _named(kind: str = "") -> str:
    """Return the name of one of our cookies. It has our port, since browsers send cookies to every port of a host."""
    return f"{_prefix()}{kind}{_port_suffix(settings().url)}"


@lru_cache(maxsize=8)
def _port_suffix(url: str) -> str:
    port = urlsplit(url).port
    return f"-{port}" if port else ""


def cookie_name() -> str:
    """Return the name of the cookie that holds the session key."""
    return _named()


def device_cookie_name() -> str:
    """Return the name of the cookie that remembers which users logged in with this browser."""
    return _named("-device")


def cookie(headers: Headers, name: str) -> str:
    """Return the value of a cookie, or an empty string. A cookie under its older name without port counts too."""
    header = headers.get("cookie", "")
    if without_port(name) not in header:
        return ""
    pairs = [pair.strip().partition("=") for pair in header.split(";")]
    cookies = {key: value for key, _, value in reversed(pairs)}  # of duplicates, the first counts
    return cookies.get(name, cookies.get(without_port(name), ""))


@lru_cache(maxsize=32)
def without_port(name: str) -> str:
    """Return the older name of one of our cookies, from before names had ports."""
    return _PORT.sub("", name)


def language_cookie_name() -> str:
    """Return the name of the cookie that holds a chosen language, with or without an account."""
    return _named("-language")


def language_for(headers: Headers, me: Principal | None) -> str:
    """Return the language of the answer: the choice of the user, that of the visitor, or what the browser prefers."""
    cookie_language = cookie(headers, language_cookie_name())
    return negotiation.negotiated(me.language if me else "", cookie_language, headers.get("accept-language", ""))


def blocked_cookie_name() -> str:
    """Return the name of the cookie of a waiting login: the credentials were right, but the user cannot log in yet."""
    return _named("-wait")


def link_cookie_name() -> str:
    """Return the name of the cookie that keeps the key of an old URL, `/link/<key>`, until the page asks for it."""
    return _named("-link")


def flow_cookie_name() -> str:
    """Return the name of the cookie that stores a login attempt at an identity provider, until the browser returns."""
    return _named("-foreign")


def answer_cookie_name() -> str:
    """Return the name of the cookie that carries a posted answer of a provider to our callback."""
    return _named("-foreign-answer")


def returned_cookie_name() -> str:
    """Return the name of the cookie that stores where the last login at a provider led."""
    return _named("-foreign-return")


class SentKey(NamedTuple):
    """Session key of a request, parsed once: from the cookie, or from a header of an API call."""

    key: str = ""
    ref: SessionRef | None = None  # its session; None: no key, or a malformed one
    by_header: bool = False
    wrong: str = ""  # why the session cannot be determined


def key_in_cookie(headers: Headers) -> SentKey:
    """Return the session key in the cookie. The key is never read from a query string."""
    key = cookie(headers, cookie_name())
    return SentKey(key, _ref(key))


def key_of_call(headers: Headers) -> SentKey:
    """Return the session key of an API call: from the header, if clients keep it there, else from the cookie."""
    in_cookie = key_in_cookie(headers)
    in_header = headers.getlist(TOKEN_HEADER) if settings().key_in_header else []
    if not in_header:
        return in_cookie
    if len({*in_header, in_cookie.key} - {""}) > 1:
        return SentKey(wrong="the request has two different tokens")
    ref = _ref(in_header[0])
    if ref is None:
        return SentKey(wrong="the token is malformed")
    return SentKey(in_header[0], ref, by_header=True)


def _ref(key: str) -> SessionRef | None:
    token = tokens.parse(key)
    return SessionRef.of(token) if token else None


def without_key(pairs: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Return raw headers without our keys, which nothing behind the guard needs. A product's own cookies stay."""
    token = TOKEN_HEADER.lower().encode()
    headers = []
    for name, value in pairs:
        if name == b"cookie":
            value = b"; ".join(part.strip() for part in value.split(b";") if not _OURS.match(part.strip()))
        if name != token and (name != b"cookie" or value):
            headers.append((name, value))
    return headers


def identity(session_id: str | None, tab: str) -> str:
    """Return the token of a tab for Reflex, bound to its session: the tab's own token alone resumes nobody's state."""
    return tokens.to_text(tokens.keyed("tab", session_id or "", tab))


def identities(session_id: str | None, tab: str) -> list[str]:
    """Return the identities that a tab can have when it claims a ticket.

    Reflex gives a duplicated tab a new token, which it makes itself. The tab's state is under that token until it
    reconnects.
    """
    return [identity(session_id, tab), identity(None, tab), tab]
