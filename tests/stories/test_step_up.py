"""Step-up renews the session's key: in other tabs, against a thief's browser, and over two server processes."""

import contextlib

import pytest
from playwright.sync_api import expect

from authapp.core.account import emails
from authapp.core.sessions import sessions
from tests.kit import users
from tests.kit.apps import share_database
from tests.kit.browser.actions import cookie_of, heading, press, sees, signed_in, type_in, visit
from tests.kit.browser.profile import CableOut
from tests.kit.processes.servers import build_for, running
from tests.kit.processes.switch import Switch
from tests.kit.rules import do
from tests.kit.users import PASSWORD, grow_stale

NEW = "another good sentence"


@pytest.fixture
def odd():
    return CableOut()  # one of these stories cuts the connection


@pytest.fixture
def stale(alice):
    """Return Alice with a proof that is too old."""
    grow_stale(alice)
    return alice


def settings_in(context):
    opened = visit(context.new_page(), "/settings")
    expect(opened.get_by_text("This device")).to_be_visible()
    return opened


def prove(page):
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Password", exact=True).fill(PASSWORD)
    press(dialog, "Continue")


def ask_to_add(page, address):
    type_in(page, new_email=address)
    press(page, "Add email")
    sees(page, "Confirm it’s you")


def addresses(person):
    return [one.address for one in do(emails.listed, person.user_id)]


def added(page, address):
    return page.get_by_role("listitem").filter(has_text=address).get_by_text("Unconfirmed")


def test_a_proof_gives_the_browser_a_new_key_and_the_page_stays(home, stale, fresh):
    page, new = settings_in(home), fresh("second")
    page.evaluate("window.isSamePage = true")
    ask_to_add(page, new)
    prove(page)

    expect(added(page, new)).to_be_visible()
    assert page.evaluate("window.isSamePage")
    key = cookie_of(home)["value"]
    assert key.partition(".")[0] == stale.me.session_id
    assert do(sessions.resume, stale.key) is None
    assert do(sessions.resume, key).is_fresh


def test_another_tab_of_the_same_browser_keeps_what_was_typed_and_goes_on(home, stale, fresh):
    page, other, new, newer = settings_in(home), settings_in(home), fresh("second"), fresh("third")
    other.evaluate("window.isSamePage = true")
    other.evaluate("""() => {
      window.dialogs = 0;
      new MutationObserver(() => { window.dialogs += document.querySelectorAll("dialog").length; })
        .observe(document.body, { childList: true, subtree: true });
    }""")
    type_in(other, new_email=newer)
    ask_to_add(page, new)
    prove(page)
    expect(added(page, new)).to_be_visible()

    expect(other.get_by_label("New email")).to_have_value(newer)
    press(other, "Add email")
    expect(added(other, newer)).to_be_visible()
    assert other.evaluate("window.isSamePage")
    assert other.evaluate("window.dialogs") == 0  # no tab reported a logout


def test_a_browser_with_a_copied_cookie_is_out_after_a_step_up(open_browser, server, home, stale, fresh):
    theirs, page, new = settings_in(signed_in(open_browser(), server, stale)), settings_in(home), fresh("second")
    ask_to_add(page, new)
    prove(page)
    expect(added(page, new)).to_be_visible()

    sees(theirs, "You’ve been logged out")
    assert addresses(stale) == [stale.email, new]


def test_a_browser_with_a_copied_cookie_cannot_set_another_password(open_browser, server, home, alice):
    theirs, page = settings_in(signed_in(open_browser(), server, alice)), settings_in(home)
    type_in(theirs, new_password="the password of a thief")
    type_in(page, new_password=NEW)
    press(page, "Set password")
    expect(page.get_by_text("Your password is set.")).to_be_visible()
    with contextlib.suppress(Exception):  # the dialog may be there already
        theirs.get_by_role("button", name="Set password").click(timeout=1000)

    sees(theirs, "You’ve been logged out")
    key = cookie_of(home)["value"]
    assert do(sessions.resume, key).user_id == alice.user_id
    assert key != alice.key
    assert cookie_of(theirs.context)["value"] == alice.key


def test_the_dialog_names_the_action_and_closing_it_discards_that(home, stale, fresh):
    page, new = settings_in(home), fresh("second")
    press(page, "Close account")
    press(page, "Yes, close my account")
    sees(page, "Confirm it’s you")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("Requested action: Close account")).to_be_visible()
    press(dialog, "Cancel")
    ask_to_add(page, new)
    expect(dialog.get_by_text("Requested action: Add email")).to_be_visible()
    prove(page)

    expect(added(page, new)).to_be_visible()
    expect(heading(page, "Settings")).to_be_visible()
    assert do(sessions.resume, cookie_of(home)["value"])


@pytest.fixture
def pair(tmp_path, configure):
    """Run two servers on one database, and a switch that leads to one of them."""
    with Switch() as switch:
        url = f"http://localhost:{switch.port}"
        shared = {"AUTHAPP_URL": url, "REFLEX_WEB_WORKDIR": str(build_for(switch.port, tmp_path))}
        with running(tmp_path, **shared) as one, running(tmp_path, database_url=one.database_url, **shared) as other:
            share_database(one, configure)
            switch.lead_to(one.port)
            yield switch, one, other


def test_the_action_that_was_requested_runs_though_the_tab_came_to_another_process(open_browser, pair):
    switch, one, other = pair
    carol = users.join("carol@example.com", first_name="Carol")
    grow_stale(carol)
    page = settings_in(signed_in(open_browser(base_url=one.url), one, carol))
    ask_to_add(page, "first@example.com")  # the first process remembers this action
    press(page.get_by_role("dialog"), "Cancel")
    switch.lead_to(other.port)
    expect(page.get_by_text("This device")).to_be_visible()
    ask_to_add(page, "second@example.com")
    switch.lead_to(one.port)

    expect(page.get_by_role("dialog").get_by_text("Requested action: Add email")).to_be_visible()
    prove(page)

    expect(added(page, "second@example.com")).to_be_visible()
    assert addresses(carol) == [carol.email, "second@example.com"]
