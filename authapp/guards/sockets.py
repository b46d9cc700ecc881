"""Open sockets of this process by session, and the watch that closes the sockets of ended sessions."""

import asyncio
import logging
import time
from collections import Counter, defaultdict
from contextlib import suppress
from typing import NamedTuple

from starlette.types import Message, Receive, Send

from authapp.config import settings
from authapp.core.base import rate_limits, security_log
from authapp.core.base.changes import Changes
from authapp.core.sessions import sessions
from authapp.core.sessions.sessions import Live
from authapp.db import announce, before_commit, on_commit, read

log = logging.getLogger(__name__)
ENDED = 4401  # close code; the browser reconnects at once, then without a session
ANSWER = 0.3  # seconds; an event that changed its own key or groups can still send its redirect
PARTING = 2.0  # seconds; a tab whose own event ended its session can still receive its redirect
_GONE: Message = {"type": "websocket.disconnect", "code": ENDED}


class Owner(NamedTuple):
    """Caller that opened a socket. Without a session, only the IP address is known."""

    session_id: str = ""
    digest: bytes = b""  # of the key that opened the socket
    ip: str = ""
    groups: frozenset[str] = frozenset()  # of the user when the socket was opened
    user: str = ""  # id of the user


class Socket:
    """Open socket. After its end it passes no more messages on."""

    _heard_connect = False  # whether `websocket.connect`, the first message, was passed on

    def __init__(self, owner: Owner, receive: Receive, send: Send) -> None:
        self.owner = owner
        self.shares = shares(owner)
        self._receive = receive
        self._send = send
        self._ended = asyncio.Event()
        self._greeted = False
        self.budgets = [Budget(rate_limits.BURST.most, rate_limits.PER_SECOND.per_second)]

    def end(self) -> None:
        """Close the socket. The page reconnects and learns that its session is over."""
        self._ended.set()

    async def receive(self) -> Message:
        """Return the next message, or a disconnect as soon as the socket ends.

        The first message, `websocket.connect`, always passes. An app that never receives it refuses the connection,
        and the browser logs an error.
        """
        if not self._heard_connect:
            self._heard_connect = True
            return await self._receive()
        if self._ended.is_set():
            return _GONE
        incoming, end = asyncio.ensure_future(self._receive()), asyncio.ensure_future(self._ended.wait())
        await asyncio.wait({incoming, end}, return_when=asyncio.FIRST_COMPLETED)
        end.cancel()
        if not incoming.done():
            incoming.cancel()
            return _GONE
        if incoming.result()["type"] == "websocket.receive":
            await self._count()
        return _GONE if self._ended.is_set() else incoming.result()

    async def send(self, message: Message) -> None:
        """Pass a message on, unless the socket ended.

        The first message is the handshake of Engine.IO, which reveals nothing about a user. It always passes: a client
        whose socket closes before the handshake waits forever and does not reconnect.
        """
        if not self._ended.is_set() or not self._greeted:
            self._greeted = self._greeted or message["type"] == "websocket.send"
            await self._send(message)

    async def finish(self) -> None:
        """Tell the server to close the connection, if the socket ended."""
        if self._ended.is_set():
            await self._send({"type": "websocket.close", "code": ENDED})

    async def _count(self) -> None:
        for budget in self.budgets:
            await budget.take()


class ProductSocket(Socket):
    """Websocket of one of the product's own routes. The product decides how many messages it accepts."""

    _heard_connect = True  # there is no need to wait for it: `cut` closes the socket at any time

    @property
    def is_over(self) -> bool:
        """Return whether the socket ended, even if its connection is still open for a moment."""
        return self._ended.is_set()

    async def cut(self) -> None:
        """Close the connection as soon as the socket ends, regardless of what the product does with it."""
        await self._ended.wait()
        with suppress(OSError, RuntimeError):  # the connection is closed already
            await self._send({"type": "websocket.close", "code": ENDED})

    async def send(self, message: Message) -> None:
        """Pass a message on.

        Raises:
            OSError: the socket ended. ASGI servers raise the same error, and frameworks handle it.
        """
        if not self._ended.is_set():
            await self._send(message)
        elif message["type"] == "websocket.send":
            raise OSError("the session has ended")

    async def _count(self) -> None:
        pass


class Budget:
    """Token bucket that delays messages above the rate limit. No message is lost."""

    def __init__(self, burst: int, per_second: float) -> None:
        self._burst, self._per_second = burst, per_second
        self._left = float(burst)
        self._last = time.monotonic()

    @property
    def is_full(self) -> bool:
        """Return whether the whole burst is available."""
        return self._left + (time.monotonic() - self._last) * self._per_second >= self._burst

    async def take(self) -> None:
        """Use one message of the budget. Waits when the budget is empty."""
        if not settings().rate_limits:
            return
        now = time.monotonic()
        self._left = min(self._burst, self._left + (now - self._last) * self._per_second) - 1
        self._last = now
        if self._left < 0:
            await asyncio.sleep(-self._left / self._per_second)


class Share(NamedTuple):
    """Counter of open sockets (kind and owner), with the maximum that may be open at once."""

    kind: str
    who: str
    most: int


def shares(owner: Owner) -> list[Share]:
    """Return every counter that a socket counts in: its session, its user, and the networks of its IP address."""
    network_shares = [
        Share("address", network, most)
        for network, most in rate_limits.networks(owner.ip, rate_limits.SOCKETS_PER_ADDRESS.most)
    ]
    if not owner.session_id:
        return network_shares + [
            Share("visitors", network, most)
            for network, most in rate_limits.networks(owner.ip, rate_limits.STRANGERS.most)
        ]
    per_session, per_user = rate_limits.SOCKETS_PER_SESSION.most, rate_limits.SOCKETS_PER_USER.most
    return [Share("session", owner.session_id, per_session), Share("user", owner.user, per_user), *network_shares]


class Sockets:
    """Registry of open sockets. Only the event loop uses it, except for methods that say "from any thread"."""

    def __init__(self) -> None:
        self._open: defaultdict[str, set[Socket]] = defaultdict(set)
        self._counts: Counter[Share] = Counter()
        self._budgets: dict[str, Budget] = {}  # by user
        self._parting: dict[str, float] = {}  # ended sessions -> time until which their sockets stay open
        self._looking: set[asyncio.Future[None]] = set()  # strong references: asyncio has weak ones
        self._loop: asyncio.AbstractEventLoop | None = None

    def add(self, socket: Socket) -> None:
        """Register a socket."""
        self._open[socket.owner.session_id].add(socket)
        self._counts.update(socket.shares)
        if user := socket.owner.user:
            budget = Budget(rate_limits.USER_BURST.most, rate_limits.USER_PER_SECOND.per_second)
            socket.budgets.append(self._budgets.setdefault(user, budget))

    def remove(self, socket: Socket) -> None:
        """Unregister a socket that closed."""
        session_id = socket.owner.session_id
        self._open[session_id].discard(socket)
        if not self._open[session_id]:
            del self._open[session_id]
        for share in socket.shares:
            self._counts[share] -= 1
            if not self._counts[share]:
                del self._counts[share]

    def are_too_many(self, owner: Owner) -> bool:
        """Return whether a session, its user or an IP address has the maximum of open sockets already."""
        full = next((share for share in shares(owner) if self._counts[share] >= share.most), None)
        if full is None or not settings().rate_limits:
            return False
        security_log.note("socket refused: too many are open", limit=full.kind, most=full.most, user=owner.user)
        return True

    def react(self, changes: Changes) -> None:
        """Close the sockets of ended sessions, and check those whose key or groups changed. From any thread."""
        if self._loop is None:
            return
        if changes.keys_changed:
            self._loop.call_soon_threadsafe(self._look_at, changes.keys_changed)
        if changes.groups_changed:  # a moment later: the tab that changed them still gets its answer
            self._loop.call_soon_threadsafe(self._loop.call_later, ANSWER, self._close, changes.groups_changed)
        if changes.sessions_ended:
            self._loop.call_soon_threadsafe(self._close, changes.sessions_ended)

    def spare(self, changes: Changes) -> None:
        """Keep the sockets of parting sessions open for a moment: one still gets an answer. From any thread."""
        if changes.sessions_parting:
            now = time.monotonic()
            parting = {id: until for id, until in self._parting.items() if until > now}
            self._parting = parting | dict.fromkeys(changes.sessions_parting, now + PARTING)

    def _close(self, session_ids: set[str]) -> None:
        parting, now = self._parting, time.monotonic()
        for session_id in session_ids & self._open.keys():
            if parting.get(session_id, 0) > now:
                continue  # the watch tries again
            for socket in list(self._open[session_id]):
                socket.end()

    def _close_old(self, live_sessions: dict[str, Live]) -> None:
        """Close sockets that were opened with a replaced key, or before the groups of their user changed.

        A copied old key becomes worthless this way, and the user's own tabs reconnect. No event runs on a socket with
        a replaced key any more. It stays open for a moment, in which the browser gets its new cookie. A product's
        socket ends at once, because nobody checks its messages. After a change of groups, the page reconnects and asks
        again what it may see.
        """
        for session_id, live in live_sessions.items():
            for socket in list(self._open.get(session_id, ())):
                is_old = socket.owner.digest != live.digest
                if is_old and isinstance(socket, ProductSocket):
                    socket.end()
                elif (is_old and live.digest is not None) or live.groups != socket.owner.groups:
                    self._loop.call_later(ANSWER, socket.end) if self._loop else socket.end()

    def _look_at(self, session_ids: set[str]) -> None:
        if open_ids := session_ids & self._open.keys():
            task = asyncio.ensure_future(self._sweep(open_ids))
            self._looking.add(task)
            task.add_done_callback(self._looking.discard)

    async def watch(self) -> None:
        """Check every second which open sessions ended, in this or any other process, and close their sockets."""
        self._loop = asyncio.get_running_loop()
        on_commit.append(self.react)
        before_commit.append(self.spare)
        try:
            while True:
                await asyncio.sleep(1)
                await self._sweep(self._open.keys() - {""})
                security_log.close_minutes()
                self._drop_unused_budgets()
        finally:
            security_log.close_minutes(all=True)
            on_commit.remove(self.react)
            before_commit.remove(self.spare)

    def _drop_unused_budgets(self) -> None:
        """Delete full budgets of users without sockets. Until then a budget stays, so a reconnect gives no new one."""
        active = {user for kind, user, _ in self._counts if kind == "user"}
        for user in [user for user, budget in self._budgets.items() if user not in active and budget.is_full]:
            del self._budgets[user]

    async def _sweep(self, session_ids: set[str]) -> None:
        try:
            if session_ids:
                live_sessions = await read(sessions.live, session_ids)
                if ended_ids := session_ids - live_sessions.keys():
                    announce(Changes(sessions_ended=ended_ids))
                self._close_old(live_sessions)
        except Exception as error:  # the next second tries again; a database outage must not end the watch
            log.warning("could not check which sessions have ended (%s)", type(error).__name__)


sockets = Sockets()
