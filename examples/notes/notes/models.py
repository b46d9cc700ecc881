"""Table of the product, beside those of authapp."""

from datetime import UTC, datetime
from uuid import UUID, uuid4

from sqlmodel import Field, SQLModel


class Note(SQLModel, table=True):
    """A note of the team. It is deleted together with its author's account."""

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    author_id: UUID = Field(foreign_key="auth_user.id", index=True, ondelete="CASCADE")
    title: str
    text: str
    is_draft: bool = False  # for editors only
    written_at: datetime = Field(default_factory=lambda: datetime.now(UTC), index=True)
