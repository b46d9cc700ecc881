"""Step-up on the settings page: by password, by code, given up."""

import pytest
from playwright.sync_api import expect
from sqlalchemy import update

from authapp.core import execute
from authapp.core.account import emails, phones
from authapp.models import User
from tests.kit.browser.actions import log_in, press, refusal_of, sees, type_in, visit
from tests.kit.messages import code_to
from tests.kit.rules import do
from tests.kit.users import PASSWORD, grow_stale


@pytest.fixture
def page(home):
    """Open Alice's settings."""
    opened = visit(home.new_page(), "/settings")
    expect(opened.get_by_text("This device")).to_be_visible()
    return opened


@pytest.fixture
def stale(alice):
    """Return Alice with a proof that is too old."""
    grow_stale(alice)
    return alice


def row(page, words):
    return page.get_by_role("listitem").filter(has_text=words).filter(has=page.get_by_role("button"))


def prove(page, password=PASSWORD):
    sees(page, "Confirm it’s you")
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Password", exact=True).fill(password)
    press(dialog, "Continue")


def test_a_step_up_asks_in_place_and_then_the_very_same_goes_on(page, stale, fresh):
    new = fresh("second")
    type_in(page, new_email=new)
    press(page, "Add email")
    prove(page, "a wrong password")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("This password is wrong.")).to_be_visible()
    expect(dialog.get_by_label("Password", exact=True)).to_be_focused()
    assert len(do(emails.listed, stale.user_id)) == 1

    prove(page)

    expect(row(page, new).get_by_text("Unconfirmed")).to_be_visible()
    expect(dialog).to_have_count(0)


def test_a_new_password_goes_on_after_a_step_up_without_being_typed_again(page, stale):
    type_in(page, new_password="another good sentence")
    press(page, "Set password")
    prove(page)

    expect(page.get_by_text("Your password is set. All other devices were logged out.")).to_be_visible()
    page.context.clear_cookies()
    log_in(page, stale.email, "another good sentence")


@pytest.mark.parametrize("way", ["Cancel", "Escape"])
def test_a_step_up_can_be_given_up_and_nothing_is_lost(page, stale, fresh, way):
    new = fresh("second")
    type_in(page, new_email=new)
    press(page, "Add email")
    sees(page, "Confirm it’s you")
    if way == "Cancel":
        press(page.get_by_role("dialog"), "Cancel")
    else:
        page.keyboard.press("Escape")

    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_label("New email")).to_have_value(new)
    assert len(do(emails.listed, stale.user_id)) == 1
    press(page, "Add email")
    prove(page)
    expect(row(page, new)).to_be_visible()


@pytest.mark.parametrize("has_password", [True, False])
def test_a_code_is_as_good_as_the_password(page, stale, fresh, has_password):
    words = "Send me a code instead"
    if not has_password:
        do(execute, update(User).where(User.id == stale.user_id).values(password_record=None))
        words = "Send me a code"
        page.reload()
    new = fresh("second")
    type_in(page, new_email=new)
    press(page, "Add email")
    sees(page, "Confirm it’s you")
    press(page, words)
    sees(page, "Enter the code")
    dialog = page.get_by_role("dialog", name="Enter the code")
    expect(dialog.get_by_text(stale.email)).to_be_visible()
    code = code_to(stale.email)
    dialog.get_by_label("Code", exact=True).fill("000000")
    press(dialog, "Confirm")
    expect(refusal_of(dialog, "Code")).to_contain_text("This code is wrong.")
    assert len(do(emails.listed, stale.user_id)) == 1

    dialog.get_by_label("Code", exact=True).fill(code)
    press(dialog, "Confirm")

    expect(row(page, new).get_by_text("Unconfirmed")).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("button", name="Add email")).to_be_focused()


def test_a_step_up_by_code_put_aside_is_taken_up_again(page, stale, fresh):
    new = fresh("second")
    type_in(page, new_email=new)
    press(page, "Add email")
    sees(page, "Confirm it’s you")
    press(page, "Send me a code instead")
    sees(page, "Enter the code")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="Enter the code")).to_have_count(0)
    press(page, "Send me a code instead")
    dialog = page.get_by_role("dialog", name="Enter the code")
    dialog.get_by_label("Code", exact=True).fill(code_to(stale.email))
    press(dialog, "Confirm")
    expect(row(page, new).get_by_text("Unconfirmed")).to_be_visible()


def test_a_step_up_by_code_can_be_given_up_for_the_password(page, stale, fresh):
    new = fresh("second")
    type_in(page, new_email=new)
    press(page, "Add email")
    sees(page, "Confirm it’s you")
    press(page, "Send me a code instead")
    sees(page, "Enter the code")
    press(page.get_by_role("dialog", name="Enter the code"), "Cancel")
    expect(page.get_by_role("dialog", name="Enter the code")).to_have_count(0)
    prove(page)
    expect(row(page, new)).to_be_visible()


def test_a_number_gets_the_code_where_there_is_one(page, stale, fresh_number):
    number = "+" + fresh_number().replace(" ", "").strip("+")
    do(phones.claim, stale.user_id, number)
    press(page, "Close account")
    press(page, "Yes, close my account")
    press(page, "Send me a code instead")
    sees(page, "Enter the code")
    dialog = page.get_by_role("dialog", name="Enter the code")
    dialog.get_by_label("Code", exact=True).fill(code_to(number))
    press(dialog, "Confirm")
    sees(page, "Your account is closed")
