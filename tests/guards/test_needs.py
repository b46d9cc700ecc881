"""`require` in a product's route: its access rule applies, whatever the guard lets through."""

import asyncio
from dataclasses import replace
from uuid import uuid4

import pytest
from fastapi import HTTPException
from starlette.exceptions import WebSocketException
from starlette.requests import HTTPConnection

from authapp.core.authorization.access import PUBLIC
from authapp.core.base import clock
from authapp.core.sessions.sessions import Principal
from authapp.guards.declare import require


def answered(principal, allow, **scope):
    """Return the principal that the route receives, or the status of a refusal."""
    given = {"type": "http", "method": "GET", "authapp.principal": principal, **scope}
    try:
        return asyncio.run(require(*allow)(HTTPConnection(given)))
    except HTTPException as no:
        return no.status_code
    except WebSocketException as no:
        return no.code


@pytest.fixture
def me():
    names = ("ann@example.com", "Ann", "Liddell")
    return Principal(uuid4(), "a session", *names, True, "password", clock.now(), clock.now(), avatar="")


def test_a_visitor_is_refused_even_where_the_guard_is_for_everybody(me):
    assert answered(None, ()) == answered(None, ("board",)) == answered(None, (PUBLIC,)) == 401
    assert answered(None, (), type="websocket") == 1008
    assert answered(me, ()) == me


def test_a_user_outside_the_group_is_refused(me):
    assert answered(me, ("board",)) == answered(me, (("board", "editors"),)) == 403
    assert answered(me, ("board",), type="websocket", **{"authapp.may_change": True}) == 1008
    assert answered(replace(me, groups=frozenset({"board"})), ("board",)).groups == {"board"}


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_changing_calls_must_come_from_our_own_pages(me, method):
    assert answered(me, (), method=method) == 403
    assert answered(me, (), method=method, **{"authapp.may_change": False}) == 403
    assert answered(me, (), method=method, **{"authapp.may_change": True}) == me
