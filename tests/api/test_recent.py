"""The short cache of principals that the guard of the API keeps."""

import asyncio

import pytest
from sqlalchemy import delete
from sqlmodel import col
from starlette.datastructures import Headers

from authapp.api import recent
from authapp.api.requests import SentKey, cookie_name, key_in_cookie
from authapp.core.authentication import accounts
from authapp.core.base import tokens
from authapp.core.sessions import session_ends
from authapp.core.sessions.sessions import SessionRef
from authapp.models import Session
from tests.kit.rules import do
from tests.kit.users import HOME, TAB


def ask(key, **more):
    return asyncio.run(recent.principal_of(SessionRef.of(tokens.parse(key)), **more))


@pytest.fixture(autouse=True)
def nobody_known():
    recent._known.clear()
    yield
    recent._known.clear()


def gone_elsewhere(session_id):
    """End the session as another process does: this process does not learn of it."""
    do(lambda db: db.exec(delete(Session).where(col(Session.id) == session_id)))


def test_a_key_stands_for_its_principal_from_the_database_and_then_from_memory(alice):
    assert ask(alice.key).user_id == alice.user_id
    assert ask(alice.key).user_id == alice.user_id
    assert len(recent._known) == 1


def test_a_fresh_look_does_not_come_from_memory(alice):
    ask(alice.key)
    gone_elsewhere(alice.me.session_id)

    assert ask(alice.key, fresh=True) is None


def test_a_session_that_ends_here_is_forgotten_at_once(alice):
    ask(alice.key)

    do(session_ends.close, alice.me.session_id)

    assert ask(alice.key) is None


def test_an_old_key_is_forgotten_at_once_when_the_password_changes(alice):
    ask(alice.key)

    do(
        accounts.set_password,
        alice.me,
        accounts.NewPassword("another good sentence", "another good sentence"),
        tab=TAB,
        caller=HOME,
    )

    assert ask(alice.key) is None


def test_a_session_ended_in_another_process_is_accepted_for_a_second_at_most(alice, monkeypatch):
    now = 1000.0
    monkeypatch.setattr(recent.time, "monotonic", lambda: now)
    ask(alice.key)
    gone_elsewhere(alice.me.session_id)

    now += recent.KEPT_FOR - 0.01
    assert ask(alice.key) is not None
    now += 0.02
    assert ask(alice.key) is None
    assert recent.KEPT_FOR <= 1


def test_a_session_that_ends_while_we_look_is_not_remembered(alice, monkeypatch):
    look = recent.read

    async def look_slowly(rule, *args):
        found = await look(rule, *args)
        do(session_ends.close, alice.me.session_id)
        return found

    monkeypatch.setattr(recent, "read", look_slowly)

    ask(alice.key)

    assert not recent._known


def test_an_unknown_key_is_not_remembered(alice):
    id, _, secret = alice.key.partition(".")
    for text in (f"{id}.{'A' * 43}", f"{'A' * 16}.{secret}"):
        assert ask(text) is None
    assert not recent._known


def test_memory_is_bounded(alice, bob, monkeypatch):
    monkeypatch.setattr(recent, "MOST", 1)

    ask(alice.key)
    ask(bob.key)

    assert len(recent._known) == 1
    assert ask(alice.key).user_id == alice.user_id


def test_a_malformed_key_is_never_looked_up(alice):
    id, _, secret = alice.key.partition(".")
    for text in ("", "x", id, f"{id}.", f"{id}.{secret}x"):
        headers = Headers({"cookie": f"{cookie_name()}={text}"})
        assert key_in_cookie(headers) == SentKey(text, None)
