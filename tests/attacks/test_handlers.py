"""R3: a written list holds every handler that clients may call by name, and guards sit on the handlers themselves."""

import json
import os
import subprocess
import sys

import pytest

from tests.kit.processes.servers import BUILD, ROOT
from tests.kit.tables import change, rows
from tests.kit.users import newcomer, sign_up
from tests.kit.web.handlers import ALL, NAMES, OURS, PASSWORDS
from tests.kit.web.http import logged_in_as
from tests.kit.web.sockets import Intruder, event

LIST = """
import inspect, json
import authapp.authapp
from reflex_base.registry import RegistrationContext
handlers = RegistrationContext.get().event_handlers
print(json.dumps({name: str(inspect.signature(known.handler.fn)) for name, known in handlers.items()}))
"""
# Loads nothing without a session, and says nothing: the dialog of the page says that the session ended.
QUIET = {"settings.personal_data_state.load"}
HELPERS = ["_is", "_principal", "_visitor", "_client", "_tab", "_shows_refusal", "_next", "_key", "_mark_dirty"]
HELPERS += [
    "get_state",
    "get_substate",
    "reset",
    "dict",
    "get_delta",
    "get_value",
    "get_var_value",
    "add_var",
    "__class__",
]
HELPERS += ["__init__", "__setattr__", "__reduce__", "set_password.fn", "", ".", "log_out.__call__", "setvar.__init__"]


@pytest.fixture(scope="module")
def registered(tmp_path_factory):
    """Return the handlers of the runnable app by name, with their signatures."""
    folder = tmp_path_factory.mktemp("registry")
    settings = {"DATABASE_URL": f"sqlite:///{folder}/app.db", "REFLEX_WEB_WORKDIR": str(BUILD)}
    listed = subprocess.run(
        [sys.executable, "-c", LIST],
        cwd=ROOT,
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(listed.stdout.splitlines()[-1])


def test_every_handler_that_can_be_called_is_declared(registered):
    undeclared = {name for name in registered if not name.endswith(".setvar")} - {event(name) for name in ALL}

    assert undeclared == set(), "declare it in tests/kit/web/handlers.py, or let its name begin with an underscore"


def test_every_declared_handler_exists(registered):
    assert {event(name) for name in ALL} - set(registered) == set()


def test_no_argument_of_ours_has_a_default_that_a_client_could_override(registered):
    assert [name for name in OURS if "=" in registered[event(name)]] == []


def test_no_var_can_be_set_by_name(server, alice):
    with Intruder(server, tab="setvar", cookie=alice.key, path="/settings") as intruder:
        before = json.loads(json.dumps(intruder.state))
        for state, held in before.items():
            for name in (*(var.removesuffix("_rx_state_") for var in held), "password", "is_hydrated.x", "__class__"):
                intruder.emit("event", {"name": f"{state}.setvar", "payload": {"var_name": name, "value": "MALLORY"}})
                intruder.emit("event", {"name": f"{state}.set_{name}", "payload": {"value": "MALLORY"}})
        intruder.settle()

    assert "MALLORY" not in json.dumps(intruder.state)
    assert intruder.who == str(alice.user_id)


def test_the_values_of_a_browser_are_not_taken_for_vars(server, alice):
    who = f"{event('account.account.x').removesuffix('.x')}.who"
    with Intruder(server, tab="storage") as intruder:
        for name in (who, f"{who}_rx_state_"):
            intruder.call("hydrate_and_load", vars={name: str(alice.user_id)}, hashes=[])
            intruder.call(
                "reflex___state____update_vars_internal_state.update_vars_internal", vars={name: str(alice.user_id)}
            )
        assert intruder.settle().who == ""


def test_helpers_cannot_be_called(server, alice):
    before = rows(server)
    with Intruder(server, tab="helpers", cookie=alice.key, path="/settings") as intruder:
        held = json.dumps(intruder.state)
        for state in list(intruder.state):
            for helper in HELPERS:
                intruder.emit("event", {"name": f"{state}.{helper}", "payload": {}})
        intruder.settle()

    assert json.dumps(intruder.state) == held
    assert intruder.orders == []
    assert rows(server) == before


@pytest.mark.parametrize("name", [name for name, handler in OURS.items() if handler.members])
def test_visitors_cannot_call_handlers_for_members_by_name(server, name):
    before = rows(server)

    with Intruder(server, tab=f"anonymous {name}") as intruder:
        intruder.call(name, **OURS[name].arguments)
        intruder.settle()

    words = "" if name in QUIET else "You’ve been logged out. Log in again."
    assert intruder.of(name.rpartition(".")[0])["refusal"] == words
    assert not intruder.of(name.rpartition(".")[0]).get("loaded")
    assert intruder.orders == []
    assert rows(server) == before


def test_the_same_calls_do_their_work_for_a_member(server, alice):
    with Intruder(server, tab="a member", cookie=alice.key, path="/settings") as tab:
        tab.call("settings.personal_data_state.save", form=NAMES)
        assert tab.settle().of("settings.personal_data_state")["first_name"] == "Mallory"
        tab.call("settings.password_state.set_password", form=PASSWORDS)
        assert tab.ordered("restart")["ticket"]


def test_an_anonymous_log_out_ends_nobody(server, alice):
    before = rows(server)

    with Intruder(server, tab="log out") as intruder:
        intruder.call("account.account.log_out")
        intruder.settle()

    assert intruder.restart == {"path": "/", "logOut": True}
    assert logged_in_as(server, alice.key) == alice.email
    assert rows(server) == before


@pytest.mark.parametrize("key", ["", "nothing", "A" * 16 + "." + "A" * 43, "../settings", "%00", "a" * 3000])
def test_a_link_that_is_none_is_not_followed_by_name(server, key):
    before = rows(server)

    with Intruder(server, tab="no link", path="/link") as intruder:
        for handler in ("follow", "switch", "send_again", "sign_up"):
            intruder.call(f"link.link_state.{handler}", form={"key": key})
        intruder.call("link.link_state.look", key=key)
        intruder.settle()

    assert intruder.of("link.link_state")["outcome"] == "no_such_resource"
    assert intruder.of("link.link_state")["email"] == ""
    assert not any(order.get("value", {}).get("ticket") for order in intruder.orders)
    assert rows(server) == before


def test_a_link_of_which_only_the_id_is_known_is_not_followed(server):
    key = sign_up(newcomer("Carol").email.replace("carol", "dora"))

    with Intruder(server, tab="half a link", path="/link") as intruder:
        intruder.call("link.link_state.follow", form={"key": f"{key.partition('.')[0]}.{'A' * 43}"})
        intruder.settle()

    assert intruder.of("link.link_state")["outcome"] == "no_such_resource"
    assert intruder.orders == []


def test_an_expired_link_is_not_followed_by_name(server):
    key = sign_up(newcomer("Carol").email.replace("carol", "dora"))
    change(server, "UPDATE auth_action_link SET expires_at = issued_at WHERE id = ?", key.partition(".")[0])
    before = rows(server)

    with Intruder(server, tab="late", path="/link") as intruder:
        intruder.call("link.link_state.follow", form={"key": key})
        intruder.call("link.link_state.switch", form={"key": key})
        intruder.settle()

    assert intruder.of("link.link_state")["outcome"] == "invalid_action_key"
    assert not any(order.get("value", {}).get("ticket") for order in intruder.orders)
    assert rows(server) == before


def test_the_outbox_answers_nobody_where_the_settings_do_not_show_it(strict):
    carol = newcomer("Carol")
    sign_up(carol.email)

    with Intruder(strict, tab="outbox", cookie=carol.key, path="/outbox") as intruder:
        intruder.call("outbox.outbox_state.load")
        intruder.call("outbox.outbox_state.send_again", id="00000000-0000-0000-0000-000000000000")
        intruder.settle()

    assert intruder.of("outbox.outbox_state")["rows"] == []
    assert "/link#" not in intruder.everything
