"""The documentation of the API: an OpenAPI document, and a page that shows it, from our own origin alone."""

from importlib.resources import files
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.responses import FileResponse, HTMLResponse, JSONResponse
from fastapi.routing import APIRoute, RouteContext, iter_route_contexts
from fastapi.staticfiles import StaticFiles
from starlette.requests import Request

from authapp.api import session
from authapp.api.refusals import documented
from authapp.api.requests import cookie_name
from authapp.config import settings
from authapp.wire import TOKEN_HEADER, AuthNeeded, AuthOk

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
The account system over HTTP. Log in with `POST /connect` and `POST /login` (SCRAM-SHA-256: RFC 5802, RFC 7677), and
send the answer's `token` in the header `X-Csrf-Token` with every call. Where the server is set to cookies, the key is
in a cookie, and what changes something must say an `Origin` that is allowed.

Every refusal has the same form: `{"error": name, "message": words, "field": where}`.
"""


def add(app: FastAPI, api: FastAPI) -> None:
    """Add the documentation of `api` to the app it is mounted in."""
    document: dict[str, Any] = {}

    async def show(_: Request) -> JSONResponse:
        document.update(document or of(api))
        return JSONResponse(document)

    async def page(_: Request) -> HTMLResponse:
        title = f"The API of {settings().product_name}".replace("&", "&amp;").replace("<", "&lt;")
        return HTMLResponse(_PAGE.format(title=title, docs=DOCS, document=DOCUMENT))

    async def start(_: Request) -> FileResponse:
        return FileResponse(Path(__file__).with_name("docs.js"), media_type="text/javascript")

    app.add_route(DOCUMENT, show, methods=["GET"])
    app.add_route(DOCS, page, methods=["GET"])
    app.add_route(f"{DOCS}/start.js", start, methods=["GET"])
    app.mount(DOCS, StaticFiles(directory=_UI))


def of(api: FastAPI) -> dict[str, Any]:
    """The OpenAPI document of the API."""
    # Served by a plain endpoint, for speed; it is documented like the others.
    check = APIRoute(
        "/connect",
        session.check,
        methods=["GET"],
        response_model=AuthOk | AuthNeeded,
        responses=documented(),
        name="check",
        tags=["session"],
        generate_unique_id_function=named,
    )
    routes = list(iter_route_contexts([check, *api.routes]))  # also those of routers, which FastAPI keeps as they are
    document = get_openapi(
        title=settings().product_name,
        version="1",
        description=_ABOUT.strip(),
        routes=routes,
        servers=[{"url": settings().rpc_path}],
    )
    _say_who_may(document, routes)
    return document


def named(route: APIRoute) -> str:
    """What a call is named in the document: its ability, and the verb."""
    return "_".join(str(part) for part in (*route.tags, route.name)).replace("-", "_")


def _say_who_may(document: dict[str, Any], routes: list[RouteContext]) -> None:
    """Where a session is needed, or looked at, and how it is shown."""
    header = {"type": "apiKey", "in": "header", "name": TOKEN_HEADER, "description": "The `token` of a login."}
    cookie = {"type": "apiKey", "in": "cookie", "name": cookie_name(), "description": "Set by a login of a browser."}
    ways = {"token": header, "cookie": cookie} if settings().key_in_header else {"cookie": cookie}
    document["components"]["securitySchemes"] = ways
    shown: list[dict[str, Any]] = [{way: []} for way in ways]
    for route in routes:
        asks = {one.call for one in route.dependant.dependencies} if isinstance(route.original_route, APIRoute) else ()
        for method in (route.methods or ()) if asks else ():
            operation = document["paths"][route.path_format][method.lower()]
            if session.member in asks:
                operation["security"] = shown
            elif session.principal in asks:
                operation["security"] = [{}, *shown]
