"""One open socket, from its handshake to its end."""

import asyncio

import pytest

from authapp.api import sockets as module
from authapp.api.sockets import BURST, ENDED, ProductSocket, Socket, Sockets

ACCEPT = {"type": "websocket.accept"}
HANDSHAKE = {"type": "websocket.send", "text": '0{"sid":"x"}'}
NEWS = {"type": "websocket.send", "text": "of somebody"}


def sent_by(end_after: int) -> list[str]:
    """What reaches a browser whose session ends after so many messages."""
    sent = []

    async def talk() -> None:
        async def send(message):
            sent.append(message)

        socket = Socket("a session", asyncio.Event().wait, send)
        for number, message in enumerate((ACCEPT, HANDSHAKE, NEWS)):
            if number == end_after:
                socket.end()
            await socket.send(message)
        assert end_after > 2 or (await socket.receive())["type"] == "websocket.disconnect"
        await socket.finish()

    asyncio.run(talk())
    return sent


def test_a_socket_that_ends_before_its_handshake_still_shakes_hands_and_tells_no_more():
    closed = {"type": "websocket.close", "code": ENDED}

    assert sent_by(0) == sent_by(1) == sent_by(2) == [ACCEPT, HANDSHAKE, closed]
    assert sent_by(3) == [ACCEPT, HANDSHAKE, NEWS]


def test_the_tab_that_ended_its_own_session_is_led_on_before_its_socket_closes(monkeypatch):
    """Whoever else asks in that moment, and finds the session over, does not cut it off."""
    now = [100.0]
    monkeypatch.setattr(module.time, "monotonic", lambda: now[0])
    registry = Sockets()
    sockets = {id: Socket(id, None, None) for id in ("closes its account", "another")}
    for socket in sockets.values():
        registry.add(socket)

    registry.spare({"closes its account"})
    registry._close(set(sockets))
    assert {id: socket._ended.is_set() for id, socket in sockets.items()} == {
        "closes its account": False,
        "another": True,
    }

    now[0] += module.PARTING
    registry._close(set(sockets))
    assert sockets["closes its account"]._ended.is_set()


def test_a_socket_of_the_product_is_cut_at_once_whatever_its_app_does(configure):
    sent = []

    async def send(message):
        sent.append(message["type"])

    async def talk() -> None:
        socket = ProductSocket("a session", asyncio.Event().wait, send)
        cut = asyncio.ensure_future(socket.cut())
        await socket.send(ACCEPT)
        socket.end()
        await cut  # though the app neither sends nor listens
        assert (await socket.receive())["type"] == "websocket.disconnect"
        await socket.send({"type": "websocket.close"})
        with pytest.raises(OSError, match="over"):
            await socket.send(NEWS)

    asyncio.run(talk())
    assert sent == ["websocket.accept", "websocket.close"]


def test_how_much_goes_over_a_socket_of_the_product_is_the_product_s_to_say(configure):
    configure(AUTHAPP_LIMITS="true")

    async def listen() -> None:
        async def receive():
            return {"type": "websocket.receive", "text": "a note"}

        socket = ProductSocket("a session", receive, receive)
        await asyncio.wait_for(asyncio.gather(*(socket.receive() for _ in range(3 * BURST))), 1)

    asyncio.run(listen())
