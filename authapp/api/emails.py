"""Email addresses of the user: add, confirm by a link, make main, remove."""

from uuid import UUID

from fastapi import APIRouter

from authapp.api.accounts import SENT
from authapp.api.refusals import documented
from authapp.api.session import From, Member
from authapp.core.account import emails
from authapp.core.base.errors import LoggedOut, NotThere, StepUpNeeded
from authapp.core.sessions.sessions import Principal
from authapp.db import call, look
from authapp.i18n.texts import into
from authapp.wire.common import Said
from authapp.wire.emails import EmailRow, Emails, NewEmailBody

router = APIRouter(tags=["emails"], prefix="/emails")


@router.get("", responses=documented(LoggedOut))
async def show(me: Member) -> Emails:
    """List the email addresses of the user, confirmed or not."""
    return await _told(me)


@router.post("", status_code=201, responses=documented(LoggedOut, StepUpNeeded))
async def add(body: NewEmailBody, me: Member, client: From) -> Emails:
    """Add an email address, and mail a confirmation link to it."""
    await call(emails.add, me, body.new_email, client)
    return await _told(me)


@router.post("/{id:uuid}/send", status_code=202, responses=documented(LoggedOut, NotThere))
async def send_again(id: UUID, me: Member, client: From) -> Said:
    """Mail another confirmation link to an unconfirmed email address."""
    await call(emails.send_again, me, str(id), client)
    return Said(message=into(SENT, client.language))


@router.post("/{id:uuid}/main", responses=documented(LoggedOut, NotThere))
async def make_main(id: UUID, me: Member, client: From) -> Emails:
    """Make a confirmed email address the main one."""
    await call(emails.make_main, me, str(id), client)
    return await _told(me)


@router.delete("/{id:uuid}", responses=documented(LoggedOut, NotThere, StepUpNeeded))
async def remove(id: UUID, me: Member, client: From) -> Emails:
    """Remove an email address. One confirmed email address or phone number always stays."""
    await call(emails.remove, me, str(id), client)
    return await _told(me)


async def _told(me: Principal) -> Emails:
    return Emails(
        emails=[
            EmailRow(
                id=one.id,
                address=one.address,
                is_main=one.is_main,
                added_at=one.added_at,
                confirmed_at=one.confirmed_at,
            )
            for one in await look(emails.listed, me.user_id)
        ]
    )
