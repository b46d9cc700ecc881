"""One open socket, from its handshake to its end."""

import asyncio

import pytest

from authapp.core.base import rate_limits
from authapp.core.base.changes import Changes
from authapp.core.base.rate_limits import BURST
from authapp.guards import sockets as module
from authapp.guards.sockets import ENDED, Owner, ProductSocket, Socket, Sockets

CONNECT = {"type": "websocket.connect"}
ACCEPT = {"type": "websocket.accept"}
HANDSHAKE = {"type": "websocket.send", "text": '0{"sid":"x"}'}
NEWS = {"type": "websocket.send", "text": "of somebody"}


def sent_by(end_after: int) -> list[str]:
    """Return what reaches a browser whose session ends after so many messages."""
    sent = []

    async def talk() -> None:
        async def send(message):
            sent.append(message)

        async def receive():
            return arrived.pop(0) if arrived else await asyncio.Event().wait()

        arrived = [CONNECT]
        socket = Socket(Owner("a session"), receive, send)
        for number, message in enumerate((ACCEPT, HANDSHAKE, NEWS)):
            if number == end_after:
                socket.end()
            if message is ACCEPT:
                assert await socket.receive() == CONNECT
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
    """Another check that finds the session ended at that moment does not cut the socket."""
    now = [100.0]
    monkeypatch.setattr(module.time, "monotonic", lambda: now[0])
    registry = Sockets()
    sockets = {id: Socket(Owner(id), None, None) for id in ("closes its account", "another")}
    for socket in sockets.values():
        registry.add(socket)

    registry.spare(Changes(sessions_parting={"closes its account"}))
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
        socket = ProductSocket(Owner("a session"), asyncio.Event().wait, send)
        cut = asyncio.ensure_future(socket.cut())
        await socket.send(ACCEPT)
        socket.end()
        await cut  # although the app neither sends nor receives
        assert (await socket.receive())["type"] == "websocket.disconnect"
        await socket.send({"type": "websocket.close"})
        with pytest.raises(OSError, match="ended"):
            await socket.send(NEWS)

    asyncio.run(talk())
    assert sent == ["websocket.accept", "websocket.close"]


def test_how_much_goes_over_a_socket_of_the_product_is_the_product_s_to_say(configure):
    configure(AUTHAPP_RATE_LIMITS="true")

    async def listen() -> None:
        async def receive():
            return {"type": "websocket.receive", "text": "a note"}

        socket = ProductSocket(Owner("a session"), receive, receive)
        await asyncio.wait_for(asyncio.gather(*(socket.receive() for _ in range(3 * BURST.most))), 1)

    asyncio.run(listen())


def opened(registry: Sockets, session: str = "", user: str = "", address: str = "192.0.2.1", times: int = 1) -> int:
    """Return how many of so many sockets open."""
    count = 0
    for _ in range(times):
        owner = Owner(session, ip=address, user=user)
        if not registry.are_too_many(owner):
            registry.add(Socket(owner, None, None))
            count += 1
    return count


def test_a_session_a_user_and_an_address_have_so_many_sockets_and_no_more(configure):
    configure(AUTHAPP_RATE_LIMITS="true")
    registry = Sockets()

    assert [opened(registry, f"session {number}", "alice", times=400) for number in range(5)] == [20, 20, 20, 0, 0]
    assert opened(registry, "hers", "bob", times=400) == 20
    assert opened(registry, times=400) == rate_limits.STRANGERS.most
    others = sum(opened(registry, f"session {number}", f"user {number}", times=20) for number in range(60))
    assert others == rate_limits.SOCKETS_PER_ADDRESS.most - 60 - 20 - rate_limits.STRANGERS.most
    assert opened(registry, "hers too", "carol", "192.0.2.2") == 1


def test_a_socket_that_closes_makes_room_for_another(configure):
    configure(AUTHAPP_RATE_LIMITS="true")
    registry = Sockets()
    owner = Owner("hers", user="alice")
    sockets = [Socket(owner, None, None) for _ in range(rate_limits.SOCKETS_PER_SESSION.most)]
    for socket in sockets:
        registry.add(socket)
    assert registry.are_too_many(owner)

    registry.remove(sockets[0])

    assert not registry.are_too_many(owner)
    for socket in sockets[1:]:
        registry.remove(socket)
    assert not registry._counts


def test_visitors_of_one_ipv6_network_share_their_sockets_and_wider_networks_have_more(configure):
    configure(AUTHAPP_RATE_LIMITS="true")
    registry = Sockets()

    assert (
        sum(opened(registry, address=f"2001:db8:1:1::{number:x}") for number in range(150))
        == rate_limits.STRANGERS.most
    )
    in_56 = sum(opened(registry, address=f"2001:db8:1:{net:x}::1", times=100) for net in range(2, 10))
    assert in_56 == 3 * rate_limits.STRANGERS.most
    in_48 = sum(opened(registry, address=f"2001:db8:1:{net:x}00::1", times=100) for net in range(1, 30))
    assert in_48 == 12 * rate_limits.STRANGERS.most
    assert opened(registry, address="2001:db8:2::1") == 1


def test_without_limits_there_may_be_any_number(configure):
    configure(AUTHAPP_RATE_LIMITS="false")

    assert opened(Sockets(), "hers", "alice", times=200) == 200


def test_the_messages_of_a_user_have_one_budget_over_all_their_sockets():
    registry = Sockets()
    owners = (Owner("1", user="alice"), Owner("2", user="alice"), Owner("3", user="bob"))
    one, other, his = (Socket(owner, None, None) for owner in owners)
    for socket in (one, other, his):
        registry.add(socket)

    assert one.budgets[1] is other.budgets[1]
    assert one.budgets[0] is not other.budgets[0]
    assert one.budgets[1] is not his.budgets[1]


def test_a_socket_that_is_opened_anew_gets_no_new_budget_until_the_old_one_is_full(monkeypatch, configure):
    configure(AUTHAPP_RATE_LIMITS="true")
    now = [100.0]
    monkeypatch.setattr(module.time, "monotonic", lambda: now[0])
    registry, owner = Sockets(), Owner("1", user="alice")
    first, second = Socket(owner, None, None), Socket(owner, None, None)
    registry.add(first)
    for _ in range(10):
        asyncio.run(first.budgets[1].take())
    registry.remove(first)

    registry._drop_unused_budgets()
    registry.add(second)
    assert second.budgets[1] is first.budgets[1]

    registry.remove(second)
    now[0] += 10
    registry._drop_unused_budgets()
    assert not registry._budgets
