"""A PostgreSQL server for the tests, in a temporary folder, reached by a socket there, and removed after the tests."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterable
from itertools import count
from pathlib import Path
from typing import Any

import psycopg

MISSING = "These tests need PostgreSQL's server programs (initdb, postgres). On Debian: apt-get install postgresql"
PATIENCE = 180.0  # seconds until the tests give up on a server that does not answer
_FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "autovacuum=off", "max_connections=200")
_GOES_WITH_US = ["setpriv", "--pdeathsig=QUIT"]  # ends the server with the tests, also when the tests are killed
_NOT_AS_ROOT = ["--reuid=postgres", "--regid=postgres", "--clear-groups"]  # PostgreSQL refuses to run as root


class Cluster:
    """A PostgreSQL server; each test process has its own. It listens on no port, so any number can run side by side."""

    def __init__(self) -> None:
        _path_of("initdb")
        self.folder = Path(tempfile.mkdtemp(prefix="authapp-postgres-"))
        self._numbers = count(1)
        self._connections: dict[str, psycopg.Connection[Any]] = {}  # one for each database

    def __enter__(self) -> "Cluster":
        if os.geteuid() == 0:
            shutil.chown(self.folder, "postgres")
        options = ("--auth=trust", "--username=postgres", "--no-sync", "--encoding=UTF8", "--locale=C.UTF-8")
        assert self._start("initdb", *options).wait() == 0, self._said()
        settings = ("listen_addresses=", f"unix_socket_directories={self.folder}", *_FAST)
        self._server = self._start("postgres", *(f"--{setting}" for setting in settings))
        self._wait_until_it_answers()
        return self

    def __exit__(self, *_: object) -> None:
        for connection in self._connections.values():
            connection.close()
        self._server.send_signal(signal.SIGQUIT)
        self._server.wait()
        shutil.rmtree(self.folder)

    def create(self) -> str:
        """Create an empty database and return its URL."""
        name = f"test_{next(self._numbers)}"
        self.say(f"CREATE DATABASE {name} TEMPLATE template0")
        return f"postgresql+psycopg://postgres@/{name}?host={self.folder}"

    def wipe(self, url: str, tables: Iterable[str]) -> None:
        """Empty tables, and end connections that a failed test left open. This is much faster than a new database."""
        name = url.partition("@/")[2].partition("?")[0]
        others = f"datname = '{name}' AND pid <> pg_backend_pid()"
        end = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}"
        self.say(";".join([end, *(f"DELETE FROM {table}" for table in tables)]), name)

    def say(self, statement: str, database: str = "postgres") -> None:
        """Run a statement of the tests."""
        if database not in self._connections:
            login = {"host": str(self.folder), "user": "postgres", "dbname": database}
            self._connections[database] = psycopg.connect(**login, autocommit=True)
        self._connections[database].execute(statement)

    def _start(self, program: str, *arguments: str) -> "subprocess.Popen[bytes]":
        command = [*as_postgres(), _path_of(program)]
        with (self.folder / "log").open("ab") as log:
            return subprocess.Popen(
                [*command, "-D", str(self.folder / "data"), *arguments], cwd="/", stdout=log, stderr=log
            )

    def _wait_until_it_answers(self) -> None:
        until = time.monotonic() + PATIENCE
        while True:
            try:
                return self.say("SELECT 1")
            except psycopg.OperationalError:
                assert self._server.poll() is None, self._said()
                assert time.monotonic() < until, self._said()
                time.sleep(0.02)

    def _said(self) -> str:
        return f"PostgreSQL did not start: {(self.folder / 'log').read_text()}"


def as_postgres() -> list[str]:
    """Return the prefix of a command that must not run as root and ends with the tests."""
    return [*_GOES_WITH_US, *(_NOT_AS_ROOT if os.geteuid() == 0 else [])]


def _path_of(program: str) -> str:
    debian = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{program}"), key=lambda path: int(path.parts[4]))
    found = shutil.which(program) or (str(debian[-1]) if debian else None)
    assert found, MISSING
    return found
