"""Client API for programs: the same in plain and in async code, with keys in a header and in a cookie."""

import asyncio
import time
import unicodedata

import bcrypt
import pytest
from sqlalchemy import update
from sqlmodel import col, select

from authapp.client import AsyncClient, AuthNeeded, AuthOk, Client, LoginOk, LoginWait, PasswordKept
from authapp.core import execute
from authapp.core.authentication import accounts
from authapp.core.base.errors import BadUserOrPassword, NotFound, Refusal, SessionExpired
from authapp.core.credentials import passwords, scram
from authapp.core.sessions import session_ends
from authapp.models import Session, User
from tests.kit import users
from tests.kit.rules import do
from tests.kit.users import PASSWORD, count_sessions, newcomer
from tests.kit.web.http import logged_in_as


def _set(person, **facts):
    do(execute, update(User).where(col(User.id) == person.user_id).values(**facts))


def test_a_visitor_connects_logs_in_and_logs_out(server, make, alice):
    client = make(server)

    nobody = client.connect()
    assert isinstance(nobody, AuthNeeded)
    entered = client.login(alice.email, PASSWORD)
    assert isinstance(entered, LoginOk)
    assert (entered.login, entered.user_id) == (alice.email, str(alice.user_id))
    somebody = client.connect()
    assert isinstance(somebody, AuthOk)
    assert somebody.login == alice.email
    assert isinstance(client.logout(), AuthNeeded)
    assert isinstance(client.connect(), AuthNeeded)
    assert client.token == ""


def test_a_session_goes_on_in_another_client_by_its_token(server, make, alice):
    first = make(server)
    first.login(alice.email, PASSWORD)
    first.close()

    second = make(server, token=first.token)

    assert second.connect().login == alice.email
    second.logout()
    assert isinstance(make(server, token=first.token).connect(), AuthNeeded)


def test_the_token_is_the_key_or_the_cookie_that_holds_it(server, make, alice):
    client = make(server)
    entered = client.login(alice.email, PASSWORD)
    name, _, key = client.token.rpartition("=")

    if name:
        assert name.rpartition("-")[0] == "authapp"  # followed by the port
        assert entered.token == key.partition(".")[0]
        assert logged_in_as(server, key) == alice.email
    else:
        assert entered.token == key


def test_the_session_goes_on_when_the_client_hangs_up(server, alice):
    with Client(server.url) as client:
        client.login(alice.email, PASSWORD)

    with Client(server.url, token=client.token) as client:
        assert client.connect().login == alice.email


def test_a_wrong_password_is_refused_and_leaves_the_session_there_was(server, make, alice, bob):
    client = make(server)
    client.login(alice.email, PASSWORD)

    for user in (alice.email, bob.email, "nobody@example.com"):
        with pytest.raises(BadUserOrPassword) as refused:
            client.login(user, "not the password")
        assert (refused.value.status, refused.value.field) == (401, "password")

    assert client.connect().login == alice.email


def test_logging_in_again_proves_the_password_again_and_keeps_one_session(server, make, alice):
    client = make(server)
    before = count_sessions(alice)

    client.login(alice.email, PASSWORD)
    first = client.token
    client.login(alice.email, PASSWORD)

    assert client.token != first
    assert count_sessions(alice) == before + 1
    assert isinstance(make(server, token=first).connect(), AuthNeeded)


def test_a_kept_session_lives_for_weeks(server, make, alice):
    client = make(server)
    client.login(alice.email, PASSWORD, keep=True)

    kept = do(lambda db: db.exec(select(Session.keep).where(Session.user_id == alice.user_id)).all())

    assert True in kept


def test_a_login_that_waits_is_no_session(server, make, alice):
    _set(alice, blocked_by="approval")
    client, before = make(server), count_sessions(alice)

    blocked_by = client.login(alice.email, PASSWORD)

    assert blocked_by == LoginWait(user_id=str(alice.user_id), reason="approval")
    assert client.token == ""
    assert count_sessions(alice) == before
    _set(alice, blocked_by="")
    assert isinstance(client.login(alice.email, PASSWORD), LoginOk)


def test_an_imported_hash_wants_the_password_itself_once_and_then_never_again(server, make, alice):
    hashed = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()
    _set(alice, password_record=passwords.seal_record(hashed, alice.user_id), imported=True)
    careful, client = make(server, plain=False), make(server)

    with pytest.raises(PasswordKept):
        careful.login(alice.email, PASSWORD)
    with pytest.raises(BadUserOrPassword):
        client.login(alice.email, "not the password")
    assert client.login(alice.email, PASSWORD).signature == ""
    assert client.connect().login == alice.email
    assert careful.login(alice.email, PASSWORD).signature != ""


def test_a_record_of_before_is_renewed_by_the_client(server, make, alice):
    do(scram.forget, alice.user_id)

    assert make(server).login(alice.email, PASSWORD).renewal
    assert make(server).login(alice.email, PASSWORD).renewal is None


def test_a_login_stands_when_the_renewal_fails(server, make, alice, monkeypatch):
    do(scram.forget, alice.user_id)
    monkeypatch.setattr("authapp.client.conversation.derive", lambda *_: {"stored_key": "", "server_key": ""})

    client = make(server)

    assert client.login(alice.email, PASSWORD).renewal
    assert client.connect().login == alice.email


def test_a_user_whose_password_was_proved_is_never_asked_for_it_again(server, make, alice):
    client = make(server)
    client.login(alice.email, PASSWORD)
    hashed = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()
    _set(alice, password_record=passwords.seal_record(hashed, alice.user_id), imported=True)

    with pytest.raises(PasswordKept, match="did not need it before"):
        client.login(alice.email, PASSWORD)


@pytest.mark.parametrize("form", ["NFC", "NFD", "NFKC", "NFKD"])
def test_a_password_of_any_script_is_the_one_that_was_set_on_a_page(server, make, alice, form):
    password = "ﬁancé 🔑 पासवर्ड ①, = Å"
    do(accounts.set_password, alice.me, accounts.NewPassword(password, password), tab="hers", caller=users.HOME)

    client = make(server)

    assert isinstance(client.login(alice.email, unicodedata.normalize(form, password)), LoginOk)
    with pytest.raises(BadUserOrPassword):
        client.login(alice.email, password.upper())


ODD = ["\ud800", "\x00", "", " ", "x" * 10_000, "🔑" * 300, "\u202e"]


@pytest.mark.parametrize("password", ODD, ids=lambda text: ascii(text[:6]))
def test_a_password_that_nobody_can_have_is_wrong_like_any_other(server, make, alice, password):
    with pytest.raises(BadUserOrPassword):
        make(server).login(alice.email, password)


@pytest.mark.parametrize(
    "user", ["", "  ", "x" * 255, "\x00", "\ud800", "a,b=c@example.com", "😀@example.com"], ids=ascii
)
def test_a_user_that_cannot_be_is_refused(server, make, user):
    with pytest.raises(Refusal) as refused:
        make(server).login(user, PASSWORD)

    assert refused.value.code in ("BadInput", "BadUserOrPassword")


def test_an_address_is_read_as_people_type_it(server, make, alice):
    assert isinstance(make(server).login(f" {alice.email.upper()} ", PASSWORD), LoginOk)


@pytest.mark.parametrize("wrong", [None, b"bytes", 7])
def test_an_argument_that_is_no_text_raises_a_type_error(server, make, alice, wrong):
    with pytest.raises(TypeError, match="must be str"):
        make(server).login(alice.email, wrong)


def test_any_call_can_be_made(server, make, alice):
    client = make(server)
    with pytest.raises(SessionExpired):
        client.call("GET", "/data")
    with pytest.raises(NotFound):
        client.call("GET", "nothing")

    client.login(alice.email, PASSWORD)

    assert alice.email in str(client.call("GET", "/data"))
    assert client.call("GET", "/connect", answer=AuthOk).login == alice.email
    assert client.call("GET", "connect", answer=bytes).startswith(b'{"login":')
    assert client.call("POST", "/logout", {})["challenge"]


def test_two_clients_are_two_people(server, make, alice, bob):
    hers, his = make(server), make(server)
    hers.login(alice.email, PASSWORD)
    his.login(bob.email, PASSWORD)

    assert (hers.connect().login, his.connect().login) == (alice.email, bob.email)
    hers.logout()
    assert his.connect().login == bob.email


def test_after_its_session_ended_the_client_is_a_visitor_and_can_log_in_again(server, make, alice):
    client = make(server)
    client.login(alice.email, PASSWORD)
    do(session_ends.close, client.token.rpartition("=")[2].partition(".")[0])
    time.sleep(1.2)  # another process ended the session

    assert isinstance(client.connect(), AuthNeeded)
    assert isinstance(client.login(alice.email, PASSWORD), LoginOk)


def test_many_log_in_at_once_and_each_is_who_they_are(server):
    crowd = [newcomer(name) for name in "ABCDEF"]

    async def enter(person):
        async with AsyncClient(server.url) as client:
            await client.login(person.email, PASSWORD)
            return (await client.connect()).login

    async def all_of_them():
        return await asyncio.gather(*(enter(person) for person in crowd))

    assert asyncio.run(all_of_them()) == [person.email for person in crowd]
