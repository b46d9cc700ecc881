"""Phone numbers on the pages: taken, refused, dialled by country, listed and removed."""

from playwright.sync_api import expect
from sqlmodel import select

from authapp.core.sessions import session_ends, sessions
from authapp.models import Phone
from tests.kit.browser.actions import (
    SECRET,
    fill_login,
    log_in,
    press,
    refusal_of,
    sees,
    set_password,
    visit,
)
from tests.kit.browser.phone_flows import Extra, Recovery, SignUp, give_number, spelled, stored
from tests.kit.messages import code_to, link_to, newest_text
from tests.kit.rules import do


def test_a_taken_number_looks_the_same_and_its_owner_hears_of_it(page, alice, fresh_number):
    number = fresh_number()
    give_number(alice, number)
    flow = SignUp(page, number, "Phone number", "Send code")
    flow.open()
    flow.ask()
    expect(flow.dialog.get_by_label("Code", exact=True)).to_be_focused()
    assert "It already has an account" in newest_text(number)
    flow.type("123456")
    expect(refusal_of(flow.dialog, "Code")).to_have_text("This code is wrong. 4 attempts left.")


def test_a_session_that_ends_meanwhile_leaves_the_code_good(home, alice, fresh_number):
    flow = Extra(home.new_page(), fresh_number(), "New phone number", "Add phone")
    flow.open()
    flow.ask()
    do(session_ends.close, alice.me.session_id)
    sees(flow.page, "You’ve been logged out")
    fill_login(flow.page.get_by_role("dialog", name="You’ve been logged out"), alice.email, alice.password)
    expect(flow.page.get_by_role("dialog", name="You’ve been logged out")).to_have_count(0)
    flow.type(code_to(flow.number))
    flow.is_done()


def test_the_popup_comes_with_the_form_that_it_belongs_to(page, fresh_number):
    flow = SignUp(page, fresh_number(), "Phone number", "Send code")
    flow.open()
    flow.ask()
    visit(page, "/login")
    visit(page, "/signup")
    expect(flow.dialog).to_be_visible()
    press(flow.dialog, "Change number")
    expect(page.get_by_role("tab", name="With phone")).to_have_attribute("aria-selected", "true")
    expect(page.get_by_label("Phone number", exact=True)).to_be_focused()


def test_the_focus_stays_with_the_matter_when_a_row_goes(home, alice, fresh_number):
    first, second = give_number(alice, fresh_number()), give_number(alice, fresh_number())
    page = visit(home.new_page(), "/settings")
    rows = page.locator("#phones").get_by_role("listitem")
    expect(rows).to_have_count(2)
    for number, words in ((second, "Make primary"), (first, "Remove")):
        rows.filter(has_text=spelled(number)).get_by_role("button", name=words).focus()
        page.keyboard.press("Enter")
        said = "Primary number changed." if words == "Make primary" else "Phone number removed."
        expect(page.get_by_text(said)).to_be_focused()


def test_nothing_typed_is_lost_when_a_number_is_refused(page):
    flow = SignUp(page, "12", "Phone number", "Send code")
    flow.open()
    flow.fill()
    press(page, "Send code")
    expect(refusal_of(page, "Phone number")).to_contain_text("Enter a phone number")
    expect(page.get_by_label("Phone number")).to_be_focused()
    expect(page.get_by_label("Password", exact=True)).to_have_value(SECRET)
    page.get_by_label("Password", exact=True).fill("password1234")
    page.get_by_label("Phone number").fill("+49 1512 3456789")
    press(page, "Send code")
    expect(refusal_of(page, "Password")).to_contain_text("common")


def test_a_number_is_read_as_its_country_dials_it(open_browser, inside, fresh_number):
    number = fresh_number()
    page = open_browser(locale="de-DE").new_page()
    flow = SignUp(page, number.replace("+49 ", "0"), "Phone number", "Send code")
    flow.open()
    flow.fill()
    expect(page.get_by_text("It is dialled as")).to_have_text(spelled(number))
    press(page, "Send code")
    expect(flow.dialog.get_by_text(spelled(number))).to_be_visible()
    flow.type(code_to(number))
    flow.is_done()

    page.context.clear_cookies()
    visit(page, "/login")
    page.get_by_label("Email or phone").fill(number.replace("+49 ", "0"))
    expect(page.get_by_text("It is dialled as")).to_have_text(spelled(number))
    fill_login(page, number.replace("+49 ", "0"), SECRET)
    expect(page.get_by_text("Logged in as Ann Öztürk")).to_be_visible()


def test_signed_up_by_phone_one_logs_out_and_in_with_the_number(page, inside, fresh_number):
    flow = SignUp(page, fresh_number(), "Phone number", "Send code")
    flow.open()
    flow.ask()
    flow.type(code_to(flow.number))
    flow.is_done()
    press(page, "Log out")
    expect(page.get_by_role("link", name="Log in")).to_be_visible()
    visit(page, "/login")
    fill_login(page, flow.number, "a wrong password")
    expect(page.get_by_text("Email, phone or password is wrong.")).to_be_visible()
    fill_login(page, flow.number.replace(" ", "-"), SECRET)
    expect(page.get_by_text("Logged in as Ann Öztürk")).to_be_visible()


def test_recovery_by_phone_ends_every_other_session_and_tells_by_mail_and_text(page, home, alice, fresh_number):
    number = give_number(alice, fresh_number())
    twin = visit(home.new_page(), "/settings")
    flow = Recovery(page, number, "Phone number", "Send code")
    flow.open()
    flow.ask()
    flow.type(code_to(number))
    flow.is_done()

    sees(twin, "You’ve been logged out")
    assert do(sessions.alive, alice.me) is None
    assert "Your authapp account was recovered" in newest_text(number)
    assert "/link#" in newest_text(number)
    assert link_to(alice.email)
    set_password(page, "another good sentence")
    page.context.clear_cookies()
    log_in(page, number, "another good sentence")


def test_numbers_are_listed_made_main_and_removed_but_never_the_last_way_in(page, inside, fresh_number):
    flow = SignUp(page, fresh_number(), "Phone number", "Send code")
    flow.open()
    flow.ask()
    flow.type(code_to(flow.number))
    flow.is_done()
    extra = Extra(page, fresh_number(), "New phone number", "Add phone")
    visit(page, "/settings")
    rows = page.locator("#phones").get_by_role("listitem")
    expect(rows).to_have_count(1)
    press(rows.first, "Remove")
    expect(page.get_by_text("This number is your only way to log in.")).to_be_visible()

    extra.ask()
    extra.type(code_to(extra.number))
    extra.is_done()
    expect(page.get_by_label("New phone number")).to_have_value("")
    second = rows.filter(has_text=spelled(extra.number))
    press(second, "Make primary")
    expect(page.get_by_text("Primary number changed.")).to_be_visible()
    expect(second.get_by_text("Primary", exact=True)).to_be_visible()
    press(rows.filter(has_text=spelled(flow.number)), "Remove")
    expect(page.get_by_text("Phone number removed.")).to_be_visible()
    expect(rows).to_have_count(1)
    expect(page.get_by_text("Logged in as Ann Öztürk")).to_be_visible()
    assert "was removed from your authapp account" in newest_text(flow.number)
    assert do(lambda db: db.exec(select(Phone.is_main).where(Phone.number == stored(extra.number))).all()) == [True]
