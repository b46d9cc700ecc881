"""Details of the looks and of the accessibility tree that no automatic checker finds."""

import pytest
from playwright.sync_api import expect

from authapp.core.authorization import groups
from tests.kit import users
from tests.kit.browser.actions import press, signed_in, visit
from tests.kit.rules import do

# The width and colour of a side of the border, as the browser paints it.
BORDER = (
    "(one, side) => { const s = getComputedStyle(one); return [s[`border${side}Width`], s[`border${side}Color`]]; }"
)
GAP = "(label) => label.nextElementSibling.getBoundingClientRect().top - label.getBoundingClientRect().bottom"
LIVE = """() => [...document.querySelectorAll("main [role=status], main [role=alert], main [aria-live]")]
  .filter((one) => !one.textContent && getComputedStyle(one).display === "none").map((one) => one.outerHTML)"""


@pytest.fixture
def settings(home):
    page = visit(home.new_page(), "/settings")
    expect(page.get_by_text("This device")).to_be_visible()
    return page


@pytest.fixture
def desk(open_browser, server, inside, fresh):
    """Open the page of an administrator."""
    rosa = users.join(fresh("rosa"), first_name="Rosa", last_name="Root")
    do(groups.add, rosa.user_id, "admin")
    page = signed_in(open_browser(), server, rosa).new_page()
    visit(page, "/admin#messages")
    expect(page.get_by_role("tab", name="Failed messages")).to_have_attribute("aria-selected", "true")
    return page


def test_buttons_and_the_chosen_tab_are_visible_in_forced_colours(page):
    page.emulate_media(forced_colors="active")
    visit(page, "/signup")
    button = page.get_by_role("button", name="Sign up", exact=True)
    chosen, other = page.get_by_role("tab", selected=True), page.get_by_role("tab", selected=False)

    width, colour = button.evaluate(f"(one) => ({BORDER})(one, 'Top')")
    ground = button.evaluate("(one) => getComputedStyle(one.parentElement).backgroundColor")
    assert width == "1px"
    assert colour not in (ground, "rgba(0, 0, 0, 0)")
    lines = [tab.evaluate(f"(one) => ({BORDER})(one, 'Bottom')") for tab in (chosen, other)]
    assert [line[0] for line in lines] == ["3px", "3px"]
    assert lines[0][1] != lines[1][1]


def test_empty_live_regions_stay_in_the_accessibility_tree(settings):
    assert settings.locator("main [role=status]").count() > 5

    assert settings.evaluate(LIVE) == []


def test_the_button_of_a_row_names_its_object(settings, alice):
    row = settings.locator("#emails").get_by_role("listitem")

    expect(row.get_by_role("button")).to_have_accessible_name(f"Remove {alice.email}")
    expect(row.get_by_role("button")).to_have_text("Remove")


def test_a_list_of_choices_looks_like_a_field(settings):
    colour = "(one) => getComputedStyle(one).backgroundColor"
    field, choice = settings.get_by_label("New email"), settings.get_by_label("Language for pages and messages")

    assert choice.evaluate(colour) == field.evaluate(colour)
    gaps = [settings.locator("label", has_text=words).evaluate(GAP) for words in ("New email", "Language for pages")]
    assert gaps[0] == pytest.approx(gaps[1], abs=1)


def test_screen_readers_hear_hint_and_refusal_of_a_new_password(settings):
    field = settings.get_by_label("New password", exact=True)
    expect(field).to_have_accessible_description("At least 12 characters. A few words in a row are easy to remember.")

    field.fill("password1234")
    press(settings, "Set password")

    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_have_accessible_description(
        "This password is common, so attackers try it first. Choose another. "
        "At least 12 characters. A few words in a row are easy to remember."
    )
    expect(settings.get_by_role("button", name="Show new password", exact=True)).to_have_count(1)


def test_required_fields_say_so_and_the_others_are_marked(page):
    visit(page, "/signup#phone")

    for label in ("Phone number", "First name", "Password"):
        expect(page.get_by_label(label, exact=True)).to_have_attribute("required", "")
    last = page.get_by_label("Last name", exact=True)
    assert last.get_attribute("required") is None
    expect(last).to_have_accessible_description("optional")


def test_password_managers_store_the_phone_number_of_a_new_user(page):
    visit(page, "/signup#phone")
    panel = page.get_by_role("tabpanel")
    page.get_by_label("Phone number").fill("+49 1512 3456789")

    fields = panel.locator("input:not(.honeypot > input)").evaluate_all("(all) => all.map((one) => one.autocomplete)")

    assert fields == ["tel", "given-name", "family-name", "username", "new-password"]
    expect(panel.locator("[autocomplete=username]")).to_have_value("+49 1512 3456789")


def test_the_tabs_of_an_administrator_are_one_row_with_the_chosen_one_in_view(desk):
    desk.set_viewport_size({"width": 320, "height": 640})
    desk.reload()
    chosen = desk.get_by_role("tab", name="Failed messages")

    expect(chosen).to_have_attribute("aria-selected", "true")
    assert desk.get_by_role("tablist").bounding_box()["height"] < 64
    expect(chosen).to_be_in_viewport(ratio=0.9)
    assert desk.evaluate("document.documentElement.scrollWidth") <= 320


def test_the_head_of_a_page_describes_it(page):
    visit(page, "/login")
    content = "(one) => one.content"

    assert page.locator("meta[name=description]").evaluate(content) == "Log in to your account."
    assert page.locator("meta[name=theme-color]").evaluate_all("(all) => all.map((one) => one.content)") == [
        "#ffffff",
        "#1a1a20",
    ]
    for path in (
        page.locator("link[rel=manifest]").get_attribute("href"),
        page.locator("link[rel=apple-touch-icon]").get_attribute("href"),
        page.locator("meta[property='og:image']").evaluate(content),
    ):
        assert page.request.get(path).ok, path
