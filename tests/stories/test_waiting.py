"""Logins that wait: the page shows the reason, and continues by itself when the wait ends."""

import pytest
from playwright.sync_api import expect

from authapp.core.admin import imports
from authapp.models import User
from tests.kit import users
from tests.kit.browser.accessibility import faults
from tests.kit.browser.actions import cookie_of, fill_login, mail, press, sees, set_password, sign_up, signed_in, visit
from tests.kit.hashes import HASHES, PASSWORD
from tests.kit.processes.servers import running
from tests.kit.rules import do

ROOT = "root@example.com"
WAITS = "Your account is waiting for approval"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """Run an app in which new users wait for an administrator."""
    with running(tmp_path_factory.mktemp("waiting"), AUTHAPP_APPROVAL="true", AUTHAPP_ADMINS=ROOT) as started:
        yield started


def test_a_newcomer_waits_is_approved_and_goes_on_without_doing_anything(open_browser, server, inside, fresh):
    root = users.join(ROOT)
    office, ann = open_browser(), fresh("ann")
    page = open_browser().new_page()
    sign_up(page, ann)
    mail(page, ann).get_by_role("link", name="Confirm and continue").click()
    press(page, "Confirm and continue")

    sees(page, WAITS)
    assert cookie_of(page.context) is None
    assert faults(page) == []
    page.reload()
    sees(page, WAITS)

    desk = signed_in(office, server, root).new_page()
    mail(desk, ROOT).get_by_role("link", name="Review and approve").click()
    sees(desk, "Approve a new user")
    expect(desk.get_by_text(ann)).to_be_visible()
    press(desk, "Approve")
    sees(desk, "Approved")
    assert faults(desk) == []

    sees(page, "Settings")
    expect(page).to_have_url("/settings?set=password")
    set_password(page, users.PASSWORD)
    press(page, "Log out")
    expect(page.get_by_role("link", name="Log in")).to_be_visible()
    visit(page, "/login?next=/settings")
    fill_login(page, ann, users.PASSWORD)
    sees(page, "Settings")


def test_a_right_password_leads_to_the_wait_and_a_lost_line_is_said(open_browser, inside, fresh, odd):
    bob, page = fresh("bob"), open_browser().new_page()
    user_id = users.join(bob).user_id
    do(_set_wait, user_id, "approval")
    visit(page, "/login?next=/settings")
    fill_login(page, bob, users.PASSWORD)
    sees(page, WAITS)

    page.context.set_offline(True)
    expect(page.get_by_role("alert").filter(has_text="We can’t reach the server")).to_be_visible()
    page.context.set_offline(False)
    expect(page.get_by_role("alert").filter(has_text="We can’t reach the server")).to_be_hidden()
    odd.clear()  # the browser reports the cut connection

    do(_set_wait, user_id, "")
    sees(page, "Settings")


def test_an_imported_address_that_is_confirmed_where_the_login_waits_lets_it_go_on(open_browser, inside, fresh):
    browser, ann = open_browser(), fresh("ann")
    do(_import, ann)
    page = browser.new_page()
    visit(page, "/login?next=/settings")
    fill_login(page, ann, PASSWORD)
    sees(page, "Confirm your email address")
    assert faults(page) == []

    link = browser.new_page()
    mail(link, ann).get_by_role("link", name="Confirm this address").click()
    expect(link.get_by_role("button", name="Confirm this address")).to_be_visible()
    assert faults(link) == []
    press(link, "Confirm this address")

    sees(link, "Your address is confirmed")
    sees(page, "Settings")


def test_an_imported_email_confirmed_in_another_browser_ends_the_wait_and_asks_for_a_new_password(
    open_browser, inside, fresh, odd
):
    ann = fresh("ann")
    do(_import, ann)
    stranger, page = open_browser().new_page(), open_browser().new_page()
    visit(stranger, "/login?next=/settings")
    fill_login(stranger, ann, PASSWORD)
    sees(stranger, "Confirm your email address")

    mail(page, ann).get_by_role("link", name="Confirm this address").click()
    press(page, "Confirm this address")

    sees(page, "Settings")
    expect(page).to_have_url("/settings?set=password")
    sees(stranger, "Nothing to wait for")
    visit(stranger, "/login")
    fill_login(stranger, ann, PASSWORD)
    expect(stranger.get_by_text("wrong")).to_be_visible()
    assert cookie_of(stranger.context) is None
    set_password(page, users.PASSWORD)
    odd.clear()  # the refusal for a wait that is over


def _import(db, address):
    row = {"emails": [address], "confirmed": False, "password": HASHES["bcrypt"]}
    imports.take(db, [imports.read(1, row)])


def test_where_nothing_waits_the_page_says_so_and_leads_to_the_login(page, odd):
    visit(page, "/waiting")

    sees(page, "Nothing to wait for")
    assert faults(page) == []
    page.get_by_role("main").get_by_role("link", name="Log in").click()
    sees(page, "Log in")
    odd.clear()  # the refusal for a wait that does not exist


def _set_wait(db, user_id, reason):
    db.get(User, user_id).blocked_by = reason
