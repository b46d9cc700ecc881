"""Groups are named sets of users; the settings name the first administrators."""

import pytest

from authapp.core import groups
from tests import people
from tests.people import do


@pytest.fixture(autouse=True)
def buyers(database):
    do(groups.create, "buyers", "Who buys")


def test_nobody_is_in_a_group_by_themselves(alice, bob):
    do(groups.add, alice.user_id, "buyers")

    assert do(groups.is_in, alice.user_id, "buyers")
    assert not do(groups.is_in, bob.user_id, "buyers")
    assert not do(groups.is_in, alice.user_id, "admin")


def test_who_is_added_twice_is_in_once(alice):
    do(groups.add, alice.user_id, "buyers")
    do(groups.add, alice.user_id, "buyers")

    assert do(groups.members, "buyers") == [alice.user_id]


def test_who_is_removed_is_in_no_more(alice, bob):
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
    people.sign_up("root@example.com")

    assert do(groups.members, "admin") == []
