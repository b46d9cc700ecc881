"""Phone numbers and one-time codes; an expiry time of messages."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString, UTCDateTime

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "auth_phone",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("number", AutoString(), nullable=False),
        sa.Column("is_main", sa.Boolean(), nullable=False),
        sa.Column("confirmed_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["auth_user.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_auth_phone_number", "auth_phone", ["number"], unique=True)
    op.create_index("ix_auth_phone_user_id", "auth_phone", ["user_id"], unique=False)
    op.create_index(
        "ux_auth_phone_main",
        "auth_phone",
        ["user_id"],
        unique=True,
        sqlite_where=sa.text("is_main"),
        postgresql_where=sa.text("is_main"),
    )
    op.create_table(
        "auth_code",
        sa.Column("id", AutoString(), nullable=False),
        sa.Column("verifier", sa.LargeBinary(), nullable=False),
        sa.Column("purpose", AutoString(), nullable=False),
        sa.Column("target", AutoString(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("record", sa.LargeBinary(), nullable=True),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("sends", sa.Integer(), nullable=False),
        sa.Column("uses_left", sa.Integer(), nullable=False),
        sa.Column("again_at", UTCDateTime(), nullable=False),
        sa.Column("expires_at", UTCDateTime(), nullable=False),
        sa.Column("ends_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["auth_user.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    for column in ("target", "user_id", "ends_at"):
        op.create_index(f"ix_auth_code_{column}", "auth_code", [column], unique=False)
    op.add_column("auth_message", sa.Column("useless_at", UTCDateTime(), nullable=True))
