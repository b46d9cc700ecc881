"""Create the table of notes and the group of editors."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString, UTCDateTime

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "note",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("title", AutoString(), nullable=False),
        sa.Column("text", AutoString(), nullable=False),
        sa.Column("is_draft", sa.Boolean(), nullable=False),
        sa.Column("written_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["auth_user.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_note_author_id", "note", ["author_id"])
    op.create_index("ix_note_written_at", "note", ["written_at"])
    op.execute("INSERT INTO auth_group (name, about, created_at) VALUES ('editors', 'write notes', CURRENT_TIMESTAMP)")


def downgrade() -> None:
    op.drop_table("note")
