"""The client in unusual places: another path or origin, a stale proof, a broken connection."""

import time
from datetime import timedelta

import httpx2
import pytest
from sqlalchemy import update
from sqlmodel import col

from authapp.client import AuthNeeded, Client, LoginOk, LoginWait
from authapp.core import execute
from authapp.core.base import clock
from authapp.core.base.errors import BadUserOrPassword, SessionExpired, StepUpNeeded
from authapp.models import Session
from authapp.wire.account import EmailBody, PasswordBody, PhoneSignUpBody
from authapp.wire.codes import CodeBody, Step
from authapp.wire.links import LinkBody
from tests.kit.messages import code_to, link_to
from tests.kit.processes.servers import SECRET, running
from tests.kit.rules import do
from tests.kit.users import PASSWORD, newcomer


def test_the_api_may_be_at_another_path(tmp_path, configure, make):
    with running(tmp_path, AUTHAPP_RPC_PATH="/accounts/rpc") as moved:
        client = make(moved, path="/accounts/rpc")
        assert isinstance(client.connect(), AuthNeeded)
        module = client.call("GET", "/client.js", answer=bytes)
        assert b"export const login" in module


def test_a_server_that_is_reached_at_another_address_is_told_its_own_origin(kinds, make, configure):
    server = kinds["cookie"]
    configure(
        DATABASE_URL=server.database_url, AUTHAPP_URL=server.url, AUTHAPP_SECRET_KEY=SECRET, AUTHAPP_RATE_LIMITS="false"
    )
    alice, inner = newcomer("Alice"), server.url.replace("localhost", "127.0.0.1")

    client = make(inner, origin=server.url)
    client.login(alice.email, PASSWORD)

    assert isinstance(client.logout(), AuthNeeded)


@pytest.mark.parametrize("url", ["", "localhost:3000", "ftp://x", "http://", "http://x/y", "//x"])
def test_an_address_that_is_none_is_a_mistake_of_the_program(url):
    with pytest.raises(ValueError, match="url must be"):
        Client(url)


@pytest.mark.parametrize("challenge_id", [None, "from connect"])
def test_a_token_of_another_issuer_is_sent_and_the_session_kept(stub, make, challenge_id):
    entered = {"login": "a@example.com", "user_id": "7", "token": "id.secret", "user_info": {}}
    stub.says = {"/login": (200, {}, entered), "/connect": (200, {}, entered)}
    client = make(stub)

    assert client.login_with_provider("google", "an ID token", challenge_id, keep=True) == LoginOk(**entered)
    client.connect()

    (_, _, body), (_, headers, _) = stub.heard
    assert body.pop("challenge_id", None) == challenge_id
    assert body == {"auth_origin": "google", "token": "an ID token", "keep": True}
    assert headers["X-Csrf-Token"] == client.token == "id.secret"


def test_a_token_login_may_have_to_wait(stub, make):
    stub.says["/login"] = (200, {}, {"user_id": "7", "reason": "email"})

    assert make(stub).login_with_provider("google", "an ID token") == LoginWait(user_id="7", reason="email")


def test_only_cookies_of_ours_make_a_program_say_an_origin(stub, make):
    stub.says["/connect"] = (200, {"Set-Cookie": "lb=a; Path=/"}, {"challenge_id": "", "challenge": ""})
    client = make(stub)
    for _ in range(2):
        client.connect()
    stub.says["/connect"] = (200, {"Set-Cookie": "authapp-device=x; Path=/"}, {"challenge_id": "", "challenge": ""})
    for _ in range(2):
        client.connect()
    stub.says["/connect"] = (200, {"Set-Cookie": 'lb=""; Max-Age=0'}, {"challenge_id": "", "challenge": ""})
    for _ in range(2):
        client.connect()

    sent = [(headers.get("Cookie"), headers.get("Origin")) for _, headers, _ in stub.heard]
    both = ("lb=a; authapp-device=x", stub.url)
    assert sent == [(None, None), ("lb=a", None), ("lb=a", None), both, both, ("authapp-device=x", stub.url)]


def _long_ago(person):
    """Make the last proof too old for sensitive changes."""
    at = clock.now() - timedelta(minutes=11)
    do(execute, update(Session).where(col(Session.user_id) == person.user_id).values(proved_at=at))


NEW = "another horse, battery and staple"


def test_a_proof_that_is_long_ago_is_shown_once_more_and_a_new_password_brings_a_new_key(server, make, alice):
    client, change = make(server), PasswordBody(password=NEW, confirmation=NEW)
    client.login(alice.email, PASSWORD)
    _long_ago(alice)
    before = client.token
    time.sleep(1.2)  # another process may cache the session for a second
    with pytest.raises(StepUpNeeded):
        client.call("PUT", "/account/password", change)
    with pytest.raises(BadUserOrPassword):
        client.step_up("not the password")

    fresh = client.step_up(PASSWORD)
    renewed = client.token
    assert renewed != before
    assert client.connect().login == alice.email
    assert isinstance(make(server, token=before).connect(), AuthNeeded)
    client.call("PUT", "/account/password", change)

    assert fresh.fresh_until > clock.now()
    assert client.token not in (before, renewed)
    assert client.connect().login == alice.email
    assert isinstance(make(server, token=renewed).connect(), AuthNeeded)
    assert isinstance(make(server).login(alice.email, NEW), LoginOk)


class Lossy(httpx2.HTTPTransport, httpx2.AsyncHTTPTransport):
    """A transport that loses the answer to the first step-up."""

    def __init__(self):
        self.plain, self.other, self.lost = httpx2.HTTPTransport(), httpx2.AsyncHTTPTransport(), 0

    def _lose(self, request):
        if request.url.path.endswith("/step-up"):
            self.lost += 1
            if self.lost == 1:
                raise httpx2.ReadTimeout("lost")

    def handle_request(self, request):
        answer = self.plain.handle_request(request)
        answer.read()
        self._lose(request)
        return answer

    async def handle_async_request(self, request):
        answer = await self.other.handle_async_request(request)
        await answer.aread()
        self._lose(request)
        return answer

    def close(self):
        self.plain.close()

    async def aclose(self):
        await self.other.aclose()


def test_a_client_whose_new_key_was_lost_on_the_line_asks_again_and_stays_logged_in(server, make, alice):
    client = make(server, transport=(line := Lossy()))
    client.login(alice.email, PASSWORD)
    before = client.token

    assert client.step_up(PASSWORD).login == alice.email

    assert line.lost == 2
    assert client.token != before
    assert client.connect().login == alice.email


def test_a_visitor_cannot_renew_a_proof(server, make):
    with pytest.raises(SessionExpired):
        make(server).step_up(PASSWORD)


def test_a_link_that_connects_and_a_code_that_signs_up_open_the_clients_session(server, make, alice):
    email = f"carol-{time.monotonic_ns()}@example.com"
    client = make(server)
    client.call("POST", "/signup", EmailBody(email=email))

    client.call("POST", "/links/follow", LinkBody(key=link_to(email)))
    assert client.connect().login == email

    client = make(server)
    phone = f"+491512{time.monotonic_ns() % 10**7:07}"
    names = {"first_name": "Carol", "last_name": "Liddell", "password": PASSWORD}
    step = client.call("POST", "/signup/phone", PhoneSignUpBody(phone=phone, **names), answer=Step)
    client.call("POST", "/signup/phone/confirm", CodeBody(step=step.step, code=code_to(phone)))
    assert client.connect().login == phone
