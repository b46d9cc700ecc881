"""Resend's `POST /emails` on loopback: remembers what it was asked, and answers as a script says.

Without a script it does what Resend does: wants the key, and sends a mail once for each idempotency key.
"""

import json
import socket
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

KEY = "re_this_key_must_never_be_logged"
PATIENCE = 60  # seconds until a test that waits for what never happens is told so


@dataclass(frozen=True)
class Asked:
    """One request as it arrived."""

    method: str
    headers: dict[str, str]
    mail: dict[str, Any]

    @property
    def key(self) -> str:
        return self.headers["idempotency-key"]


Step = Callable[["Stub", "_Handler", Asked], None]


class Stub(ThreadingHTTPServer):
    """Listens on a free port for as long as the `with` block lasts."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self.script: list[Step] = []  # one for each request, in order; then the usual
        self.asked: list[Asked] = []
        self.mails: dict[str, dict[str, Any]] = {}  # what went out, by idempotency key
        self.released = threading.Event()
        self._changed = threading.Condition()

    def __enter__(self) -> Self:
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.released.set()
        self.shutdown()
        self.server_close()

    def expect(self, count: int) -> None:
        """Wait until that many requests have arrived."""
        with self._changed:
            arrived = self._changed.wait_for(lambda: len(self.asked) >= count, PATIENCE)
        assert arrived, f"{len(self.asked)} requests arrived, {count} were expected"

    def remember(self, asked: Asked) -> Step:
        with self._changed:
            self.asked.append(asked)
            step = self.script.pop(0) if self.script else usual
            self._changed.notify_all()
        return step

    def send(self, asked: Asked) -> bool:
        """A mail goes out; False when its key was used for another one."""
        with self._changed:
            return self.mails.setdefault(asked.key, asked.mail) == asked.mail

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that was killed does not take its answer."""


class _Handler(BaseHTTPRequestHandler):
    server: Stub

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        asked = Asked(self.command, headers, json.loads(body))
        self.server.remember(asked)(self.server, self, asked)

    def do_GET(self) -> None:
        self.answer(200, {"object": "list", "data": []})

    def answer(self, status: int, body: dict[str, Any] | str, headers: dict[str, str] | None = None) -> None:
        content = body if isinstance(body, str) else json.dumps(body)
        self.send_response(status)
        self.send_header("Content-Type", "text/html" if isinstance(body, str) else "application/json")
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content.encode())

    def log_message(self, format: str, *args: object) -> None:
        """Tests say what they need to say."""


def usual(stub: Stub, handler: _Handler, asked: Asked) -> None:
    """What Resend does."""
    if asked.headers.get("authorization") != f"Bearer {KEY}":
        refusal(403, "invalid_api_key")(stub, handler, asked)
    elif stub.send(asked):
        handler.answer(200, {"id": f"mail of {asked.key}"})
    else:
        refusal(409, "invalid_idempotent_request")(stub, handler, asked)


def refusal(status: int, name: str, message: str = "", **headers: str) -> Step:
    """An error as Resend words it. Underscores in names of headers become hyphens."""
    body = {"statusCode": status, "name": name, "message": message}
    fields = {field.replace("_", "-"): value for field, value in headers.items()}
    return lambda stub, handler, asked: handler.answer(status, body, fields)


def page(status: int, text: str, **headers: str) -> Step:
    """An answer that is not JSON."""
    return lambda stub, handler, asked: handler.answer(status, text, headers)


def hold(stub: Stub, handler: _Handler, asked: Asked) -> None:
    """The mail goes out at once, the answer only when the stub is released."""
    stub.send(asked)
    stub.released.wait(PATIENCE)
    usual(stub, handler, asked)


def reset(stub: Stub, handler: _Handler, asked: Asked) -> None:
    """The connection breaks; nothing goes out."""
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.connection.close()
