"""The JavaScript client: on a page of an allowed origin, of an origin that is not allowed, and of the app itself."""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import bcrypt
import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import update
from sqlmodel import col

from authapp.core import execute
from authapp.core.authentication import accounts
from authapp.core.base import clock
from authapp.core.credentials import passwords
from authapp.models import Session, User
from tests.kit import users
from tests.kit.apps import share_database
from tests.kit.browser.actions import cookie_of, press, signed_in
from tests.kit.browser.profile import Open
from tests.kit.pictures import portrait
from tests.kit.processes.servers import ROOT, Server, running
from tests.kit.rules import do
from tests.kit.users import PASSWORD, count_sessions
from tests.kit.web.http import logged_in_as

README = (ROOT / "README.md").read_text(encoding="utf-8")
(PAGE,) = re.findall(r"```html\n(.*?)```", README, re.DOTALL)
NOBODY = "Nobody is signed in."
MODULE = (ROOT / "authapp" / "ui" / "browser" / "shared" / "client.js").read_text(encoding="utf-8")


class Elsewhere(ThreadingHTTPServer):
    """A site on another port: the page of the README, an empty one, and the module as a thief would copy it."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.url = f"http://localhost:{self.server_port}"
        self.files = {"/empty": ("text/html", "<!doctype html><title>Empty</title>")}
        self.files |= {"/client.js": ("text/javascript", MODULE), "/favicon.ico": ("image/x-icon", "")}


class _Handler(BaseHTTPRequestHandler):
    server: Elsewhere

    def do_GET(self) -> None:
        kind, text = self.server.files[self.path]
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_: Any) -> None:
        """Log nothing."""


@contextmanager
def site() -> Iterator[Elsewhere]:
    with Elsewhere() as elsewhere:
        thread = threading.Thread(target=elsewhere.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield elsewhere
        elsewhere.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def allowed() -> Iterator[Elsewhere]:
    with site() as started:
        yield started


@pytest.fixture(scope="module")
def stranger() -> Iterator[Elsewhere]:
    with site() as started:
        yield started


@pytest.fixture(scope="module", params=["header", "cookie"])
def server(request, tmp_path_factory, allowed, stranger) -> Iterator[Server]:
    told = {"AUTHAPP_CORS_ORIGINS": allowed.url, "AUTHAPP_TOKEN_KIND": request.param}
    with running(tmp_path_factory.mktemp(request.param), **told) as started:
        for one in (allowed, stranger):
            one.files["/"] = ("text/html", PAGE.replace("http://localhost:3000", started.url))
        yield started


@pytest.fixture
def inside(configure, server) -> Server:
    return share_database(server, configure)


@pytest.fixture
def kept(request, server) -> str:
    """Return the place where the session's key is stored."""
    return request.node.callspec.params["server"]


@pytest.fixture
def open_page(open_browser: Open, server: Server):
    """Return a function that opens an empty page of a site and imports the app's module as `m`."""

    def go(base: str, path: str = "/empty") -> Page:
        page = open_browser(base_url=base).new_page()
        page.goto(path)
        page.evaluate(f"async () => {{ window.m = await import('{server.url}/api/v1/client.js'); }}")
        return page

    return go


def refused(page: Page, call: str) -> dict[str, Any]:
    """Return the exception that a call of the module throws."""
    told = "name: e.name, code: e.code, status: e.status, message: e.message, field: e.field, wait: e.wait"
    try_it = (
        f"async () => {{ try {{ return [await {call}]; }} catch (e) {{ return {{ {told}, details: e.details }}; }} }}"
    )
    found = page.evaluate(try_it)
    assert isinstance(found, dict), found
    return found


def forgive(odd, *words):
    """Remove the console messages that a story provoked."""
    odd[:] = [said for said in odd if not any(word in said for word in words)]


def fill(page, user, password):
    page.get_by_label("Email or phone").fill(user)
    page.get_by_label("Password").fill(password)
    press(page, "Log in")


def test_the_page_of_the_readme_logs_in_and_out(open_browser, allowed, alice, odd, kept):
    page = open_browser(base_url=allowed.url).new_page()
    sent = []
    page.on("request", lambda request: sent.append(f"{request.url} {request.post_data or ''}"))
    says = page.get_by_role("status")
    page.goto("/")
    expect(says).to_have_text(NOBODY)

    fill(page, alice.email, "not the password")
    expect(says).to_contain_text("is wrong")
    fill(page, alice.email, alice.password)
    expect(says).to_have_text(alice.email)
    assert (cookie_of(page.context) is not None) is (kept == "cookie")
    press(page, "Log out")
    expect(says).to_have_text(NOBODY)

    assert cookie_of(page.context) is None
    assert count_sessions(alice) == 1  # the session of the fixture
    assert any("challenge_reply" in line for line in sent)
    assert not any(alice.password in line for line in sent)
    forgive(odd, "401")


def test_a_reload_forgets_a_key_in_memory_and_not_a_cookie(open_browser, allowed, alice, kept):
    page = open_browser(base_url=allowed.url).new_page()
    page.goto("/")
    fill(page, alice.email, alice.password)
    expect(page.get_by_role("status")).to_have_text(alice.email)

    page.reload()

    expect(page.get_by_role("status")).to_have_text(alice.email if kept == "cookie" else NOBODY)


def test_a_page_that_is_not_listed_cannot_even_import_it(open_browser, stranger, alice, odd):
    page = open_browser(base_url=stranger.url).new_page()
    page.goto("/")

    fill(page, alice.email, alice.password)

    expect(page.get_by_role("status")).to_have_text("")
    assert page.url == f"{stranger.url}/"  # a form without its script must not put the typed values into a URL
    assert count_sessions(alice) == 1
    assert any("CORS policy" in said for said in odd)
    odd.clear()


CALLS = ["connect()", "login('{user}', '{password}')", "logout()", "call('GET', 'data')", "loginForeign('google', 'x')"]


@pytest.mark.parametrize("member", [False, True])
def test_a_page_that_is_not_listed_gets_nothing_with_a_copy_of_it(
    open_browser, server, inside, stranger, alice, odd, member
):
    context = open_browser(base_url=stranger.url)
    page = (signed_in(context, server, alice) if member else context).new_page()
    page.goto("/empty")
    page.evaluate(f"async () => {{ window.m = new (await import('/client.js')).Client('{server.url}/api/v1'); }}")

    for call in CALLS:
        found = refused(page, "m." + call.format(user=alice.email, password=alice.password))
        assert (found["code"], found["status"]) == ("Unreachable", 0)

    assert count_sessions(alice) == 1
    assert logged_in_as(server, alice.key) == alice.email
    assert any("CORS policy" in said for said in odd)
    odd.clear()


def test_a_page_that_is_not_listed_cannot_send_what_needs_no_leave(open_browser, server, inside, stranger, alice, odd):
    page = signed_in(open_browser(base_url=stranger.url), server, alice).new_page()
    page.goto("/empty")
    sends = "(url) => fetch(url, {method: 'POST', mode: 'no-cors', credentials: 'include', body: '{}'}).catch(() => 0)"

    for call in ("logout", "login", "connect", "session", "avatar"):
        page.evaluate(sends, f"{server.url}/api/v1/{call}")
    page.set_content(f"<form method=post enctype=text/plain action='{server.url}/api/v1/logout'><button>Go</button>")
    press(page, "Go")
    page.wait_for_url("**/logout")

    assert "CrossOrigin" in page.content()
    assert logged_in_as(server, alice.key) == alice.email
    odd.clear()


def test_an_allowed_page_reads_no_page_of_ours_and_opens_no_socket(open_page, server, allowed, alice, odd):
    page = open_page(allowed.url)
    signed_in(page.context, server, alice)
    reads = (
        "(url) => fetch(url, {credentials: 'include'}).then(async (got) => got.status + await got.text(), () => 'no')"
    )
    listens = """(url) => new Promise((done) => {
      const socket = new WebSocket(url);
      socket.onopen = () => done("open");
      socket.onclose = () => done("closed");
    })"""

    for path in ("/", "/settings", "/api/openapi.json", "/api/docs", "/ping", "/_event/?EIO=4&transport=polling"):
        assert page.evaluate(reads, server.url + path) in ("403", "no"), path
    socket = server.url.replace("http", "ws") + "/_event/?EIO=4&transport=websocket&token=x"
    assert page.evaluate(listens, socket) == "closed"

    assert alice.email in page.evaluate("async () => JSON.stringify(await m.connect())")  # only the API is shared
    odd.clear()


def test_on_our_own_page_it_goes_on_with_the_pages_session(open_page, server, inside, alice, bob, kept):
    page = open_page(server.url, "/")
    signed_in(page.context, server, alice)

    assert page.evaluate("async () => (await m.connect()).login") == alice.email
    assert page.evaluate("async (who) => (await m.login(...who)).login", [bob.email, PASSWORD]) == bob.email
    assert page.evaluate("async () => (await m.connect()).login") == bob.email
    assert logged_in_as(server, alice.key) == ""  # it was the session of this browser
    assert set(page.evaluate("async () => Object.keys(await m.logout())")) == {"challenge", "challenge_id"}
    assert page.evaluate("async () => (await m.connect()).login ?? null") is None
    assert count_sessions(bob) == 1


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_a_password_of_any_script_is_proved_as_it_was_set(open_page, allowed, alice, form):
    password = "ﬁancé 🔑 पासवर्ड ①"
    do(accounts.set_password, alice.me, accounts.NewPassword(password, password), tab="hers", caller=users.HOME)
    page = open_page(allowed.url)

    logs_in = f"async (who) => (await m.login(who[0], who[1].normalize('{form}'), {{keep: true}})).login"

    assert page.evaluate(logs_in, [alice.email, password]) == alice.email


def test_a_login_that_waits_says_so(open_page, allowed, alice):
    do(execute, update(User).where(col(User.id) == alice.user_id).values(blocked_by="approval"))

    blocked_by = open_page(allowed.url).evaluate("(who) => m.login(...who)", [alice.email, PASSWORD])

    assert blocked_by == {"user_id": str(alice.user_id), "reason": "approval"}


def test_an_imported_hash_gets_the_password_itself(open_page, allowed, alice):
    hashed = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()
    values = {"password_record": passwords.seal_record(hashed, alice.user_id), "imported": True}
    do(execute, update(User).where(col(User.id) == alice.user_id).values(**values))

    entered = open_page(allowed.url).evaluate("(who) => m.login(...who)", [alice.email, PASSWORD])

    assert (entered["login"], entered["signature"]) == (alice.email, "")


def test_two_clients_of_one_page_are_two_people_unless_a_browser_keeps_one_cookie(
    open_page, server, allowed, alice, bob, kept
):
    both = """async ([base, one, other]) => {
      const [hers, his] = [new m.Client(base), new m.Client(base)];
      await hers.login(...one);
      await his.login(...other);
      const found = await Promise.all([hers.connect(), his.connect()]);
      return found.map((session) => session.login);
    }"""

    who = [[alice.email, PASSWORD], [bob.email, PASSWORD]]
    found = open_page(allowed.url).evaluate(both, [f"{server.url}/api/v1", *who])

    assert found == [alice.email if kept == "header" else bob.email, bob.email]


CHANGED = {
    "fewer rounds": lambda asked, nonce: asked.replace("i=4096", "i=4095"),
    "rounds for a thousand years": lambda asked, nonce: asked.replace("i=4096", "i=1000000000000"),
    "a nonce that is not ours": lambda asked, nonce: asked.replace(nonce, "A" * len(nonce), 1),
    "a nonce that adds nothing": lambda asked, nonce: f"r={nonce},{asked.partition(',')[2]}",
    "no salt": lambda asked, nonce: re.sub("s=[^,]+", "s=", asked),
    "nonsense": lambda asked, nonce: "please send the password",
}


@pytest.mark.parametrize("change", CHANGED.values(), ids=CHANGED)
def test_a_challenge_that_ours_would_never_ask_is_not_answered(open_page, allowed, alice, change):
    page, sent = open_page(allowed.url), []
    page.on("request", lambda request: sent.append(request.url))

    def altered(route):
        answer = route.fetch()
        body = answer.json()
        body["challenge"] = change(body["challenge"], route.request.post_data_json["nonce"])
        route.fulfill(response=answer, json=body)

    page.route("**/api/v1/connect", altered)

    found = refused(page, f"m.login('{alice.email}', '{alice.password}')")

    assert (found["name"], found["code"], found["status"]) == ("AuthError", "Impostor", 0)
    assert "couldn’t verify" in found["message"]
    assert not any(url.endswith("/login") for url in sent)


ANSWERS: dict[str, dict[str, Any]] = {
    "a wrong signature": {"login": "x", "user_id": "x", "token": "i.s", "user_info": {}, "signature": "A" * 43 + "="},
    "no signature": {"login": "x", "user_id": "x", "token": "i.s", "user_info": {}},
    "no token": {"login": "x", "user_id": "x", "user_info": {}},
    "an empty one": {"login": "x", "user_id": "x", "token": "i.s", "user_info": {}, "signature": ""},
}


@pytest.mark.parametrize("said", ANSWERS.values(), ids=ANSWERS)
def test_a_server_whose_signature_is_wrong_is_not_believed(open_page, allowed, alice, said):
    page = open_page(allowed.url)
    page.route("**/api/v1/login", lambda route: route.fulfill(json=said, headers=cors(allowed)))

    assert refused(page, f"m.login('{alice.email}', '{alice.password}')")["code"] == "Impostor"

    shown = []
    page.on("request", lambda request: shown.append(request.headers.get("x-csrf-token")))
    page.evaluate("() => m.connect()")
    assert shown == [None]  # nothing of it was stored


def cors(site, **more):
    allow = {"Access-Control-Allow-Origin": site.url, "Access-Control-Allow-Credentials": "true"}
    return {**allow, "Access-Control-Expose-Headers": "Retry-After", **more}


def test_a_server_that_says_it_needs_no_proof_does_not_get_the_password(open_page, allowed, alice):
    page, sent = open_page(allowed.url), []
    page.on("request", lambda request: sent.append(request.post_data or ""))
    said = {"login": "x", "user_id": "x", "token": "i.s", "user_info": {}}
    page.route("**/api/v1/connect", lambda route: route.fulfill(json=said, headers=cors(allowed)))

    assert refused(page, f"m.login('{alice.email}', '{alice.password}')")["code"] == "Impostor"
    assert not any(alice.password in body for body in sent)


def test_a_refusal_says_all_that_the_server_said(open_page, allowed, odd):
    page = open_page(allowed.url)
    said = {"error": "TooManyRequests", "message": "Please wait.", "field": "password", "reason": "x"}
    headers = cors(allowed, **{"Retry-After": "7"})
    page.route("**/api/v1/connect", lambda route: route.fulfill(status=429, json=said, headers=headers))

    assert refused(page, "m.connect()") == {
        "name": "AuthError",
        "code": "TooManyRequests",
        "status": 429,
        "message": "Please wait.",
        "field": "password",
        "wait": 7,
        "details": {"reason": "x"},
    }
    forgive(odd, "429")


STRANGE = {"a page": "<!doctype html>", "nothing": "", "null": "null", "another refusal": '{"detail": "Forbidden"}'}


@pytest.mark.parametrize("body", STRANGE.values(), ids=STRANGE)
def test_the_answer_of_another_server_is_one_clear_error(open_page, allowed, odd, body):
    status = 502 if body.startswith(("null", "{")) else 200
    page = open_page(allowed.url)
    page.route("**/api/v1/connect", lambda route: route.fulfill(status=status, body=body, headers=cors(allowed)))

    found = refused(page, "m.connect()")

    assert (found["code"], found["status"]) == ("NotOurs", 0)
    assert "We got an unexpected answer" in found["message"]
    forgive(odd, "502")


def test_a_server_that_is_away_is_one_clear_error(open_page, allowed, odd):
    page = open_page(allowed.url)
    page.route("**/api/v1/connect", lambda route: route.abort())

    assert refused(page, "m.connect()")["code"] == "Unreachable"
    forgive(odd, "ERR_FAILED")


def test_a_server_that_is_silent_is_given_up(open_page, server, allowed, odd):
    page = open_page(allowed.url)
    page.route("**/api/v1/connect", lambda route: None)

    found = refused(page, f"new m.Client('{server.url}/api/v1/', {{ patience: 200 }}).connect()")

    assert (found["code"], found["status"]) == ("Unreachable", 0)


def test_a_new_proof_lets_a_page_of_another_site_set_a_password_and_go_on(open_page, inside, allowed, alice, odd):
    page, new = open_page(allowed.url), "another horse, battery and staple"
    page.evaluate("(who) => m.login(...who)", [alice.email, PASSWORD])
    at = clock.now() - timedelta(minutes=11)
    do(execute, update(Session).where(col(Session.user_id) == alice.user_id).values(proved_at=at))
    page.wait_for_timeout(1200)  # another process may cache the session for a second
    change = f"m.call('PUT', '/account/password', {{password: '{new}', confirmation: '{new}'}})"

    assert refused(page, change)["code"] == "StepUpNeeded"
    assert refused(page, "m.stepUp('not the password')")["code"] == "BadUserOrPassword"
    assert page.evaluate(f"async () => (await m.stepUp('{PASSWORD}')).fresh_until > new Date().toISOString()")
    page.evaluate(f"() => {change}")

    assert page.evaluate("async () => (await m.connect()).login") == alice.email
    assert count_sessions(alice) == 1  # the others ended
    forgive(odd, "403", "401")


def test_a_picture_goes_out_and_comes_back_as_a_file(open_page, allowed, alice):
    page = open_page(allowed.url)
    page.evaluate(f"() => m.login('{alice.email}', '{PASSWORD}')")

    kept = """async (bytes) => {
      const saved = await m.call("POST", "avatar", new Blob([new Uint8Array(bytes)]));
      const shown = await m.call("GET", "avatar");
      return [saved.avatar !== "", shown instanceof Blob, shown.type];
    }"""

    assert page.evaluate(kept, list(portrait())) == [True, True, "image/webp"]


def test_an_answer_without_words_is_null(open_page, allowed):
    step = {"purpose": "sign_up", "step": "of nobody"}

    assert open_page(allowed.url).evaluate("(step) => m.call('POST', 'codes/give-up', step)", step) is None


def test_a_visitor_cannot_renew_a_proof(open_page, allowed, odd):
    found = refused(open_page(allowed.url), "m.stepUp('x')")

    assert (found["code"], found["status"]) == ("SessionExpired", 440)
    forgive(odd, "440")


def test_a_token_of_another_issuer_is_sent_to_the_server(open_page, allowed, odd):
    page, sent = open_page(allowed.url), []
    entered = {"login": "a@example.com", "user_id": "7", "token": "id.secret", "user_info": {}, "signature": ""}

    def login(route):
        sent.append(route.request.post_data_json)
        route.fulfill(json=entered, headers=cors(allowed))

    page.route("**/api/v1/login", login)
    assert page.evaluate("() => m.loginForeign('google', 'an ID token', {challengeId: 'x', keep: true})") == entered
    page.evaluate("() => m.loginForeign('google', 'an ID token')")
    page.unroute("**/api/v1/login")

    assert sent[0] == {"auth_origin": "google", "token": "an ID token", "challenge_id": "x", "keep": True}
    assert sent[1] == {"auth_origin": "google", "token": "an ID token", "keep": False}
    assert refused(page, "new m.Client().loginForeign('nowhere', 'x')")["status"] > 0
    odd.clear()
