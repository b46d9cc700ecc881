"""The focus is always on something that a user can see, also after the content of a page changed."""

import pytest
from playwright.sync_api import expect

from tests.kit.browser.actions import heading, press, sees, type_in, visit
from tests.kit.browser.keyboard import FOCUSED, Keys

IS_COVERED = """() => {
  const one = document.activeElement, bar = document.querySelector("aside");
  const [box, over] = [one.getBoundingClientRect(), bar.getBoundingClientRect()];
  return one !== document.body && !bar.contains(one) && box.bottom > over.top && box.top < over.bottom;
}"""


@pytest.mark.parametrize(("path", "button"), [("/signup", "Sign up"), ("/forgot", "Send link")])
def test_the_message_in_place_of_a_form_gets_the_focus(page, fresh, path, button):
    visit(page, path)
    type_in(page, email=fresh("ann"))

    press(page, button)

    expect(heading(page, "Check your email")).to_be_focused()
    expect(heading(page, "Check your email")).to_have_attribute("tabindex", "-1")


def test_a_link_inside_the_app_leads_to_the_heading_of_its_page(page):
    visit(page, "/login")
    expect(page.locator("body")).to_be_focused()  # a page that is loaded starts at its beginning

    page.get_by_role("link", name="Forgot your password?").click()
    expect(heading(page, "Recover your account")).to_be_focused()

    page.get_by_role("link", name="Log in").click()
    expect(heading(page, "Log in")).to_be_focused()
    page.go_back()
    expect(heading(page, "Recover your account")).to_be_focused()


def test_a_link_to_a_page_that_loads_late_leads_to_its_heading(home):
    page = visit(home.new_page(), "/")

    page.get_by_role("link", name="Settings", exact=True).click()

    expect(heading(page, "Settings")).to_be_focused()
    expect(page.get_by_role("navigation", name="Main").get_by_role("link", name="Settings")).to_have_attribute(
        "aria-current", "page"
    )


def test_nothing_takes_the_focus_from_a_field(page, fresh):
    visit(page, "/signup")
    type_in(page, email=fresh("ann"))
    press(page, "Sign up")
    sees(page, "Check your email")

    press(page, "Use another address")

    expect(page.get_by_label("Email", exact=True)).to_be_focused()


@pytest.mark.parametrize("path", ["/signup#phone", "/forgot#phone", "/signup#email"])
def test_the_fragment_of_a_tab_is_no_field(page, path):
    visit(page, path)

    page.keyboard.press("Tab")

    assert page.evaluate(FOCUSED) == "Skip to content"
    name = "With phone" if path.endswith("phone") else "With email"
    expect(page.get_by_role("tab", name=name)).to_have_attribute("aria-selected", "true")


def test_the_bar_of_a_waiting_code_covers_no_focused_element(page, fresh_number):
    page.set_viewport_size({"width": 320, "height": 480})
    visit(page, "/forgot#phone")
    type_in(page, phone_number=fresh_number())
    press(page, "Send code")
    sees(page, "Enter the code")
    page.keyboard.press("Escape")
    expect(page.get_by_text("You haven’t entered your code yet.")).to_be_visible()

    for _ in range(14):
        assert not page.evaluate(IS_COVERED), page.evaluate(FOCUSED)
        page.keyboard.press("Tab")
    page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    page.get_by_role("button", name="Français").focus()
    assert not page.evaluate(IS_COVERED)

    press(page, "Enter the code")
    press(page.get_by_role("dialog"), "Change number")
    assert page.evaluate("document.body.style.paddingBlockEnd") == ""


def test_the_chosen_tab_of_a_narrow_bar_is_in_view(page, home, alice, inside):
    page.set_viewport_size({"width": 320, "height": 640})
    visit(page, "/signup#phone")

    bar, chosen = page.get_by_role("tablist"), page.get_by_role("tab", name="With phone")

    assert bar.bounding_box()["height"] < 60
    expect(chosen).to_be_in_viewport(ratio=0.9)
    Keys(page).to("With phone").press("ArrowLeft")
    expect(page.get_by_role("tab", name="With email")).to_be_focused()
    expect(page.get_by_role("tab", name="With email")).to_be_in_viewport(ratio=0.9)
