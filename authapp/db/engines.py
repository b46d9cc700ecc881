"""Engines of SQLAlchemy: how connections to SQLite and PostgreSQL are prepared, and how their transactions begin."""

import sqlite3
import threading
import time
from contextlib import closing, suppress
from functools import lru_cache
from pathlib import Path

from sqlalchemy import Connection, Engine, ExceptionContext, event
from sqlalchemy.pool import ConnectionPoolEntry
from sqlmodel import create_engine

from authapp import extras
from authapp.config import settings
from authapp.core.base.errors import Busy


@lru_cache(maxsize=1)
def engine() -> Engine:
    """Return the engine of this process. Its errors never show parameters, because they may contain secrets."""
    conf = settings()
    if conf.sqlite:
        with suppress(OSError):  # 0600: kept mails contain link keys. SQLite itself reports a wrong path.
            Path(conf.database_url.removeprefix("sqlite:///")).touch(mode=0o600)
        return _sqlite(conf.database_url, conf.threads, conf.busy_seconds)
    return _postgresql(conf.database_url, conf.threads)


# Both are cached for the tests: an engine that is reused keeps its compiled statements.
@lru_cache(maxsize=4)
def _postgresql(url: str, threads: int) -> Engine:
    extras.require("postgres")
    new_engine = create_engine(
        url,
        hide_parameters=True,
        pool_pre_ping=True,
        pool_size=threads + 2,
        # A pooler in transaction mode changes the session after each transaction: no startup options, nothing prepared.
        connect_args={"prepare_threshold": None},
    )
    event.listen(new_engine, "begin", _begin_postgresql)
    event.listen(new_engine, "handle_error", _hide_values)
    return new_engine


@lru_cache(maxsize=4)
def _sqlite(url: str, threads: int, busy_seconds: float) -> Engine:
    new_engine = create_engine(
        url,
        hide_parameters=True,
        pool_size=threads + 2,
        connect_args={"timeout": busy_seconds, "check_same_thread": False},
    )
    event.listen(new_engine, "connect", _prepare_sqlite)
    event.listen(new_engine, "begin", _begin_sqlite)
    event.listen(new_engine, "checkin", _end_turn)
    return new_engine


def _prepare_sqlite(connection: sqlite3.Connection, _: object) -> None:
    connection.isolation_level = None  # `_begin_sqlite` sends BEGIN itself
    _use_wal(connection)
    for pragma in ("synchronous=NORMAL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _use_wal(connection: sqlite3.Connection) -> None:
    """Switch to WAL mode, with retries: SQLite ignores its timeout if two processes switch a new file at once."""
    deadline = time.monotonic() + settings().busy_seconds
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)


def _begin_postgresql(connection: Connection) -> None:
    """Set schema and lock timeout for this transaction only: a pooler (pgbouncer, RDS Proxy) may change the session."""
    conf, read_only = settings(), connection.get_execution_options().get("reads", False)
    statements = [f'search_path TO "{conf.database_schema}"'] if conf.database_schema else []
    statements += [] if read_only else [f"lock_timeout = {int(conf.busy_seconds * 1000)}"]
    if statements:
        connection.exec_driver_sql("; ".join(f"SET LOCAL {statement}" for statement in statements))


def _hide_values(context: ExceptionContext) -> None:
    """Reduce an error to its class and constraint: PostgreSQL quotes the rejected values, which may be secrets."""
    error, wrapper = context.original_exception, context.sqlalchemy_exception
    diagnosis = getattr(error, "diag", None)
    # Without a connection there are no values, and the text tells what is wrong with host, user or certificate.
    if wrapper is not None and diagnosis is not None and context.connection is not None:
        error.args = wrapper.args = (f"{type(error).__name__} {diagnosis.constraint_name or ''}".strip(),)


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that began as a read cannot wait for a writer when it writes: it fails at once. So writes begin with
    # BEGIN IMMEDIATE. Reads begin no transaction: each statement sees what is committed by then, and nothing must end.
    options = connection.get_execution_options()
    if options.get("has_turn"):
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        return
    read_only, timeout = options.get("reads", False), options.get("patience", settings().busy_seconds)
    connection.exec_driver_sql(f"PRAGMA query_only={int(read_only)}")
    if not read_only:
        if not turn.acquire(timeout=timeout):
            raise Busy
        connection.info["turn"] = True
        connection.exec_driver_sql("BEGIN IMMEDIATE")


# The writers of this process queue for this lock. SQLite itself only polls, in no order, so some could wait too long.
turn = threading.Lock()


def _end_turn(_: object, record: ConnectionPoolEntry) -> None:
    if record.info.pop("turn", False):
        turn.release()


def tidy_sqlite() -> None:
    """Delete the `-wal` and `-shm` files that a killed server left behind.

    `reflex run` watches the files that are beside the app when it starts, and would restart it at each write to them.
    """
    path = Path(settings().database_url.removeprefix("sqlite:///"))
    if settings().sqlite and path.with_name(f"{path.name}-wal").exists():
        with suppress(sqlite3.Error), closing(sqlite3.connect(path)) as connection:
            connection.execute(
                "SELECT count(*) FROM sqlite_master"
            ).fetchone()  # reads the WAL, so that closing the connection deletes it
