"""R10: an open socket ends with its session, with the key that opened it, and with its user."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from authapp.core.authentication import recovery
from authapp.core.credentials import links
from authapp.core.sessions import session_ends, sessions
from authapp.core.sessions.sessions import NewSession
from tests.kit.messages import link_to
from tests.kit.processes.servers import Server, eventually, running
from tests.kit.rules import do
from tests.kit.tables import change, rows
from tests.kit.users import HOME, newcomer
from tests.kit.web.handlers import NAMES, PASSWORDS
from tests.kit.web.http import claim, key_in, log_out, logged_in_as
from tests.kit.web.sockets import Intruder, reopen
from tests.kit.web.websocket import Gone

ENDED = 4401
PRODUCT = "tests___kit___products___background____ticker"


def ago(**time):
    return str((datetime.now(UTC) - timedelta(**time)).replace(tzinfo=None))


def close(server, person):
    log_out(server, person.key)


def close_all(server, person):
    do(session_ends.close_all, person.user_id)


def expire(server, person):
    change(server, "UPDATE auth_session SET expires_at = ? WHERE id = ?", ago(seconds=1), person.me.session_id)


def idle(server, person):
    change(server, "UPDATE auth_session SET last_seen_at = ? WHERE id = ?", ago(hours=3), person.me.session_id)


def delete(server, person):
    change(server, "DELETE FROM auth_session WHERE id = ?", person.me.session_id)


def recover(server, person):
    do(recovery.recover, person.email, HOME)
    do(links.follow, link_to(person.email), None, tab="elsewhere")


@pytest.mark.parametrize("end", [close, close_all, expire, idle, delete, recover])
def test_a_socket_ends_with_its_session(server, alice, bob, end):
    with (
        Intruder(server, tab="hers", cookie=alice.key, path="/settings") as hers,
        Intruder(server, tab="also hers", cookie=alice.key) as also_hers,
        Intruder(server, tab="his", cookie=bob.key) as his,
    ):
        end(server, alice)

        assert hers.ended() == ENDED
        assert also_hers.ended() == ENDED
        assert his.settle().who == str(bob.user_id)


@pytest.mark.parametrize("end", [close, close_all, expire, idle, delete, recover])
def test_an_event_on_the_old_socket_does_nothing(server, alice, end):
    with Intruder(server, tab="hers", cookie=alice.key, path="/settings") as hers:
        end(server, alice)
        before = rows(server)
        heard = len(hers.heard)
        try:
            hers.call("settings.personal_data_state.save", form=NAMES)
            hers.call("settings.password_state.set_password", form=PASSWORDS)
            hers.settle()
        except Gone:
            pass

    after = rows(server)
    if end is idle:  # noticing that the session was idle ends it for good
        before["auth_session"] = after["auth_session"] = []
    assert after == before
    assert not any(order.get("value", {}).get("ticket") for order in hers.orders)
    told = [packet for packet in hers.heard[heard:] if '"authapp:denied"' not in packet]  # repeats its event
    assert "Mallory" not in "".join(told)


def test_an_old_socket_is_told_nothing_by_hydrating_again(server, alice):
    with Intruder(server, tab="hers", cookie=alice.key, path="/settings") as hers:
        delete(server, alice)
        hers.heard.clear()
        try:
            hers.call("hydrate")
            hers.settle()
        except Gone:
            pass

    assert alice.me.last_name not in hers.everything


def test_the_next_person_on_the_same_tab_finds_nothing_of_the_first(server, alice, bob):
    with Intruder(server, tab="shared", cookie=alice.key, path="/settings") as hers:
        hers.settle()
        log_out(server, alice.key)
        assert hers.ended() == ENDED

    with Intruder(server, tab="shared", cookie=bob.key, path="/settings") as his:
        assert his.settle().who == str(bob.user_id)
        for fact in (alice.email, str(alice.user_id), alice.me.last_name):
            assert fact not in his.everything


def test_a_password_change_ends_every_other_session(server, alice):
    other = do(sessions.open, NewSession(alice.user_id, alice.email, "password"), HOME)
    with (
        Intruder(server, tab="hers", cookie=alice.key, path="/settings") as hers,
        Intruder(server, tab="another browser", cookie=other.key) as another,
    ):
        hers.call("settings.password_state.set_password", form=PASSWORDS)
        hers.ordered("restart")

        assert another.ended() == ENDED
        assert logged_in_as(server, other.key) == ""


def test_a_thief_of_the_cookie_is_thrown_out_by_a_password_change(server, alice):
    with (
        Intruder(server, tab="the thief's", cookie=alice.key) as thief,
        Intruder(server, tab="hers", cookie=alice.key, path="/settings") as hers,
    ):
        hers.call("settings.password_state.set_password", form=PASSWORDS)
        claimed = claim(server, hers.ordered("restart")["ticket"], "hers", alice.key)
        assert logged_in_as(server, key_in(claimed)) == alice.email
        assert logged_in_as(server, alice.key) == ""

        assert thief.ended() == ENDED
    with Intruder(server, tab="the thief's", cookie=alice.key, path="/settings") as thief:
        assert thief.who == ""
        assert alice.me.last_name not in thief.everything


def test_a_thief_is_thrown_out_even_when_she_never_comes_for_her_new_key(server, alice):
    with (
        Intruder(server, tab="the thief's", cookie=alice.key) as thief,
        Intruder(server, tab="hers", cookie=alice.key, path="/settings") as hers,
    ):
        hers.call("settings.password_state.set_password", form=PASSWORDS)
        ticket = hers.ordered("restart")["ticket"]
        change(server, "UPDATE auth_ticket SET expires_at = ? WHERE id = ?", ago(seconds=1), ticket.partition(".")[0])

        assert thief.ended() == ENDED


def test_her_tab_comes_back_with_the_new_key_to_the_state_it_had(server, alice):
    with Intruder(server, tab="hers", cookie=alice.key, path="/settings") as hers:
        hers.call("settings.password_state.set_password", form=PASSWORDS)
        new = key_in(claim(server, hers.ordered("restart")["ticket"], "hers", alice.key))

    with reopen(server, "hers", cookie=new) as again:
        assert again.who == str(alice.user_id)
        assert again.of("settings.personal_data_state")["last_name"] == alice.me.last_name


@pytest.fixture
def second(server: Server, tmp_path) -> Iterator[Server]:
    """Run another process on the same database."""
    with running(tmp_path, database_url=server.database_url, AUTHAPP_URL=server.url) as other:
        yield other


def test_a_session_that_another_process_ended_is_over_here_too(server, second, alice, bob):
    calling = {"cookie": alice.key, "origin": server.url}
    with (
        Intruder(server, tab="here", cookie=alice.key, path="/settings") as here,
        Intruder(second, tab="there", **calling) as there,
        Intruder(server, tab="his", cookie=bob.key) as his,
    ):
        assert logged_in_as(server, alice.key) == alice.email
        close(second, alice)

        assert there.ended() == ENDED
        assert here.ended() == ENDED
        eventually(lambda: logged_in_as(server, alice.key) == "")
        assert his.settle().who == str(bob.user_id)


def test_work_in_the_background_stops_reaching_the_tab_when_its_person_leaves(product):
    alice, bob = newcomer("Alice"), newcomer("Bob")
    with Intruder(product, tab="shared", cookie=alice.key) as hers:
        hers.call(f"{PRODUCT}.run")
        hers.until(lambda: hers.of(PRODUCT)["tick"] > 3)
        assert alice.email in hers.everything
        log_out(product, alice.key)
        assert hers.ended() == ENDED

    for key in ("", alice.key, bob.key):
        with Intruder(product, tab="shared", cookie=key) as tab:
            seen = still_ticking(tab)
            eventually(lambda tab=tab, seen=seen: still_ticking(tab) > seen + 5)
            assert alice.email not in tab.everything
            assert tab.of(PRODUCT)["tick"] == 0


def still_ticking(tab):
    tab.call(f"{PRODUCT}.look")
    return tab.settle().of(PRODUCT)["total"]


def test_work_in_the_background_is_not_begun_for_the_anonymous(product):
    with Intruder(product, tab="anonymous") as tab:
        tab.call(f"{PRODUCT}.run")
        tab.settle()

    assert tab.of(PRODUCT)["tick"] == 0
