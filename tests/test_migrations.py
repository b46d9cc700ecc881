"""Migrations of the database, from every earlier version."""

import multiprocessing
import os
import threading
from concurrent.futures import ProcessPoolExecutor

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text
from sqlmodel import SQLModel

from authapp import migrations
from authapp.config import BadSettings
from authapp.core.sessions import sessions
from authapp.db.engines import engine
from authapp.models import User
from tests.kit import users
from tests.kit.rules import do, race
from tests.kit.tables import OUR_TABLES, head, revisions


def tables():
    return set(inspect(engine()).get_table_names())


def start(url):
    """Do what a process of the product does first. Runs in a separate process."""
    os.environ["DATABASE_URL"] = url
    migrations.apply()
    return revisions()


def test_a_new_database_gets_all_tables(empty_database):
    assert tables() == set()

    migrations.apply()

    assert tables() == {*OUR_TABLES, "auth_alembic_version"}
    assert revisions() == [head()]


def test_all_our_tables_carry_our_prefix():
    assert all(name.startswith("auth_") for name in SQLModel.metadata.tables)
    assert migrations.VERSION_TABLE.startswith("auth_")


def test_applying_migrations_again_changes_nothing_and_keeps_the_data(empty_database):
    migrations.apply()
    alice = users.join("alice@example.com")

    migrations.apply()

    assert revisions() == [head()]
    assert do(lambda db: db.exec(text("SELECT count(*) FROM auth_user")).scalar()) == 1
    assert do(sessions.resume, alice.key) == alice.me


def test_models_and_migrations_agree(empty_database):
    migrations.apply()

    with engine().connect() as connection:
        ours = {"include_name": lambda name, kind, _: kind != "table" or name in OUR_TABLES, "compare_type": True}
        context = MigrationContext.configure(connection, opts=ours)
        assert compare_metadata(context, SQLModel.metadata) == []


def test_eight_threads_that_start_at_once_all_succeed(empty_database):
    assert race(8, lambda _: migrations.apply()) == [None] * 8

    assert revisions() == [head()]


def test_eight_processes_that_start_at_once_all_succeed(empty_database):
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.test_migrations"])

    with ProcessPoolExecutor(8, mp_context=context) as processes:
        assert list(processes.map(start, [empty_database] * 8)) == [[head()]] * 8


def test_a_start_that_fails_halfway_leaves_nothing_behind(empty_database, monkeypatch):
    def fail(connection, script):
        upgrade(connection, script)
        raise ZeroDivisionError

    upgrade = migrations._upgrade
    monkeypatch.setattr(migrations, "_upgrade", fail)
    with pytest.raises(ZeroDivisionError):
        migrations.apply()
    assert tables() == set()

    monkeypatch.undo()
    migrations.apply()
    assert {*OUR_TABLES} < tables()


def test_a_database_of_a_newer_version_stops_the_start_with_a_sentence_and_stays_as_it_is(empty_database):
    migrations.apply()
    newer = f"UPDATE {migrations.VERSION_TABLE} SET version_num = '9999'"
    do(lambda db: db.exec(text(newer)))

    with pytest.raises(BadSettings) as stop:
        migrations.apply()

    assert "9999" in str(stop.value)
    assert "newer" in str(stop.value)
    assert revisions() == ["9999"]


def test_starting_leaves_a_write_to_wait_as_long_as_the_setting_says(empty_database, configure):
    configure(AUTHAPP_BUSY_SECONDS="1.5")
    migrations.apply()

    ask = "PRAGMA busy_timeout" if empty_database.startswith("sqlite") else "SHOW lock_timeout"
    assert do(lambda db: db.exec(text(ask)).scalar()) in (1500, "1500ms")


def test_a_start_waits_longer_for_another_start_than_a_write_waits_for_a_lock(empty_database, configure, monkeypatch):
    configure(AUTHAPP_BUSY_SECONDS="0.2")

    def slowly(connection, script):
        upgrade(connection, script)
        threading.Event().wait(0.5)

    upgrade = migrations._upgrade
    monkeypatch.setattr(migrations, "_upgrade", slowly)

    assert race(3, lambda _: migrations.apply()) == [None] * 3
    assert revisions() == [head()]


def test_a_product_keeps_its_own_tables_and_its_own_history(empty_database):
    with engine().begin() as connection:
        connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)"))
        connection.execute(text("INSERT INTO alembic_version VALUES ('shop_17')"))
    migrations.apply()
    key = "CHAR(32)" if empty_database.startswith("sqlite") else "UUID"
    with engine().begin() as connection:
        owner = f"user_id {key} NOT NULL PRIMARY KEY REFERENCES auth_user (id) ON DELETE CASCADE"
        connection.execute(text(f"CREATE TABLE customer ({owner}, points INTEGER)"))
        connection.execute(text("CREATE TABLE authority (id INTEGER PRIMARY KEY)"))
    alice = users.join("alice@example.com")
    do(lambda db: db.exec(text("INSERT INTO customer SELECT id, 5 FROM auth_user")))

    migrations.apply()

    assert do(lambda db: db.exec(text("SELECT version_num FROM alembic_version")).scalars().all()) == ["shop_17"]
    assert do(lambda db: db.exec(text("SELECT points FROM customer")).scalars().all()) == [5]
    assert {"customer", "authority", *OUR_TABLES} < tables()
    do(lambda db: db.delete(db.get(User, alice.user_id)))
    assert do(lambda db: db.exec(text("SELECT count(*) FROM customer")).scalar()) == 0
