"""JavaScript client of the API, served as a module for pages on other origins. Our own pages bundle it."""

import hashlib
from importlib.resources import files

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

router = APIRouter()
_FILES = ("client.js", "proof.js")  # the client imports the other file when it needs it
_TEXTS = {name: files("authapp").joinpath("ui", "browser", "shared", name).read_bytes() for name in _FILES}


async def show(request: Request) -> Response:
    """Send a module. A plain endpoint, because visitors without a session may load it without a rate limit."""
    text = _TEXTS[request.url.path.rpartition("/")[2]]
    headers = {
        "ETag": f'"{hashlib.sha256(text).hexdigest()[:32]}"',
        "Cache-Control": "public, max-age=300",
        "Vary": "Origin",  # a copy cached for our own pages lacks the CORS headers that other origins need
    }
    etags = [etag.strip().removeprefix("W/") for etag in request.headers.get("if-none-match", "").split(",")]
    if headers["ETag"] in etags:
        return Response(status_code=304, headers=headers)
    return Response(text, media_type="text/javascript", headers=headers)


for _name in _FILES:
    router.add_route(f"/{_name}", show, methods=["GET"])
