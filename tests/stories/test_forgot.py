"""Recovery of an account by mail."""

from playwright.sync_api import expect

from authapp.core.authentication import recovery
from tests.kit import users
from tests.kit.browser.actions import (
    SECRET,
    fill_login,
    heading,
    log_in,
    mail,
    press,
    sees,
    set_password,
    signed_in,
    type_in,
    visit,
)
from tests.kit.rules import do


def _ask_for_recovery(page, email):
    visit(page, "/forgot")
    type_in(page, email=email)
    press(page, "Send link")
    sees(page, "Check your email")


def test_a_forgotten_password_is_replaced_and_every_other_session_ends_and_sees_it(
    page, home, open_browser, server, alice
):
    elsewhere = visit(home.new_page(), "/settings")
    expect(elsewhere.get_by_label("First name")).to_have_value("Alice")
    visit(page, "/login").get_by_role("link", name="Forgot your password?").click()
    sees(page, "Recover your account")
    type_in(page, email=alice.email)
    press(page, "Send link")
    sees(page, "Check your email")
    expect(elsewhere.get_by_role("dialog")).to_have_count(0)  # asking alone ends no session

    mail(page, alice.email).get_by_role("link", name="Recover my account").click()
    sees(page, "Recover your account")
    press(page, "Recover my account")
    sees(page, "Settings")

    expect(page).to_have_url("/settings?set=password")
    expect(heading(elsewhere, "You’ve been logged out")).to_be_visible()
    expect(mail(page.context.new_page(), alice.email)).to_contain_text("Your authapp account was recovered")
    set_password(page, SECRET)
    expect(mail(page.context.new_page(), alice.email)).to_contain_text("Your authapp password was set")

    other = open_browser().new_page()
    visit(other, "/login")
    fill_login(other, alice.email, alice.password)
    expect(other.get_by_text("Email, phone or password is wrong.")).to_be_visible()
    fill_login(other, alice.email, SECRET)
    expect(other.get_by_text("Logged in as Alice Liddell")).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(0)  # a login in another browser ends no session


def test_a_recovery_link_works_once_and_a_second_one_dies_with_it(page, open_browser, alice):
    _ask_for_recovery(page, alice.email)
    first = _link_of(mail(page, alice.email))
    _ask_for_recovery(page, alice.email)
    second = _link_of(mail(page, alice.email))
    page.goto(second)
    press(page, "Recover my account")
    sees(page, "Settings")

    late = open_browser().new_page()
    for link in (first, second):
        late.goto(link)
        sees(late, "This link is not valid")
        expect(late.get_by_role("button", name="Recover my account")).to_have_count(0)


def test_a_new_password_kills_the_recovery_links_that_wait(page, home, alice):
    _ask_for_recovery(page, alice.email)
    link = _link_of(mail(page, alice.email))
    mine = visit(home.new_page(), "/settings")
    set_password(mine, SECRET)

    page.goto(link)

    sees(page, "This link is not valid")


def test_an_unknown_address_is_answered_alike_and_told_by_mail_that_there_is_no_account(page, alice, fresh):
    nobody = fresh("nobody")
    _ask_for_recovery(page, nobody)
    to_nobody = page.get_by_role("main").inner_text()
    _ask_for_recovery(page, alice.email)

    assert page.get_by_role("main").inner_text() == to_nobody.replace(nobody, alice.email)
    expect(mail(page, nobody)).to_contain_text("no account has this address")
    expect(
        page.get_by_role("listitem").filter(has_text=f"To {nobody} ").get_by_role("link", name="Sign up")
    ).to_be_visible()


def test_a_user_without_a_password_gets_in_by_recovery(page, inside, fresh):
    ann = fresh("ann")
    users.confirm(users.sign_up(ann))
    _ask_for_recovery(page, ann)

    mail(page, ann).get_by_role("link", name="Recover my account").click()
    press(page, "Recover my account")
    sees(page, "Settings")

    set_password(page, SECRET)
    press(page, "Log out")
    expect(page.get_by_role("link", name="Log in")).to_be_visible()
    log_in(page, ann, SECRET)


def test_a_password_change_tells_by_mail_and_ends_every_other_session_and_keeps_this_one(
    home, open_browser, server, alice
):
    other = open_browser()
    here, there = visit(home.new_page(), "/settings"), other.new_page()
    log_in(there, alice.email)
    visit(there, "/settings")
    here_too = visit(home.new_page(), "/")

    set_password(here, SECRET)

    expect(heading(there, "You’ve been logged out")).to_be_visible()
    expect(mail(home.new_page(), alice.email)).to_contain_text("Your authapp password was set")
    type_in(here, first_name="Alicia")
    press(here, "Save")
    expect(here.get_by_text("Saved.")).to_be_visible()
    expect(here_too.get_by_text("Logged in as")).to_be_visible()
    here_too.get_by_role("link", name="Settings", exact=True).click()
    expect(here_too.get_by_label("First name")).to_have_value("Alicia")
    expect(here_too.get_by_role("dialog")).to_have_count(0)


def test_a_mail_about_an_account_is_text_whatever_the_names_in_it(page, inside, fresh, server, open_browser):
    ann = users.join(fresh("ann"), first_name="<img src=x onerror=alert(1)>")
    do(recovery.recover, ann.email, users.HOME)

    expect(mail(page, ann.email)).to_contain_text("Recover your authapp account")
    mine = visit(signed_in(open_browser(), server, ann).new_page(), "/")

    expect(mine.get_by_text("Logged in as <img src=x onerror=alert(1)>")).to_be_visible()
    assert mine.locator("img").count() == 0


def _link_of(letter):
    return letter.get_by_role("link").get_attribute("href")
