"""A user's own settings in the browser: email addresses, sessions, step-up, closing, data, history."""

import json
from datetime import timedelta

import pytest
from playwright.sync_api import expect
from sqlalchemy import update

from authapp.core import execute
from authapp.core.account import emails
from authapp.core.authentication import accounts
from authapp.core.base import clock
from authapp.core.sessions import session_ends, sessions
from authapp.core.sessions.sessions import NewSession
from authapp.models import Email, Session, User
from tests.kit import users
from tests.kit.browser.actions import eventually, heading, log_in, press, refusal_of, sees, signed_in, type_in, visit
from tests.kit.messages import link_to
from tests.kit.rules import do
from tests.kit.users import HOME, PASSWORD, grow_stale

ELSEWHERE = HOME._replace(ip="203.0.113.9", user_agent="Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Firefox/130.0")


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


def second_address(alice, address):
    do(lambda db: db.add(Email(user_id=alice.user_id, address=address, added_at=clock.now(), confirmed_at=clock.now())))
    return address


def elsewhere(person):
    return do(sessions.open, NewSession(person.user_id, person.email, "password"), ELSEWHERE).session_id


def row(page, words):
    return page.get_by_role("listitem").filter(has_text=words).filter(has=page.get_by_role("button"))


def test_an_address_is_added_confirmed_made_main_and_removed(page, alice, fresh):
    new = fresh("second")
    type_in(page, new_email=new)
    press(page, "Add email")
    expect(page.get_by_text("We sent an email to the new address")).to_be_visible()
    expect(row(page, new).get_by_text("Unconfirmed")).to_be_visible()
    expect(page.get_by_label("New email")).to_have_value("")

    visit(page, f"/link#{link_to(new)}")
    sees(page, "Add this email address")
    press(page, "Add this address")
    sees(page, "Settings")
    press(row(page, new), "Make primary")
    expect(page.get_by_text("Primary address changed.")).to_be_visible()
    expect(row(page, new).get_by_text("Primary", exact=True)).to_be_visible()

    press(row(page, alice.email), "Remove")
    expect(page.get_by_text("Address removed.")).to_be_visible()
    expect(row(page, alice.email)).to_have_count(0)
    expect(page.get_by_text("Logged in as Alice Liddell")).to_be_visible()
    press(row(page, new), "Remove")
    expect(page.get_by_text("This is your last confirmed address.")).to_be_visible()
    expect(row(page, new)).to_have_count(1)


def test_a_name_that_is_saved_before_the_stored_ones_came_erases_none(home, alice):
    held = []

    def hold_names(socket):
        def pass_on(frame):
            if '"first_name_rx_state_":"Alice"' in str(frame).replace(": ", ":") and not held:
                held.append(lambda: socket.send(frame))
            else:
                socket.send(frame)

        socket.connect_to_server().on_message(pass_on)

    page = home.new_page()
    page.route_web_socket("**/_event/**", hold_names)
    visit(page, "/settings")
    type_in(page, first_name="Alicia")
    eventually(page, lambda: held)
    expect(page.get_by_label("Last name")).to_have_value("")
    press(page, "Save")
    expect(page.get_by_role("button", name="Save", exact=True).locator("xpath=ancestor::form")).to_have_attribute(
        "aria-busy", "true"
    )
    held[0]()

    expect(page.get_by_text("Saved.")).to_be_visible()
    user = do(lambda db: db.get(User, alice.user_id))
    assert (user.first_name, user.last_name) == ("Alicia", "Liddell")


def test_every_mail_of_an_address_says_what_was_done_and_offers_the_way_back(page, alice, fresh):
    new = second_address(alice, fresh("second"))
    expect(row(page, new)).to_be_visible()  # it appeared by itself
    press(row(page, new), "Remove")
    expect(page.get_by_text("Address removed.")).to_be_visible()

    visit(page, "/outbox")
    told = page.get_by_role("listitem").filter(has_text="An email address was removed from your authapp account")
    expect(told.filter(has_text=f"To {alice.email}")).to_be_visible()
    removed = told.filter(has_text=f"To {new}")
    expect(removed.get_by_text("with HeadlessChrome on Linux, from IP address 127.0.0.1")).to_be_visible()
    removed.get_by_role("link", name="This wasn’t me").click()
    sees(page, "Wasn’t that you?")
    press(page, "This wasn’t me")
    sees(page, "Your account is locked")

    assert do(accounts.find, alice.email).password_record is None
    expect(page.get_by_text("Logged in as")).to_have_count(0)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "Enter your email address."),
        ("nonsense", "Enter an email address, like name@example.com."),
        ("OWN", "This address is already yours."),
    ],
)
def test_an_address_that_cannot_be_added_is_refused_beside_its_field(page, alice, typed, said):
    typed = alice.email if typed == "OWN" else typed
    type_in(page, new_email=typed)
    press(page, "Add email")

    expect(refusal_of(page, "New email")).to_have_text(said)
    expect(page.get_by_label("New email")).to_have_value(typed)
    expect(page.get_by_label("New email")).to_be_focused()


def test_another_users_email_looks_like_any_other_and_its_owner_is_informed(page, bob):
    type_in(page, new_email=bob.email)
    press(page, "Add email")
    expect(page.get_by_text("We sent an email to the new address")).to_be_visible()
    expect(row(page, bob.email).get_by_text("Unconfirmed")).to_be_visible()

    visit(page, "/outbox")
    theirs = page.get_by_role("listitem").filter(has_text=f"To {bob.email}")
    expect(theirs.filter(has_text="but it already belongs to yours. Nothing was changed.")).to_be_visible()
    assert do(emails.listed, bob.user_id)[0].confirmed_at


def test_a_link_for_a_new_address_asks_a_stranger_to_log_in_and_names_nobody(page, open_browser, alice, fresh):
    new = fresh("second")
    type_in(page, new_email=new)
    press(page, "Add email")
    expect(row(page, new)).to_be_visible()
    other = visit(open_browser().new_page(), f"/link#{link_to(new)}")

    expect(other.get_by_text("To continue, log in to the account that asked for it.")).to_be_visible()
    assert alice.email not in other.content()
    other.get_by_label("Email or phone", exact=True).fill(alice.email)
    other.get_by_label("Password", exact=True).fill(PASSWORD)
    press(other, "Log in")
    press(other, "Add this address")
    sees(other, "Settings")
    expect(row(page, new).get_by_role("button", name="Make primary")).to_be_visible()  # in the first browser, by itself


def test_a_link_of_an_address_that_was_removed_meanwhile_says_so(page, fresh):
    new = fresh("second")
    type_in(page, new_email=new)
    press(page, "Add email")
    expect(row(page, new)).to_be_visible()
    key = link_to(new)
    press(row(page, new), "Remove")
    expect(row(page, new)).to_have_count(0)

    visit(page, f"/link#{key}")
    sees(page, "This link is not valid")


def test_sessions_come_and_go_by_themselves(page, alice):
    expect(page.get_by_role("button", name="Log out everywhere else")).to_have_count(0)
    other = elsewhere(alice)
    expect(row(page, "Firefox on Linux").get_by_text("IP 203.0.113.9")).to_be_visible()

    do(session_ends.close, other)
    expect(row(page, "Firefox on Linux")).to_have_count(0)


def test_another_session_is_signed_out_and_its_page_says_so(page, alice, open_browser, server):
    opened = do(sessions.open, NewSession(alice.user_id, alice.email, "password"), ELSEWHERE)
    there = open_browser()
    there.add_cookies([{"name": "authapp", "value": opened.key, "url": server.url}])
    lost = visit(there.new_page(), "/settings")
    expect(lost.get_by_text("This device")).to_be_visible()

    press(row(page, "Firefox on Linux"), "Log out device")

    sees(lost, "You’ve been logged out")
    expect(page.get_by_text("Device logged out.")).to_be_visible()
    expect(row(page, "Firefox on Linux")).to_have_count(0)


def test_every_other_session_is_signed_out_at_once_and_this_one_stays(page, alice):
    others = [elsewhere(alice) for _ in range(3)]
    press(page, "Log out everywhere else")
    expect(page.get_by_text("All other devices are logged out.")).to_be_visible()

    assert [users.principal(one) for one in others] == [None, None, None]
    expect(page.get_by_text("Logged in as")).to_be_visible()


def test_this_device_is_logged_out_in_the_header_and_not_in_the_list(page, alice):
    elsewhere(alice)
    expect(row(page, "Firefox on Linux").get_by_role("button")).to_have_accessible_name(
        "Log out device Firefox on Linux"
    )
    this = page.get_by_role("listitem").filter(has_text="This device")

    expect(this).to_have_count(1)
    expect(this.get_by_role("button")).to_have_count(0)


def test_the_card_says_what_closing_does_before_it_is_pressed(page):
    card = page.locator("#closing")

    expect(card.get_by_text("everything is deleted for good")).to_be_visible()
    expect(card.get_by_role("button")).to_have_count(1)


def test_closing_asks_first_signs_out_everywhere_and_is_undone_by_logging_in(page, home, alice, open_browser, server):
    twin = visit(home.new_page(), "/settings")
    press(page, "Close account")
    press(page, "Cancel")
    expect(page.get_by_role("button", name="Yes, close my account")).to_have_count(0)
    press(page, "Close account")
    press(page, "Yes, close my account")

    sees(page, "Your account is closed")
    expect(page.get_by_text("by logging in within 14 days")).to_be_visible()
    sees(twin, "You’ve been logged out")
    assert do(lambda db: db.get(User, alice.user_id).closes_at)

    page = open_browser().new_page()
    log_in(page, alice.email)
    assert do(lambda db: db.get(User, alice.user_id).closes_at) is None
    visit(page, "/settings")
    expect(page.get_by_text("Account reopened")).to_be_visible()


def test_the_data_are_a_file_with_everything_and_no_secret(page, alice):
    with page.expect_download() as started:
        page.get_by_role("link", name="Download my data").click()
    assert started.value.suggested_filename == "my-data.json"
    text = started.value.path().read_text(encoding="utf-8")

    data = json.loads(text)
    assert data["person"]["first_name"] == "Alice"
    assert [one["address"] for one in data["emails"]] == [alice.email]
    assert "/link#" not in text
    assert alice.key.partition(".")[2] not in text
    expect(page.get_by_text("Data downloaded")).to_be_visible()


def test_the_history_shows_what_happened_newest_first(page):
    type_in(page, first_name="Alicia")
    press(page, "Save")

    first = page.get_by_role("list", name="History").get_by_role("listitem").first
    expect(first).to_contain_text("Name changed")
    expect(first).to_contain_text("HeadlessChrome on Linux · 127.0.0.1")


def test_a_login_from_a_new_browser_is_told_by_mail_and_the_same_browser_is_not(open_browser, alice):
    strange = open_browser(user_agent=ELSEWHERE.user_agent)
    link_to(alice.email)
    log_in(strange.new_page(), alice.email)
    page = strange.new_page()
    visit(page, "/outbox")
    told = (
        page.get_by_role("listitem")
        .filter(has_text=f"To {alice.email}")
        .filter(has_text="New login to your authapp account")
    )
    expect(told).to_have_count(1)
    expect(told).to_contain_text("with Firefox on Linux")

    press(page, "Log out")
    expect(page).to_have_url("/")
    expect(page.get_by_role("link", name="Log in")).to_be_visible()
    log_in(page, alice.email)
    visit(page, "/outbox")
    expect(heading(page, "New login to your authapp account").first).to_be_visible()
    expect(told).to_have_count(1)


def test_the_whole_page_works_by_keyboard_alone(page, stale, fresh):
    def go_to(name, role="button"):
        for _ in range(60):
            page.keyboard.press("Tab")
            if page.evaluate("(document.activeElement.innerText || document.activeElement.name || '').trim()") == name:
                return
        raise AssertionError(f"{name} cannot be reached")

    new = fresh("second")
    go_to("new_email")
    page.keyboard.type(new)
    page.keyboard.press("Enter")
    sees(page, "Confirm it’s you")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(row(page, new)).to_be_visible()
    expect(page.get_by_label("New email")).to_be_focused()  # the focus returns to the field that asked
    go_to("Download my data")
    go_to("Close account")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Yes, close my account")).to_be_visible()
    go_to("Cancel")
    page.keyboard.press("Space")
    expect(page.get_by_role("button", name="Close account")).to_be_visible()


def test_an_open_page_does_not_keep_a_session_in_use(page, alice):
    long_ago = clock.now() - timedelta(minutes=5)
    do(execute, update(Session).where(Session.id == alice.me.session_id).values(last_seen_at=long_ago))
    other = elsewhere(alice)
    expect(row(page, "Firefox on Linux")).to_be_visible()  # so the page asked the server
    do(session_ends.close, other)
    expect(row(page, "Firefox on Linux")).to_have_count(0)  # and asked once more

    assert do(lambda db: db.get(Session, alice.me.session_id).last_seen_at) == long_ago
    press(page, "Close account")
    expect(page.get_by_role("button", name="Cancel")).to_be_visible()
    # Pressing a button counts as use of the session.
    eventually(page, lambda: do(lambda db: db.get(Session, alice.me.session_id).last_seen_at) > long_ago)


def test_two_people_in_one_browser_do_not_see_each_others_settings(page, alice, bob, server):
    signed_in(page.context, server, bob)
    visit(page, "/settings")
    expect(row(page, bob.email)).to_be_visible()
    assert alice.email not in page.content()
