"""Revocation with 600 open sockets: time until every tab of an ended session knows, and memory per tab."""

import asyncio
import json
import secrets
import statistics
import time
from pathlib import Path
from typing import Any

import aiohttp

from benchmarks import crowd
from benchmarks.figures import Figure
from tests.kit.processes.servers import Server, running

OTHERS = 500
OURS = 100
TURNS = 3
AT_ONCE = 16
HYDRATE = {
    "name": "reflex___state____state.hydrate_and_load",
    "payload": {},
    "router_data": {"pathname": "/settings", "asPath": "/settings"},
}


def measure(folder: Path) -> list[Figure]:
    """Keep one set of tabs open over all turns; each turn ends another session with its tabs."""
    with running(folder, app="benchmarks.app:app") as server:
        people = crowd.gather(server, OTHERS + TURNS)
        idle = memory(server)
        took, lost, (some, full) = asyncio.run(_revoke(server, people))
    return [
        Figure(f"last of {OURS} tabs knows that its session ended", statistics.median(took) * 1000, "ms", at_most=1000),
        Figure("  the slowest turn", max(took) * 1000, "ms"),
        Figure(f"tabs of the {OTHERS} others that were closed", lost, at_most=0),
        Figure("memory idle (RSS)", idle, "MiB", at_most=200),
        Figure(f"memory with {OTHERS + OURS} tabs (RSS)", full, "MiB"),
        Figure(f"  a tab, from {OURS} to {OTHERS + OURS}", (full - some) / OTHERS, "MiB", at_most=0.2),
    ]


class Tab:
    """One open page, as far as the server can tell."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket
        self.ready = asyncio.Event()
        self.closed_at: float | None = None

    async def live(self) -> None:
        """Connect, answer pings, and note the time at which the socket closes."""
        auth = json.dumps({"event": HYDRATE})
        async for message in self.socket:
            if message.data.startswith("0"):
                await self.socket.send_str(f"40/_event,{auth}")
            elif message.data == "2":
                await self.socket.send_str("3")
            elif '"is_hydrated_rx_state_":true' in message.data.replace(" ", ""):
                self.ready.set()
        self.closed_at = time.perf_counter()


async def _revoke(server: Server, people: list[crowd.Person]) -> tuple[list[float], int, tuple[float, float]]:
    connector = aiohttp.TCPConnector(limit=0)
    async with (
        aiohttp.ClientSession(connector=connector, headers={"Origin": server.url}) as web,
        asyncio.TaskGroup() as all,
    ):
        others = await _open(web, all, server, people[:OURS])
        some, full = memory(server), 0.0
        others += await _open(web, all, server, people[OURS:OTHERS])
        took = []
        for person in people[OTHERS:]:
            ours = await _open(web, all, server, [person] * OURS)
            full = full or memory(server)
            took.append(await _end(web, server, person, ours))
        await asyncio.sleep(2)  # the server checks its open sockets once a second
        lost = sum(tab.closed_at is not None for tab in others)
        await asyncio.gather(*(tab.socket.close() for tab in others))
    return took, lost, (some, full)


async def _open(
    web: aiohttp.ClientSession, all: asyncio.TaskGroup, server: Server, people: list[crowd.Person]
) -> list[Tab]:
    few = asyncio.Semaphore(AT_ONCE)

    async def one(person: crowd.Person) -> Tab:
        async with few:
            url = f"ws://{server.host}/_event/?EIO=4&transport=websocket&token={secrets.token_hex(16)}"
            tab = Tab(await web.ws_connect(url, headers={"Cookie": f"authapp={person.key}"}))
            all.create_task(tab.live())
            await asyncio.wait_for(tab.ready.wait(), 30)
            return tab

    return await asyncio.gather(*(one(person) for person in people))


async def _end(web: aiohttp.ClientSession, server: Server, person: crowd.Person, tabs: list[Tab]) -> float:
    """Log out and wait until the server closed every tab. Returns the seconds until the last one."""
    began = time.perf_counter()
    async with web.post(f"{server.url}/api/v1/logout", json={}, headers={"Cookie": f"authapp={person.key}"}) as answer:
        answer.raise_for_status()
    while any(tab.closed_at is None for tab in tabs):
        if time.perf_counter() - began > 30:
            raise RuntimeError(f"{sum(tab.closed_at is None for tab in tabs)} tabs were never told.")
        await asyncio.sleep(0.01)
    return max(tab.closed_at or 0 for tab in tabs) - began


def memory(server: Server) -> float:
    """Return the resident memory of the server and its workers in MiB. Shared pages count once for each process."""
    return sum(_resident(number) for number in _family(server.process.pid)) / 1024


def _family(number: int) -> list[int]:
    children = Path(f"/proc/{number}/task/{number}/children").read_text().split()
    return [number, *(one for child in children for one in _family(int(child)))]


def _resident(number: int) -> int:
    status: dict[str, Any] = dict(
        line.split(":", 1) for line in Path(f"/proc/{number}/status").read_text().splitlines() if ":" in line
    )
    return int(status["VmRSS"].split()[0])
