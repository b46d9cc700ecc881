"""Logging out, and its effect on other tabs."""

import pytest
from playwright.sync_api import expect

from authapp.core.sessions import session_ends, sessions
from authapp.core.sessions.sessions import NewSession
from tests.kit import users
from tests.kit.browser.actions import (
    SECRET,
    falls_asleep,
    fill_login,
    heading,
    log_in,
    press,
    set_password,
    signed_in,
    type_in,
    visit,
    wakes,
)
from tests.kit.rules import do

DRAFT = "typed but not saved"


def _draft(page):
    """Open the settings with a name that was typed and not saved."""
    visit(page, "/settings")
    expect(page.get_by_label("First name")).to_have_value("Alice")
    type_in(page, first_name=DRAFT)
    return page


def _is_told(page):
    expect(heading(page, "You’ve been logged out")).to_be_visible()
    dialog = page.get_by_role("dialog", name="You’ve been logged out")
    expect(dialog.get_by_label("Password", exact=True)).to_be_focused()
    return dialog


def test_signing_out_in_one_tab_reaches_every_other_and_what_was_typed_stays(home, alice):
    others = [_draft(home.new_page()) for _ in range(3)]
    press(visit(home.new_page(), "/"), "Log out")

    for other in others:
        dialog = _is_told(other)
        expect(dialog.get_by_label("Email or phone")).to_have_value(alice.email)
        expect(other.get_by_label("First name")).to_have_value(DRAFT)


def test_the_same_person_logs_in_again_in_place_and_page_and_text_stay(home, alice):
    page = _draft(home.new_page())
    page.evaluate("window.untouched = true")
    press(visit(home.new_page(), "/"), "Log out")
    dialog = _is_told(page)

    fill_login(dialog, alice.email, alice.password)

    expect(dialog).to_have_count(0)
    expect(page.get_by_label("First name")).to_have_value(DRAFT)
    assert page.evaluate("window.untouched")
    press(page, "Save")
    expect(page.get_by_text(f"Logged in as {DRAFT} Liddell")).to_be_visible()
    page.reload()
    expect(page.get_by_label("First name")).to_have_value(DRAFT)


def test_logging_in_again_in_one_tab_wakes_the_others(home, alice):
    pages = [_draft(home.new_page()) for _ in range(3)]
    press(visit(home.new_page(), "/"), "Log out")
    dialogs = [_is_told(page) for page in pages]

    fill_login(dialogs[0], alice.email, alice.password)

    for page, dialog in zip(pages, dialogs, strict=True):
        expect(dialog).to_have_count(0)
        expect(page.get_by_label("First name")).to_have_value(DRAFT)
        press(page, "Save")
        expect(page.get_by_text(f"Logged in as {DRAFT} Liddell")).to_be_visible()


def test_another_person_who_logs_in_there_sees_nothing_of_the_first(home, bob):
    page = _draft(home.new_page())
    page.evaluate("window.untouched = true")
    press(visit(home.new_page(), "/"), "Log out")
    dialog = _is_told(page)

    fill_login(dialog, bob.email, bob.password)

    expect(page.get_by_text("Logged in as Bob Dylan")).to_be_visible()
    expect(page.get_by_label("First name")).to_have_value("Bob")
    assert page.evaluate("window.untouched") is None
    text = page.content() + page.evaluate("JSON.stringify({...sessionStorage})")
    assert not any(word in text for word in (DRAFT, "Alice", "Liddell"))
    expect(dialog).to_have_count(0)


def test_another_person_who_logs_in_in_one_tab_takes_the_others_over(home, bob):
    first, second = _draft(home.new_page()), _draft(home.new_page())
    press(visit(home.new_page(), "/"), "Log out")
    dialog = _is_told(first)
    _is_told(second)

    fill_login(dialog, bob.email, bob.password)

    for page in (first, second):
        expect(page.get_by_text("Logged in as Bob Dylan")).to_be_visible()
        expect(page.get_by_label("First name")).to_have_value("Bob")
        assert DRAFT not in page.content()


def test_a_wrong_password_in_the_dialog_is_refused_there_and_nothing_is_lost(home, alice):
    page = _draft(home.new_page())
    press(visit(home.new_page(), "/"), "Log out")
    dialog = _is_told(page)

    fill_login(dialog, alice.email, "not her password")

    expect(dialog.get_by_text("Email, phone or password is wrong.")).to_be_visible()
    expect(dialog.get_by_label("Password", exact=True)).to_be_focused()
    expect(page.get_by_label("First name")).to_have_value(DRAFT)
    fill_login(dialog, alice.email, alice.password)
    expect(dialog).to_have_count(0)
    expect(page.get_by_label("First name")).to_have_value(DRAFT)


def test_the_dialog_keeps_the_page_behind_it_out_of_reach(home):
    page = _draft(home.new_page())
    press(visit(home.new_page(), "/"), "Log out")
    dialog = _is_told(page)

    page.keyboard.press("Escape")
    page.keyboard.press("Escape")

    expect(dialog).to_be_visible()
    for _ in range(12):
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement === document.body || !!document.activeElement.closest('dialog')")
    with pytest.raises(Exception, match="Timeout"):
        page.get_by_role("button", name="Save").click(timeout=500)


def test_one_can_leave_the_page_instead(home):
    page = _draft(home.new_page())
    press(visit(home.new_page(), "/"), "Log out")

    _is_told(page).get_by_role("link", name="Leave this page").click()

    expect(page).to_have_url("/")
    expect(page.get_by_role("link", name="Log in")).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_a_visitors_page_hears_nothing_when_another_users_session_ends(home, page):
    visit(page, "/login")
    type_in(page, identifier="still typing")
    press(visit(home.new_page(), "/"), "Log out")

    other = visit(page.context.new_page(), "/")
    expect(other.get_by_role("link", name="Log in")).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_label("Email or phone")).to_have_value("still typing")


def test_a_password_change_ends_another_browsers_session_and_the_new_password_resumes_it(
    home, open_browser, server, alice
):
    other = open_browser()
    there = other.new_page()
    log_in(there, alice.email)
    _draft(there)

    set_password(visit(home.new_page(), "/settings"), SECRET)

    dialog = _is_told(there)
    fill_login(dialog, alice.email, alice.password)
    expect(dialog.get_by_text("Email, phone or password is wrong.")).to_be_visible()
    fill_login(dialog, alice.email, SECRET)
    expect(dialog).to_have_count(0)
    expect(there.get_by_label("First name")).to_have_value(DRAFT)


def test_a_session_that_another_process_ends_is_seen_by_its_open_tabs(home, alice):
    page = _draft(home.new_page())

    do(session_ends.close, alice.me.session_id)  # this process does not hold the socket

    _is_told(page)
    expect(page.get_by_label("First name")).to_have_value(DRAFT)


def test_an_event_of_a_session_that_is_over_does_nothing(home, alice):
    page = _draft(home.new_page())

    do(session_ends.close, alice.me.session_id)
    page.get_by_role("button", name="Save").dispatch_event("click")  # also when the dialog is there already

    _is_told(page)
    fresh_key = do(sessions.open, NewSession(alice.user_id, alice.email, "password"), users.HOME).key
    assert do(sessions.resume, fresh_key).first_name == "Alice"


def test_logging_out_of_one_browser_leaves_the_other_alone(home, open_browser, server, alice):
    there = open_browser().new_page()
    log_in(there, alice.email)

    press(visit(home.new_page(), "/"), "Log out")

    visit(there, "/settings")
    expect(there.get_by_label("Last name")).to_have_value("Liddell")
    type_in(there, first_name="Alicia")
    press(there, "Save")
    expect(there.get_by_text("Logged in as Alicia Liddell")).to_be_visible()


def test_a_tab_that_slept_through_it_learns_it_when_it_wakes(home, server, alice):
    page = _draft(home.new_page())
    falls_asleep(page)
    press(visit(home.new_page(), "/"), "Log out")
    expect(heading(page, "You’ve been logged out")).to_have_count(0)

    wakes(page)

    _is_told(page)
    expect(page.get_by_label("First name")).to_have_value(DRAFT)


def test_a_duplicated_tab_is_signed_in_too_and_signed_out_too(home):
    page = visit(home.new_page(), "/")
    with page.expect_popup() as popup:  # copies the storage of its opener, as duplicating a tab does
        page.evaluate("window.open('/settings')")
    twin = popup.value
    expect(twin.get_by_label("First name")).to_have_value("Alice")

    press(page, "Log out")

    _is_told(twin)


def test_a_browser_that_signs_in_anew_starts_with_nothing_of_before(home, server, bob):
    page = _draft(home.new_page())
    press(page, "Log out")
    expect(page.get_by_role("link", name="Log in")).to_be_visible()
    signed_in(home, server, bob)

    visit(page, "/settings")

    expect(page.get_by_label("First name")).to_have_value("Bob")
    assert DRAFT not in page.content()
