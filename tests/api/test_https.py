"""Cookies and headers behind HTTPS: a cookie that no other host can plant, and HSTS."""

import re

import pytest

from authapp.core.sessions import sessions
from tests.kit.apps import PUBLIC
from tests.kit.rules import do
from tests.kit.users import newcomer, sign_up
from tests.kit.web.http import API, ask, challenged, cookies, key_in, post
from tests.kit.web.sockets import Intruder
from tests.kit.web.websocket import Refused

OURS = {"origin": PUBLIC, "headers": {"Host": "accounts.example"}}


@pytest.fixture
def carol(secure, configure):
    configure(DATABASE_URL=secure.database_url, AUTHAPP_URL=PUBLIC, AUTHAPP_RATE_LIMITS="false")
    return newcomer("Carol")


def with_cookie(name, key):
    return {**OURS, "headers": {**OURS["headers"], "Cookie": f"{name}={key}"}}


def test_the_cookie_is_pinned_to_this_host_and_to_https(secure, carol):
    answer = post(secure, "/login", challenged(secure, carol.email, **OURS)[1], **OURS)

    (cookie,) = cookies(answer, "__Host-authapp")
    assert re.fullmatch(r"__Host-authapp=[\w-]{16}\.[\w-]{43}; HttpOnly; Path=/; SameSite=lax; Secure", cookie)


def test_only_the_pinned_cookie_counts(secure, carol):
    pinned = ask(secure, "GET", f"{API}/connect", **with_cookie("__Host-authapp", carol.key)).json()
    planted = ask(secure, "GET", f"{API}/connect", **with_cookie("authapp", carol.key)).json()

    assert pinned["login"] == carol.email
    assert set(planted) == {"challenge_id", "challenge"}


def test_the_cookie_taken_back_is_the_pinned_one(secure, carol):
    (cookie,) = cookies(post(secure, "/logout", **with_cookie("__Host-authapp", carol.key)), "__Host-authapp")

    assert cookie.startswith('__Host-authapp="";')
    assert "Secure" in cookie
    assert "Max-Age=0" in cookie


def test_every_answer_asks_for_https_from_now_on(secure):
    for method, path in (("GET", "/"), ("GET", "/nothing"), ("POST", f"{API}/connect"), ("GET", "/settings")):
        answer = ask(secure, method, path, **OURS)
        assert answer.headers["strict-transport-security"] == "max-age=31536000"
    assert "connect-src 'self' wss://accounts.example;" in _policy(secure, "/login")


def _policy(server, path):
    return ask(server, "GET", path, **OURS).headers["content-security-policy"]


def test_only_the_public_address_is_our_own_origin(secure, carol):
    headers = [("Cookie", f"__Host-authapp={carol.key}")]
    with Intruder(secure, origin=PUBLIC, headers=headers) as tab:
        assert tab.who == str(carol.user_id)
    for origin in ("http://accounts.example", f"http://localhost:{secure.port}", "https://evil.accounts.example"):
        with pytest.raises(Refused):
            Intruder(secure, origin=origin, headers=headers)
        assert post(secure, "/logout", origin=origin, headers=OURS["headers"]).status_code == 403


def test_links_and_redirects_lead_to_the_public_address(secure, carol):
    sign_up(carol.email.replace("carol", "dora"))

    assert ask(secure, "GET", "/", headers={"Host": "evil.example"}).headers["location"] == f"{PUBLIC}/?authapp-host=1"
    with Intruder(secure, origin=PUBLIC, path="/outbox") as outbox:
        links = [letter["link"] for letter in outbox.of("outbox.outbox_state")["rows"]]
    assert links
    assert all(link.startswith("/link#") or link in ("/login", "/forgot", "/signup") for link in links)


def test_the_address_of_a_client_is_what_our_own_proxy_says(secure, carol):
    forged = {**OURS["headers"], "X-Forwarded-For": "6.6.6.6, 203.0.113.7"}
    answer = post(secure, "/login", challenged(secure, carol.email, **OURS)[1], origin=PUBLIC, headers=forged)

    row = do(sessions.require, do(sessions.resume, key_in(answer, "__Host-authapp")))
    assert row.ip == "203.0.113.7"
