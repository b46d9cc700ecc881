"""First tables: users, emails, sessions, tickets, action links, spent challenges, rate limit counters, messages."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString, UTCDateTime

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "auth_message",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("recipient", AutoString(), nullable=False),
        sa.Column("subject", AutoString(), nullable=False),
        sa.Column("text", AutoString(), nullable=False),
        sa.Column("html", AutoString(), nullable=False),
        sa.Column("state", AutoString(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", UTCDateTime(), nullable=False),
        sa.Column("written_at", UTCDateTime(), nullable=False),
        sa.Column("sent_at", UTCDateTime(), nullable=True),
        sa.Column("problem", AutoString(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_auth_message_due", "auth_message", ["state", "due_at"], unique=False)
    op.create_index("ix_auth_message_recipient", "auth_message", ["recipient"], unique=False)
    op.create_table(
        "auth_spent",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("digest"),
    )
    op.create_index("ix_auth_spent_expires_at", "auth_spent", ["expires_at"], unique=False)
    op.create_table(
        "auth_tally",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("blocked_until", UTCDateTime(), nullable=True),
        sa.Column("ends_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("digest"),
    )
    op.create_index("ix_auth_tally_ends_at", "auth_tally", ["ends_at"], unique=False)
    op.create_table(
        "auth_user",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("first_name", AutoString(), nullable=False),
        sa.Column("last_name", AutoString(), nullable=False),
        sa.Column("password_record", sa.LargeBinary(), nullable=True),
        sa.Column("imported", sa.Boolean(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_auth_user_imported", "auth_user", ["imported"], unique=False)
    op.create_table(
        "auth_action_link",
        sa.Column("id", AutoString(), nullable=False),
        sa.Column("verifier", sa.LargeBinary(), nullable=False),
        sa.Column("action", AutoString(), nullable=False),
        sa.Column("email", AutoString(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("connects", sa.Boolean(), nullable=False),
        sa.Column("uses_left", sa.Integer(), nullable=False),
        sa.Column("issued_at", UTCDateTime(), nullable=False),
        sa.Column("expires_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["auth_user.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_auth_action_link_email", "auth_action_link", ["email"], unique=False)
    op.create_index("ix_auth_action_link_expires_at", "auth_action_link", ["expires_at"], unique=False)
    op.create_index("ix_auth_action_link_user_id", "auth_action_link", ["user_id"], unique=False)
    op.create_table(
        "auth_email",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("address", AutoString(), nullable=False),
        sa.Column("is_main", sa.Boolean(), nullable=False),
        sa.Column("confirmed_at", UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["auth_user.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_auth_email_address", "auth_email", ["address"], unique=False)
    op.create_index("ix_auth_email_user_id", "auth_email", ["user_id"], unique=False)
    op.create_index(
        "ux_auth_email_confirmed",
        "auth_email",
        ["address"],
        unique=True,
        sqlite_where=sa.text("confirmed_at IS NOT NULL"),
        postgresql_where=sa.text("confirmed_at IS NOT NULL"),
    )
    op.create_table(
        "auth_session",
        sa.Column("id", AutoString(), nullable=False),
        sa.Column("verifier", sa.LargeBinary(), nullable=True),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("identifier", AutoString(), nullable=False),
        sa.Column("method", AutoString(), nullable=False),
        sa.Column("keep", sa.Boolean(), nullable=False),
        sa.Column("address", AutoString(), nullable=False),
        sa.Column("browser", AutoString(), nullable=False),
        sa.Column("opened_at", UTCDateTime(), nullable=False),
        sa.Column("proved_at", UTCDateTime(), nullable=False),
        sa.Column("last_seen_at", UTCDateTime(), nullable=False),
        sa.Column("expires_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["auth_user.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_auth_session_expires_at", "auth_session", ["expires_at"], unique=False)
    op.create_index("ix_auth_session_user_id", "auth_session", ["user_id"], unique=False)
    op.create_table(
        "auth_ticket",
        sa.Column("id", AutoString(), nullable=False),
        sa.Column("verifier", sa.LargeBinary(), nullable=False),
        sa.Column("tab", sa.LargeBinary(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("session_id", AutoString(), nullable=True),
        sa.Column("identifier", AutoString(), nullable=False),
        sa.Column("method", AutoString(), nullable=False),
        sa.Column("keep", sa.Boolean(), nullable=False),
        sa.Column("uses_left", sa.Integer(), nullable=False),
        sa.Column("expires_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["auth_user.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_auth_ticket_expires_at", "auth_ticket", ["expires_at"], unique=False)
    op.create_index("ix_auth_ticket_user_id", "auth_ticket", ["user_id"], unique=False)
