"""Attacks on the settings over the socket: handlers by name, without step-up, with ids of other users."""

from datetime import timedelta

import pytest
from sqlalchemy import delete, update

from authapp.core import execute
from authapp.core.account import avatars, emails, phones
from authapp.core.base import clock
from authapp.core.base.errors import StepNotFoundOrExpired
from authapp.core.sessions import sessions
from authapp.core.sessions.sessions import NewSession
from authapp.models import Avatar, Email, Session, User
from tests.kit.contacts import fresh_number, with_number
from tests.kit.messages import code_to, written_to
from tests.kit.processes.servers import files_of
from tests.kit.rules import do
from tests.kit.tables import rows
from tests.kit.users import HOME, PASSWORD, grow_stale, newcomer
from tests.kit.web.flows import PHONES, STEP_UP, ask_for_code, confirm, key_after_proof, settings_tab, step_in
from tests.kit.web.http import logged_in_as
from tests.kit.web.sockets import Intruder, event, reopen

NEW = {"new_email": "mallory@example.com"}
CANARY = "a canary in the password field"
STALE = [
    ("emails.emails_state.add", {"form": NEW}),
    ("emails.emails_state.remove", {"id": "HER FIRST ADDRESS"}),
    ("settings.password_state.set_password", {"form": {"password": CANARY, "confirmation": CANARY}}),
    ("sessions.sessions_state.end_session", {"id": "HER OTHER SESSION"}),
    ("sessions.sessions_state.log_out_others", {}),
    ("closing.closing_state.close", {}),
    (f"{PHONES}.add", {"form": {"new_phone": "+49 1512 0000002"}}),
    (f"{PHONES}.remove", {"id": "HER NUMBER"}),
]


def first_address(person):
    return str(do(emails.listed, person.user_id)[0].id)


def first_number(person, number):
    return next(str(one.id) for one in do(phones.listed, person.user_id) if one.number == number)


def second_session(person):
    return do(sessions.open, NewSession(person.user_id, person.email, "password"), HOME).session_id


@pytest.mark.parametrize(("handler", "arguments"), STALE, ids=[name for name, _ in STALE])
def test_without_a_recent_proof_the_page_is_asked_for_one_and_nothing_happens(server, alice, handler, arguments):
    ids = {"HER FIRST ADDRESS": first_address(alice), "HER OTHER SESSION": second_session(alice)}
    ids["HER NUMBER"] = first_number(alice, with_number(alice))
    given = {name: ids.get(value, value) if isinstance(value, str) else value for name, value in arguments.items()}
    grow_stale(alice)
    before = rows(server)

    with settings_tab(server, alice, f"stale {handler}") as tab:
        tab.call(handler, **given)
        tab.settle()
        assert tab.ordered("step_up")["event"] == {"name": event(handler), "payload": given}
        tab.call("step_up.step_up_state.answer", form={"password": "a wrong password"})
        tab.settle()
        assert tab.of("step_up.step_up_state")["refused_field"] == "password"

    assert rows(server) == before


def test_after_the_proof_the_page_sends_the_very_same_again(server, alice):
    grow_stale(alice)
    with settings_tab(server, alice, "proves") as tab:
        tab.call("emails.emails_state.add", form=NEW)
        asked = tab.ordered("step_up")
        assert asked["action"] == "Add email"
        new = key_after_proof(server, alice, tab)

    with reopen(server, "proves", cookie=new, path="/settings") as tab:
        tab.call("emails.emails_state.add", **asked["event"]["payload"])
        tab.settle()
        assert [one["shown"] for one in tab.of("emails.emails_state")["rows"]] == [alice.email, NEW["new_email"]]


def test_the_server_keeps_nothing_of_what_was_denied(server, alice):
    grow_stale(alice)
    with settings_tab(server, alice, "proves another") as tab:
        tab.call("closing.closing_state.close")
        tab.ordered("step_up")
        new = key_after_proof(server, alice, tab)

    with reopen(server, "proves another", cookie=new, path="/settings") as tab:
        tab.settle().settle()
        assert tab.who == str(alice.user_id)
        assert logged_in_as(server, new) == alice.email


def test_the_password_of_another_person_is_no_proof(server, alice, bob):
    do(
        execute,
        update(Session).where(Session.user_id == bob.user_id).values(proved_at=clock.now() - timedelta(hours=1)),
    )
    with settings_tab(server, bob, "bob's own") as tab:
        tab.call("closing.closing_state.close")
        tab.call("step_up.step_up_state.answer", form={"identifier": alice.email, "password": PASSWORD + "?"})
        tab.settle()
        assert tab.of("step_up.step_up_state")["refused_field"] == "password"

    assert do(sessions.alive, bob.me)


@pytest.mark.parametrize("handler", ["make_main", "remove", "send_again"])
@pytest.mark.parametrize("id", ["BOB'S", None, 7, [], {}, "x", "00000000-0000-0000-0000-000000000000"], ids=repr)
def test_another_users_or_an_unknown_email_is_refused(server, alice, bob, handler, id):
    before = rows(server)
    with settings_tab(server, alice, f"{handler} {id}") as tab:
        tab.call(f"emails.emails_state.{handler}", id=first_address(bob) if id == "BOB'S" else id)
        tab.settle()
        assert tab.of("emails.emails_state")["refusal"] == "This address is no longer in your account."

    assert rows(server) == before


@pytest.mark.parametrize("handler", ["make_main", "remove"])
@pytest.mark.parametrize("id", ["BOB'S", None, 7, [], {}, "x", "00000000-0000-0000-0000-000000000000"], ids=repr)
def test_another_users_or_an_unknown_number_is_refused(server, alice, bob, handler, id):
    given = first_number(bob, with_number(bob)) if id == "BOB'S" else id
    before = rows(server)
    with settings_tab(server, alice, f"{handler} number {id}") as tab:
        tab.call(f"{PHONES}.{handler}", id=given)
        tab.settle()
        assert tab.of(PHONES)["refusal"] == "This number is no longer in your account."

    assert rows(server) == before


def test_the_last_way_in_is_not_removed_by_name(server, alice):
    number = with_number(alice)
    do(execute, delete(Email).where(Email.user_id == alice.user_id))
    before = rows(server)
    with settings_tab(server, alice, "the last way in") as tab:
        for _ in range(3):
            tab.call(f"{PHONES}.remove", id=first_number(alice, number))
        tab.settle()
        assert tab.of(PHONES)["refusal"].startswith("This number is your only way to log in.")

    assert rows(server) == before


def test_after_the_proof_the_code_is_sent_once_and_its_step_is_that_of_the_numbers(server, alice):
    number = fresh_number()
    grow_stale(alice)
    with settings_tab(server, alice, "proves for a number") as tab:
        assert ask_for_code(tab, PHONES, number) == ""
        assert written_to(number) == []
        new = key_after_proof(server, alice, tab)
    with reopen(server, "proves for a number", cookie=new, path="/settings") as tab:
        ask_for_code(tab, PHONES, number)
        step = step_in(tab)
        assert len(written_to(number)) == 1
        assert confirm(tab, STEP_UP, step, code_to(number)) == StepNotFoundOrExpired.message
        assert confirm(tab, PHONES, step, code_to(number)) == ""

    assert [one.number for one in do(phones.listed, alice.user_id)] == [number]


@pytest.mark.parametrize("id", ["BOB'S", None, 7, [], {}, "x", "' OR 1=1 --"], ids=repr)
def test_another_users_or_an_unknown_session_is_refused(server, alice, bob, id):
    before = rows(server)
    with settings_tab(server, alice, f"sign out {id}") as tab:
        tab.call("sessions.sessions_state.end_session", id=bob.me.session_id if id == "BOB'S" else id)
        tab.settle()
        assert tab.of("sessions.sessions_state")["refusal"] == "This session has already ended."

    assert rows(server) == before
    assert do(sessions.alive, bob.me)


def test_the_form_of_the_names_is_ready_when_they_are_there(server, alice):
    with settings_tab(server, alice, "her names") as tab:
        tab.call("settings.personal_data_state.load")
        names = tab.settle().of("settings.personal_data_state")

    assert (names["first_name"], names["last_name"], names["loaded"]) == ("Alice", alice.me.last_name, True)


def test_a_visitor_gets_no_names_and_a_form_that_waits(server):
    with Intruder(server, tab="nobody", path="/settings") as tab:
        tab.call("settings.personal_data_state.load")
        names = tab.settle().of("settings.personal_data_state")

    assert (names["first_name"], names["last_name"], names["loaded"]) == ("", "", False)


def test_a_stored_picture_is_removed_by_its_event(server, alice, bob):
    for person in (alice, bob):
        do(execute, update(User).where(User.id == person.user_id).values(avatar="from before"))
        do(lambda db, id=person.user_id: db.add(Avatar(user_id=id, image=b"a stored picture")))

    with settings_tab(server, alice, "her picture") as tab:
        tab.call("avatar.avatar_state.remove")
        tab.settle()

        assert tab.of("avatar.avatar_state")["said"] == "Picture removed."
        assert tab.of("account.account")["avatar"] == ""
    assert do(avatars.of, alice.me) is None
    assert do(avatars.of, bob.me) == b"a stored picture"


def test_a_page_shows_its_person_alone(server, alice, bob):
    with settings_tab(server, alice, "hers alone") as tab:
        tab.settle()
        assert alice.email in tab.everything
        assert bob.email not in tab.everything
        assert bob.me.session_id not in tab.everything


def test_a_password_that_waits_for_a_step_up_is_in_no_file(product):
    carol = newcomer("Carol")
    grow_stale(carol)
    form = {"password": CANARY, "confirmation": CANARY}
    with settings_tab(product, carol, "canary") as tab:
        tab.call("settings.password_state.set_password", form=form)
        tab.ordered("step_up")
        for path in files_of(product):
            assert CANARY.encode() not in path.read_bytes(), path.name
