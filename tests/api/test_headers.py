"""Headers of every answer: page, script, refusal, redirect and "not found" alike."""

import re

import pytest

from tests.kit.processes.servers import PATIENCE
from tests.kit.web.http import API, ask, challenged, post
from tests.kit.web.websocket import Wire

ALWAYS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=(), payment=()",
}
SCRIPTS = re.compile(r" 'sha256-[A-Za-z0-9+/]{43}='")
NOTHING = "default-src 'none'; frame-ancestors 'none'"
SHOWN = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; media-src 'self'; frame-ancestors 'none'"
PAGES = [
    "/",
    "/login",
    "/settings",
    "/link",
    "/link/x",
    "/nothing",
    "/assets/nothing.js",
    "/external/authapp/ui/style/authapp.css",
    "/favicon.ico",
    "/ping",
]
ODD = ["/_event/", "/%00", "/login?next=//[", f"{API}/nothing", f"{API}/connect"]
ANSWERS = [("GET", path) for path in (*PAGES, *ODD)] + [
    ("HEAD", "/"),
    ("POST", "/"),
    ("DELETE", "/login"),
    ("OPTIONS", "/"),
]
ANSWERS += [("POST", f"{API}/connect"), ("POST", f"{API}/login"), ("PUT", f"{API}/login")]


@pytest.mark.parametrize(("method", "path"), ANSWERS)
@pytest.mark.parametrize("member", [False, True], ids=["visitor", "member"])
def test_every_answer_is_dressed(server, alice, method, path, member):
    answer = ask(server, method, path, cookie=alice.key if member else "")

    assert answer.status_code < 500
    expected = ALWAYS | ({"referrer-policy": "no-referrer"} if path.startswith("/link") else {})
    assert {name: answer.headers.get(name) for name in ALWAYS} == expected
    kind = answer.headers.get("content-type", "").partition("/")[0] if not answer.is_redirect else ""
    is_page = answer.headers.get("content-type", "").startswith("text/html") and kind == "text"
    expected = page_policy(server) if is_page else SHOWN if kind == "image" else NOTHING
    assert SCRIPTS.sub("", answer.headers["content-security-policy"]) == expected
    assert "strict-transport-security" not in answer.headers


def page_policy(server):
    """Return the policy of pages, without the hashes of scripts."""
    return (
        "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
        f"connect-src 'self' {server.url.replace('http', 'ws', 1)}; object-src 'none'; base-uri 'none'; "
        "form-action 'self'; frame-ancestors 'none'"
    )


@pytest.mark.parametrize(
    ("path", "status", "is_page"),
    [
        ("/login", 200, True),
        ("/nothing", 404, True),
        ("/api/openapi.json", 200, False),
        ("/api/docs/docs.css", 200, False),
        (f"{API}/connect", 200, False),
        (f"{API}/nothing", 404, False),
        ("/external/authapp/ui/style/authapp.css", 200, False),
        ("/settings", 303, False),
        ("/a/%2e%2e/b", 404, False),
    ],
)
def test_hashes_of_scripts_are_sent_with_pages_only(server, path, status, is_page):
    answer = ask(server, "GET", path, follow_redirects=False)

    assert answer.status_code == status
    assert bool(SCRIPTS.search(answer.headers["content-security-policy"])) is is_page


def test_the_handshake_of_a_socket_has_none_because_a_browser_shows_nothing_of_it(server):
    wire = Wire(server, "/_event/?EIO=4&transport=websocket&token=x", [("Origin", server.url)], PATIENCE)

    assert not wire.headers.keys() & {*ALWAYS, "content-security-policy", "strict-transport-security"}
    wire.close()


def test_the_policy_lets_only_our_own_scripts_run(server):
    policy = ask(server, "GET", "/login").headers["content-security-policy"]
    rules = {rule.split(" ")[0]: rule.split(" ")[1:] for rule in policy.split("; ")}

    assert rules["default-src"] == ["'self'"]
    assert rules["script-src"][0] == "'self'"
    assert all(re.fullmatch(r"'sha256-[A-Za-z0-9+/]{43}='", source) for source in rules["script-src"][1:])
    assert rules["object-src"] == rules["base-uri"] == rules["frame-ancestors"] == ["'none'"]
    assert rules["connect-src"] == ["'self'", server.url.replace("http", "ws", 1)]
    assert rules["form-action"] == ["'self'"]
    for wide in ("*", "http:", "https:", "'unsafe-eval'", "'unsafe-hashes'", "blob:", "'strict-dynamic'"):
        assert wide not in policy.split()
    assert "'unsafe-inline'" not in rules["script-src"]


def test_answers_of_the_api_are_kept_by_nobody(server, alice):
    assert ask(server, "GET", f"{API}/connect", cookie=alice.key).headers["cache-control"] == "no-store"
    for call in ("/connect", "/login", "/session", "/logout"):
        assert post(server, call).headers["cache-control"] == "no-store", call
    _, login = challenged(server, alice.email)
    assert post(server, "/login", login).headers["cache-control"] == "no-store"


def test_neither_pages_nor_redirects_are_kept(server, alice):
    for path in ("/", "/login", "/nothing"):
        assert ask(server, "GET", path).headers["cache-control"] == "no-store"
    assert ask(server, "GET", "/settings").headers["cache-control"] == "no-store"
    assert ask(server, "GET", "/login", cookie=alice.key).headers["cache-control"] == "no-store"


def test_files_with_a_hash_in_their_name_are_cached_and_missing_files_are_not(server):
    script = re.search(r'src="(/assets/[^"]+\.js)"|href="(/assets/[^"]+\.js)"', ask(server, "GET", "/login").text)
    found = ask(server, "GET", script[1] or script[2])
    assert (found.status_code, found.headers["cache-control"]) == (200, "public, max-age=31536000, immutable")

    missing = ask(server, "GET", "/assets/of-a-build-that-is-not-here-yet.js")
    assert missing.status_code == 404
    assert "immutable" not in missing.headers.get("cache-control", "")
