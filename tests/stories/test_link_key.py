"""The key of a mailed link: never in a URL that is sent anywhere, and not lost before the user follows the link."""

import pytest
from playwright.sync_api import expect

from authapp.core.account import emails
from authapp.core.authentication import recovery
from authapp.core.credentials import links
from tests.kit import users
from tests.kit.browser.actions import cookie_of, fill_login, press, sees, signed_in, visit
from tests.kit.contacts import confirmed_emails, confirmed_long_ago, email_id
from tests.kit.messages import link_about, link_to
from tests.kit.rules import do
from tests.kit.users import log_in_again

CONFIRM = "Confirm your email address"


def recovery_key(person):
    do(recovery.recover, person.email, users.HOME)
    return link_to(person.email)


@pytest.fixture
def key(inside, fresh):
    """Return the key of a sign-up link."""
    return users.sign_up(fresh("ann"))


@pytest.fixture
def sent(page):
    """Collect URL, headers and body of all requests of the page, without its socket."""
    found = []
    page.on("request", lambda one: found.append(f"{one.url} {one.headers} {one.post_data}"))
    return found


def test_the_key_leaves_the_address_at_once_and_no_request_carries_it(page, key, sent):
    page.goto(f"/link#{key}")
    sees(page, CONFIRM)

    expect(page).to_have_url("/link")
    page.reload()
    sees(page, CONFIRM)
    press(page, "Confirm and continue")
    sees(page, "Settings")
    assert len(sent) > 5
    assert not [one for one in sent if key.partition(".")[2] in one]


def test_a_reload_the_way_back_and_another_language_keep_it(page, key):
    page.goto(f"/link#{key}")
    sees(page, CONFIRM)
    page.get_by_role("link", name="authapp").click()
    expect(page).to_have_url("/")
    page.go_back()
    sees(page, CONFIRM)

    press(page, "Français")

    sees(page, "Confirmez votre adresse e-mail")
    press(page, "Confirmer et continuer")
    sees(page, "Paramètres")


def test_a_second_tab_and_a_second_link_have_their_own(page, key, inside, fresh):
    page.goto(f"/link#{key}")
    sees(page, CONFIRM)
    other = page.context.new_page()
    other.goto("/link")
    sees(other, "This link is not valid")
    bea = fresh("bea")
    other.goto(f"/link#{users.sign_up(bea)}")
    sees(other, CONFIRM)
    cleo = fresh("cleo")

    other.goto(f"/link#{users.sign_up(cleo)}")  # only the fragment changes, so nothing is loaded
    expect(other.get_by_role("main")).to_contain_text(cleo)
    page.reload()

    sees(page, CONFIRM)
    expect(page.get_by_role("main")).not_to_contain_text(bea)


def test_an_old_address_leads_to_the_same_page(page, key, sent):
    page.goto(f"/link/{key}")
    sees(page, CONFIRM)
    expect(page).to_have_url("/link")
    assert [one["name"] for one in page.context.cookies() if one["name"].endswith("-link")] == []

    page.reload()

    press(page, "Confirm and continue")
    sees(page, "Settings")
    assert not [one for one in sent if key in one and not one.partition(" ")[0].endswith(f"/link/{key}")]


def test_an_old_address_that_was_cut_says_so(page, key, inside):
    page.goto(f"/link#{key}")
    sees(page, CONFIRM)

    page.goto(f"/link/{key[:-1]}")

    sees(page, "This link is not valid")


def test_a_login_on_the_page_of_a_link_comes_back_to_it(page, alice, fresh):
    new = fresh("new")
    do(emails.add, alice.me, new, users.HOME)
    page.goto(f"/link#{link_to(new)}")
    sees(page, "Add this email address")

    fill_login(page, alice.email, alice.password)

    expect(page.get_by_text(f"This link is for {new}.")).to_be_visible()
    press(page, "Add this address")
    expect(page).to_have_url("/settings#emails")
    assert confirmed_emails(alice) == [alice.email, new]


def test_logging_out_leaves_no_key_behind(home, alice, bob):
    page = home.new_page()
    page.goto(f"/link#{recovery_key(bob)}")
    sees(page, "Switch account?")
    press(page, "Stay logged in")
    expect(page).to_have_url("/")
    press(page, "Log out")
    expect(page.get_by_text("Logged in as")).to_have_count(0)

    page.goto("/link")

    sees(page, "This link is not valid")


def test_a_line_that_breaks_does_not_lose_it(page, key):
    page.goto(f"/link#{key}")
    sees(page, CONFIRM)
    page.evaluate('window.dispatchEvent(new Event("pagehide"))')
    page.evaluate('document.dispatchEvent(new Event("visibilitychange"))')
    sees(page, CONFIRM)

    press(page, "Confirm and continue")

    sees(page, "Settings")


# --- the links about a removal ------------------------------------------------------------------------------------


def test_a_removed_address_asks_and_the_older_one_refuses(page, inside, alice, fresh):
    former = fresh("former")
    do(emails.add, alice.me, former, users.HOME)
    do(links.follow, link_to(former), alice.me, tab=users.TAB)
    confirmed_long_ago(alice.email, 90)
    confirmed_long_ago(former, 60)
    do(emails.remove, log_in_again(alice).me, email_id(alice, former), users.HOME)

    page.goto(f"/link#{link_about(former, 'was removed')}")
    expect(page.get_by_text("unless an older address or number of the account refuses")).to_be_visible()
    press(page, "This wasn’t me")
    sees(page, "It’s coming back in 24 hours")

    page.goto(f"/link#{link_about(former, 'Get your authapp account')}")
    sees(page, "Get your account back")
    press(page, "Get my account back")
    expect(page.get_by_text("This link works from")).to_be_visible()
    assert cookie_of(page.context) is None

    page.goto(f"/link#{link_about(alice.email, 'is coming back')}")
    sees(page, "Refuse the return")
    press(page, "Refuse")
    sees(page, "It stays removed")
    page.goto(f"/link#{link_about(former, 'Get your authapp account')}")
    sees(page, "This link is not valid")


def test_the_oldest_address_locks_the_account_in_every_tab(open_browser, server, inside, alice, fresh):
    thief = fresh("thief")
    do(emails.add, alice.me, thief, users.HOME)
    do(links.follow, link_to(thief), alice.me, tab=users.TAB)
    do(emails.remove, alice.me, email_id(alice, alice.email), users.HOME)
    thiefs = visit(signed_in(open_browser(), server, alice).new_page(), "/settings")
    page = open_browser().new_page()

    page.goto(f"/link#{link_about(alice.email, 'was removed')}")
    expect(page.get_by_text("The account is locked at once")).to_be_visible()
    press(page, "This wasn’t me")

    sees(page, "It’s coming back in 24 hours")
    sees(thiefs, "You’ve been logged out")
    assert confirmed_emails(alice) == []
