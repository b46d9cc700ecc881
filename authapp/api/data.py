"""Data export of the user."""

import json
from typing import Any

from fastapi import APIRouter, Response

from authapp.api.refusals import documented
from authapp.api.session import From, Member
from authapp.core.account import data
from authapp.core.base.errors import SessionExpired
from authapp.db import run

router = APIRouter(tags=["data"])
_FILE: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "A JSON file to download.",
        "content": {"application/json": {"schema": {"type": "object"}}},
        "headers": {"Content-Disposition": {"schema": {"type": "string"}}},
    }
}


@router.get("/data", response_class=Response, responses=_FILE | documented(SessionExpired))
async def everything(me: Member, caller: From) -> Response:
    """Download one JSON file with all stored data about the user, without secrets."""
    export = await run(data.export, me, caller)
    return Response(
        json.dumps(export, ensure_ascii=False, indent=2),
        media_type="application/json",
        headers={"Content-Disposition": 'attachment; filename="my-data.json"'},
    )
