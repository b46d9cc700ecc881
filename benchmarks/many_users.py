"""The same work with 1,000 and with 1,000,000 users: logins and session checks by 16 and 32 clients, and memory."""

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks import crowd
from benchmarks.bare import ROUNDS
from benchmarks.figures import Figure
from benchmarks.load import Deed, Result, get, interleaved, load
from benchmarks.revoke import memory
from benchmarks.session_check import ask_whose
from benchmarks.sign_in import sign_in
from tests.kit.processes.servers import Server, running

FEW, MANY = 1_000, 1_000_000
ACTIVE = 1_000  # users of each database that come back again and again
SECONDS = 4
TURNS = 5
MOST = 1.2  # allowed ratio of times, many to few users


def measure(folder: Path) -> list[Figure]:
    """Measure two servers side by side, each with its own database. Rates and times are medians of five turns."""
    options = {"app": "benchmarks.app:app", "AUTHAPP_PASSWORD_ROUNDS": str(ROUNDS)}
    (folder / "few").mkdir()
    (folder / "many").mkdir()
    with running(folder / "few", **options) as small, running(folder / "many", **options) as large:
        servers = {FEW: small, MANY: large}
        people = {count: crowd.gather(server, count, ACTIVE) for count, server in servers.items()}
        keys = crowd.keys()
        figures = []
        for clients in (16, 32):
            figures += _compared(f"sign-ins, {clients} clients", servers, clients, _sign_ins(servers, people, keys))
            figures += _compared(f"session checks, {clients} clients", servers, clients, _checks(servers, people))
        figures += [
            Figure(f"memory of the server, {count:,} users", memory(server), "MiB") for count, server in servers.items()
        ]
    return figures


Deeds = dict[int, Callable[[], Deed]]


def _sign_ins(servers: dict[int, Server], people: dict[int, list[crowd.Person]], keys: crowd.Keys) -> Deeds:
    def deed(count: int) -> Callable[[], Deed]:
        everyone = itertools.cycle(people[count])
        return lambda: sign_in(servers[count], next(everyone), keys)

    return {count: deed(count) for count in servers}


def _checks(servers: dict[int, Server], people: dict[int, list[crowd.Person]]) -> Deeds:
    def deed(count: int) -> Callable[[], Deed]:
        asked = [(get(servers[count].host, "/api/v1/connect", one.key), one.email) for one in people[count]]
        everyone = itertools.cycle(asked)
        return lambda: ask_whose(*next(everyone))

    return {count: deed(count) for count in servers}


def _compared(what: str, servers: dict[int, Server], clients: int, deeds: Deeds) -> Iterator[Figure]:
    def way(count: int) -> Callable[[], Result]:
        return lambda: load(servers[count].port, clients, deeds[count], SECONDS)

    results = dict(zip(servers, interleaved(TURNS, *(way(count) for count in servers)), strict=True))
    for count, result in results.items():
        yield Figure(f"{what}, {count:,} users", result.rate, "a second")
        yield Figure("  p50", result.p50, "ms")
        yield Figure("  p99", result.p99, "ms")
    yield Figure("  times as long with many as with few", results[FEW].rate / results[MANY].rate, at_most=MOST)
    yield Figure("  load client: share of a core it used at most", max(one.busy for one in results.values()))
