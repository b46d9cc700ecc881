"""Identities (linked accounts), group memberships, and users who cannot log in yet."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString, UTCDateTime

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("auth_user", sa.Column("waits", AutoString(), nullable=False, server_default=""))
    op.create_index("ix_auth_user_waits", "auth_user", ["waits"], unique=False)
    op.create_table(
        "auth_identity",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("origin", AutoString(), nullable=False),
        sa.Column("subject", AutoString(), nullable=False),
        sa.Column("name", AutoString(), nullable=False),
        sa.Column("about", AutoString(), nullable=False),
        sa.Column("linked_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["auth_user.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_auth_identity_user_id", "auth_identity", ["user_id"], unique=False)
    op.create_index("ux_auth_identity_subject", "auth_identity", ["origin", "subject"], unique=True)
    op.create_table(
        "auth_membership",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("name", AutoString(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["auth_user.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("user_id", "name"),
    )
    op.create_index("ix_auth_membership_name", "auth_membership", ["name"], unique=False)
