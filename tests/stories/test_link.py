"""Links in mails: sign-up, confirmation, other users, used links."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect
from sqlalchemy import update
from sqlmodel import col

from authapp.core import execute
from authapp.core.authentication import recovery
from authapp.core.base import clock
from authapp.core.credentials import links
from authapp.models import ActionLink
from tests.kit import users
from tests.kit.browser.actions import SECRET, cookie_of, fill_login, mail, press, sees, sign_up, visit
from tests.kit.messages import link_to
from tests.kit.rules import do

OTHERS_BUTTONS = ("Confirm and continue", "Recover my account")


def _sign_up_link(email):
    return f"/link#{users.sign_up(email)}"


def _recovery_link(person):
    do(recovery.recover, person.email, users.HOME)
    return f"/link#{link_to(person.email)}"


def _set(link, **values):
    id = link.removeprefix("/link#").partition(".")[0]
    do(execute, update(ActionLink).where(col(ActionLink.id) == id).values(**values))


def _expire(link):
    _set(link, expires_at=clock.now() - timedelta(seconds=1))


def _is_signed_out(page):
    return cookie_of(page.context) is None and page.get_by_text("Logged in as").count() == 0


def test_a_good_link_is_looked_at_as_often_as_one_likes_and_followed_once(page, open_browser, inside, fresh):
    ann = fresh("ann")
    link = _sign_up_link(ann)
    for _ in range(2):
        page.goto(link)
        sees(page, "Confirm your email address")
        expect(page.get_by_role("main")).to_contain_text(f"This link is for {ann}.")
        assert _is_signed_out(page)

    page.get_by_role("button", name="Confirm and continue").dblclick()
    sees(page, "Settings")
    expect(page.get_by_text(f"Logged in as {ann}")).to_be_visible()

    other = open_browser().new_page()
    other.goto(link)
    sees(other, "Log in")  # the link is used up, and Ann has an account by now
    assert _is_signed_out(other)


@pytest.mark.parametrize("spoil", ["cut", "longer", "another secret", "made up", "odd", "long"])
def test_no_such_link_offers_the_two_ways_to_a_new_one(page, inside, alice, spoil):
    good, other = _recovery_link(alice), _recovery_link(alice)
    link = {
        "cut": good[:-1],
        "longer": f"{good}A",
        "another secret": f"{good.partition('.')[0]}.{other.partition('.')[2]}",
        "made up": "/link#x",
        "odd": "/link#%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E",
        "long": f"/link#{'x' * 3000}",
    }[spoil]

    page.goto(link)

    sees(page, "This link is not valid")
    expect(page.get_by_text("It may have been cut off.")).to_be_visible()
    expect(page.get_by_role("main")).not_to_contain_text(alice.email)
    expect(page.get_by_role("link", name="Recover your account")).to_have_attribute("href", "/forgot")
    page.get_by_role("link", name="Sign up").click()
    sees(page, "Sign up")


@pytest.mark.parametrize("kind", ["sign_up", "reset"])
def test_an_expired_link_says_so_and_mails_a_new_one_to_the_same_address(page, alice, fresh, kind):
    address = fresh("ann") if kind == "sign_up" else alice.email
    link = _sign_up_link(address) if kind == "sign_up" else _recovery_link(alice)
    words = OTHERS_BUTTONS[kind == "reset"]
    _expire(link)
    page.goto(link)
    sees(page, "This link is not valid")
    expect(page.get_by_role("main")).to_contain_text(address)
    expect(page.get_by_role("button", name=words)).to_have_count(0)

    press(page, "Send a new link")

    sees(page, "Check your email")
    mail(page, address).get_by_role("link", name=words).click()
    press(page, words)
    sees(page, "Settings")
    expect(page.get_by_text("Logged in as")).to_be_visible()


def test_a_link_that_expires_while_it_is_looked_at_is_not_followed(page, alice):
    link = _recovery_link(alice)
    page.goto(link)
    sees(page, "Recover your account")
    _expire(link)

    press(page, "Recover my account")

    sees(page, "This link is not valid")
    expect(page.get_by_role("button", name="Send a new link")).to_be_visible()
    assert _is_signed_out(page)


def test_a_used_recovery_link_says_so_and_offers_another(page, alice):
    link = _recovery_link(alice)
    page.goto(link)
    press(page, "Recover my account")
    sees(page, "Settings")
    press(page, "Log out")
    expect(page.get_by_role("link", name="Log in")).to_be_visible()

    page.goto(link)

    sees(page, "This link is not valid")
    press(page, "Send a new link")
    sees(page, "Check your email")
    assert _is_signed_out(page)


def test_a_link_can_be_followed_again_as_often_as_it_was_issued_for(page, inside, alice):
    link = _recovery_link(alice)
    _set(link, uses_left=0)
    page.goto(link)
    sees(page, "This link is not valid")
    _set(link, uses_left=1)

    page.reload()

    sees(page, "Recover your account")


def test_already_activated_and_not_connected_is_the_login_form_prefilled(page, inside, fresh):
    ann = users.join(email := fresh("ann"))
    link = _sign_up_link_of_before(ann)
    page.goto(link)
    sees(page, "Log in")
    expect(page.get_by_text(f"{email} is already confirmed.")).to_be_visible()
    expect(page.get_by_label("Email or phone")).to_have_value(email)

    page.get_by_label("Password", exact=True).fill(ann.password)
    press(page, "Log in")

    expect(page.get_by_text(f"Logged in as {email}")).to_be_visible()
    expect(page).to_have_url("/")


def test_already_activated_and_connected_as_the_same_user_goes_straight_on(home, alice):
    page = home.new_page()
    page.goto(_sign_up_link_of_before(alice))

    expect(page).to_have_url("/")
    expect(page.get_by_text("Logged in as Alice Liddell")).to_be_visible()


@pytest.mark.parametrize("kind", ["sign_up", "reset"])
def test_connected_as_another_user_one_can_stay(home, alice, bob, fresh, kind):
    address = fresh("carol") if kind == "sign_up" else bob.email
    link = _sign_up_link(address) if kind == "sign_up" else _recovery_link(bob)
    page = home.new_page()
    page.goto(link)
    sees(page, "Switch account?")
    expect(page.get_by_role("main")).to_contain_text(f"You’re logged in as {alice.email}")
    expect(page.get_by_role("main")).to_contain_text(address)

    press(page, "Stay logged in")

    expect(page).to_have_url("/")
    expect(page.get_by_text("Logged in as Alice Liddell")).to_be_visible()
    assert do(links.peek, link.removeprefix("/link#"), None).live  # the link is not used up


@pytest.mark.parametrize("kind", ["sign_up", "reset"])
def test_connected_as_another_user_one_can_switch(home, alice, bob, fresh, kind):
    address = fresh("carol") if kind == "sign_up" else bob.email
    link = _sign_up_link(address) if kind == "sign_up" else _recovery_link(bob)
    other_tab = visit(home.new_page(), "/")
    page = home.new_page()
    page.goto(link)
    sees(page, "Switch account?")

    press(page, "Switch account")

    sees(page, "Settings")
    expect(page.get_by_text(f"Logged in as {address if kind == 'sign_up' else 'Bob Dylan'}")).to_be_visible()
    expect(other_tab.get_by_text("Logged in as Alice Liddell")).to_have_count(0)


def test_connected_as_another_user_with_a_link_that_is_done_switching_leads_to_the_login_form(home, alice, bob):
    page = home.new_page()
    page.goto(_sign_up_link_of_before(bob))
    sees(page, "Switch account?")

    press(page, "Switch account")

    sees(page, "Log in")
    assert _is_signed_out(page)


def test_one_of_two_sign_up_links_confirms_and_the_other_leads_to_the_login_form(page, open_browser, fresh):
    ann = fresh("ann")
    sign_up(page, ann)
    first = mail(page, ann).get_by_role("link").get_attribute("href")
    sign_up(page, ann)
    page.goto(mail(page, ann).get_by_role("link").get_attribute("href"))
    press(page, "Confirm and continue")
    sees(page, "Settings")

    late = open_browser().new_page()
    late.goto(first)

    sees(late, "Log in")
    expect(late.get_by_text(f"{ann} is already confirmed.")).to_be_visible()


def test_a_wrong_password_on_the_links_login_form_is_refused_there(page, alice):
    page.goto(_sign_up_link_of_before(alice))
    sees(page, "Log in")

    fill_login(page, alice.email, SECRET)

    expect(page.get_by_text("Email, phone or password is wrong.")).to_be_visible()
    expect(page.get_by_label("Email or phone")).to_have_value(alice.email)
    assert _is_signed_out(page)


def _sign_up_link_of_before(person):
    """Return a sign-up link of a user who has confirmed the email address since."""
    life = timedelta(hours=1)
    url = do(links.issue, "sign_up", email=person.email, valid_for=life, connects=True)
    _set(f"/link#{url.rpartition('#')[2]}", uses_left=0)
    return f"/link#{url.rpartition('#')[2]}"
