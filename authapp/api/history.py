"""Audit log of the user's account."""

from fastapi import APIRouter

from authapp.api.refusals import documented
from authapp.api.session import From, Member
from authapp.core.base import history
from authapp.core.base.errors import LoggedOut
from authapp.db import look
from authapp.i18n.texts import into
from authapp.wire.audit import History, HistoryEntry

router = APIRouter(tags=["history"])


@router.get("/history", responses=documented(LoggedOut))
async def show(me: Member, client: From) -> History:
    """List the newest entries of the audit log, at most 50."""
    return History(
        history=[
            HistoryEntry(
                id=one.id,
                at=one.at,
                what=one.what,
                words=into(history.WORDS.get(one.what, one.what), client.language),
                about=one.about,
                browser=into(one.browser, client.language),
                address=one.address,
            )
            for one in await look(history.newest, me.user_id)
        ]
    )
