"""Alembic versions of our tables, applied at start-up. A product's own history has a version table of its own."""

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
from authapp.db import engine

PREFIX = "auth_"
VERSION_TABLE = f"{PREFIX}alembic_version"
NEWER, CURRENT, OLDER, FOREIGN = "newer", "current", "older", "foreign"
PATIENCE = 60  # seconds a start waits for another one
_LOCK = 0x61757468  # an advisory lock of ours in PostgreSQL; SQLite's BEGIN IMMEDIATE is one by itself


def state() -> str:
    """How the tables compare with those of this version; nothing is changed, and nobody waited for."""
    script = ScriptDirectory(str(Path(__file__).parent))
    with engine().execution_options(reads=True).connect() as connection:
        found = set(_heads(connection))
        if foreign_tables(connection):
            return FOREIGN
    if found - {revision.revision for revision in script.walk_revisions()}:
        return NEWER
    return CURRENT if found == set(script.get_heads()) else OLDER


def apply(own: str = "") -> None:
    """Bring our tables up to date, then a product's; processes that start together wait for each other.

    Args:
        own: a folder with Alembic versions of a product.

    Raises:
        BadSettings: the database was written by a newer authapp, whose tables this one does not know, or has tables of
            another system under our names.
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
    """Tables of another system that have names of ours, like Django's `auth_user`; ours come with a version."""
    if _heads(connection):
        return []
    ours = {table.name for table in SQLModel.metadata.tables.values() if table.name.startswith(PREFIX)}
    return sorted(ours & set(inspect(connection).get_table_names(settings().database_schema or None)))


def in_the_way(names: list[str]) -> str:
    """What to do about tables of another system."""
    way = "a SQLite file of its own" if settings().sqlite else "a schema of its own: set AUTHAPP_DATABASE_SCHEMA"
    return f"the database has tables of another system under our names ({', '.join(names)}). Give authapp {way}."


@contextmanager
def _alone() -> Iterator[Connection]:
    """A transaction that waits for another start for as long as it takes."""
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
        return script._upgrade_revs("head", revision)  # what `alembic upgrade head` itself calls

    with EnvironmentContext(Config(), script, fn=steps, as_sql=False) as environment:
        environment.configure(connection=connection, version_table=version_table, transactional_ddl=True)
        environment.run_migrations()
