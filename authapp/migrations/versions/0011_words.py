"""Rename tables and columns to the terms of the trade. No data changes."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

_TABLES = {
    "auth_lasting_key": "auth_database_key",
    "auth_challenge_form": "auth_scram_parameter_count",
    "auth_word": "auth_search_word",
    "auth_applicant": "auth_waitlist_entry",
    "auth_entry": "auth_audit_event",
    "auth_tally": "auth_rate_counter",
}
_COLUMNS = [
    ("auth_user", "waits", "blocked_by"),
    ("auth_user", "password_form", "password_parameters"),
    ("auth_scram_record", "form", "parameters"),
    ("auth_scram_parameter_count", "form", "parameters"),
    ("auth_identity", "origin", "issuer"),
    ("auth_identity", "name", "provider"),
    ("auth_code", "verifier", "secret_digest"),
    ("auth_code", "digest", "code_digest"),
    ("auth_session", "verifier", "secret_digest"),
    ("auth_session", "address", "ip"),
    ("auth_ticket", "verifier", "secret_digest"),
    ("auth_action_link", "verifier", "secret_digest"),
    ("auth_audit_event", "address", "ip"),
]
_INDEXES = {
    "ix_auth_user_waits": "ix_auth_user_blocked_by",
    "ix_auth_user_waits_created_at": "ix_auth_user_blocked_by_created_at",
}


def upgrade() -> None:
    for old, new in _TABLES.items():
        op.rename_table(old, new)
    for table, old, new in _COLUMNS:
        # On SQLite too: it rewrites the definition, and alembic would copy the whole table.
        op.execute(sa.text(f"ALTER TABLE {table} RENAME COLUMN {old} TO {new}"))
    inspector = sa.inspect(op.get_bind())
    for table in ("auth_user", *_TABLES.values()):
        for index in inspector.get_indexes(table):
            if (name := index["name"]) and (new := _renamed(name)) != name:
                _rename_index(name, new)


def _renamed(index: str) -> str:
    for old, new in _TABLES.items():
        if index.startswith((f"ix_{old}_", f"ux_{old}_")):
            return index.replace(old, new, 1)
    return _INDEXES.get(index, index)


def _rename_index(old: str, new: str) -> None:
    db = op.get_bind()
    if db.dialect.name == "postgresql":
        op.execute(sa.text(f"ALTER INDEX {old} RENAME TO {new}"))
        return
    # SQLite cannot rename an index.
    definition = db.scalar(
        sa.text("SELECT sql FROM sqlite_master WHERE type = 'index' AND name = :name"), {"name": old}
    )
    op.drop_index(old)
    op.execute(sa.text(definition.replace(old, new, 1)))
