"""A client that speaks Reflex's socket by hand: engine.io 4 and socket.io, and nothing that a page would add."""

import json
import time
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

from tests.kit.processes.servers import PATIENCE, Server
from tests.kit.web.websocket import Gone, Refused, Wire

ROOT = "reflex___state____state"
ENTER = "hydrate_and_load"
_SPACE = "/_event"


__all__ = ["ENTER", "ROOT", "Intruder", "event", "reopen"]


def reopen(server: Server, tab: str, **more: Any) -> "Intruder":
    """Open a tab again, as soon as the server has noticed that its previous socket is closed."""
    while (again := Intruder(server, tab=tab, **more)).tab != tab:
        again.close()
        time.sleep(0.05)
    return again


def event(name: str) -> str:
    """Return a handler's name on the wire, for `settings.personal_data_state.save` or Reflex's own, like `hydrate`."""
    module, dot, rest = name.partition(".")
    ours = dot and not module.startswith(("reflex___", "tests___"))
    return f"{ROOT}.authapp___states___{module}____{rest}" if ours else f"{ROOT}.{name}"


class Intruder:
    """One socket. It sends what a test gives it, and keeps everything it receives.

    Args:
        server: the server to connect to.
        tab: the tab token in the query string.
        cookie: a session key, sent as a browser sends it.
        origin: the Origin header; None for the server's own, an empty text for no header.
        path: the page that the socket claims to be on, with its query.
        headers: more headers of the handshake.
        query: the whole query string, in place of the usual one.
        auth: payload of the CONNECT packet, in place of the event that a page sends.
        patience: seconds until an answer counts as missing.
    """

    def __init__(
        self,
        server: Server,
        *,
        tab: str = "a tab",
        cookie: str = "",
        origin: str | None = None,
        path: str = "/",
        headers: Sequence[tuple[str, str]] = (),
        query: str | None = None,
        auth: Any = None,
        patience: float = PATIENCE,
    ) -> None:
        self.tab, self.path, self._patience = tab, path, patience
        self.heard: list[str] = []  # every packet, as it arrived
        self.state: dict[str, dict[str, Any]] = {}  # the vars that a page would hold by now
        self.orders: list[dict[str, Any]] = []  # events for the browser: redirects, restarts
        asked = f"token={quote(tab)}&EIO=4&transport=websocket" if query is None else query
        given = [("Origin", server.url if origin is None else origin), ("Cookie", cookie and f"authapp={cookie}")]
        sent = [*headers, *(pair for pair in given if pair[1])]
        self._wire = Wire(server, f"{_SPACE}/?{asked}", sent, patience)
        try:
            self._enter({"event": self.packet(ENTER)} if auth is None else auth)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection."""
        self._wire.close()

    def call(self, handler: str, /, **arguments: Any) -> None:
        """Call a handler by name."""
        self.emit("event", self.packet(handler, arguments))

    def packet(self, handler: str, payload: Any = None) -> dict[str, Any]:
        """Return an event as a page sends it."""
        where = {"pathname": self.path.partition("?")[0], "asPath": self.path, "query": {}}
        return {"name": event(handler), "payload": {} if payload is None else payload, "router_data": where}

    def emit(self, *data: Any) -> None:
        """Send a socket.io event with any name and data."""
        self.raw(f"42{_SPACE},{json.dumps(data)}")

    def raw(self, packet: str | bytes) -> None:
        """Send a packet as it is."""
        self._wire.send(packet)

    def settle(self) -> Self:
        """Wait until all earlier calls are done. Events of a tab run one after the other, so these events are the last.

        It sends two events, because a handler may call another one, which queues behind the first.
        """
        for mark in (False, True):
            self.call("set_is_hydrated", value=mark)
            self.until(lambda mark=mark: self.of("").get("is_hydrated") is mark)
        return self

    def until(self, met: Callable[[], bool]) -> None:
        """Receive until a condition is true."""
        deadline = time.monotonic() + self._patience
        while not met():
            left = deadline - time.monotonic()
            assert left > 0, f"this did not come within {self._patience} s; heard: {self.heard[-3:]}"
            self._hear(left)

    def listen(self) -> None:
        """Receive what has arrived so far."""
        while self._hear(0.01):
            pass

    def ended(self) -> int:
        """Receive until the server closes the socket, and return the close code."""
        try:
            self.until(lambda: False)
        except Gone as gone:
            return int(str(gone))
        raise AssertionError  # `until` returns only when its condition is true, which never happens here

    def of(self, name: str) -> dict[str, Any]:
        """Return the vars of a state as a page holds them: of `account.account`, or of the root for an empty text."""
        full = event(f"{name}.x").removesuffix(".x") if name else ROOT
        return {key.removesuffix("_rx_state_"): value for key, value in self.state.get(full, {}).items()}

    @property
    def who(self) -> str:
        """Return the user's id, as the page receives it."""
        return str(self.of("account.account")["who"])

    @property
    def restart(self) -> dict[str, Any]:
        """Return the last order to trade a ticket and load a page."""
        return next(order["value"] for order in reversed(self.orders) if order.get("ref") == "authapp:restart")

    def ordered(self, name: str) -> Any:
        """Wait for an order to the page, like `restart`, and return the last of its kind."""
        found = lambda: [order["value"] for order in self.orders if order.get("ref") == f"authapp:{name}"]  # noqa: E731
        self.until(lambda: bool(found()))
        return found()[-1]

    @property
    def everything(self) -> str:
        """Return everything that reached the browser."""
        return "\n".join(self.heard)

    def _enter(self, auth: Any) -> None:
        self.raw(f"40{_SPACE},{json.dumps(auth)}")
        self.until(lambda: any(packet.startswith((f"40{_SPACE}", f"44{_SPACE}")) for packet in self.heard))
        if any(packet.startswith(f"44{_SPACE}") for packet in self.heard):
            raise Refused(self.heard[-1])
        if auth == {"event": self.packet(ENTER)}:
            self.until(lambda: self.of("").get("is_hydrated") is True)

    def _hear(self, within: float) -> bool:
        packet = self._wire.receive(within)
        if not isinstance(packet, str):
            return False
        self.heard.append(packet)
        if packet == "2":
            self.raw("3")
        if packet.startswith(f'42{_SPACE},["event"'):
            self._understand(json.loads(packet.partition(",")[2])[1])
        if packet.startswith(f'42{_SPACE},["new_token"'):  # the server still holds another socket with this tab token
            self.tab = json.loads(packet.partition(",")[2])[1]
        return True

    def _understand(self, update: dict[str, Any]) -> None:
        for state, changes in (update.get("delta") or {}).items():
            self.state.setdefault(state, {}).update(changes)
        self.orders.extend(order.get("payload", {}) for order in update.get("events") or [])
