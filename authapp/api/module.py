"""JavaScript client of the API, served as a module for pages on other origins. Our own pages bundle it."""

import hashlib
from importlib.resources import files

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

router = APIRouter()
_TEXT = files("authapp").joinpath("ui", "browser", "shared", "client.js").read_bytes()
_HEADERS = {
    "ETag": f'"{hashlib.sha256(_TEXT).hexdigest()[:32]}"',
    "Cache-Control": "public, max-age=300",
    "Vary": "Origin",  # a copy cached for our own pages lacks the CORS headers that other origins need
}


async def show(request: Request) -> Response:
    """Send the module. A plain endpoint, because visitors without a session may load it without a rate limit."""
    etags = [etag.strip().removeprefix("W/") for etag in request.headers.get("if-none-match", "").split(",")]
    if _HEADERS["ETag"] in etags:
        return Response(status_code=304, headers=_HEADERS)
    return Response(_TEXT, media_type="text/javascript", headers=_HEADERS)


router.add_route("/client.js", show, methods=["GET"])
