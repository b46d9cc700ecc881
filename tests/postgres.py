"""A PostgreSQL server of the tests' own: in a temporary folder, reached by a socket in it, gone afterwards."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterable
from itertools import count
from pathlib import Path

import psycopg

MISSING = "These tests need PostgreSQL's server programs (initdb, pg_ctl). On Debian: apt-get install postgresql"
_FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "autovacuum=off", "max_connections=200")


class Cluster:
    """Each test process has one. It listens on no port, so any number can run side by side."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="authapp-postgres-"))
        self._numbers = count(1)

    def __enter__(self) -> "Cluster":
        if os.geteuid() == 0:
            shutil.chown(self._folder, "postgres")  # the server refuses to run as root
        self._run("initdb", "--auth=trust", "--username=postgres", "--no-sync", "--encoding=UTF8", "--locale=C.UTF-8")
        settings = ("listen_addresses=", f"unix_socket_directories={self._folder}", *_FAST)
        options = " ".join(f"-c {setting}" for setting in settings)
        self._run("pg_ctl", "start", "--wait", f"--log={self._folder}/log", f"--options={options}")
        return self

    def __exit__(self, *_: object) -> None:
        self._run("pg_ctl", "stop", "--mode=immediate")
        shutil.rmtree(self._folder)

    def create(self) -> str:
        """Make a new, empty database and return its URL."""
        name = f"test_{next(self._numbers)}"
        self.say(f"CREATE DATABASE {name} TEMPLATE template0")
        return f"postgresql+psycopg://postgres@/{name}?host={self._folder}"

    def wipe(self, url: str, tables: Iterable[str]) -> None:
        """Empty tables of a database, whatever a test that failed left open in it; much faster than a new one."""
        name = url.partition("@/")[2].partition("?")[0]
        self.say(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
        self.say(";".join(f"DELETE FROM {table}" for table in tables), name)

    def say(self, statement: str, database: str = "postgres") -> None:
        """Run a statement of the tests' own."""
        with psycopg.connect(host=str(self._folder), user="postgres", dbname=database, autocommit=True) as connection:
            connection.execute(statement)

    def _run(self, program: str, *arguments: str) -> None:
        as_postgres = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        command = [*as_postgres, _path_of(program), *arguments, "--pgdata", str(self._folder / "data")]
        done = subprocess.run(
            command, cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False
        )
        assert done.returncode == 0, f"{program} failed: {done.stderr}"


def _path_of(program: str) -> str:
    debian = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{program}"), key=lambda path: int(path.parts[4]))
    found = shutil.which(program) or (str(debian[-1]) if debian else None)
    assert found, MISSING
    return found
