"""Transactions, readers, locks and work after commit."""

import asyncio
import subprocess
import sys
import threading
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import select

from authapp.config import settings
from authapp.core.base import rate_limits
from authapp.core.base.changes import changes
from authapp.core.base.errors import BadInput, BadUserOrPassword, Busy, SessionExpired
from authapp.core.sessions import session_ends, sessions
from authapp.core.sessions.sessions import NewSession
from authapp.db import on_commit, read, reading, run, run_inline, transaction
from authapp.db.engines import tidy_sqlite
from authapp.db.engines import turn as _turn
from authapp.models import Message, Spent, User
from tests.kit import users
from tests.kit.processes.servers import ROOT
from tests.kit.rules import do, race
from tests.kit.users import HOME

AT = datetime(2026, 3, 29, 1, 30, tzinfo=timezone(timedelta(hours=2)))
CANARY = "canary-7f3a"


def note(db, recipient=CANARY):
    db.add(Message(recipient=recipient, subject="", text="", html="", due_at=AT, written_at=AT))
    db.flush()


def notes():
    with reading() as db:
        return len(db.exec(select(Message).where(Message.recipient == CANARY)).all())


def rename(db, person, name):
    db.get(User, person.user_id).first_name = name
    db.flush()


@contextmanager
def locked(person):
    """Hold the row of a user in an open transaction until the test ends it."""
    release, held = threading.Event(), threading.Event()

    def hold():
        with transaction() as db:
            rename(db, person, "Held")
            held.set()
            release.wait()

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait()
    try:
        yield
    finally:
        release.set()
        thread.join()


@pytest.fixture
def ended():
    """Collect the ids of sessions that were announced as ended, in order."""
    heard = []

    def listen(changes):
        if changes.sessions_ended:
            heard.append(changes.sessions_ended)

    on_commit.append(listen)
    yield heard
    on_commit.remove(listen)


def test_a_rule_that_ends_well_is_kept(database):
    do(note)

    assert notes() == 1


@pytest.mark.parametrize("problem", [BadInput(), SessionExpired(), ZeroDivisionError(), KeyboardInterrupt()], ids=repr)
def test_a_refusal_and_any_error_undo_the_whole_rule(database, problem):
    def rule(db):
        note(db)
        raise problem

    with pytest.raises(type(problem)) as raised:
        do(rule)

    assert raised.value is problem
    assert notes() == 0


def test_a_counted_refusal_keeps_what_its_rule_wrote(database):
    def rule(db):
        note(db)
        raise BadUserOrPassword

    with pytest.raises(BadUserOrPassword):
        do(rule)

    assert notes() == 1


def test_a_database_that_stays_locked_makes_a_write_busy_and_nothing_is_written(alice, configure):
    configure(AUTHAPP_BUSY_SECONDS="0.2")

    def rule(db):
        note(db)
        rename(db, alice, "Changed")

    with locked(alice), pytest.raises(Busy) as refusal:
        do(rule)

    assert refusal.value.status == 503
    assert notes() == 0
    assert do(lambda db: db.get(User, alice.user_id).first_name) == "Held"


def test_reads_go_on_while_the_database_is_locked(alice, configure):
    configure(AUTHAPP_BUSY_SECONDS="0.2")

    with locked(alice), reading() as db:
        assert sessions.resume(db, alice.key).first_name == "Alice"
        assert users.ended_among(db, [alice.me.session_id]) == set()


def test_a_write_waits_for_a_lock_that_is_given_back(alice):
    with locked(alice):
        waiting = threading.Thread(target=do, args=(rename, alice, "Changed"))
        waiting.start()
    waiting.join()

    assert do(lambda db: db.get(User, alice.user_id).first_name) == "Changed"


def test_a_busy_refusal_is_over_with_the_lock(alice, configure):
    configure(AUTHAPP_BUSY_SECONDS="0.2")
    with locked(alice), pytest.raises(Busy):
        do(rename, alice, "Changed")

    do(rename, alice, "Changed")

    assert do(lambda db: db.get(User, alice.user_id).first_name) == "Changed"


def test_a_deadlock_is_busy_for_one_and_the_other_goes_on(alice, bob):
    first_step = threading.Barrier(2)

    def swap(number):
        mine, other = ((alice, bob), (bob, alice))[number]

        def rule(db):
            rename(db, mine, "Swapped")
            if not settings().sqlite:  # SQLite waits here until the other transaction has ended
                first_step.wait()
            rename(db, other, "Swapped")

        return do(rule)

    results = race(2, swap)

    assert [type(result) for result in results if result is not None] == ([] if settings().sqlite else [Busy])


def test_writes_of_a_reader_are_rolled_back(database):
    with reading() as db:
        try:
            note(db)
        except DBAPIError:
            db.rollback()

    assert notes() == 0


def test_a_reader_sees_what_was_committed_since_it_looked_last(alice):
    with reading() as db:
        assert sessions.alive(db, alice.me)
        do(session_ends.close, alice.me.session_id)
        assert sessions.alive(db, alice.me) is None


def test_rules_run_off_the_event_loop_each_in_its_own_transaction(alice):
    async def ask():
        threads = await asyncio.gather(*(run(lambda db: threading.current_thread().name) for _ in range(4)))
        with pytest.raises(BadInput):
            await run(refuse)
        return threads, await read(sessions.resume, alice.key)

    def refuse(db):
        note(db)
        raise BadInput

    threads, me = asyncio.run(ask())

    assert all(name.startswith("authapp-rule") for name in threads)
    assert me == alice.me
    assert notes() == 0


def test_ended_sessions_are_announced_after_the_commit(alice, ended):
    def rule(db):
        session_ends.close(db, alice.me.session_id)
        assert ended == []

    do(rule)

    assert ended == [{alice.me.session_id}]


def test_listeners_of_an_ended_session_find_it_ended(alice):
    found = []

    def look_up(changes):
        with reading() as db:
            found.append(users.ended_among(db, changes.sessions_ended))

    on_commit.append(look_up)
    try:
        do(session_ends.close, alice.me.session_id)
    finally:
        on_commit.remove(look_up)

    assert found == [{alice.me.session_id}]


def test_a_rule_that_is_undone_announces_nothing(alice, ended):
    def rule(db):
        session_ends.close(db, alice.me.session_id)
        raise BadInput

    with pytest.raises(BadInput):
        do(rule)

    assert ended == []
    assert do(sessions.alive, alice.me)


def test_a_counted_refusal_announces_what_it_ended(alice, ended):
    def rule(db):
        session_ends.close(db, alice.me.session_id)
        raise BadUserOrPassword

    with pytest.raises(BadUserOrPassword):
        do(rule)

    assert ended == [{alice.me.session_id}]


def test_a_rule_that_ends_no_session_announces_nothing(alice, ended):
    do(session_ends.close, "unknown")
    do(sessions.touch, [alice.me.session_id])

    assert ended == []


def test_closing_all_announces_all_but_the_spared(alice, bob, ended):
    other = do(sessions.open, NewSession(alice.user_id, "x", "password"), HOME)

    do(session_ends.close_all, alice.user_id, spare=other.session_id)

    assert ended == [{alice.me.session_id}]


def test_a_key_that_was_locked_is_announced_after_the_commit_and_not_when_undone(alice):
    heard = []

    def refused(db):
        sessions.lock(db, alice.me)
        raise BadInput

    on_commit.append(heard.append)
    try:
        with pytest.raises(BadInput):
            do(refused)
        assert heard == []
        do(sessions.lock, alice.me)
    finally:
        on_commit.remove(heard.append)

    assert [changes.keys_changed for changes in heard] == [{alice.me.session_id}]


def test_a_sqlite_file_is_in_wal_mode_checks_foreign_keys_and_waits_as_long_as_the_setting_says(configure, tmp_path):
    configure(DATABASE_URL=f"sqlite:///{tmp_path}/new.db", AUTHAPP_BUSY_SECONDS="1.5")

    def pragmas(db):
        return [db.exec(text(f"PRAGMA {name}")).scalar() for name in ("journal_mode", "foreign_keys", "busy_timeout")]

    assert do(pragmas) == ["wal", 1, 1500]


def test_every_rule_runs_while_all_threads_are_taken(alice, configure):
    configure(AUTHAPP_THREADS=2)

    async def many():
        return await asyncio.gather(*(run(sessions.resume, alice.key) for _ in range(50)))

    assert asyncio.run(many()) == [alice.me] * 50


def test_threads_share_one_sqlite_file_without_losing_a_write(database, configure):
    race(8, lambda number: [do(rate_limits.once, bytes([number, step]), AT) for step in range(10)])

    assert len(do(lambda db: db.exec(select(Spent)).all())) == 80


def refuse(db, no):
    note(db)
    changes(db).sessions_ended.add("of this rule")
    raise no


def test_a_swift_rule_keeps_what_it_wrote_and_nothing_of_it_stays_for_the_next(database):
    async def twice():
        await run_inline(note)
        await run_inline(lambda db: changes(db).sessions_ended.add("x"))
        return await run_inline(lambda db: dict(db.info))

    assert asyncio.run(twice()) == {}
    assert notes() == 1


@pytest.mark.parametrize(("no", "kept"), [(BadInput("No."), 0), (BadUserOrPassword(), 1)])
def test_writes_of_a_refused_swift_rule_are_kept_only_for_counted_refusals(database, no, kept):
    with pytest.raises(type(no)):
        asyncio.run(run_inline(refuse, no))

    assert notes() == kept
    asyncio.run(run_inline(note))
    assert notes() == kept + 1


def test_a_swift_rule_that_breaks_leaves_nothing_and_lets_others_write(database):
    with pytest.raises(ZeroDivisionError):
        asyncio.run(run_inline(refuse, ZeroDivisionError()))

    assert notes() == 0
    do(note)
    assert notes() == 1


def test_a_swift_rule_waits_for_writers_outside_the_event_loop(alice):
    async def meanwhile():
        turns = 0
        with locked(alice):
            waiting = asyncio.create_task(run_inline(note))
            while turns < 50:
                await asyncio.sleep(0.002)
                turns += 1
        await waiting
        return turns

    assert asyncio.run(meanwhile()) == 50
    assert notes() == 1


def test_a_database_that_is_away_holds_nobody_s_turn(configure, tmp_path):
    configure(DATABASE_URL=f"sqlite:///{tmp_path}/nowhere/authapp.db")
    for _ in range(2):
        with pytest.raises(DBAPIError):
            asyncio.run(run_inline(note))
        assert not _turn.locked()


@pytest.mark.parametrize("kind", ["sqlite"])
def test_files_left_by_a_killed_server_are_removed_and_nothing_is_lost(database):
    file = Path(database.removeprefix("sqlite:///"))
    code = "import os; from authapp.db import transaction; from tests.test_db import note\n"
    code += "with transaction() as db: note(db)\nos._exit(1)"
    subprocess.run([sys.executable, "-c", code], check=False, cwd=ROOT)
    assert file.with_name(f"{file.name}-wal").exists()

    tidy_sqlite()

    assert not [*file.parent.glob(f"{file.name}-*")]
    assert notes() == 1
