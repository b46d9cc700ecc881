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
            AuditEvent.of(
                event,
                words=into(audit.LABELS.get(event.what, event.what), caller.language),
                browser=into(event.browser, caller.language),
            )
            for event in await read(audit.newest, me.user_id)
        ]
    )
