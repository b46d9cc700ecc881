"""The open sockets of this process, by session; the watch that ends those whose session is over."""

import asyncio
import logging
import time
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import suppress
from typing import Any, NamedTuple

from authapp.config import settings
from authapp.core import limits, security_log, sessions
from authapp.core.sessions import Live
from authapp.db import announce, look, on_keys_changed, on_regrouped, on_sessions_ended, on_sessions_parting

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
log = logging.getLogger(__name__)
ENDED = 4401  # close code; the browser reconnects at once and is nobody then
ANSWER = 0.3  # seconds in which an event that changed its own key or groups still says where to go
PARTING = 2.0  # seconds in which a tab whose own event ended its session is still told where to go
_GONE: Message = {"type": "websocket.disconnect", "code": ENDED}


class Socket:
    """One open socket; an ended one neither speaks nor hears any more."""

    _heard_connect = False  # whether `websocket.connect`, the first message, was passed on

    def __init__(
        self,
        session_id: str,
        receive: Receive,
        send: Send,
        verifier: bytes = b"",
        address: str = "",
        groups: frozenset[str] = frozenset(),
        user: str = "",
    ) -> None:
        self.session_id = session_id
        self.user = user  # whose session it is
        self.shares = shares(session_id, user, address)
        self.verifier = verifier  # of the key it was opened with
        self.groups = groups  # that its person was in then
        self._receive = receive
        self._send = send
        self._ended = asyncio.Event()
        self._greeted = False
        self.budgets = [Budget(limits.BURST, limits.PER_SECOND)]

    def end(self) -> None:
        """Hang up. The page reconnects, and learns that its session is over."""
        self._ended.set()

    async def receive(self) -> Message:
        """The next message, or the news that the socket ended, whichever comes first.

        The first message, `websocket.connect`, always passes. A server that never hears it refuses the connection, and
        the browser logs an error.
        """
        if not self._heard_connect:
            self._heard_connect = True
            return await self._receive()
        if self._ended.is_set():
            return _GONE
        message, ended = asyncio.ensure_future(self._receive()), asyncio.ensure_future(self._ended.wait())
        await asyncio.wait({message, ended}, return_when=asyncio.FIRST_COMPLETED)
        ended.cancel()
        if not message.done():
            message.cancel()
            return _GONE
        if message.result()["type"] == "websocket.receive":
            await self._count()
        return _GONE if self._ended.is_set() else message.result()

    async def send(self, message: Message) -> None:
        """Pass a message on, unless the socket ended.

        The first one is the handshake of Engine.IO, which tells nothing of anybody. It passes all the same: a client
        whose socket closes before it waits for ever, and does not connect again.
        """
        if not self._ended.is_set() or not self._greeted:
            self._greeted = self._greeted or message["type"] == "websocket.send"
            await self._send(message)

    async def finish(self) -> None:
        """Tell the server that the socket ended, if it did."""
        if self._ended.is_set():
            await self._send({"type": "websocket.close", "code": ENDED})

    async def _count(self) -> None:
        for budget in self.budgets:
            await budget.take()


class ProductSocket(Socket):
    """A websocket of the product's own. How much may be sent over it is the product's to say."""

    _heard_connect = True  # `cut` closes it at any time

    @property
    def is_over(self) -> bool:
        """Whether it ended, though its line may be open for a moment more."""
        return self._ended.is_set()

    async def cut(self) -> None:
        """Hang up in the moment it ends, whatever the product does with it."""
        await self._ended.wait()
        with suppress(OSError, RuntimeError):  # the line is gone already
            await self._send({"type": "websocket.close", "code": ENDED})

    async def send(self, message: Message) -> None:
        """Pass a message on.

        Raises:
            OSError: the socket ended; so servers say it, and frameworks understand it.
        """
        if not self._ended.is_set():
            await self._send(message)
        elif message["type"] == "websocket.send":
            raise OSError("the session is over")

    async def _count(self) -> None:
        pass


class Budget:
    """Slows down who sends too much; nothing is lost, it just waits."""

    def __init__(self, burst: int, per_second: int) -> None:
        self._burst, self._per_second = burst, per_second
        self._left = float(burst)
        self._last = time.monotonic()

    @property
    def is_full(self) -> bool:
        """Whether nothing of it is used."""
        return self._left + (time.monotonic() - self._last) * self._per_second >= self._burst

    async def take(self) -> None:
        """Use one; wait when there is none left."""
        if not settings().limits:
            return
        now = time.monotonic()
        self._left = min(self._burst, self._left + (now - self._last) * self._per_second) - 1
        self._last = now
        if self._left < 0:
            await asyncio.sleep(-self._left / self._per_second)


class Share(NamedTuple):
    """What a socket is counted as, and how many of the kind may be open at once."""

    kind: str
    who: str
    most: int


def shares(session_id: str, user: str, address: str) -> list[Share]:
    """Everything that a socket is counted as: of a session, of a user, and from the networks of an address."""
    whole = [Share("address", who, most) for who, most in limits.networks(address, limits.SOCKETS_PER_ADDRESS)]
    if not session_id:
        return whole + [Share("visitors", who, most) for who, most in limits.networks(address, limits.STRANGERS)]
    per_session, per_user = limits.SOCKETS_PER_SESSION, limits.SOCKETS_PER_USER
    return [Share("session", session_id, per_session), Share("user", user, per_user), *whole]


class Sockets:
    """The registry. Touched on the event loop only, save `revoke` and `spare`."""

    def __init__(self) -> None:
        self._open: defaultdict[str, set[Socket]] = defaultdict(set)
        self._counts: Counter[Share] = Counter()
        self._budgets: dict[str, Budget] = {}  # by user
        self._parting: dict[str, float] = {}  # sessions that ended, until when their sockets stay
        self._looking: set[asyncio.Future[None]] = set()  # kept, or they would be forgotten half way
        self._loop: asyncio.AbstractEventLoop | None = None

    def add(self, socket: Socket) -> None:
        """Remember a socket of a session."""
        self._open[socket.session_id].add(socket)
        self._counts.update(socket.shares)
        if socket.user:
            budget = Budget(limits.USER_BURST, limits.USER_PER_SECOND)
            socket.budgets.append(self._budgets.setdefault(socket.user, budget))

    def remove(self, socket: Socket) -> None:
        """Forget a socket that closed."""
        self._open[socket.session_id].discard(socket)
        if not self._open[socket.session_id]:
            del self._open[socket.session_id]
        for share in socket.shares:
            self._counts[share] -= 1
            if not self._counts[share]:
                del self._counts[share]

    def are_too_many(self, session_id: str, user: str, address: str) -> bool:
        """Whether a session, its user or an address has all the sockets that one may have."""
        full = next((share for share in shares(session_id, user, address) if self._counts[share] >= share.most), None)
        if full is None or not settings().limits:
            return False
        security_log.note("socket refused, too many are open", limit=full.kind, most=full.most, user=user)
        return True

    def revoke(self, session_ids: set[str]) -> None:
        """Close every socket of these sessions. From any thread."""
        if self._loop:
            self._loop.call_soon_threadsafe(self._close, session_ids)

    def spare(self, session_ids: set[str]) -> None:
        """Keep the sockets of these sessions for a moment, though they end: one is just being answered."""
        now = time.monotonic()
        parting = {id: until for id, until in self._parting.items() if until > now}
        self._parting = parting | dict.fromkeys(session_ids, now + PARTING)

    def _close(self, session_ids: set[str]) -> None:
        parting, now = self._parting, time.monotonic()
        for session_id in session_ids & self._open.keys():
            if parting.get(session_id, 0) > now:
                continue  # the watch asks again
            for socket in list(self._open[session_id]):
                socket.end()

    def _close_old(self, found: dict[str, Live]) -> None:
        """Close what was opened with a key that was replaced: a copy of it is worthless, its own tabs come back.

        No event runs on such a socket any more. It stays for a moment, in which the browser gets its new cookie; only a
        product's socket, whose messages nobody checks, ends at once. And what was opened when its person was in other
        groups is closed: the page asks anew what it may see.
        """
        for session_id, live in found.items():
            for socket in list(self._open.get(session_id, ())):
                is_old = socket.verifier != live.verifier
                if is_old and isinstance(socket, ProductSocket):
                    socket.end()
                elif (is_old and live.verifier is not None) or live.groups != socket.groups:
                    self._loop.call_later(ANSWER, socket.end) if self._loop else socket.end()

    def renew(self, session_ids: set[str]) -> None:
        """Look at once which sockets of these sessions have a key that was replaced. From any thread."""
        if self._loop:
            self._loop.call_soon_threadsafe(self._look_at, session_ids)

    def _look_at(self, session_ids: set[str]) -> None:
        if asked := session_ids & self._open.keys():
            look_now = asyncio.ensure_future(self._sweep(asked))
            self._looking.add(look_now)
            look_now.add_done_callback(self._looking.discard)

    def regroup(self, session_ids: set[str]) -> None:
        """Close the sockets of these sessions, whose people are in other groups now. From any thread."""
        if self._loop:
            self._loop.call_soon_threadsafe(self._loop.call_later, ANSWER, self._close, session_ids)

    async def watch(self) -> None:
        """Once a second: ask which of the open sessions are over, in whatever process they ended."""
        self._loop = asyncio.get_running_loop()
        on_sessions_ended.append(self.revoke)
        on_keys_changed.append(self.renew)
        on_sessions_parting.append(self.spare)
        on_regrouped.append(self.regroup)
        try:
            while True:
                await asyncio.sleep(1)
                await self._sweep(self._open.keys() - {""})
                security_log.close_minutes()
                self._drop_unused_budgets()
        finally:
            security_log.close_minutes(all=True)
            on_sessions_ended.remove(self.revoke)
            on_keys_changed.remove(self.renew)
            on_sessions_parting.remove(self.spare)
            on_regrouped.remove(self.regroup)

    def _drop_unused_budgets(self) -> None:
        """A budget outlives the sockets of its user until it is full: to open new ones gives no new budget."""
        used = {user for kind, user, _ in self._counts if kind == "user"}
        for user in [user for user, budget in self._budgets.items() if user not in used and budget.is_full]:
            del self._budgets[user]

    async def _sweep(self, asked: set[str]) -> None:
        try:
            if asked:
                found = await look(sessions.live, asked)
                if ended := asked - found.keys():
                    announce(ended)
                self._close_old(found)
        except Exception as error:  # the next second tries again; a database that is away must not end the watch
            log.warning("could not ask which sessions are over (%s)", type(error).__name__)


sockets = Sockets()
