"""Phone numbers of the user."""

from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from authapp.wire.common import Body, Row, Time, TypedPhone


class NewPhoneBody(Body):
    """New phone number of the user."""

    new_phone: TypedPhone


class PhoneRow(Row):
    """Phone number of the user, as it is stored and as it is dialled."""

    id: UUID
    number: Annotated[str, Field(examples=["+4915123456789"])]
    dialled: Annotated[str, Field(examples=["+49 1512 3456789"])]
    is_main: bool
    confirmed_at: Time
    undelivered: bool = False  # the last text did not arrive because of the number


class Phones(BaseModel):
    """Phone numbers of the user: the main one, then by age."""

    phones: list[PhoneRow]
