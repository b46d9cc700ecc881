"""Open sessions of the user, and the header with the key of a session."""

from typing import Annotated

from pydantic import BaseModel, Field

from authapp.wire.common import Row, Time

TOKEN_HEADER = "X-Csrf-Token"  # noqa: S105 - where a client without cookies puts its session's key


class SessionRow(Row):
    """Open session of the user."""

    id: Annotated[str, Field(examples=["4d1gT8yZk0c2bQ7r"])]
    browser: Annotated[str, Field(examples=["Firefox on Linux"])]
    ip: Annotated[str, Field(examples=["192.0.2.1"])]
    opened_at: Time
    last_seen_at: Time
    is_this: bool  # the current session


class Sessions(BaseModel):
    """Open sessions of the user: the current one, then the most recently seen."""

    sessions: list[SessionRow]
