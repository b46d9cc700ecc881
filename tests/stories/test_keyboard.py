"""The pages without a mouse."""

import pytest
from playwright.sync_api import expect

from tests.kit.browser.actions import SECRET, cookie_of, mail, sees, visit
from tests.kit.browser.keyboard import FOCUSED, Keys

# Roughly the name that a screen reader announces: the label, or the text.

# WCAG 2.4.7 and 2.4.11: an outline shows the focus, and nothing covers it.


@pytest.fixture
def keys(page):
    return Keys(page)


def test_sign_up_settings_log_out_and_log_in_without_a_mouse(page, keys, fresh):
    ann = fresh("ann")
    visit(page, "/")
    keys.to("Sign up").press("Enter")
    sees(page, "Sign up")
    keys.type("Email", "nonsense").press("Enter")
    expect(page.get_by_label("Email", exact=True)).to_be_focused()
    page.keyboard.press("Control+A")
    page.keyboard.type(ann)
    keys.to("Sign up").press("Space")
    sees(page, "Check your email")
    keys.to("Open the outbox").press("Enter")
    sees(page, "Outbox")

    page.goto(mail(page, ann).get_by_role("link").get_attribute("href"))
    sees(page, "Confirm your email address")
    keys.to("Confirm and continue").press("Enter")
    sees(page, "Settings")

    keys.type("First name", "Ann").type("Last name", "Lee").to("Save").press("Enter")
    expect(page.get_by_text("Logged in as Ann Lee")).to_be_visible()
    keys.type("New password", SECRET).to("Show new password").press("Space").to("Set password").press("Enter")
    expect(page.get_by_text("Your password is set.")).to_be_visible()
    keys.to("Log out").press("Space")
    expect(page.get_by_role("link", name="Log in")).to_be_visible()

    keys.to("Log in").press("Enter")
    sees(page, "Log in")
    keys.type("Email or phone", ann).type("Password", SECRET).to("Keep me logged in").press("Space").press("Enter")
    expect(page.get_by_text("Logged in as Ann Lee")).to_be_visible()
    assert cookie_of(page.context)["expires"] > 0


def test_the_way_back_in_goes_without_a_mouse(home, alice):
    page = visit(home.new_page(), "/settings")
    expect(page.get_by_label("First name")).to_have_value("Alice")
    other = visit(home.new_page(), "/")
    Keys(other).to("Log out").press("Enter")
    expect(page.get_by_role("dialog").get_by_label("Password", exact=True)).to_be_focused()

    page.keyboard.type(alice.password)
    page.keyboard.press("Enter")

    expect(page.get_by_role("dialog")).to_have_count(0)
    Keys(page).to("Save")


@pytest.mark.parametrize("path", ["/", "/login", "/signup", "/forgot", "/link#x"])
def test_the_first_stop_leads_past_the_header(page, keys, path):
    expect(visit(page, path).locator("main a, main input").first).to_be_visible()
    keys.to("Skip to content").press("Enter")

    page.keyboard.press("Tab")

    assert page.evaluate("document.activeElement.closest('main') !== null"), page.evaluate(FOCUSED)


def test_skipping_to_the_content_keeps_what_the_page_says(page, keys, fresh):
    visit(page, "/signup")
    page.get_by_label("Email", exact=True).fill(fresh("ann"))
    page.keyboard.press("Enter")
    sees(page, "Check your email")

    keys.to("Skip to content", back=True).press("Enter")

    page.wait_for_timeout(300)
    sees(page, "Check your email")


def test_the_order_of_the_stops_is_the_order_of_the_page(page):
    visit(page, "/login")
    stops = []
    for _ in range(9):
        page.keyboard.press("Tab")
        stops.append(page.evaluate(FOCUSED))

    words = ["Skip to content", "authapp", "Email or phone", "Password", "Show password", "Keep me logged in", "Log in"]
    assert stops == [*words, "Forgot your password?", "Sign up"]
