"""Avatar of the user: show, upload, remove."""

import asyncio
from typing import Any

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel
from starlette.requests import ClientDisconnect

from authapp.api.refusals import documented
from authapp.api.session import Member
from authapp.config import settings
from authapp.core.account import avatars
from authapp.core.base.errors import BadInput, NotFound, SessionExpired
from authapp.db import read, run
from authapp.i18n.texts import t

router = APIRouter(tags=["avatar"])
uploads = APIRouter(tags=["avatar"])  # needs the extra
_BINARY = {"schema": {"type": "string", "format": "binary"}}
_PICTURE: dict[int | str, dict[str, Any]] = {200: {"description": "The picture.", "content": {"image/webp": _BINARY}}}
_BODY = {
    "requestBody": {
        "required": True,
        "description": "A JPEG, PNG, WebP or GIF. The declared content type is ignored.",
        "content": {f"image/{kind}": _BINARY for kind in ("jpeg", "png", "webp", "gif")},
    }
}
_turn = asyncio.Lock()  # one image is decoded at a time; a waiting upload holds no thread meanwhile


class AvatarBody(BaseModel):
    """Id of the user's avatar; empty when there is no avatar."""

    avatar: str


@router.get("/avatar", response_class=Response, responses=_PICTURE | documented(SessionExpired, NotFound))
async def show(me: Member) -> Response:
    """Return the avatar of the signed-in user. A query string is ignored: it only tells caches images apart."""
    image = await read(avatars.of, me)
    if image is None:
        raise NotFound
    return Response(image, media_type="image/webp", headers={"Content-Disposition": "inline"})


@uploads.post("/avatar", openapi_extra=_BODY, responses=documented(SessionExpired))
async def keep(request: Request, me: Member) -> AvatarBody:
    """Upload a new avatar. The image is the body. Its declared content type does not matter."""
    await run(avatars.count, me)
    data = await _read(request)
    async with _turn:
        return AvatarBody(avatar=await run(avatars.keep, me, data))


@router.delete("/avatar", responses=documented(SessionExpired))
async def remove(me: Member) -> AvatarBody:
    """Remove the avatar."""
    await run(avatars.remove, me)
    return AvatarBody(avatar="")


async def _read(request: Request) -> bytes:
    """Read the body, up to the maximum size of an avatar."""
    data = bytearray()
    try:
        async for part in request.stream():
            data += part
            if len(data) > settings().avatar_max_mb * avatars.MB:
                raise avatars.too_large()
    except ClientDisconnect:
        raise BadInput(t("The upload was interrupted. Try again."), field=avatars.FIELD) from None
    return bytes(data)
