"""Handshake of a websocket in the ASGI guard: it binds the socket to a session, or closes it."""

import asyncio
from urllib.parse import parse_qsl, urlencode

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from authapp.api.requests import (
    blocked_cookie_name,
    cookie,
    device_cookie_name,
    identity,
    ip_of,
    is_ours,
    key_in_cookie,
    language_for,
    log_denied,
    made_public,
    without_key,
)
from authapp.core.authorization import route_rules
from authapp.core.base import callers
from authapp.core.base.errors import CrossOrigin
from authapp.core.sessions import tickets
from authapp.core.sessions.sessions import Principal, SessionRef
from authapp.guards import caller
from authapp.guards.context import LANGUAGE_HEADER, LINE_HEADER, WAITING_HEADER
from authapp.guards.route_rules import Rules
from authapp.guards.sockets import Owner, ProductSocket, Socket, sockets

SOCKET = "/_event"
DENIED, TRY_LATER = 1008, 1013  # close codes (RFC 6455, 7.4.1, and its IANA registry)
# Hidden from Reflex, which would interpret forwarding headers differently.
_FORWARDING = {b"x-forwarded-for", b"forwarded"}
_PRIVATE = {b"cookie", b"authorization", b"proxy-authorization", *_FORWARDING}
_PRIVATE |= {name.encode() for name in (LANGUAGE_HEADER, LINE_HEADER, WAITING_HEADER)}


async def connect(app: ASGIApp, rules: Rules, scope: Scope, receive: Receive, send: Send) -> None:
    """Open a websocket for its caller, or close it with a code."""
    headers, path = Headers(scope=scope), scope["path"]
    ip = ip_of(headers, scope)
    scope["client"] = (ip, 0)
    if not is_ours(headers) or not route_rules.is_straight(path):
        log_denied("socket", CrossOrigin.code, scope, None)
        return await _hang_up(receive, send, DENIED)
    # Not from the cache: the sweep compares the groups of a socket with those of now, and would miss a change.
    me = await caller.identified(key_in_cookie(headers), fresh=True)
    if not is_of_reflex(path) and (refusal := await caller.refusal(path, me, rules(path))):
        log_denied("socket", refusal.code, scope, me)
        return await _hang_up(receive, send, DENIED)
    owner = _owner(me, ip)
    if sockets.are_too_many(owner):
        return await _hang_up(receive, send, TRY_LATER)
    made_public(scope)
    if not is_of_reflex(path):
        scope["headers"] = without_key(scope["headers"])
        scope["authapp.principal"], scope["authapp.may_change"] = me, True  # its Origin is ours
        return await _run_product_socket(app, scope, ProductSocket(owner, receive, send))
    _bind(scope, headers, me)
    return await _run_reflex_socket(app, scope, headers, Socket(owner, receive, send))


def is_of_reflex(path: str) -> bool:
    """Return whether a path is Reflex's socket."""
    return f"{path}/".startswith(f"{SOCKET}/")


def _owner(me: Principal | None, ip: str) -> Owner:
    if me is None:
        return Owner(ip=ip)
    return Owner(me.session_id, me.digest, ip, me.groups, me.user_id.hex)


def _bind(scope: Scope, headers: Headers, me: Principal | None) -> None:
    """Replace the tab's token and the private headers by the session's reference, language and waiting login."""
    scope["query_string"] = _bound_query(scope["query_string"], me.session_id if me else "")
    scope["headers"] = [pair for pair in scope["headers"] if pair[0] not in _PRIVATE]
    # The reference is all that Reflex ever sees of the cookie.
    _add(scope, "authorization", str(SessionRef(me.session_id, me.digest)) if me else "")
    _add(scope, LANGUAGE_HEADER, language_for(headers, me))
    if mark := tickets.mark(cookie(headers, blocked_cookie_name())):
        _add(scope, WAITING_HEADER, mark)


def _bound_query(query: bytes, session_id: str) -> bytes:
    pairs = parse_qsl(query.decode("latin-1"), keep_blank_values=True)
    tab = next((value for name, value in pairs if name == "token"), "")
    rest = [(name, value) for name, value in pairs if name != "token"]
    return urlencode([*rest, ("token", identity(session_id, tab))]).encode()


def _add(scope: Scope, name: str, value: str) -> None:
    scope["headers"].append((name.encode(), value.encode()))


async def _run_reflex_socket(app: ASGIApp, scope: Scope, headers: Headers, socket: Socket) -> None:
    with callers.hold_device_cookie(cookie(headers, device_cookie_name())) as line:
        _add(scope, LINE_HEADER, line)
        sockets.add(socket)
        try:
            await app(scope, socket.receive, socket.send)
            return await socket.finish()
        finally:
            sockets.remove(socket)


async def _run_product_socket(app: ASGIApp, scope: Scope, socket: ProductSocket) -> None:
    """Run a product's socket until its session ends; a visitor's socket until it closes."""
    cut_task = asyncio.ensure_future(socket.cut())
    sockets.add(socket)
    try:
        await app(scope, socket.receive, socket.send)
    finally:
        sockets.remove(socket)
        if not socket.is_over:
            cut_task.cancel()
        await asyncio.wait({cut_task})


async def _hang_up(receive: Receive, send: Send, code: int) -> None:
    await receive()  # ASGI: `websocket.connect` must be received before a refusal
    await send({"type": "websocket.close", "code": code})
