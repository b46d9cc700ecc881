"""User search among many: matching words, page by page, while users come and go."""

from datetime import timedelta

import pytest
from sqlalchemy import update
from sqlmodel import col

from authapp.core import execute
from authapp.core.account import closing
from authapp.core.admin import directory
from authapp.core.admin import people as deeds
from authapp.core.admin.people import NewUser
from authapp.core.authorization import groups
from authapp.core.authorization.actors import SERVER
from authapp.core.base.errors import BadInput
from authapp.models import User
from tests.kit.codes import join_by_phone
from tests.kit.contacts import HERS
from tests.kit.rules import do
from tests.kit.users import HOME


def make(name, address=""):
    first, _, last = name.partition(" ")
    address = address or f"{'.'.join(name.lower().split())}@example.com"
    return do(deeds.create, SERVER, NewUser(address, first, last), tell=False)


def found(text="", **more):
    return [one.name for one in do(directory.find, directory.Search(text, **more)).people]


def every_page(text="", **more):
    """Return the ids of all pages, and the number of pages."""
    seen, after, pages = [], "", 0
    while True:
        page = do(directory.find, directory.Search(text, after=after, **more))
        seen += [one.id for one in page.people]
        after, pages = page.after, pages + 1
        if not after:
            return seen, pages


def wait(user_id, reason):
    do(lambda db: execute(db, update(User).where(col(User.id) == user_id).values(blocked_by=reason)))


def test_people_are_found_by_the_beginning_of_any_part_of_what_they_are_called_and_reached_by(database):
    for name in ("Anna Schmidt", "Bob Dylan", "Zoë O'Brien"):
        make(name)
    make("Émile Zola", "writer@paris.example.org")
    join_by_phone(HERS)

    assert found("a") == found("SCHM") == found("anna.sch") == found("anna.schmidt@example.com") == ["Anna Schmidt"]
    assert found("zo") == ["Zoë O'Brien", "Émile Zola"]
    assert found("emile") == found("@paris") == found("writer") == ["Émile Zola"]
    assert found("+1 201 555") == found("2015550101") == ["Nina Simone"]
    assert found("nna") == found("xample") == []


def test_all_words_must_fit_in_whatever_order_and_those_in_a_row_come_first(database):
    make("Anna Maria Schmidt")
    make("Schmidt Anna", "other@example.com")
    make("Anna Becker")

    assert found("anna schm") == ["Schmidt Anna", "Anna Maria Schmidt"]
    assert set(found("schm anna")) == {"Schmidt Anna", "Anna Maria Schmidt"}
    assert found("anna exam beck") == ["Anna Becker"]
    assert found("anna zola") == []


@pytest.mark.parametrize("text", ["%", "_", "'; --", "*", "..."])
def test_a_search_without_matches_finds_no_users(database, text):
    make("Anna Schmidt")

    assert found(text) == []
    assert found("  ") == ["Anna Schmidt"]


def test_a_user_is_listed_with_state_groups_and_identifiers(database, clock):
    anna = make("Anna Schmidt")
    do(groups.create, "buyers")
    do(groups.add, anna, "buyers")

    [row] = do(directory.find, directory.Search()).people

    assert (row.id, row.name, row.identifier) == (anna, "Anna Schmidt", "anna.schmidt@example.com")
    assert (row.state, row.blocked_by, row.groups) == ("active", "", ["buyers"])


def test_the_settings_make_administrators_in_the_list_too(alice, configure):
    configure(AUTHAPP_ADMINS="alice@example.com")

    assert do(directory.find, directory.Search()).people[0].groups == ["admin"]


def test_each_state_is_told_from_the_facts_and_lists_its_own(database, clock):
    ids = {name: make(f"{name} Person") for name in ("Active", "Approval", "Email", "Disabled", "Closed", "Both")}
    wait(ids["Approval"], "approval")
    wait(ids["Email"], "email")
    do(deeds.disable, SERVER, ids["Disabled"])
    do(deeds.close, SERVER, ids["Closed"])
    do(deeds.disable, SERVER, ids["Both"])
    do(deeds.close, SERVER, ids["Both"])

    for text in ("", "person"):
        assert found(text, state="active") == ["Active Person"]
        assert set(found(text, state="waiting")) == {"Approval Person", "Email Person"}
        assert found(text, state="disabled") == ["Disabled Person"]
        assert set(found(text, state="closed")) == {"Closed Person", "Both Person"}
    assert found("", state="waiting") == ["Email Person", "Approval Person"]  # newest first


def test_a_group_lists_its_members_with_and_without_a_search(database, clock):
    do(groups.create, "buyers")
    for name in ("Anna Schmidt", "Bob Dylan", "Carla Bruni"):
        make(name)
    for one in do(directory.find, directory.Search()).people[:2]:
        do(groups.add, one.id, "buyers")

    assert found(group="buyers") == ["Carla Bruni", "Bob Dylan"]
    assert found("b", group="buyers", state="active") == ["Bob Dylan", "Carla Bruni"]
    assert found("anna", group="buyers") == found(group="nobody") == found(group=7) == []


@pytest.mark.parametrize("few", [0, directory.FEW], ids=["many", "few"])
@pytest.mark.parametrize("budget", [10, directory.BUDGET])
def test_pages_show_everybody_once_and_in_order_however_far_a_look_goes(database, clock, monkeypatch, few, budget):
    monkeypatch.setattr(directory, "PAGE", 4)
    monkeypatch.setattr(directory, "BUDGET", budget)
    monkeypatch.setattr(directory, "FEW", few)
    do(groups.create, "buyers")
    ids = [make(f"{'Anna' if number % 2 else 'Bob'} Number{number:02}") for number in range(21)]
    for one in ids[::3]:
        do(groups.add, one, "buyers")
    for one in ids[::5]:
        wait(one, "approval" if one == ids[0] else "email")

    assert every_page()[0] == ids[::-1]
    assert every_page("anna")[0] == ids[1::2]
    assert every_page(group="buyers")[0] == ids[::3][::-1]
    assert every_page(state="waiting")[0] == ids[::5][::-1]
    assert every_page(state="waiting", group="buyers")[0] == ids[::15][::-1]
    assert every_page("anna", group="buyers")[0] == ids[3::6]
    assert set(every_page("num exam ann")[0]) == set(ids[1::2])
    assert every_page("num exam ann")[1] < 30


@pytest.mark.parametrize(("text", "second"), [("", slice(2, None, -1)), ("anna", slice(3, None))])
def test_a_new_user_moves_no_other_to_another_page(database, clock, monkeypatch, text, second):
    monkeypatch.setattr(directory, "PAGE", 3)
    ids = [make(f"Anna Number{number}") for number in range(6)]
    first = do(directory.find, directory.Search(text))
    make("Anna Aaa", "later@example.com")

    assert [one.id for one in do(directory.find, directory.Search(text, after=first.after)).people] == ids[second]


@pytest.mark.parametrize("after", ["x", "e30=", "W10=", "WyJhIiwgImIiXQ==", 7, "A" * 5000, "\ud800"])
@pytest.mark.parametrize("text", ["", "anna"])
def test_a_page_that_is_none_of_ours_is_refused(database, after, text):
    with pytest.raises(BadInput):
        do(directory.find, directory.Search(text, after=after))


def test_a_page_of_another_search_is_refused(database, monkeypatch):
    monkeypatch.setattr(directory, "PAGE", 1)
    for number in range(3):
        make(f"Anna Number{number}")

    with pytest.raises(BadInput):
        do(directory.find, directory.Search("bob", after=do(directory.find, directory.Search("anna")).after))


@pytest.mark.parametrize("state", ["gone", 7, None])
def test_a_state_that_is_none_is_refused(database, state):
    with pytest.raises(BadInput):
        do(directory.find, directory.Search(state=state))


def test_a_deleted_user_is_not_found(alice, clock):
    do(closing.close, alice.me, HOME)
    clock.advance(timedelta(days=15))
    do(closing.purge)

    assert found("alice") == found() == []
