"""The page that a login returns to."""

import pytest
from playwright.sync_api import expect

from tests.kit.browser.actions import fill_login, sees, signed_in

FOREIGN = [
    "//evil.example/x",
    "https://evil.example",
    "javascript:alert(1)",
    "/\\evil.example",
    "https:evil.example",
]
MORE = [
    "\\\\evil.example",
    "/%09/evil.example",
    "%09//evil.example",
    "/%2F/evil.example",
    "data:text/html,<h1>x",
    "settings",
    f"/{'x' * 3000}",
]


@pytest.mark.parametrize("path", ["/settings?set=password", "/settings?a=1&b=%C3%BC%20%26%2F&next=%2F", "/settings/"])
def test_login_returns_to_the_requested_path_and_query(page, alice, path):
    page.goto(path)
    sees(page, "Log in")

    fill_login(page, alice.email, alice.password)

    expect(page).to_have_url(path)
    expect(page.get_by_text("Logged in as Alice Liddell")).to_be_visible()


@pytest.mark.parametrize("target", FOREIGN)
def test_logging_in_leads_to_no_other_site(page, alice, target):
    page.goto(f"/login?next={target}")
    sees(page, "Log in")

    fill_login(page, alice.email, alice.password)

    expect(page.get_by_text("Logged in as Alice Liddell")).to_be_visible()
    expect(page).to_have_url("/")


@pytest.mark.parametrize("target", FOREIGN[:3])
def test_logging_in_leads_to_no_other_site_either_when_another_tab_was_first(page, server, alice, target):
    page.goto(f"/login?next={target}")
    sees(page, "Log in")
    signed_in(page.context, server, alice)

    fill_login(page, alice.email, alice.password)

    expect(page.get_by_text("Logged in as Alice Liddell")).to_be_visible()
    expect(page).to_have_url("/")


def test_when_another_tab_was_first_one_still_arrives_where_one_wanted_to_go(page, server, alice):
    page.goto("/settings?set=password")
    sees(page, "Log in")
    signed_in(page.context, server, alice)

    fill_login(page, alice.email, alice.password)

    expect(page).to_have_url("/settings?set=password")
    expect(page.get_by_label("First name")).to_have_value("Alice")


def test_a_logged_in_user_is_not_redirected_to_another_site(home):
    for target in FOREIGN + MORE:
        for page in ("/login", "/login/", "/signup"):
            answer = home.request.get(f"{page}?next={target}", max_redirects=0)
            assert (answer.status, answer.headers["location"]) == (303, "/"), target


def test_nor_by_a_step_inside_the_page(home):
    page = home.new_page()
    for target in FOREIGN:
        page.goto("/")
        expect(page.get_by_text("Logged in as Alice Liddell")).to_be_visible()
        page.evaluate("path => window.__reactRouterDataRouter.navigate(path)", f"/login?next={target}")
        expect(page).to_have_url("/")
