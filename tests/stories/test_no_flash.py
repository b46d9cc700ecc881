"""No page shows, even for a moment, what its reader may not or need not see."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from authapp.core.authentication import recovery
from authapp.core.credentials import links
from authapp.core.sessions import session_ends
from tests.kit import users
from tests.kit.browser.actions import fill_login, press, sees, set_password, signed_in, type_in, visit
from tests.kit.browser.profile import FLAGS, chromium
from tests.kit.browser.recorder import seen, watched
from tests.kit.messages import link_to
from tests.kit.rules import do

LOGIN_FORM = {"Log in", "Email or phone", "Keep me logged in", "Forgot your password?", "You’ve been logged out"}
GUARDED = {"Settings", "Name", "First name", "New password", "Set password", "Logged in as", "Log out"}
NAVIGATE = "path => window.__reactRouterDataRouter.navigate(path)"


def _settle(page):
    """Wait long enough for anything that might still flash."""
    expect(page.locator("main")).to_be_visible()
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(200)


def test_the_witness_sees_what_stood_in_the_first_bytes_and_what_came_and_went(page):
    visitor = watched(page.context)
    visitor.route("**/flash", lambda route: route.fulfill(content_type="text/html", body="<h1>Boo!</h1><p>Still here"))
    visitor.goto("/flash")
    visitor.evaluate("document.querySelector('h1').remove()")
    visitor.evaluate("{ const p = document.querySelector('p'); p.textContent = 'Bar'; p.textContent = 'Baz'; }")

    visit(visitor, "/login")

    assert {"Boo!", "Still here", "Baz"} | LOGIN_FORM - {"You’ve been logged out"} <= seen(visitor)


@pytest.mark.parametrize("path", ["/", "/settings", "/login", "/signup", "/login?next=%2Fsettings", "/outbox"])
def test_the_login_form_never_enters_the_page_of_a_logged_in_user(home, path):
    page = watched(home)
    page.goto(path)
    expect(page.get_by_text("Logged in as Alice Liddell")).to_be_visible()
    _settle(page)

    links_in_mails = set(page.get_by_role("listitem").get_by_role("link").all_inner_texts())
    assert not (seen(page) - links_in_mails) & LOGIN_FORM


@pytest.mark.parametrize("kind", ["reset", "done", "another's", "no such"])
def test_the_login_form_never_enters_the_link_page_of_a_logged_in_user(home, alice, bob, kind):
    page = watched(home)
    page.goto(_link(kind, alice, bob))
    expect(page.get_by_text("Logged in as Alice Liddell")).to_be_visible()
    _settle(page)

    assert not seen(page) & LOGIN_FORM


def _link(kind, alice, bob):
    if kind == "no such":
        return "/link#x"
    if kind == "done":
        url = do(links.issue, "sign_up", email=alice.email, valid_for=timedelta(hours=1), connects=True)
        return f"/link#{url.rpartition('#')[2]}"
    person = alice if kind == "reset" else bob
    do(recovery.recover, person.email, users.HOME)
    return f"/link#{link_to(person.email)}"


@pytest.mark.parametrize("path", ["/settings", "/settings/", "/settings?set=password", "/", "/login?next=%2Fsettings"])
def test_guarded_content_never_enters_the_page_of_a_visitor(page, path):
    visitor = watched(page.context)
    visitor.goto(path)
    _settle(visitor)

    assert not seen(visitor) & GUARDED


def test_nor_by_a_step_inside_the_page(page):
    visitor = watched(page.context)
    visit(visitor, "/")
    visitor.evaluate(NAVIGATE, "/settings")
    sees(visitor, "Log in")
    expect(visitor).to_have_url("/settings")
    _settle(visitor)

    assert not seen(visitor) & (GUARDED - {"Log in"})


def test_login_after_navigation_shows_the_requested_page(page, alice):
    visitor = watched(page.context)
    visit(visitor, "/")
    visitor.evaluate(NAVIGATE, "/settings?set=password")
    sees(visitor, "Log in")

    fill_login(visitor, alice.email, alice.password)

    sees(visitor, "Settings")
    expect(visitor).to_have_url("/settings?set=password")
    expect(visitor.get_by_label("First name")).to_have_value("Alice")


@pytest.mark.parametrize("how", ["direct", "inside"])
def test_nor_with_a_cookie_whose_session_is_over(home, alice, how):
    do(session_ends.close, alice.me.session_id)
    page = watched(home)
    if how == "direct":
        page.goto("/settings?x=1")
        expect(page).to_have_url("/login?next=/settings%3Fx%3D1")
    else:
        visit(page, "/")
        page.evaluate(NAVIGATE, "/settings")
    sees(page, "Log in")
    _settle(page)

    assert not seen(page) & (GUARDED | {"Alice", "Liddell", "Alice Liddell", alice.email})


def test_nor_after_a_session_that_ended_while_the_page_was_open(home, alice):
    page = watched(home)
    visit(page, "/")
    expect(page.get_by_text("Logged in as Alice Liddell")).to_be_visible()
    do(session_ends.close, alice.me.session_id)

    page.evaluate(NAVIGATE, "/settings")

    sees(page, "You’ve been logged out")
    _settle(page)
    assert not {"Alice", "Liddell"} & seen(page)
    page.reload()
    sees(page, "Log in")
    expect(page).to_have_url("/login?next=/settings")


def test_going_back_after_logging_out_shows_nothing_of_before(playwright, server, alice):
    # Playwright's browsers discard a page when the user leaves it. Those of users keep it and restore it as it was
    # (bfcache).
    options = {"executable_path": chromium(), "args": FLAGS, "ignore_default_args": ["--disable-back-forward-cache"]}
    with playwright.chromium.launch(**options) as browser:
        page = visit(signed_in(browser.new_context(base_url=server.url), server, alice).new_page(), "/settings")
        type_in(page, last_name="typed but not saved")
        page.goto("/forgot")
        press(page, "Log out")
        expect(page).to_have_url(f"{server.url}/")

        page.evaluate("setTimeout(() => history.back())")

        sees(page, "Log in")
        values = page.evaluate("[...document.querySelectorAll('input')].map((input) => input.value).join()")
        assert not any(word in page.content() + values for word in ("Liddell", "typed but not saved", alice.email))


def test_setting_a_password_shows_no_login_form_in_between(home):
    page = watched(home)
    visit(page, "/settings")

    set_password(page, "another long password")

    _settle(page)
    assert not seen(page) & LOGIN_FORM


def test_logging_out_shows_no_login_form_and_no_dialog_in_between(home):
    page = watched(home)
    visit(page, "/settings")

    press(page, "Log out")

    expect(page.get_by_role("link", name="Log in")).to_be_visible()
    assert seen(page) & LOGIN_FORM == {"Log in"}  # the link on the main page


def test_logging_in_shows_no_dialog_and_no_main_page_in_between(page, alice):
    visitor = watched(page.context)
    visitor.goto("/settings")
    sees(visitor, "Log in")

    fill_login(visitor, alice.email, alice.password)

    sees(visitor, "Settings")
    _settle(visitor)
    assert not seen(visitor) & {"You’ve been logged out", "Open your settings"}
