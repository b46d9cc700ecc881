"""Session checks by 32 clients at once, over 1,000 different sessions, compared with a bare endpoint."""

import itertools
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2

from benchmarks import crowd
from benchmarks.figures import Figure
from benchmarks.load import Deed, get, interleaved, load
from tests.kit.processes.servers import ROOT, free_port, running

SESSIONS = 1000
CLIENTS = 32
SECONDS = 4
TURNS = 5


def measure(folder: Path) -> list[Figure]:
    """Measure each five times and return the medians."""
    with running(folder, app="benchmarks.app:app") as server, _bare_server() as alone:
        everyone = itertools.cycle(
            [(get(server.host, "/api/v1/connect", one.key), one.email) for one in crowd.gather(server, SESSIONS)]
        )
        plain = get(server.host, "/bare")
        check, beside, bare = interleaved(
            TURNS,
            lambda: load(server.port, CLIENTS, lambda: ask_whose(*next(everyone)), SECONDS),
            lambda: load(server.port, CLIENTS, lambda: _ask(plain), SECONDS),
            lambda: load(alone, CLIENTS, lambda: _ask(plain), SECONDS),
        )
    return [
        Figure("session checks", check.rate, "a second", at_least=6400),
        Figure("  p50", check.p50, "ms"),
        Figure("  p99", check.p99, "ms", at_most=10),
        Figure("bare Starlette endpoint on the same server", beside.rate, "a second"),
        Figure("bare Starlette endpoint on a server of its own", bare.rate, "a second"),
        Figure("checks, share of the rate on the same server", check.rate / beside.rate, at_least=0.5),
        Figure("checks, share of the rate on a server of its own", check.rate / bare.rate),
        Figure("load client: share of a core it used for checks", check.busy),
        Figure("load client: the same at the bare endpoint alone", bare.busy, at_most=0.9),
    ]


def ask_whose(request: bytes, email: str) -> Deed:
    answer = yield request
    if email.encode() not in answer.body:
        raise RuntimeError(f"This is somebody else's session: {answer.body[:300]!r}")


def _ask(request: bytes) -> Deed:
    (yield request).data()


@contextmanager
def _bare_server() -> Iterator[int]:
    port = free_port()
    command = [sys.executable, "-m", "granian", "--interface", "asgi", "--port", str(port), "benchmarks.bare:app"]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(100):
            try:
                httpx2.get(f"http://127.0.0.1:{port}/bare")
                break
            except httpx2.TransportError:
                time.sleep(0.1)
        yield port
    finally:
        process.terminate()
        process.wait()
