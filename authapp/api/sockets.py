"""The open sockets of this process, by session; the watch that ends those whose session is over."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from authapp.core import limits, links, sessions
from authapp.db import announce, later, look, on_sessions_ended

Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
log = logging.getLogger(__name__)
ENDED = 4401  # close code; the browser reconnects at once and is nobody then
PURGE_EVERY = 300  # sweeps, of one second each


class Socket:
    """One open socket; `dead` ones neither speak nor hear any more."""

    def __init__(self, session_id: str, send: Send) -> None:
        self.session_id = session_id
        self.send = send
        self.dead = False

    async def close(self) -> None:
        """Hang up. The page reconnects, and learns that its session is over."""
        self.dead = True
        await self.send({"type": "websocket.close", "code": ENDED})


class Sockets:
    """The registry. Touched on the event loop only, save `revoke`."""

    def __init__(self) -> None:
        self._open: defaultdict[str, set[Socket]] = defaultdict(set)
        self._closing: set[asyncio.Task[None]] = set()
        self._loop: asyncio.AbstractEventLoop | None = None

    def add(self, socket: Socket) -> None:
        """Remember a socket of a session."""
        self._open[socket.session_id].add(socket)

    def remove(self, socket: Socket) -> None:
        """Forget a socket that closed."""
        self._open[socket.session_id].discard(socket)
        if not self._open[socket.session_id]:
            del self._open[socket.session_id]

    def revoke(self, session_ids: set[str]) -> None:
        """Close every socket of these sessions. From any thread."""
        if self._loop:
            self._loop.call_soon_threadsafe(self._close, session_ids)

    def _close(self, session_ids: set[str]) -> None:
        for session_id in session_ids & self._open.keys():
            for socket in list(self._open[session_id]):
                task = asyncio.create_task(socket.close())
                self._closing.add(task)
                task.add_done_callback(self._closing.discard)

    async def watch(self) -> None:
        """Once a second: ask which of the open sessions are over, in whatever process they ended."""
        self._loop = asyncio.get_running_loop()
        on_sessions_ended.append(self.revoke)
        sweep = 0
        try:
            while True:
                await asyncio.sleep(1)
                sweep += 1
                await self._sweep(purge=sweep % PURGE_EVERY == 0)
        finally:
            on_sessions_ended.remove(self.revoke)

    async def _sweep(self, *, purge: bool) -> None:
        try:
            if self._open and (ended := await look(sessions.ended_among, self._open.keys() - {""})):
                announce(ended)
            if purge:
                for rule in (sessions.purge, limits.purge, links.purge):
                    later(rule)
        except Exception as error:  # the next second tries again; a database that is away must not end the watch
            log.warning("could not ask which sessions are over (%s)", type(error).__name__)


sockets = Sockets()
