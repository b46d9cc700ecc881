"""Download what is kept about the person who asks."""

import json

from fastapi import APIRouter, Response

from authapp.api.session import From, Member
from authapp.core import data
from authapp.db import call

router = APIRouter()


@router.get("/data")
async def everything(me: Member, client: From) -> Response:
    """One JSON file with everything kept about the person, without secrets."""
    found = await call(data.everything, me, client)
    return Response(
        json.dumps(found, ensure_ascii=False, indent=2),
        media_type="application/json",
        headers={"Content-Disposition": 'attachment; filename="my-data.json"'},
    )
