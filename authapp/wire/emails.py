"""Email addresses of the user."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from authapp.wire.common import Body, Row, Time, TypedEmail

# Why the address gets no mails until it is confirmed again; empty: it gets them.
Undelivered = Literal["", "bounced", "complained"]


class NewEmailBody(Body):
    """New email address of the user."""

    new_email: TypedEmail


class EmailRow(Row):
    """Email address of the user."""

    id: UUID
    address: Annotated[str, Field(examples=["ann@example.com"])]
    is_main: bool
    added_at: Time
    confirmed_at: Time | None  # null: not confirmed yet
    undelivered: Undelivered = ""


class Emails(BaseModel):
    """Email addresses of the user: the main one, then by age."""

    emails: list[EmailRow]
