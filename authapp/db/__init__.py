"""Database access: `transaction()` and `reading()`; in async code `run`, `run_inline`, `read` and `read_slow`."""

import asyncio
import logging
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import OperationalError
from sqlmodel import Session

from authapp.config import settings
from authapp.core import Db
from authapp.core.base import hooks
from authapp.core.base.changes import Changes
from authapp.core.base.errors import Busy, Refusal
from authapp.core.base.process_state import on_reset
from authapp.db import engines

P = ParamSpec("P")
R = TypeVar("R")
log = logging.getLogger(__name__)
SHORT_WAITS, A_MOMENT = 20, 0.001  # attempts, and seconds between them; after that a thread waits for the writer

Listener = Callable[[Changes], None]
on_commit: list[Listener] = []  # called after each commit that changed something, and by `announce`; from any thread
# Called just before that commit, from any thread: afterwards the watch of the sockets may see it first.
before_commit: list[Listener] = []


@contextmanager
def transaction() -> Iterator[Db]:
    """Open a write transaction for one rule. It commits at the end and rolls back on any exception.

    A `counted` refusal commits and is then raised, so that a failed attempt stays counted.

    Raises:
        Busy: the database stayed locked for `busy_seconds`. Nothing was written.
    """
    with Session(engines.engine(), expire_on_commit=False) as db, _one_transaction(db):
        yield db


@contextmanager
def _one_transaction(db: Db) -> Iterator[None]:
    try:
        try:
            yield
        except Refusal as refusal:
            if refusal.counted:
                _commit(db)
            raise
        _commit(db)
    except OperationalError as error:
        if _is_locked(error):
            raise Busy from None
        raise
    finally:
        _begin_background(db)


def _begin_background(db: Db) -> None:
    changes: Changes | None = db.info.pop(Changes, None)
    for rule, args in changes.background if changes else ():
        run_later(rule, *args)


@contextmanager
def reading() -> Iterator[Db]:
    """Open a read-only transaction. It never waits for a writer."""
    with Session(engines.engine().execution_options(reads=True), expire_on_commit=False) as db:
        try:
            yield db
        finally:
            _begin_background(db)


def _commit(db: Db) -> None:
    changes: Changes | None = db.info.get(Changes)
    if changes:
        for listener in before_commit:
            listener(changes)
    db.commit()
    if changes:
        announce(changes)


def announce(changes: Changes) -> None:
    """Call the `on_commit` listeners, for example to close the sockets of sessions that ended."""
    for listener in on_commit:
        listener(changes)


def _is_locked(error: OperationalError) -> bool:
    # PostgreSQL's lock_not_available, deadlock_detected, serialization_failure
    return getattr(error.orig, "sqlstate", None) in ("55P03", "40P01", "40001") or "locked" in str(error.orig)


@lru_cache(maxsize=1)
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(settings().threads, thread_name_prefix="authapp-rule")


async def run(rule: Callable[Concatenate[Db, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Run one rule in its own transaction, in a thread.

    Raises:
        Refusal: the refusal of the rule, or `Busy`.
    """
    return await _in_thread(transaction, rule, *args, **kwargs)


async def run_inline(rule: Callable[Concatenate[Db, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Run a short rule as `run` does, but on the event loop while SQLite is free.

    Use it only for rules whose time is that of their statements. After each statement a thread must wait for the event
    loop, which takes many times as long as the statement. Hooks of a product may be slow, and would block all requests.
    So if any are registered, or with PostgreSQL, the rule runs in a thread.

    Raises:
        Refusal: the refusal of the rule, or `Busy`.
    """
    for _ in range(SHORT_WAITS if settings().sqlite and not hooks.in_use() else 0):
        with _held(engines.engine()) as db:
            if db is not None:
                return rule(db, *args, **kwargs)
        await asyncio.sleep(A_MOMENT)
    return await run(rule, *args, **kwargs)


@contextmanager
def _held(bind: Engine) -> Iterator[Db | None]:
    """Open a transaction on the event loop's own writer. Yields None while another writer is active."""
    if not engines.turn.acquire(blocking=False):
        yield None
        return
    try:
        with _clean_afterwards(_writer(bind)) as db:
            if not _begins(db):
                yield None
                return
            with _one_transaction(db):
                yield db
    finally:
        engines.turn.release()


@contextmanager
def _clean_afterwards(db: Db) -> Iterator[Db]:
    """Clear the session afterwards, so that nothing of one rule is left for the next."""
    try:
        yield db
    finally:
        db.rollback()  # does nothing after a commit
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
def _writer(bind: Engine) -> Db:
    connection = bind.connect().execution_options(has_turn=True)
    driver = connection.connection.driver_connection
    assert driver is not None
    driver.execute("PRAGMA query_only=0")
    driver.execute("PRAGMA busy_timeout=0")  # the event loop must not wait
    return Session(connection, expire_on_commit=False)


def close() -> None:
    """Close all connections of this process. SQLite then deletes its `-wal` and `-shm` files."""
    if _threads.cache_info().currsize:
        _threads().shutdown()  # first, so that their connections go back to the engine
    for factory in (_reader, _writer):
        if factory.cache_info().currsize and isinstance(connection := factory(engines.engine()).bind, Connection):
            connection.close()
    if engines.engine.cache_info().currsize:
        engines.engine().dispose()
    for cached in (engines.engine, _reader, _writer, _threads):
        cached.cache_clear()


on_reset(close)


async def read(rule: Callable[Concatenate[Db, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Run a rule that only reads, with SQLite on the event loop: a query takes less time than waking a thread."""
    if settings().sqlite:
        with _kept_open(engines.engine()) as db:
            return rule(db, *args, **kwargs)
    return await _in_thread(reading, rule, *args, **kwargs)


async def read_slow(rule: Callable[Concatenate[Db, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Run a slow rule that only reads, in a thread, so that it does not block the event loop."""
    return await _in_thread(reading, rule, *args, **kwargs)


@contextmanager
def _kept_open(bind: Engine) -> Iterator[Db]:
    """Use the event loop's own reader. Opening a session for each query would take four times as long as the query."""
    db = _reader(bind)
    try:
        yield db
    except BaseException:
        db.rollback()
        raise
    finally:
        if db.identity_map:
            db.expunge_all()
        if db.info:
            _begin_background(db)


@lru_cache(maxsize=1)
def _reader(bind: Engine) -> Db:
    return Session(bind.connect().execution_options(reads=True), expire_on_commit=False)


async def _in_thread(opener: Callable[[], Any], rule: Callable[..., R], *args: Any, **kwargs: Any) -> R:
    def call() -> R:
        with opener() as db:
            return rule(db, *args, **kwargs)

    return await asyncio.get_running_loop().run_in_executor(_threads(), call)


def run_later(rule: Callable[Concatenate[Db, P], object], *args: P.args, **kwargs: P.kwargs) -> None:
    """Run one rule in a thread without waiting for it. Use it only for writes whose loss does no harm."""

    def work() -> None:
        try:
            with transaction() as db:
                rule(db, *args, **kwargs)
        except Exception as error:
            log.warning("skipped for now: %s (%s)", getattr(rule, "__name__", "a rule"), type(error).__name__)

    _threads().submit(work)
