"""Registration of hooks, their order, and their errors."""

import asyncio
import functools
import threading

import pytest

from authapp.core.authentication import login
from authapp.core.base import clock, hooks, paths
from authapp.core.base.errors import TooManyRequests, UserNotRegistered
from authapp.db import run, run_inline
from authapp.models import Ticket, User
from tests.kit.hooks import NotToday, open_sessions, refuse, ticket_of, write, written
from tests.kit.rules import do
from tests.kit.users import HOME, TAB, log_in


def test_several_run_in_the_order_of_their_registration_until_one_refuses(alice):
    order = []
    hooks.on_log_in(lambda *given: order.append("first"))
    hooks.on_log_in(lambda *given: order.append("second") or refuse())
    hooks.on_log_in(lambda *given: order.append("third"))

    with pytest.raises(NotToday):
        log_in(alice)

    assert order == ["first", "second"]


def test_writes_of_a_hook_commit_with_the_rule(alice):
    hooks.on_log_in(write)

    log_in(alice)

    assert written() == 1


def test_a_hook_that_breaks_breaks_the_rule(alice):
    before = open_sessions(alice)
    hooks.on_log_in(write)
    hooks.on_log_in(lambda db, opened, caller: db.add(User(id=opened.user_id, created_at=clock.now())))  # it exists
    ticket = ticket_of(alice)

    with pytest.raises(Exception, match=r"(?i)integrity|unique|conflicts"):
        do(login.claim, ticket, [TAB], HOME, None)

    assert (open_sessions(alice), written()) == (before, 0)
    hooks.on_log_in.forget()
    assert do(login.claim, ticket, [TAB], HOME, None)  # the ticket was not spent either


def test_a_hook_cannot_have_half_of_a_rule_kept(alice):
    def throttled(*_):
        raise TooManyRequests(60)

    hooks.before_log_in(throttled)
    ticket = ticket_of(alice)

    with pytest.raises(TooManyRequests) as refusal:
        do(login.claim, ticket, [TAB], HOME, None)

    assert (refusal.value.counted, refusal.value.wait) == (False, 60)
    assert do(lambda db: db.get(Ticket, ticket.partition(".")[0])).uses_left == 1


async def later(db, user):
    """An async function, which is not a valid hook."""


def piecemeal(db, user):
    """A generator, which is not a valid hook."""
    yield db


class Later:
    async def __call__(self, db, user):
        """An object with an async call, which is not a valid hook."""


WRONG = {
    "async": later,
    "a generator": piecemeal,
    "called async": Later(),
    "async in part": functools.partial(later),
    "a class": User,
    "nothing": None,
    "a text": "f",
    "too few": lambda db: 0,
    "too many": lambda db, user, more: 0,
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_a_function_that_cannot_run_at_a_hook_is_refused_at_registration(wrong):
    with pytest.raises(TypeError, match=r"on_sign_up needs a plain function `f\(db, user\)`"):
        hooks.on_sign_up(wrong)

    assert not hooks.on_sign_up
    assert not hooks.in_use()


def test_a_decorated_function_stays_what_it_was():
    def welcome(db, user, how="warmly"):
        return how

    assert hooks.on_sign_up(welcome) is welcome
    assert welcome(None, None) == "warmly"
    assert hooks.in_use()


def test_every_hook_says_its_form_and_its_moment():
    assert [hook.name for hook in hooks.HOOKS] == [name for name in vars(hooks) if name.startswith(("on_", "before_"))]
    for hook in hooks.HOOKS:
        assert getattr(hooks, hook.name) is hook
        assert hook.form.startswith("f(db, ")
        assert hook.__doc__ == f"`{hook.form}`: {hook.when}"


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_a_slow_hook_makes_nobody_else_wait(alice):
    """Without registered hooks, a login over the API runs on the event loop itself."""
    where = []

    async def run_in_turn():
        home = threading.current_thread()
        await run_inline(lambda db: where.append(threading.current_thread() is home))
        hooks.on_log_in(write)
        await run_inline(lambda db: where.append(threading.current_thread() is home))
        await run(lambda db: where.append(threading.current_thread() is home))

    asyncio.run(run_in_turn())

    assert where == [True, False, False]


def test_the_words_of_a_refusal_reach_a_page_over_its_address_for_a_while_and_nobody_elses_do(database, clock):
    said = paths.reason(NotToday())
    assert "Not" not in said
    assert paths.reason_in_words(said, "Google") == "Not today."
    for forged in ("Not today.", said[:9] + ("A" if said[9] != "A" else "B") + said[10:], "", None, 7, "é", said * 40):
        assert paths.reason_in_words(forged, "Google") == ""

    clock.advance(paths.REASON_LIFE)
    assert paths.reason_in_words(said, "Google") == ""


def test_the_message_of_a_code_comes_from_the_code():
    assert paths.reason(UserNotRegistered()) == "UserNotRegistered"
