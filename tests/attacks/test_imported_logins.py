"""Imported accounts with an unconfirmed address: the holder of the old password may not be the owner of the mailbox."""

from uuid import uuid4

import pytest

from authapp.core.admin import imports
from authapp.core.sessions import tickets
from tests.kit.hashes import HASHES, PASSWORD
from tests.kit.messages import link_to
from tests.kit.rules import do
from tests.kit.web.http import ask, cookies, key_in, logged_in_as, post
from tests.kit.web.sockets import reopen

WAIT = "authapp-wait"


@pytest.fixture
def address(server):
    """Import an account that was registered in the old system, maybe with the email address of a victim. Returns it."""
    fresh = f"owner-{uuid4().hex[:8]}@example.com"
    row = {"emails": [fresh], "confirmed": False, "password": HASHES["bcrypt"]}
    do(imports.take, [imports.read(1, row)])
    return fresh


def log_in(server, address):
    asked = post(server, "/connect", {"user": address, "nonce": "n" * 24}).json()
    return post(server, "/login", {"user": address, "challenge_id": asked["challenge_id"], "password": PASSWORD})


def with_wait(server, call, key, body=None):
    """Make a call of the API from a browser in which a login waits."""
    return ask(server, "POST", f"/api/v1{call}", json=body or {}, headers={"Cookie": f"{WAIT}={key}"})


def blocked_by(server, address):
    answer = log_in(server, address)
    assert answer.json()["reason"] == "email"
    assert cookies(answer) == []
    return key_in(answer, WAIT)


def test_the_click_of_the_owner_lets_nobody_else_in(server, address):
    stranger = blocked_by(server, address)
    link = link_to(address)

    followed = post(server, "/links/follow", {"key": link})
    after = with_wait(server, "/wait", stranger)

    assert followed.json()["path"] == "/settings?set=password"
    assert logged_in_as(server, key_in(followed)) == address
    assert (after.status_code, cookies(after)) == (401, [])
    assert log_in(server, address).status_code == 401


def test_the_browser_that_waits_and_has_the_mail_goes_on(server, address):
    waiting = blocked_by(server, address)

    followed = with_wait(server, "/links/follow", waiting, {"key": link_to(address)})
    entered = with_wait(server, "/wait", waiting)

    assert (followed.json()["path"], followed.json()["session"]) == ("/confirmed", None)
    assert logged_in_as(server, key_in(entered)) == address
    assert log_in(server, address).status_code == 200


def test_a_socket_that_says_by_itself_that_a_login_waits_there_is_not_believed(server, address):
    waiting = blocked_by(server, address)
    said = tickets.mark(waiting)
    link = link_to(address)

    with reopen(server, "hers", path="/link", headers=[("x-authapp-waiting", said)]) as socket:
        socket.call("link.link_state.follow", form={"key": link})
        restart = socket.settle().restart

    assert restart["path"] == "/settings?set=password"
    assert with_wait(server, "/wait", waiting).status_code == 401


def test_a_socket_of_the_browser_in_which_the_login_waits_lets_it_go_on(server, address):
    waiting = blocked_by(server, address)
    link = link_to(address)

    with reopen(server, "hers", path="/link", headers=[("Cookie", f"{WAIT}={waiting}")]) as socket:
        socket.call("link.link_state.follow", form={"key": link})
        socket.settle()

    assert logged_in_as(server, key_in(with_wait(server, "/wait", waiting))) == address


def test_an_unconfirmed_email_recovers_no_account(server, address):
    assert post(server, "/recover", {"email": address}).status_code in (200, 202)
    with pytest.raises(StopIteration):
        link_to(address)
