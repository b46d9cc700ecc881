"""Groups that exist without members, languages of users, the waitlist."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString, UTCDateTime

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.add_column("auth_user", sa.Column("language", AutoString(), nullable=False, server_default=""))
    op.create_table(
        "auth_group",
        sa.Column("name", AutoString(), nullable=False),
        sa.Column("about", AutoString(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.execute(
        "INSERT INTO auth_group (name, about, created_at) "
        "SELECT DISTINCT name, '', CURRENT_TIMESTAMP FROM auth_membership"
    )
    op.create_table(
        "auth_applicant",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("address", AutoString(), nullable=False),
        sa.Column("language", AutoString(), nullable=False),
        sa.Column("asked_at", UTCDateTime(), nullable=False),
        sa.Column("invited_at", UTCDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_auth_applicant_address", "auth_applicant", ["address"], unique=True)
    op.create_index("ix_auth_applicant_asked_at", "auth_applicant", ["asked_at", "id"], unique=False)
