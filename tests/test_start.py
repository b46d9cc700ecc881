"""Failing starts: one sentence, exit status 1, and nothing listens before everything is ready."""

import asyncio
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import threading
import time

import psycopg
import pytest

from authapp import migrations
from authapp.config import BadSettings
from authapp.installation import app as installation
from tests.kit.processes.servers import ROOT, SECRET, STARTS_WITHIN, build_for, free_port, running


@pytest.fixture
def folder(tmp_path):
    return tmp_path


def started(folder, **settings):
    """Start the app as the other tests do, and wait until it ends. Returns its exit status and our messages."""
    port = free_port()
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("AUTHAPP_", "DATABASE_"))}
    environment |= {
        "PYTHONPATH": str(ROOT),
        "AUTHAPP_URL": f"http://localhost:{port}",
        "DATABASE_URL": f"sqlite:///{folder / 'app.db'}",
        "AUTHAPP_SECRET_KEY": SECRET,
        "REFLEX_ENV_MODE": "prod",
        "REFLEX_WEB_WORKDIR": str(build_for(port, folder)),
        "__REFLEX_SKIP_COMPILE": "true",
        "__REFLEX_MOUNT_FRONTEND_COMPILED_APP": "true",
        **settings,
    }
    for name in [name for name, value in settings.items() if value is None]:
        del environment[name]
    command = [sys.executable, "-m", "granian", "--interface", "asgi", "--factory", "--port", str(port)]
    ended = subprocess.run(
        [*command, "authapp.authapp:app"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=STARTS_WITHIN,
        check=False,
    )
    said = [line for line in (ended.stdout + ended.stderr).splitlines() if line and not line.startswith("[")]
    return ended.returncode, said


def listens(port):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=5).close()
    except ConnectionRefusedError:
        return False
    return True


def no_database(folder):
    return {"DATABASE_URL": f"postgresql://shop:pa55word@127.0.0.1:{free_port()}/shop"}, "127.0.0.1/shop"


def no_folder(folder):
    return {"DATABASE_URL": f"sqlite:///{folder}/none/app.db"}, "unable to open database file"


def no_sqlite_file(folder):
    (folder / "app.db").write_text("nothing that SQLite wrote, but long enough to be looked at" * 10)
    return {}, "not a database"


def newer_database(folder):
    with sqlite3.connect(folder / "app.db") as held:
        held.executescript(
            "CREATE TABLE auth_alembic_version (version_num TEXT); INSERT INTO auth_alembic_version VALUES ('9999')"
        )
    return {}, "newer"


def tables_of_another_system(folder):
    with sqlite3.connect(folder / "app.db") as held:
        held.execute("CREATE TABLE auth_user (id INTEGER PRIMARY KEY, username TEXT)")
    return {}, "tables of another system with our names (auth_user)"


def cut_key(folder):
    (folder / "app.key").write_text("cut")
    return {"AUTHAPP_SECRET_KEY": None}, "the server key in"


def misspelled_setting(folder):
    return {
        "AUTHAPP_TRUSTED_PROXY": "1"
    }, "AUTHAPP_TRUSTED_PROXY is not a setting; did you mean AUTHAPP_TRUSTED_PROXIES?"


def broken_versions(folder):
    (folder / "versions").mkdir()
    (folder / "versions" / "0001_shop.py").write_text("revision, down_revision = '0001', None\ndef upgrade(): 1 / 0")
    return {}, "ZeroDivisionError: division by zero"


@pytest.mark.parametrize("fails", [no_database, misspelled_setting], ids=lambda fails: fails.__name__)
def test_a_start_that_fails_ends_with_one_sentence_and_status_1(folder, fails):
    settings, words = fails(folder)

    status, said = started(folder, **settings)

    assert status == 1
    assert [words in line for line in said] == [True], said
    assert said[0].startswith("authapp cannot start: ")
    assert "pa55word" not in said[0]


@pytest.mark.parametrize(
    "fails",
    [no_folder, no_sqlite_file, newer_database, tables_of_another_system, cut_key, broken_versions],
    ids=lambda fails: fails.__name__,
)
def test_every_failed_start_is_explained_in_one_sentence(folder, configure, fails):
    settings, words = fails(folder)
    configure(**{"DATABASE_URL": f"sqlite:///{folder / 'app.db'}", **settings})

    with pytest.raises((Exception, SystemExit)) as stop:
        asyncio.run(installation._start(str(folder) if fails is broken_versions else ""))
    said = installation.trouble_at_start(stop.value)

    assert said.startswith("authapp cannot start: ")
    assert words in said
    assert "\n" not in said


def test_a_database_without_its_server_key_does_not_get_a_new_one(migrated_sqlite, folder, configure):
    shutil.copy(migrated_sqlite, folder / "app.db")
    with sqlite3.connect(folder / "app.db") as held:
        facts = {"id": "0" * 31 + "1", "first_name": "Ann", "last_name": "", "imported": 0, "created_at": "2026-01-01"}
        columns = {name: facts.get(name, "") for name in _needed(held, "auth_user")}
        held.execute(
            f"INSERT INTO auth_user ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})",
            [*columns.values()],
        )

    configure(DATABASE_URL=f"sqlite:///{folder / 'app.db'}", AUTHAPP_SECRET_KEY=None)

    with pytest.raises(BadSettings, match="the server key is missing at"):
        asyncio.run(installation._start(""))

    assert not (folder / "app.key").exists()


def _needed(held, table):
    columns = held.execute(f"PRAGMA table_info({table})").fetchall()
    return [name for _, name, _, not_null, default, _ in columns if not_null and default is None]


def test_nothing_listens_before_the_database_is_ready(cluster, folder):
    """Another start migrates: this one waits, and its port stays closed meanwhile."""
    url, port, seen = cluster.create(), free_port(), []
    name = url.partition("@/")[2].partition("?")[0]

    def release_once_it_waits():
        with psycopg.connect(host=str(cluster.folder), user="postgres", dbname=name, autocommit=True) as held:
            held.execute("SELECT pg_advisory_lock(%s)", [migrations._LOCK])
            locked.set()
            blocked_by = "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
            until = time.monotonic() + STARTS_WITHIN
            while not held.execute(blocked_by).fetchone() and time.monotonic() < until:
                time.sleep(0.05)
            seen.append((bool(held.execute(blocked_by).fetchone()), listens(port)))

    locked = threading.Event()
    other = threading.Thread(target=release_once_it_waits)
    other.start()
    assert locked.wait(STARTS_WITHIN)
    with running(folder, port=port, database_url=url):
        other.join()

    assert seen == [(True, False)]


def test_a_clean_end_leaves_the_database_in_one_file(folder):
    """`reflex run` would watch `-wal` and `-shm` beside the app, and each start would write them."""
    with running(folder):
        assert (folder / "app.db-wal").exists()

    assert not [*folder.glob("app.db-*")]
