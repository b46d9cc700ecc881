"""The client of the API for pages elsewhere: one JavaScript module, which our own pages have in their build."""

import hashlib
from importlib.resources import files

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

router = APIRouter()
_TEXT = files("authapp").joinpath("ui", "client.js").read_bytes()
_HEADERS = {
    "ETag": f'"{hashlib.sha256(_TEXT).hexdigest()[:32]}"',
    "Cache-Control": "public, max-age=300",
    "Vary": "Origin",  # what was kept for our own pages lacks the permission for others
}


async def show(request: Request) -> Response:
    """The module. A plain endpoint: whoever is nobody may have it as often as they like."""
    known = [tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")]
    if _HEADERS["ETag"] in known:
        return Response(status_code=304, headers=_HEADERS)
    return Response(_TEXT, media_type="text/javascript", headers=_HEADERS)


router.add_route("/client.js", show, methods=["GET"])
