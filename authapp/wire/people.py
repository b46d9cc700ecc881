"""Users and groups, as administrators see them."""

from uuid import UUID

from authapp.wire.common import Row, Time


class PersonRow(Row):
    """User in the list."""

    id: UUID
    name: str
    identifier: str  # as it is dialled, if it is a number
    state: str  # one of `directory.STATES`
    groups: list[str]
    created_at: Time


class GroupRow(Row):
    """Group and the number of its members."""

    name: str
    about: str
    size: int
