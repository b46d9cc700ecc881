"""The ASGI guard looks up the rule of a path once for each request, and never for a path that is not canonical."""

import asyncio

import pytest
from reflex.app import EventNamespace
from reflex.config import get_config
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

from authapp.core.authorization.access import PUBLIC, SIGNED_IN
from authapp.core.authorization.route_rules import RouteRule
from authapp.core.base import tokens
from authapp.guards.asgi import Guard


async def nowhere(scope, receive, send):
    """An app without any routes."""
    await send({"type": "http.response.start", "status": 404, "headers": []})
    await send({"type": "http.response.body", "body": b""})


def asked(path, rule, **more):
    """Return how often the guard looked up the rule of a path, and the status of the answer."""
    paths, sent = [], []

    def rules(path):
        paths.append(path)
        return rule

    async def request():
        async def receive():
            return {"type": "http.request"}

        async def send(message):
            sent.append(message)

        headers = [(b"host", b"localhost:3000"), (b"origin", b"http://localhost:3000")]
        scope = {"type": "http", "path": path, "method": "GET", "headers": headers, "query_string": b"", **more}
        await Guard(nowhere, None, {"/login": False}, rules)(scope, receive, send)

    asyncio.run(request())
    return len(paths), sent[0].get("status") or sent[0]["code"]


@pytest.mark.parametrize(
    ("path", "rule", "status"),
    [
        ("/assets/index.js", RouteRule(PUBLIC, is_file=True), 404),
        ("/shop", RouteRule(PUBLIC), 404),
        ("/shop", RouteRule(SIGNED_IN), 401),
        ("/shelf", RouteRule(PUBLIC, is_page=True), 404),
        ("/shelf", RouteRule(SIGNED_IN, is_page=True), 303),
        ("/login", RouteRule(PUBLIC, is_page=True), 404),
    ],
)
def test_the_rule_is_looked_up_once_for_each_request(configure, path, rule, status):
    configure(AUTHAPP_URL="http://localhost:3000")
    assert asked(path, rule) == (1, status)
    assert asked(path, rule, method="POST")[0] == 1


def test_no_rule_is_looked_up_for_a_path_that_is_not_straight(configure):
    configure(AUTHAPP_URL="http://localhost:3000")
    assert asked("/shop/../shelf", RouteRule(PUBLIC)) == (0, 404)
    assert asked("/shop/../shelf", RouteRule(PUBLIC), type="websocket") == (0, 1008)
    assert asked("/shop", RouteRule(SIGNED_IN), type="websocket") == (1, 1008)


def answered(configure, path, *headers, app=nowhere, rule=None, kind="http", url="https://shop.example", **settings):
    """Return all messages that were sent for a request with these headers."""
    configure(AUTHAPP_URL=url, **settings)
    sent = []

    async def receive():
        return {"type": f"{kind}.connect" if kind == "websocket" else "http.request"}

    async def send(message):
        sent.append(message)

    def rules(path):
        return rule or RouteRule(PUBLIC)

    path, _, query = path.partition("?")
    scope = {"type": kind, "path": path, "method": "GET", "query_string": query.encode(), "scheme": "http"}
    scope |= {"headers": list(headers), "client": ("10.0.0.9", 1), "server": ("127.0.0.1", 3000), "root_path": ""}
    asyncio.run(Guard(app, None, {"/": None, "/login": False, "/settings": True}, rules)(scope, receive, send))
    return sent[0].get("status"), dict(sent[0].get("headers", ())).get(b"location", b"").decode(), sent


HOST = (b"host", b"shop.example")


@pytest.mark.parametrize("host", [b"evil.example", b"shop.example:8443", b"127.0.0.1:3000", b""])
def test_an_absolute_url_is_built_from_the_settings_and_not_from_the_host(configure, host):
    async def orders(request):
        return Response("orders")

    shop = Starlette(routes=[Route("/orders", orders)])  # redirects `/orders/`, as FastAPI does
    status, location, _ = answered(configure, "/orders/", (b"host", host), app=shop)

    assert (status, location) == (307, "https://shop.example/orders")


def test_on_this_computer_the_development_server_keeps_its_port(configure):
    async def orders(request):
        return Response("orders")

    shop = Starlette(routes=[Route("/orders", orders)])
    for host, there in ((b"localhost:8000", "localhost:8000"), (b"evil.example:8000", "localhost:3000")):
        _, location, _ = answered(configure, "/orders/", (b"host", host), app=shop, url="http://localhost:3000")
        assert location == f"http://{there}/orders"


@pytest.mark.parametrize(
    "path",
    [
        "/settings",
        "//settings",
        "/settings//",
        "/settings.html",
        "/settings/index.html",
        "/settings/index",
    ],
)
def test_every_spelling_of_a_page_for_members_leads_a_visitor_to_log_in(configure, path):
    assert answered(configure, path, HOST)[:2] == (303, "/login?next=/settings")
    assert answered(configure, f"{path}?a=b", HOST)[:2] == (303, "/login?next=/settings%3Fa%3Db")


@pytest.mark.parametrize("path", ["//desk", "/desk.html", "/desk/index.html.gz"])
def test_a_spelling_of_a_page_of_the_product_leads_back_to_the_page(configure, path):
    answer = answered(configure, path, HOST, rule=RouteRule(SIGNED_IN, is_page=True))
    assert answer[:2] == (303, "/login?next=/desk")


def test_a_wrong_host_is_redirected_once_and_then_gets_an_explanation(configure, caplog):
    status, location, _ = answered(configure, "/login?next=/x", (b"host", b"127.0.0.1:3000"))
    assert (status, location) == (303, "https://shop.example/login?next=/x&authapp-host=1")

    again = location.removeprefix("https://shop.example")
    for configured in (configure, lambda **settings: None):  # the second request comes to the same process
        status, location, sent = answered(configured, again, (b"host", b"127.0.0.1:3000\x85[31m"))
        assert (status, location) == (421, "")
    body = b"".join(message.get("body", b"") for message in sent).decode()
    assert "the header Host unchanged (shop.example)" in body
    assert "127.0.0.1" not in body
    (line,) = caplog.messages
    assert "'127.0.0.1:3000\\x85[31m'" in line
    assert "AUTHAPP_URL is shop.example" in line


def test_once_the_host_is_right_the_mark_of_the_redirect_is_taken_off(configure):
    assert answered(configure, "/settings?a=b&authapp-host=1", HOST)[1] == "/login?next=/settings%3Fa%3Db"
    assert answered(configure, "/settings?authapp-host=1", (b"host", b"Shop.Example:443"))[1] == "/login?next=/settings"


def test_reflex_takes_the_address_that_we_found(configure, monkeypatch):
    """Reflex would count header lines differently, so the rate limits of events would use other IP addresses."""
    seen = {}

    async def app(scope, receive, send):
        seen.update(scope)
        await send({"type": "websocket.close", "code": 1000})

    headers = [HOST, (b"origin", b"https://shop.example"), (b"forwarded", b"for=6.6.6.6")]
    headers += [(b"x-forwarded-for", b"6.6.6.6"), (b"x-forwarded-for", b"203.0.113.7:4711")]
    answered(configure, "/_event/", *headers, app=app, kind="websocket", AUTHAPP_TRUSTED_PROXIES="10.0.0.0/8")
    monkeypatch.setattr(get_config(), "trusted_proxy_hops", 1)

    assert EventNamespace._build_static_router_data(None, "sid", {"asgi.scope": seen})["ip"] == "203.0.113.7"


def test_password_managers_are_led_to_the_password_in_the_settings(configure):
    path = "/.well-known/change-password"

    assert answered(configure, path, HOST)[:2] == (303, "/settings?set=password")
    assert answered(configure, path, HOST, rule=RouteRule(SIGNED_IN))[:2] == (303, "/settings?set=password")
    there = answered(configure, "/settings?set=password", HOST)
    assert there[:2] == (303, "/login?next=/settings%3Fset%3Dpassword")


def test_a_session_key_is_parsed_once_for_each_request(configure, alice, monkeypatch):
    parsed, parse = [], tokens.parse
    monkeypatch.setattr(tokens, "parse", lambda text: parsed.append(text) or parse(text))
    cookie = (b"cookie", f"__Host-authapp={alice.key}".encode())

    assert answered(configure, "/shop", HOST, cookie, rule=RouteRule(SIGNED_IN))[0] == 404  # the app has no such path
    assert parsed == [alice.key]
