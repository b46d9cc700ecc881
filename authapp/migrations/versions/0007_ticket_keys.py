"""Tickets: the session key that a ticket was issued under, and the proof that it carries."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import UTCDateTime

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.add_column("auth_ticket", sa.Column("key_digest", sa.LargeBinary(), nullable=True))
    op.add_column("auth_ticket", sa.Column("proved_at", UTCDateTime(), nullable=True))
