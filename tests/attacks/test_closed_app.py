"""R3, R6: in a closed app, nothing is open over HTTP and the product's websockets unless it is marked so."""

import http.client
import time

import pytest

from authapp.core.admin import people as deeds
from authapp.core.authorization import groups
from authapp.core.authorization.actors import Actor
from authapp.core.sessions import sessions
from authapp.db import transaction
from tests.kit.apps import COOKIES, share_database
from tests.kit.processes.servers import BUILD, eventually, running
from tests.kit.rules import do
from tests.kit.tables import change
from tests.kit.users import HOME, newcomer
from tests.kit.web.http import ask, log_out
from tests.kit.web.websocket import Gone, Refused, Wire

SECRET = "what only the board knows"
ENDED = 4401
HTML = {"Accept": "text/html"}
WITHIN = 60.0


@pytest.fixture(scope="module")
def started(tmp_path_factory):
    folder = tmp_path_factory.mktemp("closed")
    (folder / "uploads").mkdir()
    (folder / "uploads" / "salaries.txt").write_text(SECRET)
    uploads = {"REFLEX_UPLOADED_FILES_DIR": str(folder / "uploads")}
    with running(folder, app="tests.kit.products.guarded:app", **COOKIES, **uploads) as server:
        yield server


@pytest.fixture
def server(started, configure):
    return share_database(started, configure)


@pytest.fixture
def member(server):
    person = newcomer("Member")
    told(server, person)  # discards what earlier tests noted
    return person


@pytest.fixture
def director(server):
    person = newcomer("Director")
    with transaction() as db:
        if "board" not in [one.name for one in groups.listed(db)]:
            groups.create(db, "board")
        groups.add(db, person.user_id, "board")
    return person


def told(server, person):
    """Return what ran and what was denied since the last call."""
    return ask(server, "GET", "/shop/ran", cookie=person.key).json()


def literally(server, path):
    """Request a path literally, which other clients would normalise first. Returns status and body."""
    line = http.client.HTTPConnection("127.0.0.1", server.port, timeout=WITHIN)
    line.request("GET", path, headers={"Host": server.host})
    answer = line.getresponse()
    found = answer.status, answer.read().decode()
    line.close()
    return found


def socket(server, path, person=None, **more):
    """Open a websocket of the product."""
    given = [("Origin", more.get("origin", server.url))]
    if person:
        given.append(("Cookie", f"authapp={person.key}; own=1"))
    return Wire(server, path, given, WITHIN)


def is_refused(server, path, person):
    try:
        socket(server, path, person).close()
    except Refused:
        return True
    return False


def end_of(line):
    """Return the code with which a socket is closed."""
    deadline = time.monotonic() + WITHIN
    try:
        while time.monotonic() < deadline:
            line.receive(0.5)
    except Gone as gone:
        return int(str(gone))
    finally:
        line.close()
    raise AssertionError("the socket stayed open")


def an_asset():
    """Return the path of a script of the build."""
    return next(f"/assets/{path.name}" for path in (BUILD / "build" / "client" / "assets").glob("*.js"))


def test_paths_beside_the_build_files_are_closed_too(server, member):
    refused = ask(server, "GET", "/assets/lists/all")
    assert (refused.status_code, refused.json()["error"]) == (401, "SessionExpired")
    assert ask(server, "GET", "/assets/7", headers=HTML).headers["location"] == "/login?next=/assets/7"
    assert ask(server, "GET", "/assets/7", cookie=member.key, headers=HTML).status_code == 403

    shown = ask(server, "GET", "/assets/lists/all", headers={"Cookie": f"authapp={member.key}; own=1"})
    assert shown.json() == {"secret": SECRET, "cookie": "own=1"}
    assert "cache-control" not in shown.headers


def test_the_files_of_the_build_are_for_everybody_and_kept_for_ever(server, member):
    for cookie in ("", member.key):
        answer = ask(server, "GET", an_asset(), cookie=cookie)
        assert (answer.status_code, answer.headers["cache-control"]) == (200, "public, max-age=31536000, immutable")
    assert ask(server, "GET", "/assets/lists/none.js").status_code == 401
    for path in (f"/{an_asset()}", an_asset().replace("/assets/", "/assets//")):
        assert literally(server, path)[0] in (303, 401)


@pytest.mark.parametrize(
    "path",
    [
        "/files/secret/../..",
        "/files/secret/../open",
        "/files/./open",
        "/files/%2e%2e/files/open",
        "/files/secret/%2E%2e/open",
        "/files/secret%2f..%2fopen",
        "/shop/hooks/../ran",
        "/..",
        "/files/open%00",
    ],
)
def test_a_path_that_can_be_read_in_two_ways_leads_nowhere(server, path):
    status, said = literally(server, path)

    assert (status, "Not found." in said) == (404, True)


@pytest.mark.parametrize(
    "path", ["/files//open", "//files/open", "/files/open/", "/files/open.html", "/files/open/index", "/files/open/x"]
)
def test_only_what_was_declared_open_is_open_to_the_letter(server, path):
    assert literally(server, "/files/open") == (200, '{"name":"open"}')
    assert literally(server, path)[0] == 401


@pytest.mark.parametrize("path", ["/index.html", "/index", "//"])
def test_an_open_page_is_open_by_its_own_name(server, path):
    assert ask(server, "GET", "/", headers=HTML).status_code in (200, 404)  # this build has no such page
    assert ask(server, "GET", path, headers=HTML).headers["location"].startswith("/login")


def test_uploaded_files_are_for_members(server, member):
    path = "/_upload/salaries.txt"
    assert ask(server, "GET", path).status_code == 401
    assert ask(server, "GET", path, cookie=member.key).text == SECRET
    assert ask(server, "POST", "/_upload").status_code == 401
    assert ask(server, "GET", "/ping").status_code == ask(server, "GET", "/_health").status_code == 200
    assert ask(server, "GET", "/ping/x").status_code == ask(server, "GET", "/_health/x").status_code == 401


def test_automatic_requests_of_browsers_are_missing_and_not_reported(server, member):
    for path in ("/robots.txt", "/apple-touch-icon.png", "/.well-known/security.txt", "/apple-touch-icon-1.png"):
        answer = ask(server, "GET", path, headers=HTML)
        assert (answer.status_code, answer.json()["error"]) == (404, "NotFound")
        assert ask(server, "GET", path, cookie=member.key).status_code == 404

    assert told(server, member)["denied"] == []


def test_closed_and_missing_paths_look_the_same_to_a_visitor(server):
    for headers in (HTML, {}):
        answers = [ask(server, "GET", path, headers=headers) for path in ("/files/secret", "/nothing", "/settings/x")]
        found = {(one.status_code, one.text, "location" in one.headers) for one in answers}
        assert found == {(303, "", True)} if headers else {(401, answers[0].text, False)}
        assert not headers or answers[1].headers["location"] == "/login?next=/nothing"


def test_a_foreign_page_changes_nothing_at_a_route_of_the_product(server, member):
    made = ask(server, "POST", "/shop/orders", cookie=member.key)
    assert (made.status_code, made.json()) == (200, {"of": member.email})
    for more in ({"origin": "https://evil.example"}, {"origin": ""}, {"headers": {"Sec-Fetch-Site": "cross-site"}}):
        assert ask(server, "POST", "/shop/orders", cookie=member.key, **more).status_code == 403

    assert told(server, member)["ran"] == ["order"]


def test_a_route_for_a_group_is_for_nobody_else(server, member, director):
    assert ask(server, "GET", "/shop/minutes", cookie=director.key).json() == {"of": director.email}
    assert ask(server, "GET", "/shop/minutes", cookie=member.key).status_code == 403
    assert ask(server, "GET", "/shop/minutes").status_code == 401


def test_a_products_websocket_opens_for_allowed_users_and_never_sees_the_key(server, member, director):
    talk = socket(server, "/shop/talk", member)
    assert talk.receive(WITHIN) == f"{member.email} own=1"
    talk.send("repeat this")
    assert talk.receive(WITHIN) == "repeat this"
    talk.close()
    board = socket(server, "/shop/board", director)
    assert board.receive(WITHIN) == director.email
    board.close()
    bell = socket(server, "/shop/hooks/bell")
    assert bell.receive(WITHIN) == "ring"
    bell.close()


@pytest.mark.parametrize("path", ["/shop/talk", "/shop/ticks", "/_events", "//_event/", "/shop/hooks/../ticks"])
def test_a_websocket_of_the_product_does_not_open_for_visitors(server, path):
    with pytest.raises(Refused, match="status 403"):
        socket(server, path)


def test_a_websocket_does_not_open_for_others_of_its_group_nor_for_a_foreign_page(server, member):
    for path, origin in (("/shop/board", server.url), ("/shop/talk", "https://evil.example")):
        with pytest.raises(Refused, match="status 403"):
            socket(server, path, member, origin=origin)


def leave(server, person):
    log_out(server, person.key)


def be_disabled(server, person):
    chief = newcomer("Chief")
    with transaction() as db:
        groups.add(db, chief.user_id, groups.ADMIN)
    do(deeds.disable, Actor(chief.me, HOME), person.user_id)


def lose_the_row(server, person):
    change(server, "DELETE FROM auth_session WHERE id = ?", person.me.session_id)


def get_another_key(server, person):
    do(sessions.lock, person.me)  # as a new password does, until its ticket is claimed


@pytest.mark.parametrize("end", [leave, be_disabled, lose_the_row, get_another_key])
def test_a_websocket_of_the_product_ends_with_its_session(server, member, end):
    lines = [socket(server, path, member) for path in ("/shop/talk", "/shop/ticks")]
    bystander = newcomer("Bystander")
    theirs = socket(server, "/shop/talk", bystander)
    assert all(line.receive(WITHIN) for line in [*lines, theirs])

    end(server, member)

    assert [end_of(line) for line in lines] == [ENDED, ENDED]
    theirs.send("still here")
    assert theirs.receive(WITHIN) == "still here"
    theirs.close()
    eventually(lambda: "no more ticks" in told(server, bystander)["ran"])


def test_a_change_of_groups_closes_the_websocket_and_it_opens_again(server, director):
    board = socket(server, "/shop/board", director)
    assert board.receive(WITHIN)

    do(groups.remove, director.user_id, "board")

    assert end_of(board) == ENDED
    eventually(lambda: is_refused(server, "/shop/board", director))
