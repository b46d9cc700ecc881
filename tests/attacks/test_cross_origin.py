"""R2: pages of other sites get neither a socket nor a change nor a readable answer, with or without a cookie."""

import pytest

from tests.kit.processes.servers import PATIENCE
from tests.kit.tables import rows
from tests.kit.web.http import API, ask, challenged, cookies, logged_in_as, post
from tests.kit.web.sockets import Intruder
from tests.kit.web.websocket import Refused, Wire

FOREIGN = {
    "absent": "",
    "null": "null",
    "another site": "https://evil.example",
    "a sibling": "http://evil.localhost:{port}",
    "our name in front": "http://localhost:{port}.evil.example",
    "our name as user": "http://localhost:{port}@evil.example",
    "another port": "http://localhost:1",
    "no port": "http://localhost",
    "another scheme": "https://localhost:{port}",
    "another name of this computer": "http://127.0.0.1:{port}",
    "a path": "http://localhost:{port}/",
    "two": "http://localhost:{port} http://evil.example",
    "a script": "javascript:alert(1)",
}
FETCHES = ["cross-site", "none", "bogus"]


@pytest.fixture(params=FOREIGN)
def origin(request, server):
    return FOREIGN[request.param].format(port=server.port)


def test_a_foreign_page_gets_no_socket(server, origin):
    with pytest.raises(Refused, match="403"):
        Intruder(server, origin=origin)


def test_a_foreign_page_with_the_cookie_gets_no_socket_either(server, alice):
    for origin in FOREIGN.values():
        with pytest.raises(Refused, match="403"):
            Intruder(server, origin=origin.format(port=server.port), cookie=alice.key)


def test_our_own_page_gets_a_socket(server, alice):
    with Intruder(server, cookie=alice.key, headers=[("Sec-Fetch-Site", "same-origin")]) as ours:
        assert ours.who == str(alice.user_id)


@pytest.mark.parametrize("site", FETCHES)
def test_our_origin_from_another_site_is_a_lie(server, alice, site):
    with pytest.raises(Refused, match="403"):
        Intruder(server, cookie=alice.key, headers=[("Sec-Fetch-Site", site)])

    refused = post(server, "/logout", cookie=alice.key, headers={"Sec-Fetch-Site": site})

    assert (refused.status_code, refused.json()["error"]) == (403, "CrossOrigin")
    assert logged_in_as(server, alice.key) == alice.email


def test_a_foreign_page_changes_nothing_through_the_api(server, alice):
    _, login = challenged(server, alice.email)
    bodies = {"/connect": {"user": alice.email, "nonce": "n" * 24}, "/login": login, "/logout": {}}
    bodies["/session"] = {"ticket": alice.key, "tab": "a tab"}
    before = rows(server)

    for origin in FOREIGN.values():
        for call, body in bodies.items():
            refused = post(server, call, body, cookie=alice.key, origin=origin.format(port=server.port))
            assert (refused.status_code, refused.json()["error"]) == (403, "CrossOrigin"), (call, origin)
            assert cookies(refused) == []

    assert rows(server) == before
    assert logged_in_as(server, alice.key) == alice.email
    assert post(server, "/login", login).status_code == 200  # the failed attempts did not spend the challenge


PATHS = ["/", "/login", "/ping", "/nothing", f"{API}/connect", f"{API}/login", "/_event/"]


def test_a_foreign_page_may_not_read_any_answer(server, alice, origin):
    asking = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}
    for path in PATHS:
        for method in ("GET", "POST", "OPTIONS"):
            answer = ask(server, method, path, cookie=alice.key, origin=origin, headers=asking)
            allowed = answer.headers.get("access-control-allow-origin")
            assert allowed in (None, server.url), (method, path)


def test_a_form_of_a_foreign_site_is_not_taken_for_json(server, alice):
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
        headers = {"Content-Type": kind, "Cookie": f"authapp={alice.key}", "Origin": server.url}
        body = f'{{"ticket": "{alice.key}", "tab": "a tab"}}'
        answer = ask(server, "POST", f"{API}/session", headers=headers, content=body)
        assert (answer.status_code, answer.json()["error"]) == (422, "BadInput"), kind


def test_reflex_offers_no_upload_and_no_list_of_routes(server):
    for method, path in (
        ("POST", "/_upload"),
        ("GET", "/_upload"),
        ("GET", "/_all_routes"),
        ("GET", "/auth-codespace"),
    ):
        assert ask(server, method, path).status_code in (404, 405), path


def test_the_socket_cannot_be_spoken_over_plain_requests(server, alice):
    for query in ("EIO=4&transport=polling&token=x", "EIO=4&transport=polling&token=x&sid=1", ""):
        for method in ("GET", "POST", "OPTIONS"):
            answer = ask(server, method, f"/_event/?{query}", cookie=alice.key)
            assert answer.status_code in (400, 405) or method == "OPTIONS"
            assert "sid" not in answer.text


def test_a_socket_at_another_address_of_ours_opens_nothing(server):
    for path in ("/", "/_events/", "/nothing", f"{API}/connect", "//_event/", "/x/../_event"):
        with pytest.raises(Refused):
            Wire(server, f"{path}?EIO=4&transport=websocket&token=x", [("Origin", server.url)], PATIENCE)
