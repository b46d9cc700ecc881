"""Guard: one ASGI wrapper around the whole app. It identifies the caller before anything else runs."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, RedirectResponse, Response

from authapp.api import Built, docs, hosts
from authapp.api import headers as secure
from authapp.api.recent import principal_of
from authapp.api.requests import (
    Shown,
    address_of,
    cookie,
    device_cookie_name,
    identity,
    is_ours,
    is_public_host,
    key_of,
    language_for,
    link_cookie_name,
    made_public,
    may_change,
    note_denied,
    shown,
    wait_cookie_name,
    without_key,
)
from authapp.api.session import keep_cookie
from authapp.api.sockets import Message, ProductSocket, Receive, Send, Socket, sockets
from authapp.api.translated import translating
from authapp.config import settings
from authapp.core.authentication import accounts
from authapp.core.authorization import guards, places
from authapp.core.authorization.guards import EVERYBODY
from authapp.core.authorization.places import Place
from authapp.core.base import clock, devices, hooks, paths, tokens
from authapp.core.base.errors import LoggedOut, NotAllowed, NotThere, Refusal, where
from authapp.core.sessions import sessions, tickets
from authapp.core.sessions.sessions import TOUCH_EVERY, Principal, SessionRef
from authapp.db import call, later
from authapp.i18n import catalogues
from authapp.i18n.texts import into
from authapp.routes import route

App = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]

Law = Callable[[str], Place]

log = logging.getLogger(__name__)
SOCKET = "/_event"
ASSETS = "/assets/"
OF_API = (docs.DOCS, docs.DOCUMENT)
ALWAYS = ("logout", "client.js", "texts")  # API calls that no hook can refuse: logout, and public files
LONGEST_BODY = 64 * 1024  # bytes; few calls need a tenth of it. Avatars have their own limit
LINK_COOKIE_LIFE = 600  # seconds in which the page has to ask for the key of its old URL
CUT = "cut"  # replaces a malformed key
LANGUAGE_HEADER = b"x-authapp-language"  # added to the handshake, for the states to read
LINE_HEADER = b"x-authapp-line"  # added too: reference to the browser's device cookie (`devices.on_line`)
WAITING_HEADER = b"x-authapp-waiting"  # added too: which login waits in this browser. It grants nothing
# Hidden from Reflex, which would interpret forwarding headers differently.
_FORWARDING = {b"x-forwarded-for", b"forwarded"}
_PRIVATE = {b"cookie", b"authorization", b"proxy-authorization", *_FORWARDING}
_PRIVATE |= {LANGUAGE_HEADER, LINE_HEADER, WAITING_HEADER}


class Guard:
    """ASGI middleware around the app, which passes API calls to the API.

    `needs` has our own pages: with login only (True), for visitors only (False), or public (None). `law` returns the
    access rule of every other path, and whether it is a page or a file.
    """

    def __init__(self, app: App, api: Built, needs: Mapping[str, bool | None], law: Law) -> None:
        self.app = app
        self.api = api
        self.needs = needs
        self.law = law

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Identify the caller of a request or socket, then let it through or refuse it."""
        ways = {"http": self._http, "websocket": self._websocket}
        if scope["type"] not in ways:
            return await self.app(scope, receive, send)
        try:
            await ways[scope["type"]](scope, receive, send)
        except Exception as error:  # its text is not logged: it may contain what was sent
            log.error("a %s broke: %s", "request" if scope["type"] == "http" else "socket", where(error))

    async def _http(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        headers, path, looks = Headers(scope=scope), scope["path"], scope["method"] in ("GET", "HEAD")
        ours = f"{settings().rpc_path}/"
        is_call, is_docs = path.startswith(ours), path.startswith(OF_API)
        if not is_call and not places.is_straight(path):
            nothing = _in_words(NotThere(), language_for(headers, None))
            return await nothing(scope, receive, _with_headers(path, send))
        place = Place(EVERYBODY) if is_call or is_docs else self.law(path)
        is_asset = place.is_file and path.startswith(ASSETS)
        send = _with_headers(path, send, is_asset=is_asset)
        scope["client"] = (address_of(headers, scope), 0)
        made_public(scope)
        if looks and is_asset:
            scope["headers"] = without_key(scope["headers"])
            return await self.app(scope, receive, send)
        if not is_call and headers.get("origin", "").lower() in settings().other_origins:
            note_denied("request", NotAllowed.code, scope, None)
            return await Response(status_code=403)(
                scope, receive, send
            )  # allowed origins may call the API, and nothing else
        asked = shown(headers) if is_call else Shown(key_of(headers))
        me = await self._principal(asked.key)
        language = scope["authapp.language"] = language_for(headers, me)
        if is_call:
            picture = (settings().avatar_max_mb + 1) * 1024 * 1024
            receive = _bounded(receive, picture if path == f"{ours}avatar" and me else LONGEST_BODY)
        was_redirected = hosts.take_mark(scope)
        link = _key_of_old_link(path) if looks and not place.is_page else ""
        if looks and not is_call and self._is_misdirected(scope, headers, place, link):
            host = headers.get("host", "")
            led = hosts.lead_to_public_host(_as_sent(scope), host, language, was_redirected=was_redirected)
            return await led(scope, receive, send)
        if link:
            return await _keep_link(link)(scope, receive, send)
        if looks and path == places.PASSWORD:
            return await _redirect(accounts.password_page())(scope, receive, send)
        if looks and (elsewhere := self._elsewhere(scope, me, place)):
            return await _redirect(elsewhere)(scope, receive, send)
        if _is_socket(path):
            return await Response(status_code=400)(scope, receive, send)
        is_free = is_docs or (is_call and path.removeprefix(ours).partition("/")[0] in ALWAYS)
        if not is_free and (no := await _refused(path, me, place)):
            note_denied("request", no.code, scope, me)
            if answer := _answer(scope, headers, no, place):
                return await answer(scope, receive, send)
            send = _with_status(no.status, send)  # the page itself shows the refusal
        scope["authapp.principal"], scope["authapp.shown"] = me, asked
        scope["authapp.may_change"] = may_change(headers)
        scope["authapp.waiting"] = cookie(headers, wait_cookie_name())
        scope["authapp.link"] = cookie(headers, link_cookie_name())
        # A replaced key identifies nobody, but tickets and lost answers are bound to it.
        scope["authapp.ref"] = _ref_of(me, asked.key)
        scope["headers"] = without_key(scope["headers"])
        if (path in self.needs or place.is_page) and not path.endswith("/"):
            scope["path"] = f"{path}/"  # where the build keeps it; spares the browser a redirect
        if is_call:
            return await self.api.calls(scope, receive, send)
        if catalogues.is_said(language) and looks and not is_docs:
            send = translating(scope, send, language, is_ours=self._is_ours(path) or catalogues.has_own())
        return await (self.api.docs if is_docs else self.app)(scope, receive, send)

    async def _websocket(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        headers, path = Headers(scope=scope), scope["path"]
        address = address_of(headers, scope)
        scope["client"] = (address, 0)
        if not is_ours(headers) or not places.is_straight(path):
            note_denied("socket", NotAllowed.code, scope, None)
            return await _hang_up(receive, send, 1008)
        # Not from the cache: the sweep compares the groups of a socket with those of now, and would miss a change.
        me = await self._principal(key_of(headers), fresh=True)
        session_id, digest = (me.session_id, me.digest) if me else ("", b"")
        groups, user = (me.groups, me.user_id.hex) if me else (frozenset(), "")
        if not _is_socket(path) and (no := await _refused(path, me, self.law(path))):
            note_denied("socket", no.code, scope, me)
            return await _hang_up(receive, send, 1008)
        if sockets.are_too_many(session_id, user, address):
            return await _hang_up(receive, send, 1013)  # close code “try again later”
        made_public(scope)
        if not _is_socket(path):  # a socket of the product
            scope["headers"] = without_key(scope["headers"])
            scope["authapp.principal"], scope["authapp.may_change"] = me, True  # its Origin is ours
            return await self._watched(scope, ProductSocket(session_id, receive, send, digest, address, groups, user))
        scope["query_string"] = _bound(scope["query_string"], session_id)
        scope["headers"] = [pair for pair in scope["headers"] if pair[0] not in _PRIVATE]
        ref = str(SessionRef(session_id, digest)) if me else ""
        scope["headers"].append((b"authorization", ref.encode()))  # all that Reflex ever sees of the cookie
        scope["headers"].append((LANGUAGE_HEADER, language_for(headers, me).encode()))
        if waiting := tickets.mark(cookie(headers, wait_cookie_name())):
            scope["headers"].append((WAITING_HEADER, waiting.encode()))
        socket = Socket(session_id, receive, send, digest, address, groups, user)
        with devices.on_line(cookie(headers, device_cookie_name())) as line:
            scope["headers"].append((LINE_HEADER, line.encode()))
            sockets.add(socket)
            try:
                await self.app(scope, socket.receive, socket.send)
                return await socket.finish()
            finally:
                sockets.remove(socket)

    async def _watched(self, scope: MutableMapping[str, Any], socket: ProductSocket) -> None:
        """Run a product's socket until its session ends; a visitor's socket until it closes."""
        cut = asyncio.ensure_future(socket.cut())
        sockets.add(socket)
        try:
            await self.app(scope, socket.receive, socket.send)
        finally:
            sockets.remove(socket)
            if not socket.is_over:
                cut.cancel()
            await asyncio.wait({cut})

    async def _principal(self, key: str, *, fresh: bool = False) -> Principal | None:
        me = await principal_of(key, fresh=fresh) if key else None
        if me and clock.now() - me.last_seen_at > TOUCH_EVERY:
            later(sessions.touch, [me.session_id])
        return me

    def _is_ours(self, path: str) -> bool:
        return places.page_path(path) in self.needs

    def _is_misdirected(self, scope: MutableMapping[str, Any], headers: Headers, place: Place, link: str) -> bool:
        """Return whether a browser opens a page, or an old link URL, under another host than the public one."""
        is_page = place.is_page or bool(link) or places.page_path(scope["path"]) in self.needs
        is_opened = headers.get("sec-fetch-dest", "document") == "document"
        return is_page and is_opened and not is_public_host(headers.get("host", ""))

    def _elsewhere(self, scope: MutableMapping[str, Any], me: Principal | None, place: Place) -> str | None:
        """Return where to redirect the visitor of a page, before the page shows anything; None: nowhere."""
        page = places.page_path(scope["path"])
        if page not in self.needs and not place.is_page:
            return None
        members_only = self.needs.get(page)
        if members_only and me is None:
            return paths.login_then(_here(scope))
        if members_only is False and me:
            query = scope["query_string"].decode("latin-1")
            return paths.safe((parse_qs(query).get("next") or [""])[0])
        return None


def _ref_of(me: Principal | None, key: str) -> SessionRef | None:
    if me:
        return SessionRef(me.session_id, me.digest)
    return SessionRef.of(parsed) if (parsed := tokens.parse(key)) else None


async def _refused(path: str, me: Principal | None, place: Place) -> Refusal | None:
    """Return why the caller may not open a path; None: the caller may."""
    no = await guards.refusal(me, place.allow)
    if places.is_asked_by_browsers(path):  # no user requested this, so no hook is called
        return NotThere() if no else None
    if no is None and me and not place.is_file and hooks.on_connected_request:
        no = await _said(hooks.on_connected_request.run, me)
    if no and hooks.on_denied:
        await _said(hooks.on_denied.run, me, no, path)
    return no


def _answer(scope: MutableMapping[str, Any], headers: Headers, no: Refusal, place: Place) -> Response | None:
    """Return the answer to a refused request: the login page for visitors, JSON for programs; None: the page itself."""
    looks = scope["method"] in ("GET", "HEAD") and (place.is_page or "text/html" in headers.get("accept", ""))
    if looks and isinstance(no, LoggedOut):
        return _redirect(paths.login_then(_here(scope) if place.is_page else _as_sent(scope)))
    if looks and place.is_page:
        return None
    return _in_words(no, scope["authapp.language"])


def _in_words(no: Refusal, language: str) -> Response:
    status = 401 if isinstance(no, LoggedOut) else no.status
    return JSONResponse({"error": no.code, "message": into(no.message, language), "field": no.field}, status)


def _key_of_old_link(path: str) -> str:
    """Return the key in an old link URL, `/link/<key>`. A malformed key becomes `CUT`, which matches no link."""
    before, _, key = path.rstrip("/").rpartition("/")
    if before != route("link") or not key:
        return ""
    return key if tokens.parse(key) else CUT


def _keep_link(key: str) -> Response:
    """Store the key of an old URL in a cookie, and redirect to the page without it. This does not use up the link."""
    response = _redirect(route("link"))
    keep_cookie(response, link_cookie_name(), key, LINK_COOKIE_LIFE)
    return response


def _here(scope: MutableMapping[str, Any]) -> str:
    """Return the path and query of the requested page, for every spelling of its path."""
    path, page = scope["path"], places.page_path(scope["path"])
    return _as_sent({**scope, "path": path if path == f"{page}/" else page})


def _as_sent(scope: MutableMapping[str, Any]) -> str:
    path, query = str(scope["path"]), scope["query_string"].decode("latin-1")
    return f"{path}?{query}" if query else path


def _is_socket(path: str) -> bool:
    """Return whether a path is Reflex's socket."""
    return f"{path}/".startswith(f"{SOCKET}/")


async def _said(rule: Callable[..., Any], *given: Any) -> Refusal | None:
    try:
        await call(rule, *given)
    except Refusal as no:
        return no
    return None


def _with_status(status: int, send: Send) -> Send:
    async def refused(message: Message) -> None:
        if message["type"] == "http.response.start" and message["status"] == 200:
            message["status"] = status
        await send(message)

    return refused


async def _hang_up(receive: Receive, send: Send, code: int) -> None:
    await receive()  # ASGI: `websocket.connect` must be received before a refusal
    await send({"type": "websocket.close", "code": code})


def _bound(query: bytes, session_id: str) -> bytes:
    pairs = parse_qsl(query.decode("latin-1"), keep_blank_values=True)
    tab = next((value for name, value in pairs if name == "token"), "")
    rest = [(name, value) for name, value in pairs if name != "token"]
    return urlencode([*rest, ("token", identity(session_id, tab))]).encode()


def _bounded(receive: Receive, left: int) -> Receive:
    """Stop reading a body that is too long. Otherwise all of it would be kept in memory."""

    async def bounded() -> Message:
        nonlocal left
        message = await receive()
        left -= len(message.get("body", b""))
        if left < 0:
            raise HTTPException(413)
        return message

    return bounded


def _with_headers(path: str, send: Send, *, is_asset: bool = False) -> Send:
    async def dressed(message: Message) -> None:
        if message["type"] == "http.response.start":
            given = dict(message.get("headers", []))
            cache = secure.caching(path, given.get(b"content-type", b"").decode(), message["status"], is_asset=is_asset)
            extra = [
                *secure.security(
                    of_docs=path.startswith(docs.DOCS), of_link=f"{path}/".startswith(f"{route('link')}/")
                ),
                *([(b"cache-control", cache)] if cache else []),
            ]
            message["headers"] = [*message.get("headers", []), *(pair for pair in extra if pair[0] not in given)]
        await send(message)

    return dressed


def _redirect(target: str) -> Response:
    return RedirectResponse(target, 303, {"Cache-Control": "no-store"})
