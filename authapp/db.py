"""The only way in and out of the database: `transaction()`, `reading()`, and `call()` for async code."""

import asyncio
import logging
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from functools import lru_cache
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection, Engine, ExceptionContext, event
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import ConnectionPoolEntry
from sqlmodel import Session, create_engine

from authapp.config import settings
from authapp.core import Db, hooks
from authapp.core.errors import Busy, Refusal

P = ParamSpec("P")
R = TypeVar("R")
log = logging.getLogger(__name__)
SHORT_WAITS, A_MOMENT = 20, 0.001  # seconds; then a thread waits for whoever writes

# Called with the ids of sessions that a committed transaction ended, or gave a new key; from any thread.
on_sessions_ended: list[Callable[[set[str]], None]] = []
on_keys_changed: list[Callable[[set[str]], None]] = []
# Called with the ids of sessions whose people are in other groups now.
on_regrouped: list[Callable[[set[str]], None]] = []
# Called just before: with those whose open tabs are still to be told where to go.
on_sessions_parting: list[Callable[[set[str]], None]] = []


@lru_cache(maxsize=1)
def engine() -> Engine:
    """The engine of this process. Parameters never appear in its errors: they may hold secrets."""
    conf = settings()
    if conf.sqlite:
        with suppress(
            OSError
        ):  # kept mails hold link keys: for our eyes only; SQLite itself says what is wrong with a path
            Path(conf.database_url.removeprefix("sqlite:///")).touch(mode=0o600)
        return _sqlite(conf.database_url, conf.threads, conf.busy_seconds)
    return _postgresql(conf.database_url, conf.threads)


# Both are cached for the tests: an engine that is used again has its statements compiled.
@lru_cache(maxsize=4)
def _postgresql(url: str, threads: int) -> Engine:
    made = create_engine(
        url,
        hide_parameters=True,
        pool_pre_ping=True,
        pool_size=threads + 2,
        # A pooler in transaction mode gives each transaction another session: no startup options, nothing prepared.
        connect_args={"prepare_threshold": None},
    )
    event.listen(made, "begin", _begin_postgresql)
    event.listen(made, "handle_error", _hide_values)
    return made


@lru_cache(maxsize=4)
def _sqlite(url: str, threads: int, busy_seconds: float) -> Engine:
    made = create_engine(
        url,
        hide_parameters=True,
        pool_size=threads + 2,
        connect_args={"timeout": busy_seconds, "check_same_thread": False},
    )
    event.listen(made, "connect", _prepare_sqlite)
    event.listen(made, "begin", _begin_sqlite)
    event.listen(made, "checkin", _end_turn)
    return made


def _prepare_sqlite(connection: sqlite3.Connection, _: object) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves, below
    _use_wal(connection)
    for pragma in ("synchronous=NORMAL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _use_wal(connection: sqlite3.Connection) -> None:
    """SQLite does not wait, whatever its timeout, for another process that makes the same change to a new file."""
    until = time.monotonic() + settings().busy_seconds
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError:
            if time.monotonic() > until:
                raise
            time.sleep(0.02)


def _begin_postgresql(connection: Connection) -> None:
    """Settings of this transaction alone: the session may be another one for the next (pgbouncer, RDS Proxy)."""
    conf, reads = settings(), connection.get_execution_options().get("reads", False)
    local = [f'search_path TO "{conf.database_schema}"'] if conf.database_schema else []
    local += [] if reads else [f"lock_timeout = {int(conf.busy_seconds * 1000)}"]
    if local:
        connection.exec_driver_sql("; ".join(f"SET LOCAL {one}" for one in local))


def _hide_values(context: ExceptionContext) -> None:
    """PostgreSQL quotes the values it refuses, and they may be secrets: keep the kind of error and its constraint."""
    error, said = context.original_exception, context.sqlalchemy_exception
    diagnosis = getattr(error, "diag", None)
    # No connection, no values: then the text says what is wrong with host, user or certificate.
    if said is not None and diagnosis is not None and context.connection is not None:
        error.args = said.args = (f"{type(error).__name__} {diagnosis.constraint_name or ''}".strip(),)


def _begin_sqlite(connection: Connection) -> None:
    # A write that began as a read cannot wait for another writer: it fails at once. So writes say so first.
    # Reads begin nothing: each statement sees what is committed by then, and nothing has to be ended.
    options = connection.get_execution_options()
    if options.get("has_turn"):
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        return
    reads, patience = options.get("reads", False), options.get("patience", settings().busy_seconds)
    connection.exec_driver_sql(f"PRAGMA query_only={int(reads)}")
    if not reads:
        if not _turn.acquire(timeout=patience):
            raise Busy
        connection.info["turn"] = True
        connection.exec_driver_sql("BEGIN IMMEDIATE")


# The writers of this process take turns. SQLite would let them knock again and again, in no order, and some too often.
_turn = threading.Lock()


def _end_turn(_: object, record: ConnectionPoolEntry) -> None:
    if record.info.pop("turn", False):
        _turn.release()


@contextmanager
def transaction() -> Iterator[Db]:
    """One rule, one transaction: commits at the end, rolls back on any exception.

    A `counted` refusal commits before it goes on, so that a failed try stays counted.

    Raises:
        Busy: the database stayed locked for `busy_seconds`; nothing was written.
    """
    with Session(engine(), expire_on_commit=False) as db, _one_transaction(db):
        yield db


@contextmanager
def _one_transaction(db: Db) -> Iterator[None]:
    try:
        try:
            yield
        except Refusal as no:
            if no.counted:
                _commit(db)
            raise
        _commit(db)
    except OperationalError as error:
        if _is_locked(error):
            raise Busy from None
        raise
    finally:
        _begin_soon(db)


def _begin_soon(db: Db) -> None:
    for rule, args in db.info.pop("soon", ()):
        later(rule, *args)


@contextmanager
def reading() -> Iterator[Db]:
    """A transaction that only looks; it never waits for a writer."""
    with Session(engine().execution_options(reads=True), expire_on_commit=False) as db:
        try:
            yield db
        finally:
            _begin_soon(db)


def _commit(db: Db) -> None:
    if parting := db.info.pop("parting", None):
        for listener in on_sessions_parting:
            listener(parting)
    db.commit()
    if changed := db.info.pop("changed", None):
        for listener in on_keys_changed:
            listener(changed)
    if regrouped := db.info.pop("regrouped", None):
        for listener in on_regrouped:
            listener(regrouped)
    if ended := db.info.pop("ended", None):
        announce(ended)


def announce(ended: set[str]) -> None:
    """Tell whoever holds open sockets of these sessions that they ended."""
    for listener in on_sessions_ended:
        listener(ended)


def _is_locked(error: OperationalError) -> bool:
    # PostgreSQL's lock_not_available, deadlock_detected, serialization_failure
    return getattr(error.orig, "sqlstate", None) in ("55P03", "40P01", "40001") or "locked" in str(error.orig)


@lru_cache(maxsize=1)
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(settings().threads, thread_name_prefix="authapp-rule")


async def call(rule: Callable[Concatenate[Db, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Run one rule in its own transaction, off the event loop.

    Raises:
        Refusal: the rule's *no*, or `Busy`.
    """
    return await _in_thread(transaction, rule, *args, **kwargs)


async def swift(rule: Callable[Concatenate[Db, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Run a rule as `call` does that takes no longer than its statements: on the event loop, while SQLite is free.

    A thread has to wait, after each of its statements, until the loop lets it go on: many times as long as they take.
    What a product's hooks do may take long: where there are any, a thread does all of it, or everybody would wait.

    Raises:
        Refusal: the rule's *no*, or `Busy`.
    """
    for _ in range(SHORT_WAITS if settings().sqlite and not hooks.in_use() else 0):
        with _held(engine()) as db:
            if db is not None:
                return rule(db, *args, **kwargs)
        await asyncio.sleep(A_MOMENT)
    return await call(rule, *args, **kwargs)


@contextmanager
def _held(of: Engine) -> Iterator[Db | None]:
    """The event loop's own writer, in a transaction; None when somebody else writes just now."""
    if not _turn.acquire(blocking=False):
        yield None
        return
    try:
        with _clean_afterwards(_writer(of)) as db:
            if not _begins(db):
                yield None
                return
            with _one_transaction(db):
                yield db
    finally:
        _turn.release()


@contextmanager
def _clean_afterwards(db: Db) -> Iterator[Db]:
    """Of one rule nothing stays for the next."""
    try:
        yield db
    finally:
        db.rollback()  # nothing, after a commit
        db.expunge_all()
        db.info.clear()


def _begins(db: Db) -> bool:
    try:
        db.connection()
    except OperationalError as error:
        if _is_locked(error):  # by another process
            return False
        raise
    return True


@lru_cache(maxsize=1)
def _writer(of: Engine) -> Db:
    connection = of.connect().execution_options(has_turn=True)
    driver = connection.connection.driver_connection
    assert driver is not None
    driver.execute("PRAGMA query_only=0")
    driver.execute("PRAGMA busy_timeout=0")  # the loop waits for nobody
    return Session(connection, expire_on_commit=False)


def close() -> None:
    """Close every connection of this process. SQLite then takes its `-wal` and `-shm` files away."""
    if _threads.cache_info().currsize:
        _threads().shutdown()  # first: what they have open goes back to the engine
    for kept in (_reader, _writer):
        if kept.cache_info().currsize and isinstance(line := kept(engine()).bind, Connection):
            line.close()
    if engine.cache_info().currsize:
        engine().dispose()
    for cached in (engine, _reader, _writer, _threads):
        cached.cache_clear()


def tidy_sqlite() -> None:
    """Take away the `-wal` and `-shm` files that a server which was killed left behind.

    `reflex run` watches what is beside the app when it starts, and would start it again each time they are written.
    """
    path = Path(settings().database_url.removeprefix("sqlite:///"))
    if settings().sqlite and path.with_name(f"{path.name}-wal").exists():
        with suppress(sqlite3.Error), closing(sqlite3.connect(path)) as connection:
            connection.execute(
                "SELECT count(*) FROM sqlite_master"
            ).fetchone()  # reads the log, so that closing ends it


async def look(rule: Callable[Concatenate[Db, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Run a rule that only reads. SQLite answers in microseconds, less than a thread takes to wake."""
    if settings().sqlite:
        with _kept_open(engine()) as db:
            return rule(db, *args, **kwargs)
    return await _in_thread(reading, rule, *args, **kwargs)


async def survey(rule: Callable[Concatenate[Db, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Run a rule that only reads, and reads so much that it takes long: nobody waits for it."""
    return await _in_thread(reading, rule, *args, **kwargs)


@contextmanager
def _kept_open(of: Engine) -> Iterator[Db]:
    """The event loop's own reader. Opening one for each question would take four times as long as the answer."""
    db = _reader(of)
    try:
        yield db
    except BaseException:
        db.rollback()
        raise
    finally:
        if db.identity_map:
            db.expunge_all()
        if db.info:
            _begin_soon(db)


@lru_cache(maxsize=1)
def _reader(of: Engine) -> Db:
    return Session(of.connect().execution_options(reads=True), expire_on_commit=False)


async def _in_thread(way: Callable[[], Any], rule: Callable[..., R], *args: Any, **kwargs: Any) -> R:
    def run() -> R:
        with way() as db:
            return rule(db, *args, **kwargs)

    return await asyncio.get_running_loop().run_in_executor(_threads(), run)


def later(rule: Callable[Concatenate[Db, P], object], *args: P.args, **kwargs: P.kwargs) -> None:
    """Run one rule soon, without anybody waiting; for notes whose loss does no harm."""

    def run() -> None:
        try:
            with transaction() as db:
                rule(db, *args, **kwargs)
        except Exception as error:
            log.warning("left undone for now: %s (%s)", getattr(rule, "__name__", "a rule"), type(error).__name__)

    _threads().submit(run)
