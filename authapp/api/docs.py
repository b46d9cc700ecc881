"""API documentation: an OpenAPI document, and a page that shows it and loads files of our own origin only."""

from importlib.resources import files
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.responses import FileResponse, HTMLResponse, JSONResponse
from fastapi.routing import APIRoute, RouteContext, iter_route_contexts
from fastapi.staticfiles import StaticFiles
from starlette.requests import Request
from starlette.routing import BaseRoute, Mount, Route

from authapp.api import plain, session
from authapp.api.requests import cookie_name
from authapp.config import settings
from authapp.wire.sessions import TOKEN_HEADER

DOCS = "/api/docs"
DOCUMENT = "/api/openapi.json"
_UI = str(files("fastapi_offline") / "static")
_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="stylesheet" href="{docs}/swagger-ui.css">
</head>
<body>
<div id="ui"></div>
<script src="{docs}/swagger-ui-bundle.js"></script>
<script src="{docs}/start.js" data-document="{document}"></script>
</body>
</html>
"""
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


def routes(api: FastAPI) -> list[BaseRoute]:
    """Return the routes of the documentation of `api`."""
    document: dict[str, Any] = {}

    async def show(_: Request) -> JSONResponse:
        document.update(document or of(api))
        return JSONResponse(document)

    async def page(_: Request) -> HTMLResponse:
        title = f"The API of {settings().product_name}".replace("&", "&amp;").replace("<", "&lt;")
        return HTMLResponse(_PAGE.format(title=title, docs=DOCS, document=DOCUMENT))

    async def start(_: Request) -> FileResponse:
        return FileResponse(Path(__file__).with_name("docs.js"), media_type="text/javascript")

    return [
        Route(DOCUMENT, show),
        Route(DOCS, page),
        Route(f"{DOCS}/", page),
        Route(f"{DOCS}/start.js", start),
        Mount(DOCS, StaticFiles(directory=_UI)),
    ]


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
