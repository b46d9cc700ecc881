"""Search words of users, and indexes for the orders in which users are listed."""

from collections import defaultdict
from uuid import UUID

import sqlalchemy as sa
from alembic import op

from authapp.core.account import search_words

revision = "0006"
down_revision = "0005"

_USER = sa.table("auth_user", sa.column("id", sa.Uuid()), sa.column("first_name"), sa.column("last_name"))
_EMAIL = sa.table("auth_email", sa.column("user_id", sa.Uuid()), sa.column("address"))
_PHONE = sa.table("auth_phone", sa.column("user_id", sa.Uuid()), sa.column("number"))


def upgrade() -> None:
    in_bytes = sa.String().with_variant(sa.String(collation="C"), "postgresql")  # so that a prefix is a range
    made = op.create_table(
        "auth_word",
        sa.Column("word", in_bytes, nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["auth_user.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("word", "user_id"),
        sqlite_with_rowid=False,
    )
    _fill(op.get_bind(), made)
    op.create_index("ix_auth_word_user_id", "auth_word", ["user_id", "word"], unique=False)
    op.create_index("ix_auth_user_created_at", "auth_user", ["created_at", "id"], unique=False)
    op.create_index("ix_auth_user_waits_created_at", "auth_user", ["waits", "created_at", "id"], unique=False)
    closed = sa.text("closes_at IS NOT NULL")
    op.create_index(
        "ix_auth_user_closed", "auth_user", ["created_at", "id"], sqlite_where=closed, postgresql_where=closed
    )


def _fill(db: sa.Connection, table: sa.Table) -> None:
    """Add the search words of the existing users."""
    last: UUID | None = None
    while True:
        people = sa.select(_USER).order_by(_USER.c.id).limit(search_words.AT_ONCE)
        rows = db.execute(people if last is None else people.where(_USER.c.id > last)).all()
        if not rows:
            return
        ids = sa.between(_EMAIL.c.user_id, rows[0].id, rows[-1].id)
        addresses, numbers = defaultdict(list), defaultdict(list)
        for owner, address in db.execute(sa.select(_EMAIL).where(ids)):
            addresses[owner].append(address)
        for owner, number in db.execute(sa.select(_PHONE).where(sa.between(_PHONE.c.user_id, rows[0].id, rows[-1].id))):
            numbers[owner].append(number)
        found = [
            {"word": word, "user_id": row.id}
            for row in rows
            for word in search_words.of(row.first_name, row.last_name, addresses[row.id], numbers[row.id])
        ]
        if found:
            db.execute(table.insert(), found)
        last = rows[-1].id
