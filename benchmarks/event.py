"""Round trips of an event of a logged-in user: one tab alone, and 16 tabs at once."""

import asyncio
import itertools
import json
import statistics
import time
from pathlib import Path
from typing import Any

import aiohttp

from benchmarks import crowd
from benchmarks.figures import Figure
from benchmarks.revoke import HYDRATE
from tests.kit.processes.servers import Server, running

TABS = 16
TURNS = 5
SECONDS = 3
EVENT = "reflex___state____state.set_is_hydrated"  # the cheapest event, so the figure is the cost that every event has


def measure(folder: Path) -> list[Figure]:
    """Measure both five times and return the medians."""
    with running(folder, app="benchmarks.app:app") as server:
        alone, many = asyncio.run(_measure(server, crowd.gather(server, TABS)))
    return [
        Figure("round trip, one tab, p50", statistics.median(alone) * 1000, "ms"),
        Figure(f"events of {TABS} tabs at once", statistics.median(many), "a second"),
    ]


async def _measure(server: Server, people: list[crowd.Person]) -> tuple[list[float], list[float]]:
    async with aiohttp.ClientSession(headers={"Origin": server.url}) as web:
        tabs = [await _open(web, server, number, person) for number, person in enumerate(people)]
        alone, many = [], []
        for _ in range(TURNS):
            alone.append(statistics.median(await _send(tabs[0], SECONDS)))
            times = await asyncio.gather(*(_send(tab, SECONDS) for tab in tabs))
            many.append(sum(map(len, times)) / SECONDS)
        return alone, many


async def _open(web: aiohttp.ClientSession, server: Server, number: int, person: crowd.Person) -> Any:
    url = f"http://127.0.0.1:{server.port}/_event/?EIO=4&transport=websocket&token=tab{number}"
    tab = await web.ws_connect(url, headers={"Cookie": f"authapp={person.key}", "Host": server.host})
    await _until(tab, "0")
    await tab.send_str(f"40/_event,{json.dumps({'event': HYDRATE})}")
    await _until(tab, '"is_hydrated_rx_state_":true')
    return tab


async def _send(tab: Any, seconds: float) -> list[float]:
    until, times = time.perf_counter() + seconds, []
    for value in itertools.cycle((False, True)):
        began = time.perf_counter()
        if began > until:
            return times
        event = {**HYDRATE, "name": EVENT, "payload": {"value": value}}
        await tab.send_str(f"42/_event,{json.dumps(['event', event])}")
        await _until(tab, f'"is_hydrated_rx_state_":{json.dumps(value)}')
        times.append(time.perf_counter() - began)
    raise AssertionError  # never reached: the cycle has no end


async def _until(tab: Any, words: str) -> None:
    async for message in tab:
        if message.data == "2":
            await tab.send_str("3")
        elif words in message.data:
            return
    raise RuntimeError("The server hung up.")
