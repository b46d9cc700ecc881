"""Pages that cannot work explain the reason: no scripts, an old browser, no cookies, no websocket."""

import re

import pytest
from playwright.sync_api import expect

from tests.kit import users
from tests.kit.browser.actions import fill_login, visit


@pytest.fixture
def incomplete(page):
    return page.get_by_text("This page did not load completely")


def test_without_javascript_the_page_says_that_it_needs_it(open_browser):
    page = open_browser(java_script_enabled=False).new_page()
    page.goto("/login")

    expect(page.locator("noscript p")).to_contain_text("This page needs JavaScript")
    expect(page.locator("noscript p")).to_be_visible()
    expect(page.get_by_text("This page did not load completely")).to_be_hidden()


def test_scripts_that_do_not_load_are_told(page, incomplete, odd):
    page.route(re.compile(r"/assets/.*\.js"), lambda route: route.abort())
    page.goto("/login")

    expect(incomplete).to_be_visible(timeout=30_000)
    odd.clear()


def test_a_browser_below_the_floor_is_told_at_once(page, incomplete, odd):
    page.add_init_script("delete window.CompressionStream")
    page.route(re.compile(r"/assets/.*\.js"), lambda route: route.abort())
    page.goto("/login")

    expect(incomplete).to_be_visible()
    expect(incomplete).to_contain_text("Safari 16.4, Chrome 111, Firefox 114")
    odd.clear()


def test_a_page_that_works_says_nothing_of_it(page, incomplete):
    visit(page, "/login")

    expect(incomplete).to_be_hidden()


def test_a_cookie_that_does_not_stay_is_told_and_not_a_second_login_form_alone(page, alice):
    def without_cookie(route):
        answer = route.fetch()
        page.context.clear_cookies()
        route.fulfill(response=answer, headers={k: v for k, v in answer.headers.items() if k != "set-cookie"})

    page.route("**/api/v1/session", without_cookie)
    visit(page, "/login")
    fill_login(page, alice.email, users.PASSWORD)

    expect(page.get_by_text("your browser did not keep the cookie")).to_be_visible()
    page.reload()
    expect(page.get_by_role("link", name="Log in")).to_be_visible()
    expect(page.get_by_text("your browser did not keep the cookie")).to_be_hidden()


def test_a_mistake_in_a_page_is_no_lost_connection(page, alice, odd):
    visit(page, "/login")
    page.evaluate("() => { crypto.subtle.importKey = () => { throw new TypeError('a mistake of ours') } }")
    fill_login(page, alice.email, users.PASSWORD)

    expect(page.get_by_text("Something went wrong on this page.")).to_be_visible()
    assert "a mistake of ours" in odd.pop()


def test_a_socket_that_cannot_be_opened_is_told(page, odd):
    page.route_web_socket(re.compile("/_event"), lambda socket: socket.close(code=1011))
    page.goto("/login")

    expect(page.get_by_text("the proxy must pass on the upgrade to websockets")).to_be_visible(timeout=60_000)
    odd.clear()
