"""Phone numbers of the user: add, confirm by a code, make main, remove."""

from uuid import UUID

from fastapi import APIRouter

from authapp.api.codes import WRONG, told
from authapp.api.refusals import documented
from authapp.api.session import From, Member
from authapp.core.account import phones
from authapp.core.base import phone_numbers
from authapp.core.base.errors import NotFound, NumberTaken, SessionExpired, StepUpNeeded
from authapp.core.sessions.sessions import Principal
from authapp.db import read, run
from authapp.wire.codes import CodeBody, Step
from authapp.wire.phones import NewPhoneBody, PhoneRow, Phones

router = APIRouter(tags=["phones"], prefix="/phones")


@router.get("", responses=documented(SessionExpired))
async def show(me: Member) -> Phones:
    """List the phone numbers of the user."""
    return await _list(me)


@router.post("", status_code=202, responses=documented(SessionExpired, StepUpNeeded))
async def add(body: NewPhoneBody, me: Member, caller: From) -> Step:
    """Text a code to a new phone number of the user."""
    return told(phones.ADD, await run(phones.add, me, body.new_phone, caller))


@router.post("/confirm", responses=documented(SessionExpired, *WRONG, NumberTaken))
async def confirm(body: CodeBody, me: Member, caller: From) -> Phones:
    """Confirm the new phone number with the code that was sent to it."""
    await run(phones.confirm, me, body.step, body.code, caller)
    return await _list(me)


@router.post("/{id:uuid}/main", responses=documented(SessionExpired, NotFound))
async def make_main(id: UUID, me: Member, caller: From) -> Phones:
    """Make a phone number the main one."""
    await run(phones.make_main, me, str(id), caller)
    return await _list(me)


@router.delete("/{id:uuid}", responses=documented(SessionExpired, NotFound, StepUpNeeded))
async def remove(id: UUID, me: Member, caller: From) -> Phones:
    """Remove a phone number. One confirmed email address or phone number always stays."""
    await run(phones.remove, me, str(id), caller)
    return await _list(me)


async def _list(me: Principal) -> Phones:
    return Phones(
        phones=[
            PhoneRow.of(
                phone,
                dialled=phone_numbers.format_phone(phone.number),
                undelivered=bool(phone.undelivered),
            )
            for phone in await read(phones.listed, me.user_id)
        ]
    )
