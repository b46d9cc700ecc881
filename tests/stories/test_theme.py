"""Accessibility and layout of every page."""

import re

import pytest
from playwright.sync_api import expect

from tests.kit.browser.accessibility import CUT_OFF, faults
from tests.kit.browser.views import VIEWS, Stage


@pytest.fixture
def scheme():
    return "light"


@pytest.fixture
def stage(server, open_browser, alice, bob, scheme, odd):
    yield Stage(server, lambda: open_browser(color_scheme=scheme), alice, bob)
    odd[:] = [said for said in odd if "Failed to load resource" not in said]  # some views show such failures on purpose


@pytest.mark.parametrize("show", VIEWS.values(), ids=VIEWS)
def test_axe_finds_nothing_and_everything_fits_light_and_dark_wide_and_narrow(stage, show):
    assert faults(show(stage)) == []


# The page of the API has 100 articles of the same elements, and axe takes minutes for all of them.
SOME_ARTICLES = "[...document.querySelectorAll('article')].forEach((one, i) => i % 8 && one.remove())"


def test_axe_finds_nothing_on_the_page_of_the_api(open_browser):
    page = open_browser().new_page()
    page.goto("/api/docs")
    page.evaluate(SOME_ARTICLES)

    assert faults(page) == []


def test_the_page_of_the_api_is_used_with_the_keyboard_and_fits_a_narrow_screen(open_browser):
    page = open_browser().new_page()
    page.goto("/api/docs")

    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("main")).to_be_focused()
    page.get_by_role("navigation").get_by_role("link", name="POST /api/v1/login").click()
    expect(page.get_by_role("heading", name="POST /api/v1/login")).to_be_in_viewport()
    page.set_viewport_size({"width": 320, "height": 640})
    assert page.evaluate("document.documentElement.scrollWidth") == 320
    assert page.evaluate(CUT_OFF) == []


def test_axe_would_find_something(stage):
    page = stage.visitor("/login")
    bad = "<input style='width: 2000px'><a href=x style='color: #ddd; font-size: 8px'>pale words</a>"
    bad += "<div><button style='height: 9px'>a</button><button style='height: 9px'>b</button></div>"
    page.evaluate("words => document.querySelector('main').insertAdjacentHTML('beforeend', words)", bad)

    found = " ".join(faults(page))

    expected = ("label", "color-contrast", "target-size", "too small to press", "cut off", "sideways")
    assert [words for words in expected if words not in found] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_colours_follow_the_system(stage, scheme):
    page = stage.visitor("/login")
    colour = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")

    assert (int(re.search(r"\d+", colour)[0]) > 128) is (scheme == "light")
    assert page.evaluate("getComputedStyle(document.querySelector('input')).colorScheme") == scheme


@pytest.mark.parametrize("show", [VIEWS["home_signed_in"], VIEWS["home_of_a_long_name"]])
def test_the_header_is_one_row_on_every_screen(stage, show):
    page = show(stage)
    for width in (1280, 768, 320):
        page.set_viewport_size({"width": width, "height": 640})
        assert page.get_by_role("banner").bounding_box()["height"] < 72
        for role, words in (("link", "authapp"), ("link", "Settings"), ("button", "Log out")):
            expect(page.get_by_role("banner").get_by_role(role, name=words)).to_be_in_viewport(ratio=1)
        # On a phone, the picture replaces the name, which only screen readers announce.
        assert (page.locator("header .who").bounding_box()["width"] > 64) is (width > 320)
        expect(page.locator("header bdi")).not_to_be_empty()
        assert page.evaluate(CUT_OFF) == []


def test_only_the_newest_mail_of_the_outbox_is_loud(stage):
    page = VIEWS["outbox"](stage)

    expect(page.get_by_role("listitem").first.locator("a.button")).to_have_count(1)
    expect(page.get_by_role("listitem").locator("a.button")).to_have_count(1)


def test_text_can_be_twice_as_large(stage):
    page = stage.member("/settings")
    page.add_style_tag(content="html { font-size: 200% }")  # WCAG 1.4.4
    page.set_viewport_size({"width": 640, "height": 900})

    assert page.evaluate("document.documentElement.scrollWidth") <= 640
    assert page.evaluate(CUT_OFF) == []


def test_a_page_title_says_where_one_is(stage):
    titles = {"/": "authapp", "/login": "Log in", "/signup": "Sign up", "/forgot": "Recover your account"}
    for path, words in titles.items():
        assert stage.visitor(path).title().startswith(words)
