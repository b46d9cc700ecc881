"""Rate limits and audit logs behind real proxies: forged forwarding headers do not change a client's IP address."""

from itertools import count

import httpx
import pytest

from tests.kit.processes import proxies
from tests.kit.processes.proxies import documented
from tests.kit.processes.servers import running
from tests.kit.web.http import API, ask
from tests.kit.web.sockets import Intruder

NGINX_WITHOUT_HOST = "server { listen 80; location / { proxy_pass http://127.0.0.1:3000; } }"
_FORGED = count(1)
LIMIT = 10  # sign-ups per minute


@pytest.fixture(scope="session")
def networked(tmp_path_factory):
    """Run the app with rate limits. It trusts only proxies on this computer."""
    settings = {"AUTHAPP_RATE_LIMITS": "true", "AUTHAPP_TRUSTED_PROXIES": "127.0.0.1", "AUTHAPP_TOKEN_KIND": "cookie"}
    with running(tmp_path_factory.mktemp("networked"), **settings) as server:
        yield server


@pytest.fixture(scope="session")
def fronts(networked, tmp_path_factory):
    """Run three proxies with the configurations of the README in front of one app."""
    folder = tmp_path_factory.mktemp
    with (
        proxies.nginx(folder("nginx"), networked, documented("nginx")) as nginx,
        proxies.haproxy(folder("haproxy"), networked, documented("haproxy")) as haproxy,
        proxies.caddy(folder("caddy"), networked, documented("caddyfile")) as caddy,
    ):
        yield {"nginx": nginx, "haproxy": haproxy, "caddy": caddy}


@pytest.fixture(params=["nginx", "haproxy", "caddy"])
def front(fronts, request):
    return fronts[request.param]


def sign_up(server, caller, *lines):
    """Ask for a sign-up from an IP address, with the client's own forwarding headers. Returns the status."""
    headers = [("Host", server.host), ("Origin", server.url), *(("X-Forwarded-For", line) for line in lines)]
    with httpx.Client(timeout=60, transport=httpx.HTTPTransport(local_address=caller)) as line:
        body = {"email": f"ann-{next(_FORGED)}@example.com"}
        return line.post(f"http://127.0.0.1:{server.port}{API}/signup", json=body, headers=headers).status_code


def forged():
    return f"203.0.113.{next(_FORGED) % 250 + 1}"


def test_a_page_and_a_socket_work_through_it(front):
    assert ask(front, "GET", "/login").status_code == 200
    with Intruder(front, tab=f"through {front.port}") as tab:
        tab.settle()
        assert tab.who == ""


def test_forged_lines_do_not_lift_a_limit(front):
    """The proxy appends its own line or replaces the client's. Its line is the last one, and that one counts."""
    caller = f"127.0.1.{next(_FORGED)}"

    statuses = [sign_up(front, caller, forged(), f"{forged()}, {forged()}") for _ in range(LIMIT + 1)]

    assert statuses == [202] * LIMIT + [429]
    assert sign_up(front, f"127.0.2.{next(_FORGED)}", forged(), forged()) == 202  # another client has its own limit


def test_a_client_that_bypasses_the_proxy_cannot_set_its_ip(networked):
    caller = f"127.0.1.{next(_FORGED)}"

    assert [sign_up(networked, caller, forged()) for _ in range(LIMIT + 1)] == [202] * LIMIT + [429]


def test_a_proxy_that_sends_no_host_is_named_after_one_redirect(networked, tmp_path):
    with proxies.nginx(tmp_path, networked, NGINX_WITHOUT_HOST) as nginx:
        first = ask(nginx, "GET", "/login?next=/settings")
        again = ask(nginx, "GET", first.headers["location"].removeprefix(networked.url))

    assert first.status_code == 303
    assert again.status_code == 421
    assert "Host" in again.text
    assert "proxy_set_header Host $http_host" in networked.logged()
