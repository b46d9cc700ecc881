"""An address where mails bounced: its owner sees it and confirms it again, and an administrator sees it too."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from authapp.core.authorization import groups
from authapp.core.base import clock
from authapp.core.messages import reports
from authapp.core.messages.reports import BOUNCED
from authapp.models import Message
from tests.kit import users
from tests.kit.browser.accessibility import faults
from tests.kit.browser.actions import mail, press, sees, signed_in, visit
from tests.kit.browser.phone_flows import give_number, spelled
from tests.kit.rules import do


@pytest.fixture
def bounced(alice, fresh_number):
    """Mark Alice's address, and a number that she has. Returns the number."""
    number = give_number(alice, fresh_number())
    do(reports.mark, alice.email, BOUNCED)
    do(reports.mark, number, BOUNCED)
    return number


def row(page, words):
    return page.get_by_role("listitem").filter(has_text=words).first


def test_the_owner_of_an_address_that_bounced_confirms_it_again(home, alice, bounced):
    page = visit(home.new_page(), "/settings")
    email = row(page.locator("#emails"), alice.email)
    expect(email).to_contain_text("Emails come back")
    expect(email).to_contain_text("so we send none here until you confirm it again")
    expect(row(page.locator("#phones"), spelled(bounced))).to_contain_text("Text messages don’t arrive")
    assert faults(page) == []

    press(email, "Confirm again")
    expect(page.get_by_text("We sent another email. Check your spam folder too.")).to_be_visible()
    mail(page, alice.email).get_by_role("link", name="Confirm this address").click()
    sees(page, "Confirm your email address")
    press(page, "Confirm this address")

    sees(page, "Settings")
    expect(row(page.locator("#emails"), alice.email)).not_to_contain_text("Emails come back")


def test_an_administrator_sees_marks_and_why_messages_did_not_arrive(
    open_browser, server, inside, alice, bounced, fresh
):
    rosa = users.join(fresh("rosa"), first_name="Rosa", last_name="Root")
    do(groups.add, rosa.user_id, "admin")
    now = clock.now() + timedelta(minutes=1)  # newer than those of other stories
    problems = {"held": "no funds", "refused": "550 no such user"}
    for state, problem in problems.items():
        facts = {"subject": f"{state} {alice.email}", "text": "x", "html": "", "due_at": now, "written_at": now}
        message = Message(recipient=alice.email, state="dead", problem=problem, **facts)
        do(lambda db, message=message: db.add(message))
        do(lambda db, id=message.id, state=state: setattr(db.get(Message, id), "state", state))
    page = signed_in(open_browser(), server, rosa).new_page()

    visit(page, f"/admin?person={alice.user_id}")
    expect(row(page, alice.email)).to_contain_text("Emails come back")
    expect(row(page, spelled(bounced))).to_contain_text("Text messages don’t arrive")

    visit(page, "/admin#messages")
    held, refused = (row(page, f"{state} {alice.email}") for state in problems)
    expect(held).to_contain_text("The provider refuses your account")
    expect(held).to_contain_text("no funds")
    expect(held.get_by_role("button", name="Resend")).to_be_visible()
    expect(refused).to_contain_text("Recipient not reachable")
    expect(refused.get_by_role("button", name="Resend")).to_have_count(0)
    assert faults(page) == []
