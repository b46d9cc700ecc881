"""Audit log of the user's account."""

from fastapi import APIRouter

from authapp.api.refusals import documented
from authapp.api.session import From, Member
from authapp.core.base import audit
from authapp.core.base.errors import SessionExpired
from authapp.db import read
from authapp.i18n.texts import into
from authapp.wire.audit import AuditEvent, AuditLog

router = APIRouter(tags=["history"])


@router.get("/history", responses=documented(SessionExpired))
async def show(me: Member, caller: From) -> AuditLog:
    """List the newest entries of the audit log, at most 50."""
    return AuditLog(
        history=[
            AuditEvent(
                id=one.id,
                at=one.at,
                what=one.what,
                words=into(audit.LABELS.get(one.what, one.what), caller.language),
                about=one.about,
                browser=into(one.browser, caller.language),
                ip=one.ip,
            )
            for one in await read(audit.newest, me.user_id)
        ]
    )
