"""A stub of a provider on loopback. It keeps the requests, and answers by its script, then as the provider does."""

import json
import socket
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

PATIENCE = 180  # seconds until a test that waits in vain fails


@dataclass(frozen=True)
class Asked:
    """One request as it arrived."""

    method: str
    path: str
    headers: dict[str, str]
    body: str


Step = Callable[[Any, "Handler", Any], None]  # handles one request; arguments: the stub, its handler, the request


class Provider(ThreadingHTTPServer):
    """A server that listens on a free port as long as the `with` block lasts."""

    daemon_threads = True
    asks: type[Asked] = Asked

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self.script: list[Step] = []  # one step for each request, in order; later requests get the usual answer
        self.asked: list[Any] = []
        self.released = threading.Event()
        self._changed = threading.Condition()

    def __enter__(self) -> Self:
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.released.set()
        self.shutdown()
        self.server_close()

    def usual(self, handler: "Handler", asked: Any) -> None:
        """Answer a request as the provider does."""
        raise NotImplementedError

    def send(self, asked: Any) -> bool:
        """Send a message; returns False when it must not be sent."""
        raise NotImplementedError

    def expect(self, count: int) -> None:
        """Wait until so many requests have arrived."""
        with self._changed:
            arrived = self._changed.wait_for(lambda: len(self.asked) >= count, PATIENCE)
        assert arrived, f"{len(self.asked)} requests arrived, {count} were expected"

    def remember(self, asked: Asked) -> Step:
        with self._changed:
            self.asked.append(asked)
            step = self.script.pop(0) if self.script else usual
            self._changed.notify_all()
        return step

    def handle_error(self, request: object, client_address: object) -> None:
        """Ignore errors of the connection: a client that was killed does not read its answer."""


class Handler(BaseHTTPRequestHandler):
    server: Provider

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        headers = {name.lower(): value for name, value in self.headers.items()}
        asked = self.server.asks(self.command, self.path, headers, body)
        self.server.remember(asked)(self.server, self, asked)

    def do_GET(self) -> None:
        self.answer(200, {"object": "list", "data": []})

    def answer(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
        content = body if isinstance(body, str) else json.dumps(body)
        kind = "text/html" if isinstance(body, str) else "application/json"
        self.send_response(status)
        for name, value in ({"Content-Type": kind} | (headers or {})).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content.encode())

    def log_message(self, format: str, *args: object) -> None:
        """Log nothing."""


def usual(stub: Provider, handler: Handler, asked: Any) -> None:
    """Answer a request as the provider does."""
    stub.usual(handler, asked)


def answer(status: int, body: Any, **headers: str) -> Step:
    """Return a step with any answer: text is HTML, everything else JSON. Underscores in header names become hyphens."""
    fields = {field.replace("_", "-"): value for field, value in headers.items()}
    return lambda stub, handler, asked: handler.answer(status, body, fields)


def hold(stub: Provider, handler: Handler, asked: Any) -> None:
    """Send the message at once, but answer only when the test releases the stub."""
    stub.send(asked)
    stub.released.wait(PATIENCE)
    stub.usual(handler, asked)


def reset(stub: Provider, handler: Handler, asked: Any) -> None:
    """Break the connection; nothing is sent."""
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.connection.close()
