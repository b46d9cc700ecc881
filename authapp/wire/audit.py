"""Audit log of the account."""

from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from authapp.wire.common import Row, Time


class AuditLine(Row):
    """Event in the audit log of an account, as pages show it."""

    id: UUID
    at: Time
    words: Annotated[str, Field(examples=["Password set"])]
    about: str  # object of the event
    browser: Annotated[str, Field(examples=["Firefox on Linux"])]
    ip: Annotated[str, Field(examples=["192.0.2.1"])]


class AuditEvent(AuditLine):
    """Event in the audit log of the account."""

    what: Annotated[str, Field(examples=["password_set"])]


class AuditLog(BaseModel):
    """Newest events of the audit log, the newest first."""

    history: list[AuditEvent]
