"""Email addresses of the user: add, confirm by a link, make main, remove."""

from uuid import UUID

from fastapi import APIRouter

from authapp.api.accounts import SENT
from authapp.api.refusals import documented
from authapp.api.session import From, Member
from authapp.core.account import emails
from authapp.core.base.errors import NotFound, SessionExpired, StepUpNeeded
from authapp.core.sessions.sessions import Principal
from authapp.db import read, run
from authapp.i18n.texts import into
from authapp.wire.common import Answer
from authapp.wire.emails import EmailRow, Emails, NewEmailBody

router = APIRouter(tags=["emails"], prefix="/emails")


@router.get("", responses=documented(SessionExpired))
async def show(me: Member) -> Emails:
    """List the email addresses of the user, confirmed or not."""
    return await _list(me)


@router.post("", status_code=201, responses=documented(SessionExpired, StepUpNeeded))
async def add(body: NewEmailBody, me: Member, caller: From) -> Emails:
    """Add an email address, and mail a confirmation link to it."""
    await run(emails.add, me, body.new_email, caller)
    return await _list(me)


@router.post("/{id:uuid}/send", status_code=202, responses=documented(SessionExpired, NotFound))
async def send_again(id: UUID, me: Member, caller: From) -> Answer:
    """Mail another confirmation link to an email address that is unconfirmed, or where mails bounced."""
    await run(emails.send_again, me, str(id), caller)
    return Answer(message=into(SENT, caller.language))


@router.post("/{id:uuid}/main", responses=documented(SessionExpired, NotFound))
async def make_main(id: UUID, me: Member, caller: From) -> Emails:
    """Make a confirmed email address the main one."""
    await run(emails.make_main, me, str(id), caller)
    return await _list(me)


@router.delete("/{id:uuid}", responses=documented(SessionExpired, NotFound, StepUpNeeded))
async def remove(id: UUID, me: Member, caller: From) -> Emails:
    """Remove an email address. One confirmed email address or phone number always stays."""
    await run(emails.remove, me, str(id), caller)
    return await _list(me)


async def _list(me: Principal) -> Emails:
    return Emails(emails=[EmailRow.of(email) for email in await read(emails.listed, me.user_id)])
