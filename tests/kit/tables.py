"""Rows of the database: counted, searched, compared, and changed behind a server's back."""

import sqlite3
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlmodel import SQLModel, select

from authapp import migrations
from authapp.core import Db
from authapp.core.account import search_words
from authapp.core.base.errors import Refusal
from authapp.db.engines import engine
from authapp.models import DatabaseKey, Email, Phone, SearchWord, User
from tests.kit.processes.servers import Server
from tests.kit.rules import do, refused

OUR_TABLES = [table.name for table in reversed(SQLModel.metadata.sorted_tables) if table.name.startswith("auth_")]
TABLES = [mapper.class_ for mapper in User.__mapper__.registry.mappers if issubclass(mapper.class_, SQLModel)]
ALL = [table for table in TABLES if table is not DatabaseKey]  # every database has its rows from the start
# Tables that even an attempt without effect may write to: rate limits, the audit log, spent challenges. And the counts
# that the cleanup makes at some moment after the start.
COUNTED = ("auth_rate_counter", "auth_spent", "auth_audit_event", "auth_alembic_version", "auth_scram_parameter_count")
# Columns that change by themselves: when a user was last seen, and the delivery of a mail.
RESTLESS = ("last_seen_at", "state", "attempts", "due_at", "sent_at", "problem")


def count_rows(*tables: Any) -> list[int]:
    """Return the number of rows of each table."""
    return [len(do(lambda db, table=table: db.exec(select(table)).all())) for table in tables]


def all_values(*tables: Any) -> str:
    """Return every value of every row, to search it for secrets that must not be stored."""
    rows = do(lambda db: [dict(row) for table in tables for row in db.exec(select(table)).all()])
    return "\n".join(repr(value) for row in rows for value in row.values())


def unchanged(rule: Callable[[], Any], *tables: Any) -> Refusal:
    """Return the refusal of an action, and check that it changed nothing."""
    before = all_values(*(tables or ALL))
    refusal = refused(rule)
    assert all_values(*(tables or ALL)) == before
    return refusal


def kept_words(db: Db) -> set[tuple[str, str]]:
    """Return the stored search words, each with its user."""
    return {(row.word, str(row.user_id)) for row in db.execute(select(SearchWord.word, SearchWord.user_id))}


def true_words(db: Db) -> set[tuple[str, str]]:
    """Return the search words that the names, email addresses and phone numbers of all users have."""
    pairs = set()
    for id, first, last in db.execute(select(User.id, User.first_name, User.last_name)).all():
        addresses = db.execute(select(Email.address).where(Email.user_id == id)).scalars()
        numbers = db.execute(select(Phone.number).where(Phone.user_id == id)).scalars()
        pairs |= {(word, str(id)) for word in search_words.of(first, last, addresses, numbers)}
    return pairs


def connect(server: Server) -> sqlite3.Connection:
    """Open the server's database directly."""
    return sqlite3.connect(server.database_url.removeprefix("sqlite:///"), timeout=120, isolation_level=None)


def query(server: Server, question: str, *values: object) -> list[tuple[Any, ...]]:
    """Query the server's database."""
    connection = connect(server)
    rows = connection.execute(question, values).fetchall()
    connection.close()
    return rows


def change(server: Server, statement: str, *values: object) -> None:
    """Change one row behind the server's back, as time or another process would."""
    connection = connect(server)
    assert connection.execute(statement, values).rowcount == 1
    connection.close()


class Rows(dict[str, list[tuple[Any, ...]]]):
    """Rows by table, each after its expiry. Expired rows may be deleted at any moment, so comparisons ignore them."""

    def __init__(self) -> None:
        self.at = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")  # in the database's format

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Rows) and self.lasting(max(self.at, other.at)) == other.lasting(max(self.at, other.at))

    def lasting(self, at: str) -> list[tuple[str, list[tuple[Any, ...]]]]:
        """Return the rows that expire after a moment."""
        return [(table, [row for row in kept if row[0] is None or row[0] > at]) for table, kept in self.items()]


def rows(server: Server) -> Rows:
    """Return all rows of the database, except what an attempt without effect may write and what changes by itself."""
    connection = connect(server)
    tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    kept = Rows()
    for table in sorted(set(tables) - set(COUNTED)):
        columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})") if row[1] not in RESTLESS]
        end = "expires_at" if "expires_at" in columns else "NULL"
        kept[table] = sorted(connection.execute(f"SELECT {', '.join([end, *columns])} FROM {table}"), key=repr)
    connection.close()
    return kept


def revisions() -> Sequence[str]:
    """Return the revisions that the database has."""
    with engine().connect() as connection:
        return connection.execute(text(f"SELECT version_num FROM {migrations.VERSION_TABLE}")).scalars().all()


def head() -> str | None:
    """Return the newest revision of our migrations."""
    return ScriptDirectory(str(Path(migrations.__file__).parent)).get_current_head()
