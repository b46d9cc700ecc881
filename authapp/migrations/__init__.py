"""Alembic migrations of the authapp tables, applied at start-up. Those of a product use a separate version table."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect
from sqlmodel import SQLModel

from authapp.config import BadSettings, settings
from authapp.db.engines import engine

PREFIX = "auth_"
VERSION_TABLE = f"{PREFIX}alembic_version"
NEWER, CURRENT, OLDER, FOREIGN = "newer", "current", "older", "foreign"
PATIENCE = 60  # seconds that a start with SQLite waits for another one
_LOCK = 0x61757468  # number of our advisory lock in PostgreSQL; SQLite's BEGIN IMMEDIATE needs none


def state() -> str:
    """Compare the tables with those of this version of authapp. Changes nothing and waits for no lock.

    Returns:
        `NEWER`, `CURRENT`, `OLDER`, or `FOREIGN` when tables of another system use our names.
    """
    script = ScriptDirectory(str(Path(__file__).parent))
    with engine().execution_options(reads=True).connect() as connection:
        found = set(_heads(connection))
        if foreign_tables(connection):
            return FOREIGN
    if found - {revision.revision for revision in script.walk_revisions()}:
        return NEWER
    return CURRENT if found == set(script.get_heads()) else OLDER


def apply(own: str = "") -> None:
    """Migrate the authapp tables, then those of the product. Processes that start together wait for each other.

    Args:
        own: a folder with Alembic migrations of the product, if any.

    Raises:
        BadSettings: the database has the schema of a newer authapp, or tables of another system with our names.
    """
    script = ScriptDirectory(str(Path(__file__).parent))
    with _alone() as connection:
        if names := foreign_tables(connection):
            raise BadSettings(f"authapp cannot start: {in_the_way(names)}")
        if unknown := set(_heads(connection)) - {revision.revision for revision in script.walk_revisions()}:
            raise BadSettings(
                f"authapp cannot start: the database has schema {', '.join(sorted(unknown))}, which is newer than this "
                "version of authapp. Install the version that wrote it, or restore a backup."
            )
        _upgrade(connection, script)
        if own:
            _upgrade(connection, ScriptDirectory(own), "alembic_version")


def foreign_tables(connection: Connection) -> list[str]:
    """Return the tables of another system that have our names, like Django's `auth_user`.

    If our version table has an entry, the tables are ours.
    """
    if _heads(connection):
        return []
    ours = {table.name for table in SQLModel.metadata.tables.values() if table.name.startswith(PREFIX)}
    return sorted(ours & set(inspect(connection).get_table_names(settings().database_schema or None)))


def in_the_way(names: list[str]) -> str:
    """Return the error message about tables of another system, with what to do."""
    way = "its own SQLite file" if settings().sqlite else "its own schema: set AUTHAPP_DATABASE_SCHEMA"
    return f"the database has tables of another system with our names ({', '.join(names)}). Give authapp {way}."


@contextmanager
def _alone() -> Iterator[Connection]:
    """Open a transaction that waits until the migration of another process is done (SQLite: up to `PATIENCE`)."""
    conf = settings()
    with engine().connect().execution_options(patience=PATIENCE) as connection:
        raw = connection.connection.dbapi_connection
        if raw is not None and conf.sqlite:
            raw.execute(f"PRAGMA busy_timeout={PATIENCE * 1000}")
        try:
            with connection.begin():
                if not conf.sqlite:
                    connection.exec_driver_sql("SET LOCAL lock_timeout = 0")
                    connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
                    _make_schema(connection)
                yield connection
        finally:
            if raw is not None and conf.sqlite:
                raw.execute(f"PRAGMA busy_timeout={int(conf.busy_seconds * 1000)}")


def _make_schema(connection: Connection) -> None:
    schema = settings().database_schema
    if schema and schema not in inspect(connection).get_schema_names():
        connection.exec_driver_sql(f'CREATE SCHEMA "{schema}"')


def _heads(connection: Connection) -> tuple[str, ...]:
    return MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE}).get_current_heads()


def _upgrade(connection: Connection, script: ScriptDirectory, version_table: str = VERSION_TABLE) -> None:
    def steps(revision: Any, _: object) -> Any:
        return script._upgrade_revs("head", revision)  # the function that `alembic upgrade head` calls

    with EnvironmentContext(Config(), script, fn=steps, as_sql=False) as environment:
        environment.configure(connection=connection, version_table=version_table, transactional_ddl=True)
        environment.run_migrations()
