"""R11: floods are slowed down, an IP address that opens too many sockets is refused, and nobody else has to wait."""

import contextlib
from urllib.parse import quote

import pytest

from tests.kit.processes.servers import PATIENCE, eventually
from tests.kit.users import newcomer
from tests.kit.web.sockets import Intruder
from tests.kit.web.websocket import Refused, Wire

BURST = 200
TROUBLE = ("account.account.report_trouble", "account.account.dismiss_trouble")


def answered(tab):
    return sum('"trouble_rx_state_"' in packet for packet in tab.heard)


def test_a_flood_is_slowed_and_answered_to_its_last_event_while_others_are_served(strict):
    with Intruder(strict, tab="the flood") as flood, Intruder(strict, tab="somebody else") as other:
        before = answered(flood)
        for number in range(BURST):
            flood.call(TROUBLE[number % 2])
        flood.until(lambda: answered(flood) - before >= 40)

        for number in range(10):
            other.call(TROUBLE[number % 2])
        other.settle()
        flood.listen()
        assert answered(flood) - before < BURST

        flood.until(lambda: answered(flood) - before == BURST)


def test_a_page_that_behaves_is_not_slowed(strict):
    with Intruder(strict, tab="a page") as page:
        for _ in range(40):
            page.call("account.account.dismiss_trouble")
        page.settle()


STRANGERS = 100
FLOODER, OTHER = "203.0.113.66", "203.0.113.67"


def opened(server, address, number, *headers):
    path = f"/_event/?token={quote(f'{address} {number}')}&EIO=4&transport=websocket"
    return Wire(server, path, [("Origin", server.url), ("X-Forwarded-For", address), *headers], PATIENCE)


def test_an_address_with_too_many_open_sockets_gets_no_more_until_one_closes(strict):
    member, before = newcomer("Member"), len(strict.logged())
    with contextlib.ExitStack() as sockets:
        flood = [opened(strict, FLOODER, number) for number in range(STRANGERS)]
        for socket in flood:
            sockets.callback(socket.close)
        for number in range(3):
            with pytest.raises(Refused):
                opened(strict, FLOODER, STRANGERS + number)

        Intruder(strict, tab="a neighbour", headers=[("X-Forwarded-For", OTHER)]).close()
        with Intruder(strict, tab="a member", cookie=member.key, headers=[("X-Forwarded-For", FLOODER)]) as tab:
            assert tab.who == str(member.user_id)

        logged = strict.logged()[before:]
        assert 1 <= logged.count("limit=visitors") <= 3
        assert FLOODER not in logged

        flood[0].close()
        eventually(lambda: is_let_in(strict, FLOODER))


PER_SESSION = 20


def of(member):
    return [("Cookie", f"authapp={member.key}")]


def test_of_400_sockets_of_one_session_twenty_open(strict):
    member, other = newcomer("Member"), newcomer("Other")
    with contextlib.ExitStack() as sockets:
        opening = []
        for number in range(400):
            with contextlib.suppress(Refused):
                opening.append(opened(strict, f"203.0.113.{number % 250}", f"flood {number}", *of(member)))
                sockets.callback(opening[-1].close)

        assert len(opening) == PER_SESSION
        opened(strict, FLOODER, "of another", *of(other)).close()
        opening[0].close()
        eventually(lambda: is_let_in(strict, FLOODER, *of(member)))


def test_the_messages_of_a_user_are_slowed_over_all_their_sockets(strict):
    member, each = newcomer("Member"), 45  # less than one socket may send at once, but together too much
    with contextlib.ExitStack() as sockets:
        tabs = [sockets.enter_context(Intruder(strict, tab=f"tab {number}", cookie=member.key)) for number in range(8)]
        other = sockets.enter_context(Intruder(strict, tab="somebody else"))
        before = [answered(tab) for tab in tabs]
        for number in range(each):
            for tab in tabs:
                tab.call(TROUBLE[number % 2])
        other.call(TROUBLE[0])
        other.settle()
        for tab in tabs:
            tab.listen()
        assert sum(answered(tab) for tab in tabs) - sum(before) < each * len(tabs)

        for tab, count in zip(tabs, before, strict=True):
            tab.until(lambda tab=tab, count=count: answered(tab) - count == each)


def is_let_in(server, address, *headers):
    with contextlib.suppress(Refused):
        opened(server, address, "again", *headers).close()
        return True
    return False


def test_the_limit_of_sockets_can_be_switched_off(server):
    with contextlib.ExitStack() as sockets:
        for number in range(STRANGERS + 5):
            sockets.callback(opened(server, FLOODER, number).close)

        Intruder(server, tab="one more").close()
