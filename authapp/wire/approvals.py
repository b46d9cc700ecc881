"""Pending users, who wait for an administrator."""

from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from authapp.wire.common import Row, Time


class PendingUser(Row):
    """Pending user, who waits for an administrator."""

    id: UUID
    name: Annotated[str, Field(examples=["Ann Liddell"])]
    identifier: Annotated[str, Field(examples=["ann@example.com"])]
    since: Time


class PendingUsers(BaseModel):
    """Pending users, the first to sign up first."""

    waiting: list[PendingUser]
