"""Access rules: which users a guard admits, and which groups it uses."""

import asyncio

import pytest

from authapp.core.authorization import access, groups
from authapp.core.authorization.access import PUBLIC, SIGNED_IN
from authapp.core.base.errors import NotAllowed, SessionExpired
from authapp.core.sessions import sessions
from tests.kit.rules import do
from tests.kit.users import Person, join


def me(person: Person):
    return do(sessions.alive, person.me)


def passes(who, allow):
    return asyncio.run(access.passes(who, allow))


@pytest.fixture
def board(database) -> Person:
    person = join("board@example.com")
    for name in ("board", "editors"):
        do(groups.create, name)
        do(groups.add, person.user_id, name)
    return person


def test_a_principal_knows_its_groups_at_once(board, alice):
    assert me(board).groups == {"board", "editors"}
    assert me(alice).groups == frozenset()

    do(groups.remove, board.user_id, "editors")

    assert me(board).groups == {"board"}
    assert do(sessions.resume, board.key).groups == {"board"}


def test_the_watch_sees_the_groups_of_every_session_in_one_look(board, alice):
    found = do(sessions.live, [board.me.session_id, alice.me.session_id, "unknown"])

    assert {id: live.groups for id, live in found.items()} == {
        board.me.session_id: {"board", "editors"},
        alice.me.session_id: frozenset(),
    }


def test_users_named_in_the_settings_are_in_the_group_admin(database, alice, bob, configure):
    configure(DATABASE_URL=database, AUTHAPP_ADMINS=f" {alice.email.upper()} , +4915112345678")

    assert me(alice).groups == {"admin"}
    assert me(bob).groups == frozenset()
    assert do(sessions.live, [alice.me.session_id])[alice.me.session_id].groups == {"admin"}


@pytest.mark.parametrize(
    ("allow", "visitor", "member", "director"),
    [
        (PUBLIC, True, True, True),
        (SIGNED_IN, False, True, True),
        ("board", False, False, True),
        (("editors", "board"), False, False, True),
        (("staff",), False, False, False),
        (lambda me: "board" in me.groups, False, False, True),
    ],
)
def test_the_access_rules_admit_the_right_users(board, alice, allow, visitor, member, director):
    asked = [None, me(alice), me(board)]

    assert [passes(who, allow) for who in asked] == [visitor, member, director]
    assert [access.passes_now(who, allow) for who in asked] == [visitor, member, director]


def test_a_guard_may_wait_for_an_answer(board, alice):
    async def slowly(who):
        await asyncio.sleep(0)
        return "board" in who.groups

    assert (passes(me(board), slowly), passes(me(alice), slowly), passes(None, slowly)) == (True, False, False)
    assert not access.passes_now(me(board), slowly)  # an async function in a place that cannot await it admits nobody


def test_a_guard_that_breaks_lets_nobody_in_and_says_where(board, caplog):
    def breaks(who):
        raise KeyError("a secret")

    def hidden(who):
        return (yes for yes in [True])

    for guard in (breaks, hidden):
        assert not passes(me(board), guard)
        assert not access.passes_now(me(board), guard)
    assert "breaks" in caplog.text or "test_access" in caplog.text
    assert "a secret" not in caplog.text


def test_a_refusal_says_whether_logging_in_would_help(alice):
    assert isinstance(asyncio.run(access.refusal(None, SIGNED_IN)), SessionExpired)
    assert isinstance(asyncio.run(access.refusal(me(alice), "board")), NotAllowed)
    assert asyncio.run(access.refusal(me(alice), SIGNED_IN)) is None


def yields(who):
    yield False


async def yields_later(who):
    yield False


@pytest.mark.parametrize("allow", ["", (), ("",), 7, None, ["board"], True, Person, ("a", 1), yields, yields_later])
def test_a_guard_that_names_nobody_is_an_error_where_it_is_written(allow):
    with pytest.raises(TypeError, match="gives nobody access"):
        access.checked(allow)
