"""R3: guarded handlers of a product are refused over the socket, and guarded vars reach no other user."""

import pytest

from authapp.core.authorization import groups
from authapp.db import transaction
from authapp.models import User
from tests.kit.apps import COOKIES, share_database
from tests.kit.processes.servers import eventually, running
from tests.kit.rules import do
from tests.kit.users import Person, join, newcomer
from tests.kit.web.access import check_events, check_vars, declared, denials
from tests.kit.web.http import API, ask, log_out, logged_in_as
from tests.kit.web.sockets import Intruder, event, reopen
from tests.kit.web.websocket import Refused, Wire

APP = "tests.kit.products.guarded:app"
BOARD, PAPERS, WINDOW = (f"tests___kit___products___guarded____{name}" for name in ("board", "papers", "window"))
SECRET, FOR_MEMBERS = "what only the board knows", "for members"


@pytest.fixture(scope="module")
def law(tmp_path_factory):
    return declared(APP, tmp_path_factory.mktemp("law"))


@pytest.fixture(scope="module")
def started(tmp_path_factory):
    folder = tmp_path_factory.mktemp("guarded")
    kept = {"REFLEX_STATE_MANAGER_MODE": "disk", "REFLEX_STATES_WORKDIR": str(folder / "states")}
    with running(folder, app=APP, **COOKIES, **kept) as server:
        yield server


@pytest.fixture
def server(started, configure):
    server = share_database(started, configure)
    ran(server, newcomer("Reader"))  # discards what earlier tests ran
    return server


@pytest.fixture
def member(server) -> Person:
    return newcomer("Member")


@pytest.fixture
def director(server) -> Person:
    director = newcomer("Director")
    with transaction() as db:
        if "board" not in [one.name for one in groups.listed(db)]:
            groups.create(db, "board")
        groups.add(db, director.user_id, "board")
    return director


def ran(server, person) -> list[str]:
    """Return what ran since the last call."""
    return ask(server, "GET", "/shop/ran", cookie=person.key).json()["ran"]


def test_the_public_surface_is_exactly_what_was_marked_public(law):
    assert law.open["pages"] == ["index"]
    assert law.open["events"] == ["tests.kit.products.guarded.Window.look"]
    assert law.open["vars"] == ["tests.kit.products.guarded.Window.seen"]
    assert law.open["routes"] == ["/files/open", "/shop/hooks/", "/shop/open"]
    assert law.open["headers"] == []


def test_no_event_of_a_product_runs_for_the_anonymous(server, law, member):
    with Intruder(server, tab="nobody", path="/board/3") as tab:
        check_events(tab, law, None)
        check_vars(tab, law, None)
        assert SECRET not in tab.everything
        assert FOR_MEMBERS not in tab.everything

    assert ran(server, member) == []


def test_no_event_for_others_runs_for_a_member(server, law, member):
    with Intruder(server, tab="a member", cookie=member.key, path="/board/3") as tab:
        check_events(tab, law, set())
        check_vars(tab, law, set())
        tab.call(f"{BOARD}.led")
        tab.settle()
        assert SECRET not in tab.everything
        assert tab.of(BOARD)["plain"] == FOR_MEMBERS
        assert denials(tab)

    assert ran(server, member) == ["led"]


def test_a_removed_user_loses_everything_at_once(server, law, director):
    with Intruder(server, tab="removed", cookie=director.key, path="/board/3") as tab:
        for name in ("load", "follow"):
            tab.call(f"{BOARD}.{name}")
        tab.call(f"{PAPERS}.take")
        tab.settle()
        assert tab.of(BOARD)["secret"] == SECRET
        assert tab.of(BOARD)["derived"] == f"{SECRET}!"
        assert tab.of(PAPERS)["papers"] == [SECRET]

        do(groups.remove, director.user_id, "board")
        before = len(tab.heard)
        check_events(tab, law, set())
        assert SECRET not in "".join(tab.heard[before:])
        assert tab.ended() == 4401

    with reopen(server, "removed", cookie=director.key, path="/board/3") as tab:
        check_events(tab, law, set())
        tab.call(f"{BOARD}.led")
        tab.settle()
        check_vars(tab, law, set())
        assert tab.of(BOARD)["secret"] == tab.of(BOARD)["first"] == ""
        assert tab.of(BOARD)["derived"] == "!"
        assert tab.of(PAPERS)["papers"] == []


def test_an_allowed_user_passes_every_guard(server, director):
    with Intruder(server, tab="a director", cookie=director.key, path="/board/3") as tab:
        for name in ("load", "stream", "follow", "decorated", "undecorated", "pay"):
            tab.call(f"{BOARD}.{name}")
        tab.call("tests___kit___products___guarded____papers.tests___kit___products___guarded____annex.turn")
        tab.settle()
        eventually(lambda: not tab.listen() and tab.of(BOARD)["notes"] == [SECRET])
        assert denials(tab) == {}

    assert sorted(set(ran(server, director))) == ["decorated", "follow", "load", "pay", "stream", "turn", "undecorated"]


def test_a_guard_may_ask_for_an_answer_and_one_that_breaks_lets_nobody_in(server, logged):
    first = join("first@example.com", first_name="First")
    with Intruder(server, tab="first", cookie=first.key) as tab:
        tab.call(f"{BOARD}.asked")
        tab.call(f"{BOARD}.broken", secret="canary-payload")
        tab.settle()
        assert tab.of(BOARD)["first"] == SECRET
        assert tab.of(BOARD)["nobodys"] == ""
        assert [name.rpartition(".")[2] for name in denials(tab)] == ["broken"]

    assert ran(server, first) == ["asked"]
    assert "an access rule failed" in logged()
    assert "canary-payload" not in logged()
    assert SECRET not in logged()


def test_public_pages_events_and_vars_are_open(server, member):
    with Intruder(server, tab="passer-by") as tab:
        tab.call(f"{WINDOW}.look")
        assert tab.settle().of(WINDOW)["seen"] == 1
        tab.call(f"{WINDOW}.knock")
        tab.settle()
        assert [name.rpartition(".")[2] for name in denials(tab)] == ["knock"]

    assert ran(server, member) == ["look"]


def test_a_product_hears_of_each_no(server, member):
    with Intruder(server, tab="heard", cookie=member.key) as tab:
        tab.call(f"{BOARD}.load")
        tab.settle()
    with Intruder(server, tab="heard of a visitor") as tab:
        tab.call(f"{BOARD}.decorated")
        tab.settle()
    ask(server, "GET", "/shelf", headers={"Accept": "text/html"})

    assert ask(server, "GET", "/shop/ran", cookie=member.key).json()["denied"] == [
        f"{member.email} NotAllowed load",
        "a visitor SessionExpired decorated",
        "a visitor SessionExpired /shelf",
    ]


def test_a_page_gets_back_its_own_event_and_nothing_that_the_server_made(server, member):
    with Intruder(server, tab="again", cookie=member.key) as tab:
        tab.call(f"{BOARD}.load", note="typed")
        tab.call(f"{BOARD}.led")
        tab.settle()
        orders = [one["value"] for one in tab.orders if one.get("ref") == "authapp:denied"]
        assert [order["event"] and order["event"]["payload"] for order in orders] == [{"note": "typed"}, None]


def test_logging_out_removes_everything_from_the_tab(server, law, director):
    with Intruder(server, tab="leaves", cookie=director.key, path="/board/3") as tab:
        tab.call(f"{BOARD}.load")
        assert tab.settle().of(BOARD)["notes"] == [SECRET]
        log_out(server, director.key)
        tab.ended()

    with Intruder(server, tab="leaves", path="/board/3") as tab:
        check_vars(tab, law, None)
        check_events(tab, law, None)
        assert SECRET not in tab.everything


PAGES = ["/shelf", "/shelf/", "/board/3", "//shelf", "/shelf/index.html", "/shelf.html", "/nothing-here"]


@pytest.mark.parametrize("path", PAGES)
def test_a_visitor_of_a_closed_page_is_sent_to_log_in_before_any_of_it_leaves(server, path):
    answer = ask(server, "GET", path, headers={"Accept": "text/html"})

    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/login")
    assert answer.text == ""


def test_a_member_who_may_not_is_told_so(server, member, director):
    assert ask(server, "GET", "/board/3", cookie=member.key, headers={"Accept": "text/html"}).status_code == 403
    for path in ("/board/3", "/shelf"):
        assert ask(server, "GET", path, cookie=director.key).status_code in (200, 404)  # this build has no such pages


def test_the_page_says_whether_it_is_for_its_visitor_and_loads_for_nobody_else(server, member, director):
    for person, is_open in ((member, False), (director, True)):
        with Intruder(server, tab="page", cookie=person.key, path="/board/3") as tab:
            tab.settle()
            account = tab.of("account.account")
            assert (account["page"], account["page_open"]) == ("board/[id]", is_open)
            assert ran(server, member) == (["decorated"] if is_open else [])


def test_the_product_s_own_api_knows_who_calls_and_is_closed_too(server, member):
    assert ask(server, "GET", "/shop/ran", cookie=member.key).json()["me"] == member.email
    refused = ask(server, "GET", "/shop/ran")
    assert (refused.status_code, refused.json()["error"]) == (401, "SessionExpired")
    assert ask(server, "GET", "/shop/open").json() == ask(server, "GET", "/shop/hooks/paid").json() == {"open": True}
    assert ask(server, "POST", "/_upload", cookie=member.key).status_code >= 400


def test_nothing_that_is_for_some_is_kept_in_a_file(server, director, started):
    with Intruder(server, tab="files", cookie=director.key, path="/board/3") as tab:
        assert tab.settle().of(BOARD)["sealed"] == "what the board sealed"
        tab.call(f"{BOARD}.decorated")
        tab.settle()
    states = started.log.parent / "states"
    eventually(lambda: any(b"tests.kit.products.guarded" in path.read_bytes() for path in states.rglob("*.pkl")))

    assert [path for path in states.rglob("*.pkl") if b"what the board sealed" in path.read_bytes()] == []


UNPAID = {"error": "Unpaid", "message": "Your company has not paid.", "field": ""}


@pytest.fixture
def unpaid(director) -> Person:
    rename(director, "Unpaid")
    return director


def rename(person, name):
    with transaction() as db:
        db.get_one(User, person.user_id).first_name = name


def said(tab) -> list[str]:
    """Return the messages of the denials that the page received."""
    return [one["value"]["message"] for one in tab.orders if one.get("ref") == "authapp:denied"]


def test_a_user_that_the_product_refuses_sees_only_public_parts_and_runs_nothing(server, law, unpaid, member):
    with Intruder(server, tab="kept out", cookie=unpaid.key, path="/board/3") as tab:
        assert said(tab.settle()) == [UNPAID["message"]]
        for name in ("load", "follow", "decorated", "undecorated"):
            tab.call(f"{BOARD}.{name}")
        tab.call(f"{WINDOW}.look")
        tab.settle()
        assert list(denials(tab).values()) == ["Unpaid"] * 5
        check_vars(tab, law, None)
        assert not tab.of("account.account")["page_open"]
        for secret in (SECRET, "what the board sealed", "for members"):
            assert secret not in tab.everything

    assert ran(server, member) == []


def test_a_refused_user_may_log_out(server, unpaid):
    with Intruder(server, tab="leaves all the same", cookie=unpaid.key) as tab:
        tab.call("account.account.log_out")
        tab.until(lambda: any(one.get("ref") == "authapp:restart" for one in tab.orders))
        assert tab.restart == {"path": "/", "logOut": True}

    log_out(server, unpaid.key)
    assert logged_in_as(server, unpaid.key) == ""


def test_a_user_refused_from_now_on_loses_everything_and_gets_it_back_later(server, law, director):
    with Intruder(server, tab="pays late", cookie=director.key, path="/board/3") as tab:
        tab.call(f"{BOARD}.load")
        assert tab.settle().of(BOARD)["notes"] == [SECRET]

        rename(director, "Unpaid")
        before = len(tab.heard)
        tab.call(f"{BOARD}.load")
        tab.settle()
        assert denials(tab) == {event(f"{BOARD}.load"): "Unpaid"}
        assert SECRET not in "".join(tab.heard[before:])
        assert tab.of(BOARD)["secret"] == tab.of(BOARD)["plain"] == ""

        rename(director, "Director")
        tab.call(f"{BOARD}.load")
        tab.settle()
        assert tab.of(BOARD)["secret"] == SECRET
        assert tab.of(BOARD)["plain"] == "for members"


def test_a_refused_user_gets_only_public_answers_over_http(server, unpaid, member):
    calls = [("GET", "/account"), ("PATCH", "/account"), ("GET", "/data"), ("GET", "/connect"), ("POST", "/step-up")]
    for method, path in (*((method, API + path) for method, path in calls), ("GET", "/shop/ran"), ("GET", "/shelf")):
        answer = ask(server, method, path, cookie=unpaid.key, json={"first_name": "Changed"})
        assert answer.status_code == 402
        assert path == "/shelf" or answer.json() == UNPAID  # the guard shows a page instead
    with pytest.raises(Refused):
        Wire(server, "/shop/ticks", [("Origin", server.url), ("Cookie", f"authapp={unpaid.key}")], 5)
    for path in ("/client.js", "/texts/fr.js"):
        assert ask(server, "GET", API + path, cookie=unpaid.key).status_code == 200

    heard = ask(server, "GET", "/shop/ran", cookie=member.key).json()["denied"]
    assert f"{unpaid.email} Unpaid /shelf" in heard
    assert ask(server, "GET", f"{API}/account", cookie=member.key).status_code == 200
