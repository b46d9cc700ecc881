"""Groups: named sets of users. The settings name the first administrators."""

from uuid import uuid4

import pytest

from authapp.core.authorization import groups
from authapp.core.base import audit
from authapp.core.base.changes import changes
from authapp.core.base.errors import BadInput, NotFound
from authapp.db import transaction
from tests.kit import users
from tests.kit.rules import do, race


@pytest.fixture(autouse=True)
def buyers(database):
    do(groups.create, "buyers", "Who buys")


def test_a_new_user_is_in_no_group(alice, bob):
    do(groups.add, alice.user_id, "buyers")

    assert do(groups.is_in, alice.user_id, "buyers")
    assert not do(groups.is_in, bob.user_id, "buyers")
    assert not do(groups.is_in, alice.user_id, "admin")


def test_adding_a_user_twice_adds_them_once(alice):
    do(groups.add, alice.user_id, "buyers")
    do(groups.add, alice.user_id, "buyers")

    assert do(groups.members, "buyers") == [alice.user_id]


def test_a_removed_user_is_no_member(alice, bob):
    for one in (alice, bob):
        do(groups.add, one.user_id, "buyers")
    do(groups.remove, alice.user_id, "buyers")

    assert do(groups.members, "buyers") == [bob.user_id]


@pytest.mark.parametrize("named", ["alice@example.com", " ALICE@example.com , nobody@example.com"])
def test_the_settings_name_administrators_by_what_they_confirmed(alice, bob, configure, database, named):
    configure(AUTHAPP_ADMINS=named)

    assert do(groups.members, "admin") == [alice.user_id]
    assert not do(groups.is_in, bob.user_id, "admin")
    assert not do(groups.is_in, alice.user_id, "buyers")


def test_an_address_that_nobody_confirmed_makes_nobody_an_administrator(alice, configure):
    configure(AUTHAPP_ADMINS="root@example.com")
    users.sign_up("root@example.com")

    assert do(groups.members, "admin") == []


@pytest.mark.parametrize(
    "name", ["", "Buyers", "a b", "-a", "ä", "a" * 41, "a\nb", None, 7, "x\x00", "admin", "buyers"]
)
def test_a_group_has_a_short_plain_name_of_its_own(database, name):
    with pytest.raises(BadInput) as refusal:
        do(groups.create, name)

    assert refusal.value.field == "group"
    assert [one.name for one in do(groups.listed)] == ["admin", "buyers"]


def test_words_about_a_group_are_not_endless(database):
    with pytest.raises(BadInput):
        do(groups.create, "sellers", "x" * 201)


def test_of_eight_who_make_a_group_at_once_one_does(database):
    made = race(8, lambda _: do(groups.create, "sellers"))

    assert [isinstance(one, BadInput) for one in made].count(False) == 1


def test_the_groups_are_listed_with_how_many_are_in_each(alice, bob, configure):
    configure(AUTHAPP_ADMINS="alice@example.com")
    for one in (alice, bob):
        do(groups.add, one.user_id, "buyers")

    assert [(one.name, one.about, one.size) for one in do(groups.listed)] == [
        ("admin", "Administrators", 1),
        ("buyers", "Who buys", 2),
    ]
    assert do(groups.of, alice.user_id) == ["admin", "buyers"]


@pytest.mark.parametrize("group", ["sellers", "", None, 7, "x\x00"])
def test_no_user_is_added_to_an_unknown_group(alice, group):
    with pytest.raises(BadInput):
        do(groups.add, alice.user_id, group)

    assert do(groups.of, alice.user_id) == []


def test_an_unknown_user_is_not_added(database):
    with pytest.raises(NotFound):
        do(groups.add, uuid4(), "buyers")


def test_a_group_that_is_deleted_is_empty_when_it_is_made_again(alice):
    do(groups.add, alice.user_id, "buyers")

    do(groups.delete, "buyers")

    assert not do(groups.is_in, alice.user_id, "buyers")
    do(groups.create, "buyers")
    assert do(groups.members, "buyers") == []
    for name in ("admin", "sellers", None, 7):
        with pytest.raises(BadInput):
            do(groups.delete, name)


def test_every_change_reaches_the_open_tabs_of_its_user_and_no_others(alice, bob):
    def told(deed, *given):
        with transaction() as db:
            deed(db, *given)
            return set(changes(db).groups_changed)

    mine = {alice.me.session_id}
    assert told(groups.add, alice.user_id, "buyers") == mine
    assert told(groups.add, alice.user_id, "buyers") == set()
    assert told(groups.remove, alice.user_id, "buyers") == mine
    assert told(groups.remove, alice.user_id, "buyers") == set()
    do(groups.add, alice.user_id, "buyers")
    assert told(groups.delete, "buyers") == mine


def test_a_change_is_in_the_history_once(alice):
    for _ in range(2):
        do(groups.add, alice.user_id, "buyers", by="Rosa")
    for _ in range(2):
        do(groups.remove, alice.user_id, "buyers")

    lines = [(one.what, one.about) for one in do(audit.newest, alice.user_id)][:3]
    assert lines[:2] == [("group_left", "buyers"), ("group_joined", "buyers · Rosa")]
    assert lines[2][0] == "password_set"
