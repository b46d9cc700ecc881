"""Servers and clients: the app with both kinds of token, a stub whose answers a test sets, and both kinds of client."""

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from authapp.client import AsyncClient, Client
from authapp.testing import Configure
from tests.kit.apps import alice, bob, share_database
from tests.kit.processes.servers import Server, running

__all__ = ["alice", "bob"]

Said = tuple[int, dict[str, str], Any]


@pytest.fixture(scope="session")
def kinds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Server]]:
    """Run the app once for each way in which clients keep a session's key."""
    with ExitStack() as stack:
        yield {
            kind: stack.enter_context(running(tmp_path_factory.mktemp(kind), AUTHAPP_TOKEN_KIND=kind))
            for kind in ("header", "cookie")
        }


@pytest.fixture(params=["header", "cookie"])
def server(request: pytest.FixtureRequest, kinds: dict[str, Server], configure: Configure) -> Server:
    return share_database(kinds[request.param], configure)


class InStep:
    """An async client, driven call by call, so that each test runs on both kinds of client."""

    def __init__(self, *args: Any, **options: Any) -> None:
        self._loop = asyncio.Runner()
        self._client = AsyncClient(*args, **options)

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._client, name)
        return (lambda *args, **more: self._loop.run(found(*args, **more))) if callable(found) else found

    def __repr__(self) -> str:
        return repr(self._client)

    def close(self) -> None:
        if not self._client._http.is_closed:
            self._loop.run(self._client.close())
            self._loop.close()


Make = Callable[..., Any]


@pytest.fixture(params=[Client, InStep], ids=["plain", "async"])
def make(request: pytest.FixtureRequest) -> Iterator[Make]:
    """Return a factory of clients, and close them afterwards."""
    made: list[Any] = []

    def new(where: Any, **options: Any) -> Any:
        made.append(request.param(where if isinstance(where, str) else where.url, **options))
        return made[-1]

    yield new
    for client in made:
        client.close()


class Stub(ThreadingHTTPServer):
    """A server that answers each path as a test says, and keeps the requests it received."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.says: dict[str, Callable[[Any], Said] | Said] = {}
        self.heard: list[tuple[str, dict[str, str], Any]] = []
        self.patience = threading.Event()  # handlers that wait for it are released at the end


class _Handler(BaseHTTPRequestHandler):
    server: Stub

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        told = json.loads(body) if body else None
        self.server.heard.append((f"{self.command} {self.path}", dict(self.headers), told))
        says = self.server.says[self.path.removeprefix("/api/v1")]
        status, headers, said = says(told) if callable(says) else says
        content = said.encode() if isinstance(said, str) else json.dumps(said).encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", "Content-Length": str(len(content)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_DELETE = _answer

    def log_message(self, *_: Any) -> None:
        """Log nothing."""


@contextmanager
def standing_in() -> Iterator[Stub]:
    with Stub() as stub:
        thread = threading.Thread(target=stub.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield stub
        finally:
            stub.patience.set()
            stub.shutdown()
            thread.join()


@pytest.fixture
def stub() -> Iterator[Stub]:
    with standing_in() as started:
        yield started
