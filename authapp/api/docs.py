"""API documentation: an OpenAPI document, and a page that shows it without scripts."""

import gzip
import json
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute, RouteContext, iter_route_contexts
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from authapp.api import docs_page, plain, session
from authapp.api.requests import cookie_name
from authapp.config import settings
from authapp.core.base.theme import theme
from authapp.wire.sessions import TOKEN_HEADER

DOCS = "/api/docs"
DOCUMENT = "/api/openapi.json"
STYLE = f"{DOCS}/docs.css"
_REFUSED = re.compile(r"\s*q=0(\.0*)?\s*")
_ABOUT = """
The account system over HTTP. Log in with `POST /connect` and `POST /login` (SCRAM-SHA-256: RFC 5802, RFC 7677).
Send the `token` of the answer in the header `X-Csrf-Token` with every call. If the server is set to cookies, the
session key is in a cookie, and every call that changes something needs an allowed `Origin`.

Only the changing parts of the SCRAM messages are sent. The AuthMessage is `n=USER,r=NONCE,` then the `challenge`, then
`,c=biws,r=WHOLE`: `USER` exactly as it was sent (with `=` as `=3D` and `,` as `=2C`), `NONCE` as it was sent, `WHOLE`
the `r` of the challenge. The password is normalised to Unicode NFKC. The reply is `c=biws,r=WHOLE,p=PROOF`.

Every refusal has the same form: `{"error": code, "message": text, "field": name}`. A call without a token, or with
the token of an ended session, gets `SessionExpired` (440). When waiting helps, `Retry-After` gives the seconds.
"""


class Packed(NamedTuple):
    """Content of an answer, plain and compressed once."""

    plain: bytes
    gzipped: bytes
    media_type: str


def routes(api: FastAPI) -> list[BaseRoute]:
    """Return the routes of the documentation of `api`."""

    @cache
    def document() -> dict[str, Any]:
        return of(api)

    @cache
    def page() -> Packed:
        return _packed(docs_page.render(document(), {"stylesheet": STYLE, "document": DOCUMENT}), "text/html")

    @cache
    def openapi() -> Packed:
        return _packed(json.dumps(document(), ensure_ascii=False, separators=(",", ":")), "application/json")

    @cache
    def style() -> Packed:
        rules = Path(__file__).with_name("docs.css").read_text(encoding="utf-8")
        return _packed(f"{theme().css('')}{rules}", "text/css")

    return [_route(DOCUMENT, openapi), _route(DOCS, page), _route(f"{DOCS}/", page), _route(STYLE, style)]


def _route(path: str, content: Callable[[], Packed]) -> Route:
    # A plain function runs in a thread: the first answer takes long.
    def show(request: Request) -> Response:
        packed, gzipped = content(), _accepts_gzip(request)
        headers = {"Vary": "Accept-Encoding", **({"Content-Encoding": "gzip"} if gzipped else {})}
        return Response(packed.gzipped if gzipped else packed.plain, headers=headers, media_type=packed.media_type)

    return Route(path, show)


def _packed(text: str, media_type: str) -> Packed:
    content = text.encode()
    return Packed(content, gzip.compress(content, 9, mtime=0), media_type)


def _accepts_gzip(request: Request) -> bool:
    """Return whether the client accepts gzip (RFC 9110, 12.5.3)."""
    codings = (coding.partition(";") for coding in request.headers.get("accept-encoding", "").lower().split(","))
    return any(name.strip() == "gzip" and not _REFUSED.fullmatch(weight) for name, _, weight in codings)


def of(api: FastAPI) -> dict[str, Any]:
    """Return the OpenAPI document of the API."""
    # Includes the routes of nested routers, which FastAPI does not flatten.
    routes = list(iter_route_contexts([*plain.documented_routes(), *api.routes]))
    document = get_openapi(
        title=settings().product_name,
        version="1",
        description=_ABOUT.strip(),
        routes=routes,
        servers=[{"url": settings().rpc_path}],
    )
    _document_sessions(document, routes)
    return document


def _document_sessions(document: dict[str, Any], routes: list[RouteContext]) -> None:
    """Document which endpoints require or accept a session, and how the session key is sent."""
    header = {"type": "apiKey", "in": "header", "name": TOKEN_HEADER, "description": "The `token` of a login."}
    cookie = {"type": "apiKey", "in": "cookie", "name": cookie_name(), "description": "Set by a login of a browser."}
    schemes = {"token": header, "cookie": cookie} if settings().key_in_header else {"cookie": cookie}
    document["components"]["securitySchemes"] = schemes
    required: list[dict[str, Any]] = [{scheme: []} for scheme in schemes]
    for route in routes:
        if isinstance(route.original_route, APIRoute) and route.original_route.include_in_schema:
            checks = {dependency.call for dependency in route.dependant.dependencies}
            accepts_session = session.principal in checks or route.original_route in plain.documented_routes()
            for method in route.methods or ():
                operation = document["paths"][route.path_format][method.lower()]
                operation["summary"] = operation["description"].partition(".")[0]  # six functions are named “show”
                if session.member in checks:
                    operation["security"] = required
                elif accepts_session:
                    operation["security"] = [{}, *required]
