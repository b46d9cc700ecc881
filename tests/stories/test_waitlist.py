"""Closed sign-up: the waitlist, and the invitation that allows a sign-up."""

import re

import pytest
from playwright.sync_api import expect

from authapp.core.authentication import waitlist
from authapp.core.authorization.actors import SERVER
from tests.kit import users
from tests.kit.apps import share_database
from tests.kit.browser.accessibility import faults
from tests.kit.browser.actions import mail, press, sees, set_password, type_in, visit
from tests.kit.processes.servers import running
from tests.kit.rules import do
from tests.kit.users import log_in


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with running(tmp_path_factory.mktemp("closed"), AUTHAPP_SIGN_UP="closed") as started:
        yield started


@pytest.fixture
def inside(configure, server):
    share_database(server, configure)
    configure(AUTHAPP_SIGN_UP="closed")
    return server


def join(page, email):
    visit(page, "/preregister")
    sees(page, "Join the waiting list")
    type_in(page, email=email)
    press(page, "Join")
    sees(page, "Check your email")
    expect(page.get_by_role("status").filter(has_text=email)).to_be_visible()


def waiting():
    return {one.address: one.invited_at for one in do(waitlist.listed, SERVER)}


def test_a_waitlist_entry_is_invited_and_signs_up(page, inside, fresh, open_browser):
    ann = fresh("ann")
    join(page, ann)
    expect(mail(page, ann)).to_contain_text("You’re on the waiting list")
    do(waitlist.invite, SERVER, ann)

    link = mail(page, ann).get_by_role("link", name="Create my account").get_attribute("href")
    page.goto(link)
    sees(page, "You’re invited")
    press(page, "Create my account")
    sees(page, "Settings")
    expect(page.get_by_text(f"Logged in as {ann}")).to_be_visible()
    set_password(page, users.PASSWORD)

    assert ann not in waiting()
    other = open_browser().new_page()
    other.goto(link)  # the link works only once
    expect(other.get_by_text(f"{ann} is already confirmed")).to_be_visible()
    assert log_in(users.Person(ann, None, "", None))


def test_leaving_the_waitlist_deletes_the_entry(page, inside, fresh):
    ann = fresh("ann")
    join(page, ann)

    mail(page, ann).get_by_role("link", name="Leave the waiting list").click()
    press(page, "Leave")

    sees(page, "Join the waiting list")
    expect(page.get_by_text("You’re off the list")).to_be_visible()
    assert ann not in waiting()


def test_an_invalid_email_is_explained_beside_the_field(page, inside):
    visit(page, "/preregister")
    type_in(page, email="ann@")
    press(page, "Join")

    expect(page.get_by_role("alert").filter(has_text="like name@example.com")).to_be_visible()
    expect(page.get_by_label("Email", exact=True)).to_be_focused()
    assert faults(page) == []


def test_a_sign_up_page_from_another_time_is_refused_in_place(page, inside, fresh):
    ann = fresh("ann")
    visit(page, "/signup")  # the page of a build with open sign-up
    type_in(page, email=ann)
    press(page, "Sign up")

    expect(page.get_by_role("alert").filter(has_text=re.compile("sign-up is closed"))).to_be_visible()
