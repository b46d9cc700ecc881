"""The session cookie, kept or not, over restarts of the browser."""

import re
import time

import httpx
import pytest
from playwright.sync_api import expect

from authapp.core.sessions import sessions, tickets
from authapp.core.sessions.sessions import NewSession
from tests.kit import users
from tests.kit.apps import share_database
from tests.kit.browser.actions import cookie_of, log_in, press, sees, signed_in, visit
from tests.kit.browser.profile import FLAGS, chromium, watched
from tests.kit.processes.servers import running
from tests.kit.rules import do

A_DAY = 86_400  # seconds


@pytest.fixture
def restarted(playwright, server, odd, tmp_path):
    """Return a function that closes and restarts a browser with a profile on disk."""
    running_now = []

    def start():
        if running_now:
            running_now.pop().close()
        context = playwright.chromium.launch_persistent_context(
            tmp_path / "profile", executable_path=chromium(), args=FLAGS, base_url=server.url
        )
        running_now.append(context)
        return watched(context, odd)

    yield start
    running_now.pop().close()
    assert odd == []


def test_without_keep_me_logged_in_the_session_ends_with_the_browser(restarted, alice):
    log_in(restarted().new_page(), alice.email)

    page = restarted().new_page()

    page.goto("/settings")
    sees(page, "Log in")
    assert cookie_of(page.context) is None


def test_with_keep_me_logged_in_it_survives_the_browser(restarted, alice):
    log_in(restarted().new_page(), alice.email, keep=True)

    page = restarted().new_page()

    page.goto("/settings")
    sees(page, "Settings")
    expect(page.get_by_text("Logged in as Alice Liddell")).to_be_visible()


def test_a_kept_session_stays_kept_when_the_password_changes(page, alice):
    log_in(page, alice.email, keep=True)
    before = cookie_of(page.context)

    visit(page, "/settings")
    page.get_by_label("New password").fill("another long password")
    press(page, "Set password")
    expect(page.get_by_text("Your password is set.")).to_be_visible()

    after = cookie_of(page.context)
    assert after["value"] != before["value"]
    assert after["expires"] == pytest.approx(before["expires"], abs=60)


@pytest.mark.parametrize("keep", [False, True])
def test_the_cookie_is_out_of_reach_of_scripts_and_of_other_sites(page, alice, keep):
    log_in(page, alice.email, keep=keep)

    cookie = cookie_of(page.context)
    assert re.fullmatch(r"authapp-\d+", cookie["name"])
    assert (cookie["path"], cookie["httpOnly"], cookie["sameSite"]) == ("/", True, "Lax")
    assert cookie["domain"] == "localhost"
    if keep:
        assert cookie["expires"] == pytest.approx(time.time() + 30 * A_DAY, abs=120)
    else:
        assert cookie["expires"] == -1
    assert page.evaluate("document.cookie") == ""
    stored = page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])")
    assert cookie["value"].partition(".")[2] not in stored + page.content()


def test_logging_out_ends_the_session_and_not_only_the_cookie(page, alice, open_browser, server):
    log_in(page, alice.email, keep=True)
    stolen = cookie_of(page.context)["value"]
    press(page, "Log out")
    expect(page.get_by_role("link", name="Log in")).to_be_visible()

    assert do(sessions.resume, stolen) is None
    thief = open_browser()
    thief.add_cookies([{"name": "authapp", "value": stolen, "url": server.url}])
    page = thief.new_page()
    page.goto("/settings")
    sees(page, "Log in")


@pytest.mark.parametrize("spoil", ["cut", "padded", "swapped", "emptied", "odd"])
def test_a_cookie_that_is_cut_or_made_up_is_nobodys(open_browser, server, alice, bob, spoil):
    key = {
        "cut": alice.key[:-1],
        "padded": f"{alice.key}A",
        "swapped": f"{alice.key.partition('.')[0]}.{bob.key.partition('.')[2]}",
        "emptied": "",
        "odd": "%00'%22<b>",
    }[spoil]
    context = open_browser()
    context.add_cookies([{"name": "authapp", "value": key, "url": server.url}])
    page = context.new_page()

    page.goto("/settings")
    sees(page, "Log in")
    visit(page, "/")
    expect(page.get_by_role("link", name="Log in")).to_be_visible()
    log_in(page, bob.email)


@pytest.fixture(scope="module")
def behind_https(tmp_path_factory):
    with running(tmp_path_factory.mktemp("https"), AUTHAPP_URL="https://shop.example") as started:
        started.url = "https://shop.example"
        yield started


def _ask(server, method, path, **headers):
    ours = {"Host": "shop.example", "Origin": "https://shop.example", "Sec-Fetch-Site": "same-origin"}
    url = f"http://127.0.0.1:{server.port}{path}"
    return httpx.request(method, url, headers=ours | headers, json={} if method == "POST" else None)


def test_behind_https_the_cookie_is_pinned_to_the_host_and_secure(behind_https, configure):
    share_database(behind_https, configure)
    alice = users.join("alice@example.com")
    ticket = do(tickets.issue_ticket, NewSession(alice.user_id, alice.email, "password"), tab="a tab")

    answer = httpx.post(
        f"http://127.0.0.1:{behind_https.port}/api/v1/session",
        json={"ticket": ticket, "tab": "a tab"},
        headers={"Host": "shop.example", "Origin": "https://shop.example", "Sec-Fetch-Site": "same-origin"},
    )

    assert answer.status_code == 200
    session, device, wait = answer.headers.get_list("set-cookie")
    assert wait.startswith('__Host-authapp-wait=""; ')  # no login waits any more
    assert device.startswith("__Host-authapp-device=")
    pair, *attributes = session.split("; ")
    assert pair.startswith("__Host-authapp=")
    assert {attribute.lower() for attribute in attributes} == {"httponly", "path=/", "samesite=lax", "secure"}
    key = pair.partition("=")[2]
    assert _ask(behind_https, "GET", "/api/v1/connect", Cookie=pair).json()["login"] == "alice@example.com"
    assert "login" not in _ask(behind_https, "GET", "/api/v1/connect", Cookie=f"authapp={key}").json()

    gone = _ask(behind_https, "POST", "/api/v1/logout", Cookie=pair).headers["set-cookie"]
    assert gone.startswith('__Host-authapp=""; ')
    assert "Max-Age=0" in gone
    assert "Secure" in gone


def test_behind_https_browsers_are_told_to_stay_there(behind_https, server):
    assert _ask(behind_https, "GET", "/login").headers["strict-transport-security"].startswith("max-age=31536000")
    assert "wss://shop.example" in _ask(behind_https, "GET", "/login").headers["content-security-policy"]
    assert "strict-transport-security" not in httpx.get(f"{server.url}/login").headers


def test_behind_https_another_host_is_led_home(behind_https):
    answer = _ask(behind_https, "GET", "/login?next=%2Fsettings", Host="evil.example")

    assert answer.status_code == 303
    assert answer.headers["location"] == "https://shop.example/login?next=%2Fsettings&authapp-host=1"


def test_one_browser_holds_one_person(home, server, bob):
    page = home.new_page()
    page.goto("/settings")
    sees(page, "Settings")
    signed_in(home, server, bob)
    page.goto("/settings")

    expect(page.get_by_text("Logged in as Bob Dylan")).to_be_visible()
    expect(page.get_by_label("First name")).to_have_value("Bob")
