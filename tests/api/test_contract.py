"""Rules for every call of the API: which session a call belongs to, allowed origins, and CORS headers.

The tests read the calls from the API's own document, so they cover new calls, too.
"""

import re
from urllib.parse import quote

import httpx
import pytest

from tests.kit.apps import share_database
from tests.kit.processes.servers import running
from tests.kit.tables import rows
from tests.kit.users import newcomer
from tests.kit.web.http import API, ask, challenged, post

NOBODYS = "00000000-0000-4000-8000-000000000000"  # an id in URLs that belongs to no row
SHOP = "https://shop.example"  # the settings spell it with capitals, its port and a slash
OTHER = "http://other.localhost:8080"
FOREIGN = ["null", "https://evil.example", f"{SHOP}.evil.example", f"{SHOP}:444", "http://shop.example", f"{SHOP}/"]
FOREIGN += [
    "http://other.localhost",
    "http://other.localhost:80",
    f"{SHOP},{OTHER}",
    f"{SHOP} {OTHER}",
    "*",
    "shop.example",
]
FOREIGN += ["file://", "https://shop.example@evil.example", "http://127.0.0.1:1"]


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """Run the app with two allowed origins, once for each kind of token."""
    hosts = {"AUTHAPP_CORS_ORIGINS": f" HTTPS://Shop.EXAMPLE:443/ , {OTHER},"}
    folder = tmp_path_factory.mktemp
    with (
        running(folder("header"), AUTHAPP_TOKEN_KIND="header", **hosts) as by_header,
        running(folder("cookie"), AUTHAPP_TOKEN_KIND="cookie", **hosts) as by_cookie,
    ):
        yield {"header": by_header, "cookie": by_cookie}


@pytest.fixture(params=["header", "cookie"])
def server(request, shared, configure):
    return share_database(shared[request.param], configure)


@pytest.fixture
def by_header(shared, configure):
    return share_database(shared["header"], configure)


@pytest.fixture
def by_cookie(shared, configure):
    return share_database(shared["cookie"], configure)


def calls(server):
    """Return method and path of every call in the document."""
    found = ask(server, "GET", "/api/openapi.json").json()["paths"]
    return [(method.upper(), re.sub(r"\{\w+\}", NOBODYS, path)) for path in found for method in found[path]]


def changes(server):
    return [(method, path) for method, path in calls(server) if method != "GET"]


def who(server, *tokens, cookie="", **more):
    """Return the user that a token in the header belongs to, or the code of a refusal in brackets."""
    headers = [("X-Csrf-Token", token) for token in tokens] + [("Host", server.host)]
    headers += [("Cookie", f"authapp={cookie}")] if cookie else []
    answer = httpx.get(f"http://127.0.0.1:{server.port}{API}/connect", headers=headers, **more)
    said = answer.json()
    return f"({said['error']})" if answer.is_error else said.get("login", "")


def swapped(one, other):
    """Return the id of one key with the secret of another."""
    return one.partition(".")[0] + "." + other.partition(".")[2]


def test_the_document_knows_the_calls(server):
    known = calls(server)

    assert {("GET", "/connect"), ("POST", "/connect"), ("POST", "/login"), ("POST", "/logout")} <= set(known)


# --- sessions of tokens -------------------------------------------------------------------------------------------


def test_a_key_in_the_header_counts_where_keys_are_in_headers(by_header, by_cookie, configure):
    share_database(by_header, configure)
    hers = newcomer("Alice")
    assert who(by_header, hers.key) == hers.email
    assert who(by_header, cookie=hers.key) == hers.email  # pages use a cookie in both cases

    share_database(by_cookie, configure)
    hers, his = newcomer("Alice"), newcomer("Bob")
    assert who(by_cookie, hers.key) == ""
    assert who(by_cookie, hers.key, cookie=his.key) == his.email
    assert who(by_cookie, "cut", cookie=his.key) == his.email


def test_a_key_in_the_query_is_none(server):
    hers = newcomer("Alice")

    for name in ("token", "X-Csrf-Token", "x-csrf-token", "authapp", "key", "session"):
        assert who(server, params={name: hers.key}) == ""
        answer = ask(server, "POST", f"{API}/logout?{name}={quote(hers.key)}", json={}, origin="")
        assert answer.status_code == 200
        assert who(server, cookie=hers.key) == hers.email


@pytest.mark.parametrize("authorization", ["Bearer {key}", "Basic {key}", "{key}"])
def test_a_key_in_another_header_is_none(server, authorization):
    hers = newcomer("Alice")

    answer = ask(server, "GET", f"{API}/connect", headers={"Authorization": authorization.format(key=hers.key)})

    assert "login" not in answer.json()


def test_a_key_that_was_cut_is_refused_and_not_taken_for_nobodys(by_header):
    hers = newcomer("Alice")
    id, _, secret = hers.key.partition(".")

    for cut in (
        hers.key[:-1],
        hers.key + "x",
        id,
        f"{id}.",
        f".{secret}",
        secret,
        "x",
        "a.b",
        f"Bearer {hers.key}",
        "",
    ):
        assert who(by_header, cut) == "(InvalidSession)", cut
    refused = ask(by_header, "GET", f"{API}/connect", headers={"X-Csrf-Token": hers.key[:-1]}).json()
    assert set(refused) == {"error", "message", "field", "reason"}
    assert id not in str(refused)


def test_a_key_that_is_whole_and_opens_nothing_is_nobodys(by_header):
    hers, his = newcomer("Alice"), newcomer("Bob")
    assert who(by_header, swapped(hers.key, his.key)) == ""
    assert who(by_header, swapped(his.key, hers.key)) == ""

    assert ask(by_header, "POST", f"{API}/logout", json={}, headers={"X-Csrf-Token": hers.key}).status_code == 200

    assert who(by_header, hers.key) == ""
    assert ask(by_header, "GET", f"{API}/data", headers={"X-Csrf-Token": hers.key}).status_code == 440
    assert who(by_header, his.key) == his.email


def test_two_keys_must_be_the_same(by_header):
    hers, his = newcomer("Alice"), newcomer("Bob")

    assert who(by_header, hers.key, cookie=hers.key) == hers.email
    assert who(by_header, hers.key, hers.key) == hers.email
    for pair in ((hers.key, his.key), (his.key, hers.key), (hers.key, "x"), ("x", hers.key)):
        assert who(by_header, *pair) == "(InvalidSession)"
        assert who(by_header, pair[0], cookie=pair[1]) == "(InvalidSession)"


def test_every_call_refuses_two_keys_that_differ_and_does_nothing(by_header):
    hers, his = newcomer("Alice"), newcomer("Bob")
    before = rows(by_header)

    for method, path in calls(by_header):
        headers = {"X-Csrf-Token": his.key}
        answer = ask(by_header, method, API + path, cookie=hers.key, headers=headers, json={})
        assert (answer.status_code, answer.json()["error"]) == (400, "InvalidSession"), (method, path)

    assert rows(by_header) == before


def test_the_key_is_in_the_body_only_for_header_clients(server, request):
    hers = newcomer("Alice")
    kind = request.node.callspec.params["server"]

    answer = post(server, "/login", challenged(server, hers.email)[1])

    token = answer.json()["token"]
    assert ("." in token) is (kind == "header")
    assert bool(answer.headers.get("set-cookie")) is (kind == "cookie")
    assert who(server, token) == (hers.email if kind == "header" else "")


# --- allowed origins ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("origin", FOREIGN)
def test_a_foreign_page_changes_nothing_by_any_call(server, origin):
    hers = newcomer("Alice")
    before = rows(server)

    for method, path in changes(server):
        for shown in ({"cookie": hers.key}, {"headers": {"X-Csrf-Token": hers.key}}, {}):
            answer = ask(server, method, API + path, origin=origin, json={}, **shown)
            assert (answer.status_code, answer.json()["error"]) == (403, "CrossOrigin"), (method, path)
            assert "access-control-allow-origin" not in answer.headers

    assert rows(server) == before


def test_a_cookie_without_an_origin_changes_nothing_by_any_call(server):
    hers = newcomer("Alice")
    before = rows(server)

    for method, path in changes(server):
        for site in ({}, {"Sec-Fetch-Site": "same-origin"}, {"X-Csrf-Token": hers.key}):
            answer = ask(server, method, API + path, origin="", cookie=hers.key, json={}, headers=site)
            assert (answer.status_code, answer.json()["error"]) == (403, "CrossOrigin"), (method, path)

    assert rows(server) == before


def test_a_browser_that_says_no_origin_changes_nothing_without_a_cookie_either(server):
    before = rows(server)

    for method, path in changes(server):
        for site in ("cross-site", "same-site", "same-origin", "odd"):
            answer = ask(server, method, API + path, origin="", json={}, headers={"Sec-Fetch-Site": site})
            assert (answer.status_code, answer.json()["error"]) == (403, "CrossOrigin"), (method, path)

    assert rows(server) == before


def test_a_program_needs_no_origin(server):
    hers = newcomer("Alice")

    for method, path in changes(server):
        assert ask(server, method, API + path, origin="", json={}).status_code != 403, (method, path)
    answer = post(server, "/login", challenged(server, hers.email, origin="")[1], origin="")
    assert answer.json()["login"] == hers.email


@pytest.mark.parametrize("origin", [SHOP, OTHER])
def test_an_allowed_page_logs_in_and_out(server, origin):
    hers = newcomer("Alice")

    entered = post(server, "/login", challenged(server, hers.email, origin=origin)[1], origin=origin)
    token = entered.json()["token"]
    cookie = entered.cookies.get(f"authapp-{server.port}") or ""
    shown = {"cookie": cookie} if cookie else {"headers": {"X-Csrf-Token": token}}
    whose = ask(server, "GET", f"{API}/connect", origin=origin, **shown).json()["login"]
    left = post(server, "/logout", origin=origin, **shown)

    assert whose == hers.email
    assert (left.status_code, set(left.json())) == (200, {"challenge_id", "challenge"})
    assert "login" not in ask(server, "GET", f"{API}/connect", origin=origin, **shown).json()


# --- CORS headers -------------------------------------------------------------------------------------------------

ASKING = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type,x-csrf-token"}


@pytest.mark.parametrize("origin", [SHOP, OTHER])
def test_an_allowed_page_may_make_and_read_every_call(server, origin):
    for method, path in calls(server):
        asking = {**ASKING, "Access-Control-Request-Method": method}
        leave = ask(server, "OPTIONS", API + path, origin=origin, headers=asking)
        assert leave.status_code == 200
        assert leave.headers["access-control-allow-origin"] == origin
        assert leave.headers["access-control-allow-credentials"] == "true"
        assert method in leave.headers["access-control-allow-methods"]
        assert "x-csrf-token" in leave.headers["access-control-allow-headers"].lower()
        answer = ask(server, method, API + path, origin=origin, json={})
        assert answer.headers["access-control-allow-origin"] == origin, (method, path)
        assert answer.headers["access-control-allow-credentials"] == "true"
        assert "Origin" in answer.headers["vary"]


@pytest.mark.parametrize("origin", FOREIGN)
def test_a_foreign_page_may_make_and_read_none(server, origin):
    for method, path in [*calls(server), ("GET", "/client.js"), ("GET", "/nothing")]:
        asking = {**ASKING, "Access-Control-Request-Method": method}
        leave = ask(server, "OPTIONS", API + path, origin=origin, headers=asking)
        assert leave.status_code == 400
        assert "access-control-allow-origin" not in leave.headers
        answer = ask(server, method, API + path, origin=origin, json={})
        assert "access-control-allow-origin" not in answer.headers


def test_the_wait_of_a_refusal_may_be_read_by_allowed_pages(tmp_path, configure):
    with running(tmp_path, AUTHAPP_RATE_LIMITS="true", AUTHAPP_CORS_ORIGINS=SHOP) as strict:
        answers = [ask(strict, "GET", f"{API}/connect", origin=SHOP) for _ in range(121)]

    refused = next(answer for answer in answers if answer.status_code == 429)
    assert int(refused.headers["retry-after"]) >= 1
    assert "retry-after" in refused.headers["access-control-expose-headers"].lower()
    assert refused.headers["access-control-allow-origin"] == SHOP


@pytest.mark.parametrize(
    "path",
    ["/", "/login", "/settings", "/ping", "/api/docs", "/api/openapi.json", "/external/authapp/ui/style/authapp.css"],
)
def test_an_allowed_page_is_shared_the_api_and_nothing_else(server, path):
    hers = newcomer("Alice")

    for method in ("GET", "POST", "HEAD"):
        answer = ask(server, method, path, origin=SHOP, cookie=hers.key)
        assert (answer.status_code, answer.content) == (403, b""), method
