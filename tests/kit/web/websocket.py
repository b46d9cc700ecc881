"""A websocket by hand: any header, any frame, and the close code as it arrives."""

import socket
import time
from collections import deque
from collections.abc import Sequence

from wsproto import ConnectionType, WSConnection
from wsproto.events import (
    AcceptConnection,
    BytesMessage,
    CloseConnection,
    Event,
    Ping,
    RejectConnection,
    Request,
    TextMessage,
)

from tests.kit.processes.servers import Server

NO_CODE = 1006  # the connection was cut without a close frame


class Refused(Exception):
    """Raised when the server refuses the handshake; the message holds the status or the server's answer."""


class Gone(Exception):
    """Raised when the server closed the socket; the message is the close code."""


class Wire:
    """One open websocket."""

    def __init__(self, server: Server, target: str, headers: Sequence[tuple[str, str]], patience: float) -> None:
        self._line = socket.create_connection(("127.0.0.1", server.port), timeout=patience)
        self._protocol = WSConnection(ConnectionType.CLIENT)
        self._messages: deque[str | bytes] = deque()
        self._text = ""
        self._code: int | None = None
        self._answer: Event | None = None
        self._line.sendall(self._protocol.send(Request(host=server.host, target=target, extra_headers=list(headers))))
        while self._answer is None:
            self._read(patience)
        if not isinstance(self._answer, AcceptConnection):
            self.close()
            raise Refused(f"status {getattr(self._answer, 'status_code', 'unknown')}")

    @property
    def headers(self) -> dict[str, str]:
        """Return the headers of the handshake's answer, but for those of the protocol."""
        assert isinstance(self._answer, AcceptConnection)
        return {name.decode().lower(): value.decode() for name, value in self._answer.extra_headers}

    def send(self, message: str | bytes) -> None:
        """Send a message as it is."""
        event = TextMessage(message) if isinstance(message, str) else BytesMessage(message)
        if self._code is not None:
            raise Gone(self._code)
        try:
            self._line.sendall(self._protocol.send(event))
        except OSError:
            self._code = NO_CODE
            raise Gone(self._code) from None

    def receive(self, within: float) -> str | bytes | None:
        """Return the next message, or None if none arrives in time."""
        deadline = time.monotonic() + within
        while not self._messages:
            if self._code is not None:
                raise Gone(self._code)
            left = deadline - time.monotonic()
            if left <= 0:
                return None
            self._read(left)
        return self._messages.popleft()

    def close(self) -> None:
        """Cut the connection."""
        self._line.close()
        self._code = self._code or NO_CODE

    def _read(self, within: float) -> None:
        self._line.settimeout(max(within, 0.001))
        try:
            data = self._line.recv(1 << 16)
        except TimeoutError:
            return
        except OSError:
            data = b""
        if not data:
            self._code = self._code or NO_CODE
            self._answer = self._answer or CloseConnection(NO_CODE)
            return
        self._protocol.receive_data(data)
        for event in self._protocol.events():
            self._take(event)

    def _take(self, event: Event) -> None:
        if isinstance(event, (AcceptConnection, RejectConnection)):
            self._answer = event
        elif isinstance(event, TextMessage):
            self._text += event.data
            if event.message_finished:
                self._messages.append(self._text)
                self._text = ""
        elif isinstance(event, CloseConnection):
            self._code = int(event.code)
        elif isinstance(event, Ping):
            self._line.sendall(self._protocol.send(event.response()))
