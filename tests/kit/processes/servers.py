"""Start and stop the built app for a test, with its own port, database and settings."""

import atexit
import json
import os
import re
import select
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).parents[3]
BUILD = ROOT / ".build" / "web"
NOTES = ROOT / "examples" / "notes"
NOTES_BUILD = ROOT / ".build" / "notes"
BUILT_FOR = "localhost:3999"
STARTS_WITHIN = 120  # seconds, for a busy machine
ENDS_WITHIN = 30
PATIENCE = 60.0  # seconds until an answer counts as missing; no test depends on speed
SECRET = "a secret key for tests that is of no use elsewhere"


class Process:
    """The process of a server: a child of `spawner.py`, not of the test process."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._ends: int | None = None
        with suppress(ProcessLookupError):  # already ended
            self._ends = os.pidfd_open(pid)

    def ended(self, within: float = 0) -> bool:
        """Return whether the process ended, waiting so many seconds at most."""
        if self._ends is not None and select.select([self._ends], [], [], within)[0]:
            os.close(self._ends)
            self._ends = None
        return self._ends is None

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """End the process and all processes it started; at once with SIGKILL."""
        if self.ended():
            return
        with suppress(ProcessLookupError):
            os.killpg(self.pid, how)
        if not self.ended(ENDS_WITHIN):
            os.killpg(self.pid, signal.SIGKILL)
            self.ended(ENDS_WITHIN)


@dataclass
class Server:
    """A running app."""

    port: int
    url: str
    database_url: str
    log: Path
    process: Process

    @property
    def host(self) -> str:
        """Return host and port, as in a header."""
        return f"localhost:{self.port}"

    def logged(self) -> str:
        """Return everything that the server wrote to its log."""
        return self.log.read_text(encoding="utf-8", errors="replace")

    def kill(self) -> None:
        """End the server at once, as a crash would."""
        self.process.stop(signal.SIGKILL)


def eventually(met: Callable[[], Any], within: float = PATIENCE) -> None:
    """Wait until a condition is true."""
    deadline = time.monotonic() + within
    while not met():
        assert time.monotonic() < deadline, f"this did not come to be within {within} s"
        time.sleep(0.05)


def files_of(server: Server) -> list[Path]:
    """Return all files that the server wrote, except the copy of the build."""
    return [path for path in server.log.parent.rglob("*") if path.is_file() and "web-" not in str(path)]


def free_port() -> int:
    """Return a port on which nothing listens right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def running_notes(folder: Path, **settings: str) -> AbstractContextManager[Server]:
    """Run the example product."""
    return running(folder, app="notes.notes:app", build=NOTES_BUILD, cwd=NOTES, **settings)


@contextmanager
def running(
    folder: Path,
    *,
    app: str = "authapp.authapp:app",
    build: Path = BUILD,
    cwd: Path = ROOT,
    port: int | None = None,
    database_url: str = "",
    **settings: str,
) -> Iterator[Server]:
    """Run an app from its production build; `settings` are environment variables. Rate limits are off by default."""
    port = port or free_port()
    database_url = database_url or f"sqlite:///{folder / 'app.db'}"
    log = folder / "server.log"
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("AUTHAPP_", "DATABASE_"))},
        "PYTHONPATH": str(ROOT),
        "PORT": str(port),
        "DATABASE_URL": database_url,
        "AUTHAPP_URL": f"http://localhost:{port}",
        "AUTHAPP_SECRET_KEY": SECRET,
        "AUTHAPP_RATE_LIMITS": "false",
        "AUTHAPP_PROOF_OF_WORK": "0",
        "AUTHAPP_PASSWORD_ROUNDS": "4096",
        "REFLEX_ENV_MODE": "prod",
        "REFLEX_WEB_WORKDIR": str(build_for(port, folder, build)),
        "__REFLEX_SKIP_COMPILE": "true",
        "__REFLEX_MOUNT_FRONTEND_COMPILED_APP": "true",
        **settings,
    }
    arguments = ["--interface", "asgi", "--factory", "--port", str(port), app]
    started = _started(folder=str(cwd), environment=environment, arguments=arguments, log=str(log))
    server = Server(port, environment["AUTHAPP_URL"], database_url, log, started)
    try:
        _wait_for(server)
        yield server
    finally:
        started.stop()


def _started(**server: object) -> Process:
    spawner = _spawner()
    assert spawner.stdin
    assert spawner.stdout
    spawner.stdin.write(json.dumps(server) + "\n")
    spawner.stdin.flush()
    return Process(int(spawner.stdout.readline()))


@lru_cache(maxsize=1)
def _spawner() -> "subprocess.Popen[str]":
    """Return the process that starts the servers of this one. It ends when this process ends."""
    command, pipe = [sys.executable, "-m", "tests.kit.processes.spawner"], subprocess.PIPE
    spawner = subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, text=True, start_new_session=True)
    atexit.register(spawner.communicate)  # closes its standard input and waits until it ends
    return spawner


def build_for(port: int, folder: Path, build: Path = BUILD) -> Path:
    """Copy a production build so that it calls its server on another port."""
    copy = folder / f"web-{port}"
    if copy.exists():
        return copy
    if not (build / "built").exists():
        raise RuntimeError("There is no production build. Run `make build` first; `make test` does it by itself.")
    for part in ("build", "backend"):
        shutil.copytree(build / part, copy / part)
    for part in ("env.json", "reflex.json", "routes.json"):
        shutil.copy(build / part, copy / part)
    for script in (copy / "build" / "client" / "assets").glob("*.js"):
        text = script.read_text(encoding="utf-8")
        if BUILT_FOR in text:
            script.write_text(re.sub(re.escape(BUILT_FOR), f"localhost:{port}", text), encoding="utf-8")
            for packed in ("gz", "br"):
                script.with_name(f"{script.name}.{packed}").unlink(missing_ok=True)
    return copy


def _wait_for(server: Server) -> None:
    until = time.monotonic() + STARTS_WITHIN
    while time.monotonic() < until:
        if server.process.ended():
            raise RuntimeError(f"The server stopped at once:\n{server.logged()}")
        try:
            if httpx.get(f"http://127.0.0.1:{server.port}/ping").status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise RuntimeError(f"The server did not answer within {STARTS_WITHIN} s:\n{server.logged()}")
