"""Texts: a message may be of use only for a while."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import UTCDateTime

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("auth_message", sa.Column("useless_at", UTCDateTime(), nullable=True))
