"""Load from this process: many clients at once, each with one kept connection and one task after the other.

The clients use plain sockets and one `epoll` loop. A request must cost them little compared with what the server pays.
"""

import json
import re
import select
import socket
import statistics
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any, NamedTuple

_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)


class Answer(NamedTuple):
    """An answer of the server."""

    status: int
    body: bytes

    def data(self) -> dict[str, Any]:
        """Return the JSON of a successful answer.

        Raises:
            RuntimeError: the status is not 200.
        """
        if self.status != 200:
            raise RuntimeError(f"The server answered {self.status}: {self.body[:300]!r}")
        return dict(json.loads(self.body))


Deed = Generator[bytes, Answer, None]  # yields requests, receives their answers


@dataclass(frozen=True)
class Result:
    """Result of one round; times in milliseconds."""

    rate: float  # per second
    p50: float
    p99: float
    busy: float  # share of one core that this process used


def get(host: str, path: str, cookie: str = "") -> bytes:
    """Return a GET request."""
    cookies = f"Cookie: authapp={cookie}\r\n" if cookie else ""
    return f"GET {path} HTTP/1.1\r\nHost: {host}\r\n{cookies}\r\n".encode()


def post(host: str, path: str, body: dict[str, Any]) -> bytes:
    """Return a POST request, as our own pages send it."""
    content = json.dumps(body)
    return (
        f"POST {path} HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n{content}"
    ).encode()


def load(port: int, clients: int, deed: Callable[[], Deed], seconds: float) -> Result:
    """Let all clients repeat the task for so many seconds, and wait until the last one is done."""
    everyone = [_Client(port, deed) for _ in range(clients)]
    began, used = time.perf_counter(), time.process_time()
    times = _work(everyone, until=began + seconds)
    lasted, used = time.perf_counter() - began, time.process_time() - used
    for client in everyone:
        client.socket.close()
    cuts = statistics.quantiles(times, n=100)
    return Result(len(times) / lasted, cuts[49] * 1000, cuts[98] * 1000, used / lasted)


def _work(everyone: list["_Client"], until: float) -> list[float]:
    times: list[float] = []
    at_work = {client.socket.fileno(): client for client in everyone}
    with select.epoll() as poll:
        for number, client in at_work.items():
            poll.register(number, select.EPOLLIN)
            client.begin()
        while at_work:
            for number, _ in poll.poll():
                if (took := at_work[number].hear()) is None:
                    continue
                times.append(took)
                if time.perf_counter() < until:
                    at_work[number].begin()
                else:
                    del at_work[number]
    return times


def interleaved(rounds: int, *ways: Callable[[], Result]) -> list[Result]:
    """Measure several ways in turn (A B A B), so that other load on the machine hits all alike. Returns the medians."""
    results: list[list[Result]] = [[] for _ in ways]
    for _ in range(rounds):
        for way, kept in zip(ways, results, strict=True):
            kept.append(way())
    return [_median(kept) for kept in results]


def _median(results: list[Result]) -> Result:
    return Result(
        *(statistics.median(getattr(result, name) for result in results) for name in ("rate", "p50", "p99", "busy"))
    )


class _Client:
    def __init__(self, port: int, deed: Callable[[], Deed]) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._deed = deed
        self._heard = b""

    def begin(self) -> None:
        """Start the next task."""
        self._script = self._deed()
        self._began = time.perf_counter()
        self.socket.sendall(next(self._script))

    def hear(self) -> float | None:
        """Read what arrived. Returns the seconds that the task took once it is complete, else None."""
        self._heard += self.socket.recv(65536)
        answer = _whole(self._heard)
        if answer is None:
            return None
        self._heard = b""
        try:
            self.socket.sendall(self._script.send(answer))
        except StopIteration:
            return time.perf_counter() - self._began
        return None


def _whole(heard: bytes) -> Answer | None:
    head, end, body = heard.partition(b"\r\n\r\n")
    if not end:
        if not heard:
            raise RuntimeError("The server hung up.")
        return None
    length = _LENGTH.search(head)
    if length is None:
        raise RuntimeError(f"An answer without its length: {head!r}")
    return Answer(int(head[9:12]), body) if len(body) == int(length[1]) else None
