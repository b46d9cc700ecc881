"""A PostgreSQL server of the tests' own: in a temporary folder, reached by a socket in it, gone afterwards."""

import os
import shutil
import subprocess
import tempfile
from itertools import count
from pathlib import Path

import psycopg
from psycopg.sql import SQL, Identifier

MISSING = "These tests need PostgreSQL's server programs (initdb, pg_ctl). On Debian: apt-get install postgresql"
_FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=200")


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

    def create(self, template: str = "") -> str:
        """A new database, empty or a copy of the one at the URL `template`; returns its URL."""
        name = f"test_{next(self._numbers)}"
        source = self._name_of(template) if template else "template0"
        self._say(SQL("CREATE DATABASE {} TEMPLATE {}").format(Identifier(name), Identifier(source)))
        return f"postgresql+psycopg://postgres@/{name}?host={self._folder}"

    def drop(self, url: str) -> None:
        """Remove a database, whoever is still connected to it."""
        self._say(SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(self._name_of(url))))

    @staticmethod
    def _name_of(url: str) -> str:
        return url.partition("@/")[2].partition("?")[0]

    def _say(self, statement: SQL) -> None:
        with psycopg.connect(host=str(self._folder), user="postgres", autocommit=True) as connection:
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
