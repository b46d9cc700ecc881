"""Administration in the browser: search as you type, and actions that take effect at once in all places."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect
from sqlmodel import col, select, update

from authapp.core.admin import people as deeds
from authapp.core.admin.people import NewUser
from authapp.core.authentication import waitlist
from authapp.core.authorization import groups
from authapp.core.authorization.actors import SERVER
from authapp.core.base import clock
from authapp.models import Message, Session
from tests.kit import users
from tests.kit.browser.accessibility import faults
from tests.kit.browser.actions import fill_login, heading, press, sees, signed_in, visit
from tests.kit.messages import newest_text
from tests.kit.rules import do
from tests.kit.users import HOME, audit_events


@pytest.fixture
def rosa(inside, fresh):
    """Return an administrator."""
    person = users.join(fresh("rosa"), first_name="Rosa", last_name="Root")
    do(groups.add, person.user_id, "admin")
    return person


@pytest.fixture
def desk(open_browser, server, rosa):
    """Open the page of an administrator and wait until it is complete."""
    page = signed_in(open_browser(), server, rosa).new_page()
    visit(page, "/admin")
    expect(page.get_by_role("list", name="People").get_by_role("listitem").first).to_be_visible()
    return page


def found(page):
    return page.get_by_role("list", name="People").get_by_role("listitem")


def said(page, words):
    """Wait for the message about an action, in the visible part of the page."""
    expect(page.get_by_role("status").filter(has_text=words)).to_be_visible()


def confirm_again(page):
    """Answer the dialog that asks for the password."""
    dialog = page.get_by_role("dialog", name="Confirm it’s you")
    dialog.get_by_label("Password", exact=True).fill(users.PASSWORD)
    press(dialog, "Continue")
    expect(dialog).to_be_hidden()


def grow_old(person):
    """Make the last proof of a user too old."""
    old = update(Session).where(col(Session.user_id) == person.user_id)
    do(lambda db: db.execute(old.values(proved_at=clock.now() - timedelta(hours=1))))


def test_an_administrator_finds_one_user_among_many_and_disables_them(
    desk, home, alice, rosa, inside, fresh, open_browser
):
    tag = alice.user_id.hex[:8]
    for number in range(30):
        do(deeds.create, SERVER, NewUser(fresh(f"many{number}"), f"Zed{tag}", f"Number{number:02}"), tell=False)
    hers = visit(home.new_page(), "/settings")
    expect(heading(hers, "Settings")).to_be_visible()

    search = desk.get_by_label("Search", exact=True)
    search.press_sequentially(f"zed{tag}")
    search.press("Enter")
    expect(desk.locator("[aria-busy=true] > #search")).to_have_count(0)
    expect(found(desk).last).to_contain_text(f"Zed{tag}")
    press(desk, "Next")
    expect(desk.get_by_text("Page 2")).to_be_visible()
    said(desk, "5 people on this page, which is the last.")
    expect(desk.locator("#found")).to_be_in_viewport()
    expect(found(desk)).to_have_count(5)
    press(desk, "Previous")
    expect(found(desk)).to_have_count(25)
    said(desk, "25 people on this page. There are more.")
    search.fill("?!")
    said(desk, "Type a letter or a digit.")
    desk.get_by_label("State", exact=True).select_option("closed")
    search.fill("nobody is called like this")
    said(desk, "No matches. Check the spelling, or choose another state or group.")
    desk.get_by_label("State", exact=True).select_option("")
    search.fill(alice.email)
    expect(found(desk)).to_have_count(1)
    expect(search).to_be_focused()
    assert faults(desk) == []

    found(desk).get_by_role("link", name="Alice Liddell").click()
    expect(heading(desk, "Alice Liddell")).to_be_focused()
    desk.reload()
    sees(desk, "Alice Liddell")
    grow_old(rosa)
    press(desk, "Disable")
    assert faults(desk) == []
    press(desk, "Yes, disable it")
    confirm_again(desk)
    expect(desk.get_by_text("Account disabled and logged out")).to_be_focused()
    expect(desk.get_by_text("No active sessions.")).to_be_visible()
    expect(desk.get_by_label("History").get_by_text("Account disabled by an administrator")).to_be_visible()

    dialog = hers.get_by_role("dialog", name="You’ve been logged out")
    fill_login(dialog, alice.email, users.PASSWORD)
    sees(hers, "Your account is disabled")
    assert faults(hers) == []
    press(desk, "Enable")
    sees(hers, "Settings")
    assert audit_events(rosa)[:2] == ["did_enabled", "did_disabled"]

    desk.go_back()
    expect(desk.get_by_label("Search", exact=True)).to_be_visible()


def test_changes_of_other_users_appear_and_do_not_disturb_typing(desk, fresh, alice, rosa, home):
    search = desk.get_by_label("Search", exact=True)
    expect(found(desk).filter(has_text="late")).to_have_count(0)
    name = fresh("late")
    users.confirm(users.sign_up(name))
    expect(found(desk).filter(has_text=name)).to_be_visible()

    mailbox = alice.email.partition("@")[0]  # other stories have an Alice too
    search.press_sequentially(mailbox, delay=20)
    expect(found(desk).filter(has_text=alice.email)).to_be_visible()
    expect(search).to_have_value(mailbox)
    do(groups.create, f"club-{alice.user_id.hex[:6]}")
    do(groups.add, alice.user_id, f"club-{alice.user_id.hex[:6]}")
    expect(found(desk).filter(has_text=alice.email).get_by_text("club-")).to_be_visible()
    expect(search).to_be_focused()

    hers = home.new_page()
    hers.goto("/admin")
    sees(hers, "No access")
    assert faults(hers) == []
    expect(hers.get_by_role("link", name="People")).to_have_count(0)
    search.fill(alice.email)
    expect(found(desk)).to_have_count(1)
    found(desk).get_by_role("link").click()
    desk.get_by_label("Add to a group").select_option("admin")
    press(desk, "Add")
    said(desk, "Added to the group.")
    expect(hers.get_by_role("heading", name="People", level=1)).to_be_visible()
    expect(found(hers).first).to_be_visible()
    press(desk.get_by_role("listitem").filter(has_text="admin").first, "Remove")
    sees(hers, "No access")


def test_groups_sessions_invitations_and_lost_messages(desk, alice, home, fresh):
    club, wants, others = f"club-{alice.user_id.hex[:6]}", fresh("wants"), fresh("others")
    visit(home.new_page(), "/settings")
    desk.get_by_role("tab", name="Groups").click()
    desk.get_by_label("New group").fill("Not A Name")
    press(desk, "Create group")
    expect(desk.get_by_text("lowercase letters")).to_be_visible()
    desk.get_by_label("New group").fill(club)
    press(desk, "Create group")
    said(desk, "Group created.")

    desk.get_by_role("tab", name="People").click()
    desk.get_by_label("Search", exact=True).fill(alice.email)
    expect(found(desk)).to_have_count(1)
    found(desk).get_by_role("link", name="Alice Liddell").click()
    press(desk, "Add")
    expect(desk.get_by_text("Choose a group.")).to_be_visible()
    desk.get_by_label("Add to a group").select_option(club)
    press(desk, "Add")
    expect(desk.get_by_text("Added to the group.")).to_be_visible()
    assert do(groups.is_in, alice.user_id, club)
    press(desk, "Send a recovery link")
    said(desk, "Message sent.")
    assert "/link#" in newest_text(alice.email)
    press(desk, "Log out everywhere")
    expect(desk.get_by_text("They’re logged out on every device at once.")).to_be_focused()
    press(desk, "Yes, log out everywhere")
    expect(desk.get_by_text("No active sessions.")).to_be_visible()

    do(waitlist.join, wants, HOME)
    desk.get_by_role("tab", name="Waiting list").click()
    row = desk.get_by_role("listitem").filter(has_text=wants)
    press(row, "Invite")
    expect(row.get_by_role("button", name="Invite again")).to_be_visible()
    assert "/link#" in newest_text(wants)
    do(waitlist.join, others, HOME)
    press(desk, "Invite all shown")
    said(desk, "Invitations sent.")
    assert "/link#" in newest_text(others)

    newest = select(Message.id).where(Message.recipient == wants).limit(1)
    do(lambda db: setattr(db.get(Message, db.exec(newest).one()), "state", "dead"))
    desk.get_by_role("tab", name="Failed messages").click()
    lost = desk.get_by_role("listitem").filter(has_text=wants)
    press(lost, "Resend")
    expect(lost).to_have_count(0)


def test_visitors_are_led_to_the_login(page):
    page.goto("/admin")

    sees(page, "Log in")
