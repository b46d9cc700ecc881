"""The example product, in which everything is closed: each event and var, called by users without access."""

import pytest

from authapp.core.authorization import groups
from tests.kit.apps import share_database
from tests.kit.processes.servers import NOTES, NOTES_BUILD, running_notes
from tests.kit.rules import do
from tests.kit.users import newcomer
from tests.kit.web.access import check_events, check_vars, declared, denials
from tests.kit.web.http import ask, log_out
from tests.kit.web.sockets import Intruder, reopen

DRAFT = "a draft that nobody else may read"
NOTES_STATE, WRITE = "notes___states____notes_state", "notes___states____write_state"


@pytest.fixture(scope="module")
def law(tmp_path_factory):
    return declared("notes.notes:app", tmp_path_factory.mktemp("law"), NOTES, NOTES_BUILD)


@pytest.fixture(scope="module")
def started(tmp_path_factory):
    with running_notes(tmp_path_factory.mktemp("attacked-notes")) as server:
        yield server


@pytest.fixture
def server(started, configure):
    return share_database(started, configure)


@pytest.fixture
def editor(server):
    """Return an editor who has written a draft."""
    editor = newcomer("Editor")
    if "editors" not in [one.name for one in do(groups.listed)]:
        do(groups.create, "editors")
    do(groups.add, editor.user_id, "editors")
    with Intruder(server, tab="writes", cookie=editor.key, path="/write") as tab:
        emit(tab, WRITE, "save", form={"title": DRAFT, "text": DRAFT, "is_draft": True})
        tab.settle()
    return editor


def emit(tab, state, name, **payload):
    tab.emit("event", {**tab.packet("", payload), "name": f"reflex___state____state.{state}.{name}"})


# A developer who adds an event, or a var that is not for all members, adds a line here, and so confirms that its access
# was considered.
EVENTS = {
    "notes_state.refresh": "members",
    "team_state.invite": ["editors"],
    "write_state.delete": ["editors"],
    "write_state.open": ["editors"],
    "write_state.save": ["editors"],
}
VARS = {"notes_state.drafts": ["editors"], "notes_state.may_write": ["editors"]}


def test_everything_of_the_example_has_the_intended_access_rule(law):
    assert {name.rpartition("states____")[2]: allow for name, allow in law.events.items()} == EVENTS
    vars = {f"{state.rpartition('____')[2]}.{var}": allow for state, var, allow, _ in law.vars}
    assert {name: allow for name, allow in vars.items() if allow != "members"} == VARS


def test_nothing_of_it_is_open_but_its_front_page(law):
    assert law.open["pages"] == ["index"]
    assert law.open["events"] == law.open["vars"] == law.open["routes"] == []


def test_the_anonymous_reach_nothing(server, law, editor):
    with Intruder(server, tab="nobody", path="/notes") as tab:
        check_events(tab, law, None)
        check_vars(tab, law, None)
        assert DRAFT not in tab.everything
    for path in ("/notes", "/write", "/team", "/write/index.html", "/anything"):
        assert ask(server, "GET", path, headers={"Accept": "text/html"}).status_code == 303


def test_another_user_reaches_nothing_of_the_editors(server, law, editor):
    other = newcomer("Reader")
    with Intruder(server, tab="reads", cookie=other.key, path="/notes") as tab:
        check_events(tab, law, set())
        emit(tab, NOTES_STATE, "refresh")
        tab.settle()
        check_vars(tab, law, set())
        assert DRAFT not in tab.everything


def test_a_removed_editor_reaches_nothing_of_the_editors_at_once(server, law, editor):
    with Intruder(server, tab="removed", cookie=editor.key, path="/notes") as tab:
        emit(tab, NOTES_STATE, "refresh")
        tab.settle()
        assert DRAFT in tab.everything
        do(groups.remove, editor.user_id, "editors")
        check_events(tab, law, set())
        assert tab.ended() == 4401
    with reopen(server, "removed", cookie=editor.key, path="/notes") as tab:
        emit(tab, NOTES_STATE, "refresh")
        tab.settle()
        check_events(tab, law, set())
        check_vars(tab, law, set())
        assert DRAFT not in tab.everything


def test_logging_out_leaves_nothing_in_the_tab(server, law, editor):
    with Intruder(server, tab="leaves", cookie=editor.key, path="/notes") as tab:
        tab.settle()
        assert DRAFT in tab.everything
        assert denials(tab) == {}
        log_out(server, editor.key)
        tab.ended()
    with Intruder(server, tab="leaves", path="/notes") as tab:
        check_events(tab, law, None)
        check_vars(tab, law, None)
        assert DRAFT not in tab.everything
