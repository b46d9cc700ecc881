"""Marks of addresses and numbers where messages do not arrive, and the provider's id of a message."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    for table, name in (("auth_email", "undelivered"), ("auth_phone", "undelivered"), ("auth_message", "provider_id")):
        op.add_column(table, sa.Column(name, AutoString(), nullable=False, server_default=""))
    op.create_index("ix_auth_message_provider_id", "auth_message", ["provider_id"])
