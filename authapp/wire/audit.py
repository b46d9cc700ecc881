"""Audit log of the account."""

from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from authapp.wire.common import Time


class AuditEvent(BaseModel):
    """Event in the audit log of the account."""

    id: UUID
    at: Time
    what: Annotated[str, Field(examples=["password_set"])]
    words: Annotated[str, Field(examples=["Password set"])]
    about: str  # object of the event
    browser: Annotated[str, Field(examples=["Firefox on Linux"])]
    ip: Annotated[str, Field(examples=["192.0.2.1"])]


class AuditLog(BaseModel):
    """Newest events of the audit log, the newest first."""

    history: list[AuditEvent]
