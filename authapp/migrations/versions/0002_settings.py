"""Account settings: several email addresses per user, audit log, profile pictures, closed accounts."""

from datetime import datetime

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString, UTCDateTime

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("auth_user", sa.Column("avatar", AutoString(), nullable=False, server_default=""))
    op.add_column("auth_user", sa.Column("closes_at", UTCDateTime(), nullable=True))
    op.create_index("ix_auth_user_closes_at", "auth_user", ["closes_at"], unique=False)
    added_at: sa.Column[datetime] = sa.Column(
        "added_at", UTCDateTime(), nullable=False, server_default="1970-01-01 00:00:00"
    )
    op.add_column("auth_email", added_at)  # SQLite requires the default, which the next statement replaces
    op.execute(
        "UPDATE auth_email SET added_at = (SELECT created_at FROM auth_user WHERE auth_user.id = auth_email.user_id)"
    )
    op.drop_index("ix_auth_email_user_id", "auth_email")
    op.create_index("ux_auth_email_claim", "auth_email", ["user_id", "address"], unique=True)
    op.create_index(
        "ux_auth_email_main",
        "auth_email",
        ["user_id"],
        unique=True,
        sqlite_where=sa.text("is_main"),
        postgresql_where=sa.text("is_main"),
    )
    op.create_table(
        "auth_avatar",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("image", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["auth_user.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("user_id"),
    )
    op.create_table(
        "auth_entry",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("what", AutoString(), nullable=False),
        sa.Column("about", AutoString(), nullable=False),
        sa.Column("address", AutoString(), nullable=False),
        sa.Column("browser", AutoString(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["auth_user.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_auth_entry_at", "auth_entry", ["at"], unique=False)
    op.create_index("ix_auth_entry_user_id_at", "auth_entry", ["user_id", "at"], unique=False)
