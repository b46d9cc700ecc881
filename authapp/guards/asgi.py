"""ASGI guard around the whole app: named steps identify the caller, and answer a request or pass it on."""

import logging
from collections.abc import Awaitable, Callable, Mapping
from urllib.parse import parse_qs

from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from authapp.api import Built, hosts
from authapp.api.headers import with_headers
from authapp.api.requests import (
    blocked_cookie_name,
    cookie,
    ip_of,
    is_public_host,
    key_in_cookie,
    key_of_call,
    language_for,
    link_cookie_name,
    log_denied,
    made_public,
    may_change,
    without_key,
)
from authapp.api.session import keep_cookie
from authapp.api.translated import translating
from authapp.config import settings
from authapp.core.authentication import accounts
from authapp.core.authorization import route_rules
from authapp.core.base import paths
from authapp.core.base.errors import CrossOrigin, NotFound, Refusal, SessionExpired, where
from authapp.core.base.routes import route
from authapp.guards import caller, handshake
from authapp.guards.request import GuardedApp, GuardedRequest
from authapp.guards.route_rules import Rules
from authapp.i18n import catalogues
from authapp.i18n.texts import into

log = logging.getLogger(__name__)
# API calls that no hook can refuse: logout, public files, and reports of services, which prove themselves.
ALWAYS = ("logout", "client.js", "texts", "webhooks")
LONGEST_BODY = 64 * 1024  # bytes; few calls need a tenth of it. Avatars have their own limit
LINK_COOKIE_LIFE = 600  # seconds in which the page has to ask for the key of its old URL


class Guard:
    """ASGI middleware around the app. Each request goes through `STEPS`, until one of them answers it."""

    def __init__(self, app: ASGIApp, api: Built, our_pages: Mapping[str, bool | None], rules: Rules) -> None:
        self._guarded = GuardedApp(app, api, our_pages, rules)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Identify the caller of a request or socket, then let it through or refuse it."""
        handlers = {"http": self._http, "websocket": self._websocket}
        if scope["type"] not in handlers:
            return await self._guarded.app(scope, receive, send)
        try:
            await handlers[scope["type"]](scope, receive, send)
        except Exception as error:  # its text is not logged: it may contain what was sent
            log.error("a %s broke: %s", "request" if scope["type"] == "http" else "socket", where(error))

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = GuardedRequest(self._guarded, scope, receive, send)
        for step in STEPS:
            response = await step(request)
            if response is not None:
                await response(request.scope, request.receive, request.send)
                return

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        await handshake.connect(self._guarded.app, self._guarded.rules, scope, receive, send)


Step = Callable[[GuardedRequest], Awaitable[ASGIApp | None]]


async def refuse_odd_path(request: GuardedRequest) -> ASGIApp | None:
    """Answer 404 to a path that the app could resolve differently than the guard."""
    if request.is_call or route_rules.is_straight(request.path):
        return None
    request.send = with_headers(request.path, request.send)
    return _error_response(NotFound(), language_for(request.headers, None))


async def find_rule(request: GuardedRequest) -> ASGIApp | None:
    """Find the access rule of the path, and give the scope the IP address and the public host."""
    if not request.is_call and not request.is_docs:
        request.rule = request.guarded.rules(request.path)
    destination = request.headers.get("sec-fetch-dest", "")
    request.send = with_headers(request.path, request.send, is_asset=request.is_asset, destination=destination)
    request.scope["client"] = (ip_of(request.headers, request.scope), 0)
    made_public(request.scope)
    return None


async def pass_asset(request: GuardedRequest) -> ASGIApp | None:
    """Pass on a request for a public file, which needs no caller."""
    if not request.is_read or not request.is_asset:
        return None
    request.scope["headers"] = without_key(request.scope["headers"])
    return request.guarded.app


async def refuse_cross_origin(request: GuardedRequest) -> ASGIApp | None:
    """Refuse requests of allowed origins to anything but the API."""
    if request.is_call or request.headers.get("origin", "").lower() not in settings().other_origins:
        return None
    log_denied("request", CrossOrigin.code, request.scope, None)
    return Response(status_code=403)


async def identify_caller(request: GuardedRequest) -> ASGIApp | None:
    """Read the session key, and find the caller and their language."""
    request.sent = (key_of_call if request.is_call else key_in_cookie)(request.headers)
    request.me = await caller.identified(request.sent)
    request.language = request.scope["authapp.language"] = language_for(request.headers, request.me)
    return None


async def limit_body(request: GuardedRequest) -> ASGIApp | None:
    """Bound the body of an API call. A signed-in user may send a picture."""
    if request.is_call:
        is_picture = request.call_name == "avatar" and request.me
        limit = (settings().avatar_max_mb + 1) * 1024 * 1024 if is_picture else LONGEST_BODY
        request.receive = _bounded(request.receive, limit)
    return None


async def lead_to_public_host(request: GuardedRequest) -> ASGIApp | None:
    """Redirect a browser that opens a page, or an old link URL, under another host than the public one."""
    was_redirected = hosts.take_mark(request.scope)
    is_opened = request.is_read and request.headers.get("sec-fetch-dest", "document") == "document"
    if request.is_call or not is_opened or is_public_host(host := request.headers.get("host", "")):
        return None
    if not request.rule.is_page and not request.old_link and not request.is_our_page:
        return None
    return hosts.lead_to_public_host(request.as_sent, host, request.language, was_redirected=was_redirected)


async def keep_old_link(request: GuardedRequest) -> ASGIApp | None:
    """Store the key of an old URL in a cookie, and redirect to the page without it. This does not use up the link."""
    if not (key := request.old_link):
        return None
    response = _redirect(route("link"))
    keep_cookie(response, link_cookie_name(), key, LINK_COOKIE_LIFE)
    return response


async def lead_password_managers(request: GuardedRequest) -> ASGIApp | None:
    """Redirect password managers to the form that changes a password."""
    if request.is_read and request.path == route_rules.PASSWORD:
        return _redirect(accounts.password_page())
    return None


async def redirect_from_our_page(request: GuardedRequest) -> ASGIApp | None:
    """Redirect visitors from our pages for users, and users from our pages for visitors, before any of it is sent."""
    needs_login = request.guarded.our_pages.get(request.page) if request.is_read else None
    if needs_login and request.me is None:
        return _redirect(paths.login_then(request.here))
    if needs_login is False and request.me:
        query = request.scope["query_string"].decode("latin-1")
        return _redirect(paths.safe((parse_qs(query).get("next") or [""])[0]))
    return None


async def refuse_polling(request: GuardedRequest) -> ASGIApp | None:
    """Refuse plain requests to Reflex's socket."""
    return Response(status_code=400) if handshake.is_of_reflex(request.path) else None


async def apply_access_rule(request: GuardedRequest) -> ASGIApp | None:
    """Refuse a caller that the access rule or a hook denies. A page shows its refusal itself."""
    is_free = request.is_docs or (request.is_call and request.call_name.partition("/")[0] in ALWAYS)
    refusal = None if is_free else await caller.refusal(request.path, request.me, request.rule)
    if refusal is None:
        return None
    log_denied("request", refusal.code, request.scope, request.me)
    is_page = request.rule.is_page
    is_shown = request.is_read and (is_page or "text/html" in request.headers.get("accept", ""))
    if is_shown and isinstance(refusal, SessionExpired):
        return _redirect(paths.login_then(request.here if is_page else request.as_sent))
    if is_shown and is_page:
        request.send = _with_status(refusal.status, request.send)
        return None
    return _error_response(refusal, request.language)


async def fill_scope(request: GuardedRequest) -> ASGIApp | None:
    """Put the facts of the request into its scope for the API and the product, and take our keys out."""
    scope, headers = request.scope, request.headers
    scope["authapp.principal"] = request.me
    scope["authapp.key"] = request.sent  # also a replaced key: tickets and lost answers are bound to it
    scope["authapp.may_change"] = may_change(headers)
    scope["authapp.waiting"] = cookie(headers, blocked_cookie_name())
    scope["authapp.link"] = cookie(headers, link_cookie_name())
    scope["headers"] = without_key(scope["headers"])
    if (request.path in request.guarded.our_pages or request.rule.is_page) and not request.path.endswith("/"):
        scope["path"] = f"{request.path}/"  # where the build keeps it; spares the browser a redirect
    return None


async def hand_over(request: GuardedRequest) -> ASGIApp | None:
    """Pass the request on: to the API, to its documentation, or to the app, whose pages are translated."""
    if request.is_call:
        return request.guarded.api.calls
    if request.is_docs:
        return request.guarded.api.docs
    if catalogues.is_said(request.language) and request.is_read:
        has_texts = request.is_our_page or catalogues.has_own()
        request.send = translating(request.scope, request.send, request.language, is_ours=has_texts)
    return request.guarded.app


STEPS: tuple[Step, ...] = (
    refuse_odd_path,
    find_rule,
    pass_asset,
    refuse_cross_origin,
    identify_caller,
    limit_body,
    lead_to_public_host,
    keep_old_link,
    lead_password_managers,
    redirect_from_our_page,
    refuse_polling,
    apply_access_rule,
    fill_scope,
    hand_over,
)


def _error_response(refusal: Refusal, language: str) -> Response:
    status = 401 if isinstance(refusal, SessionExpired) else refusal.status
    return JSONResponse(
        {"error": refusal.code, "message": into(refusal.message, language), "field": refusal.field}, status
    )


def _with_status(status: int, send: Send) -> Send:
    async def send_with_status(message: Message) -> None:
        if message["type"] == "http.response.start" and message["status"] == 200:
            message["status"] = status
        await send(message)

    return send_with_status


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


def _redirect(target: str) -> Response:
    return RedirectResponse(target, 303, {"Cache-Control": "no-store"})
