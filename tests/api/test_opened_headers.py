"""Headers of a product that opens some: on its own routes and on our pages, each kind of response with its policy."""

import pytest

from authapp.api.headers import DOCS_PAGE, FILE, MEDIA, NOT_MODIFIED, PAGE, WORKER, security
from authapp.core.base.headers import Headers, use_headers
from tests.api.test_headers import ALWAYS, NOTHING, SCRIPTS, SHOWN
from tests.kit.apps import PUBLIC
from tests.kit.processes.servers import PATIENCE, running
from tests.kit.web.access import declared
from tests.kit.web.http import API, ask
from tests.kit.web.websocket import Wire

APP = "tests.kit.products.opened:app"
HASH = "'sha256-AgyfGSUQWkCOmeDr+8gKqRuePeJEKp2gdL+uKvwpR5A='"
PERMISSIONS = "camera=(self), microphone=(), geolocation=(), payment=()"
NAMES = {*ALWAYS, "content-security-policy", "strict-transport-security"}


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with running(tmp_path_factory.mktemp("opened"), app=APP) as started:
        yield started


def page_policy(server):
    return (
        "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data: https://images.example.com blob:; "
        f"connect-src 'self' {server.url.replace('http', 'ws', 1)}; "
        "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'; worker-src 'self' blob:"
    )


def sent(server, path, **headers):
    """Return the status of an answer and its security headers, the policy without the hashes of scripts."""
    answer = ask(server, "GET", path, headers=headers, follow_redirects=False)
    found = {name: value for name, value in answer.headers.items() if name in NAMES}
    assert len(answer.headers.get_list("content-security-policy")) <= 1
    policy = found.pop("content-security-policy", "")
    return answer.status_code, SCRIPTS.sub("", policy), found


@pytest.mark.parametrize("path", ["/login", "/nothing", "/shop/page", "/shop/old-page"])
def test_a_page_of_ours_or_of_the_product_has_the_opened_headers(server, path):
    status, policy, others = sent(server, path)

    assert status == (404 if path == "/nothing" else 200)
    assert policy == page_policy(server)
    assert others == {**ALWAYS, "x-frame-options": "SAMEORIGIN", "permissions-policy": PERMISSIONS}


@pytest.mark.parametrize(
    ("path", "status", "policy"),
    [
        ("/shop/facts", 200, NOTHING),
        ("/shop/moved", 303, NOTHING),
        ("/shop/broken", 500, NOTHING),
        ("/shop/worker.js", 200, NOTHING),
        ("/shop/logo.svg", 200, SHOWN),
        ("/shop/sound.wav", 200, SHOWN),
        ("/shop/unchanged", 304, ""),  # the browser keeps the policy that it stored with the page
        ("/shop/own", 200, "default-src 'self'"),
        (f"{API}/connect", 200, NOTHING),
        ("/settings", 303, NOTHING),
        ("/external/authapp/ui/style/authapp.css", 200, NOTHING),
    ],
)
def test_anything_else_may_load_nothing_and_be_shown_nowhere(server, path, status, policy):
    frames = "SAMEORIGIN" if path == "/shop/own" else "DENY"

    assert sent(server, path) == (
        status,
        policy,
        {**ALWAYS, "x-frame-options": frames, "permissions-policy": PERMISSIONS},
    )


def test_the_page_of_the_documentation_stays_strict(server):
    status, policy, others = sent(server, "/api/docs")

    assert (status, others["x-frame-options"]) == (200, "DENY")
    assert "script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:;" in policy
    assert "frame-ancestors 'none'" in policy
    assert "example.com" not in policy


@pytest.mark.parametrize("destination", ["worker", "sharedworker", "serviceworker"])
def test_a_worker_runs_under_the_policy_of_the_pages_without_their_scripts(server, destination):
    answer = ask(server, "GET", "/shop/worker.js", headers={"Sec-Fetch-Dest": destination})

    assert SCRIPTS.findall(answer.headers["content-security-policy"]) == [f" {HASH}"]  # that of the product
    assert sent(server, "/shop/worker.js", **{"Sec-Fetch-Dest": destination})[1] == page_policy(server)
    assert sent(server, "/shop/worker.js", **{"Sec-Fetch-Dest": "script"})[1] == NOTHING


def test_a_socket_of_the_product_has_none(server):
    wire = Wire(server, "/shop/talk", [("Origin", server.url)], PATIENCE)

    assert wire.receive(PATIENCE) == "hello"
    assert not wire.headers.keys() & NAMES
    wire.close()


def test_the_public_surface_shows_what_was_opened(tmp_path):
    assert declared(APP, tmp_path).open["headers"] == [
        f"script-src {HASH}",
        "img-src https://images.example.com",
        "img-src blob:",
        "worker-src blob:",
        "frame-ancestors 'self'",
        "permissions-policy camera=(self)",
    ]


@pytest.fixture
def use(configure):
    """Return a function that sets headers and the URL of the app in this process."""

    def change(headers, url):
        configure(AUTHAPP_URL=url)
        use_headers(headers)

    yield change
    use_headers(Headers())


@pytest.mark.parametrize("kind", [PAGE, DOCS_PAGE, WORKER, MEDIA, FILE, NOT_MODIFIED])
def test_browsers_are_asked_for_https_only_behind_https(use, kind):
    opened = Headers(hsts_max_age=86_400, hsts_include_subdomains=True)

    use(opened, "http://localhost:3000")
    assert b"strict-transport-security" not in dict(security(kind))
    use(opened, PUBLIC)
    assert dict(security(kind))[b"strict-transport-security"] == b"max-age=86400; includeSubDomains"


def test_sites_that_may_show_the_pages_are_named_in_the_policy_alone(use):
    use(Headers(frame_ancestors=("https://portal.example.com",)), PUBLIC)
    page, file = dict(security(PAGE)), dict(security(FILE))

    assert b"x-frame-options" not in page
    assert b"; frame-ancestors https://portal.example.com" in page[b"content-security-policy"]
    assert (file[b"x-frame-options"], file[b"content-security-policy"].decode()) == (b"DENY", NOTHING)
