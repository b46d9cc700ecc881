"""R7, R8: no data in a link sends a user to another site or makes their browser run a script."""

from urllib.parse import quote

import pytest

from tests.kit.users import PASSWORD, newcomer, sign_up
from tests.kit.web.handlers import PASSWORDS
from tests.kit.web.http import API, EVIL, ask, claim, stays
from tests.kit.web.sockets import Intruder

EVIL += ["javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,x", "/%0d%0aevil: x", "/\r\nSet-Cookie: a=b"]
EVIL += ["https:evil.example", "http:///evil.example", "//[", "//[::1", "//ex\u2100mple", "/..//evil.example"]
EVIL += ["evil.example", "@evil.example", ".evil.example", "/x\\@evil.example", "//evil.example@localhost"]
EVIL += [" //evil.example", "/.//evil.example", "\\\\evil.example", "/\t/evil.example", "\x00//evil.example"]


@pytest.mark.parametrize("evil", EVIL, ids=ascii)
def test_the_login_page_sends_members_to_our_own_pages_only(server, alice, evil):
    for page in ("/login", "/signup"):
        answer = ask(server, "GET", f"{page}?next={quote(evil)}", cookie=alice.key)

        assert answer.status_code == 303
        assert stays(answer.headers["location"], server)
        assert "evil" not in answer.headers["location"] or answer.headers["location"].startswith("/")


def test_the_login_page_sends_members_where_they_wanted_to_go(server, alice):
    answer = ask(server, "GET", "/login", cookie=alice.key, params={"next": "/settings?set=password"})

    assert (answer.status_code, answer.headers["location"]) == (303, "/settings?set=password")


def test_logging_in_leads_to_our_own_pages_only(server, alice):
    form = {"identifier": alice.email, "password": PASSWORD, "keep": False}
    with Intruder(server, tab="next") as tab:
        for evil in EVIL:
            for name in ("next=", "a=b&next=", "next=/settings&next="):
                tab.orders.clear()
                tab.path = f"/login?{name}{evil}"
                tab.call("login.login_state.answer", form=form)
                assert tab.settle().of("account.account")["trouble"] == "", evil
                assert stays(tab.restart["path"], server), evil


def test_logging_in_on_any_page_stays_on_it(server, alice):
    form = {"identifier": alice.email, "password": PASSWORD, "keep": False}
    for path in ("//evil.example/settings", "/\\evil.example", "/settings/..//evil.example", "javascript:x", "@evil"):
        with Intruder(server, tab=f"on {path}", path=path) as tab:
            tab.call("login.login_state.answer", form=form)
            assert tab.settle().of("account.account")["trouble"] == "", path
            assert stays(tab.restart["path"], server), path


def test_a_member_who_opens_the_login_page_in_an_open_tab_stays_on_our_site(server, alice):
    with Intruder(server, tab="enter", cookie=alice.key) as tab:
        for evil in EVIL:
            tab.orders.clear()
            tab.path = f"/login?next={evil}"
            tab.call("login.login_state.enter")
            tab.settle()
            assert all(stays(order["path"], server) for order in tab.orders if "path" in order), evil
            assert tab.of("account.account")["trouble"] == "", evil


def test_no_order_to_the_browser_carries_a_script(server, alice):
    key = sign_up(newcomer("Carol").email.replace("carol", "dora"))
    with Intruder(server, tab="orders", cookie=alice.key, path="/link?next=javascript:alert(1)") as tab:
        tab.call("link.link_state.look", key=key)
        tab.call("link.link_state.stay")
        for call in ("follow", "switch"):
            tab.call(f"link.link_state.{call}", form={"key": key})
        tab.call("account.account.log_out")
        tab.call("settings.password_state.set_password", form=PASSWORDS)
        tab.until(lambda: any("changed=password" in order.get("value", {}).get("path", "") for order in tab.orders))

    assert len(tab.orders) >= 4
    for packet in tab.heard:
        assert "_call_script" not in packet
        assert "_call_function" not in packet
        assert "javascript:" not in packet or '"asPath"' in packet or '"query_parameters"' in packet


def test_a_forged_host_never_becomes_a_redirect_target(server, alice):
    paths = (
        "/",
        "/login",
        "/settings",
        "/settings?a=b",
        "/assets",
        "/link/x",
        "/link",
        "/login/",
        f"{API}/connect/",
        "/nothing",
    )
    for host in ("evil.example", "evil.example:80", f"localhost:{server.port}.evil.example", "localhost"):
        for path in paths:
            for cookie in ("", alice.key):
                for told in ({}, {"X-Forwarded-Host": host, "X-Forwarded-Proto": "https", "Forwarded": f"host={host}"}):
                    answer = ask(server, "GET", path, cookie=cookie, headers={"Host": host, **told})
                    location = answer.headers.get("location", "/")
                    assert stays(location, server), (path, location)
                    assert "evil" not in answer.text


def test_a_ticket_cannot_choose_where_it_leads(server, alice):
    with Intruder(server, tab="ticket", cookie=alice.key, path="/settings") as tab:
        tab.call("settings.password_state.set_password", form=PASSWORDS)
        order = tab.ordered("restart")

    assert order["path"] == "/settings?changed=password"
    assert "location" not in claim(server, order["ticket"], "ticket", alice.key).headers
