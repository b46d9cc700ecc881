"""Guards of the example product, as its users meet them: a page, a var, and an event that continues after the login."""

import re
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from authapp.core.authorization import groups
from authapp.core.sessions import session_ends
from tests.kit.browser.actions import falls_asleep, fill_login, heading, press, sees, signed_in, type_in, visit, wakes
from tests.kit.processes.servers import running_notes
from tests.kit.rules import do

DENIED = "No access"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with running_notes(tmp_path_factory.mktemp("notes")) as started:
        yield started


@pytest.fixture
def editors(inside):
    """Create the group, in a process other than the app's."""
    if "editors" not in [group.name for group in do(groups.listed)]:
        do(groups.create, "editors")
    return "editors"


def writes(page, title, *, draft=False):
    type_in(page, title=title, text="Read this, please.")
    page.get_by_label("A draft").set_checked(draft)
    press(page, "Save")


def test_a_page_for_a_group_opens_for_its_members_alone_and_as_soon_as_they_are(page, alice, editors, odd):
    page.goto("/write")
    page.wait_for_url(re.compile(r"/login/?\?next="))
    with page.expect_response(lambda answer: urlsplit(answer.url).path.rstrip("/") == "/write") as landed:
        fill_login(page, alice.email, alice.password)
    assert landed.value.status == 403
    sees(page, DENIED)
    expect(page.get_by_label("Title")).to_have_count(0)

    do(groups.add, alice.user_id, editors)
    expect(page.get_by_label("Title")).to_be_visible()
    expect(heading(page, DENIED)).to_have_count(0)
    writes(page, "A draft of mine", draft=True)

    page.wait_for_url(re.compile("/notes"))
    sees(page, "Drafts, for editors only")
    expect(heading(page, "A draft of mine")).to_be_visible()
    do(groups.remove, alice.user_id, editors)
    expect(heading(page, "Drafts, for editors only")).to_have_count(0)
    expect(page.get_by_text("A draft of mine")).to_have_count(0)
    page.reload()
    sees(page, "Notes")
    expect(page.get_by_text("A draft of mine")).to_have_count(0)
    odd[:] = [words for words in odd if "403" not in words]


def test_a_request_after_the_session_ended_is_done_after_login(open_browser, server, bob, editors):
    do(groups.add, bob.user_id, editors)
    page = visit(signed_in(open_browser(), server, bob).new_page(), "/write")
    expect(page.get_by_label("Title")).to_be_visible()
    falls_asleep(page)
    do(session_ends.close, bob.me.session_id)
    writes(page, "Written twice? No: once")
    wakes(page)

    dialog = page.get_by_role("dialog", name="You’ve been logged out")
    fill_login(dialog, bob.email, bob.password)

    page.wait_for_url(re.compile("/notes"))
    expect(heading(page, "Written twice? No: once")).to_have_count(1)


def test_a_visitor_who_presses_a_members_button_logs_in_in_place_and_goes_on(
    page, open_browser, server, alice, bob, editors
):
    do(groups.add, bob.user_id, editors)
    writes(visit(signed_in(open_browser(), server, bob).new_page(), "/write"), "Hello, team")
    visit(page, "/")
    press(page, "Show the newest note")
    dialog = page.get_by_role("dialog", name="Log in to continue")
    expect(dialog.get_by_role("link", name="Sign up")).to_be_visible()
    press(dialog, "Not now")
    expect(dialog).to_have_count(0)

    press(page, "Show the newest note")
    fill_login(dialog, alice.email, alice.password)
    expect(heading(page, "Hello, team")).to_be_visible()
    expect(dialog).to_have_count(0)
    assert urlsplit(page.url).path == "/"
