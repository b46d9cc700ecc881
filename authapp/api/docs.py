"""The documentation of the API: an OpenAPI document, and a page that shows it, from our own origin alone."""

from importlib.resources import files
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.responses import FileResponse, HTMLResponse, JSONResponse
from fastapi.staticfiles import StaticFiles
from starlette.requests import Request
from starlette.routing import BaseRoute, Mount, Route

from authapp.api import plain
from authapp.config import settings

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


def routes(api: FastAPI) -> list[BaseRoute]:
    """Where the documentation of `api` is."""
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
        Route(f"{DOCS}/start.js", start),
        Mount(DOCS, StaticFiles(directory=_UI)),
    ]


def of(api: FastAPI) -> dict[str, Any]:
    """The OpenAPI document of the API."""
    routes = [*plain.documented_routes(), *api.routes]
    return get_openapi(
        title=settings().product_name,
        version="1",
        description=_ABOUT.strip(),
        routes=routes,
        servers=[{"url": settings().rpc_path}],
    )
