"""Action links and hooks of a product."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from authapp.core.authentication import accounts, recovery
from authapp.core.credentials import link_actions, links
from tests.kit import users
from tests.kit.apps import share_database
from tests.kit.browser.accessibility import faults
from tests.kit.browser.actions import fill_login, mail, press, sees, sign_up, signed_in, type_in, visit
from tests.kit.messages import code_to
from tests.kit.processes.servers import running
from tests.kit.rules import do


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """Run a product with its own action links, on top of authapp."""
    with running(tmp_path_factory.mktemp("product"), app="tests.kit.products.links:app") as started:
        yield started


@pytest.fixture
def inside(configure, server, monkeypatch):
    for name in ("gift", "greet"):  # this process does not know the product's actions
        monkeypatch.setitem(link_actions.actions, name, link_actions.Action(str, "", "", needs_log_in=True))
    return share_database(server, configure)


@pytest.fixture
def issue(inside):
    def issue(action, email, **options):
        url = do(links.issue, action, email=email, valid_for=timedelta(hours=1), **options)
        return url.removeprefix(inside.url)

    return issue


def test_a_custom_link_asks_a_known_person_to_log_in_and_then_does_its_own_thing(page, alice, issue):
    link = issue("gift", alice.email, user_id=alice.user_id, data={"points": 50})
    page.goto(link)
    sees(page, "A gift for you")
    expect(page.get_by_role("main")).to_contain_text(f"log in as {alice.email}")
    expect(page.get_by_role("button", name="Take the gift")).to_have_count(0)
    expect(page.get_by_label("Email or phone")).to_have_value(alice.email)

    fill_login(page, alice.email, alice.password)
    press(page, "Take the gift")

    expect(page).to_have_url("/?points=50")
    page.goto(link)
    sees(page, "This link is not valid")


def test_a_used_custom_link_promises_no_mail_that_nobody_sends(page, alice, issue):
    page.goto(issue("gift", alice.email, data={"points": 50}, uses=0))
    sees(page, "This link is not valid")

    expect(page.get_by_role("button", name="Send a new link")).to_have_count(0)  # only its product can make another


def test_a_custom_link_leads_a_phantom_through_sign_up_and_then_does_its_own_thing(page, inside, fresh, issue):
    ann = fresh("ann")
    link = issue("gift", ann, data={"points": 7})
    page.goto(link)
    sees(page, "A gift for you")
    expect(page.get_by_text("sign up first")).to_be_visible()
    expect(page.get_by_label("Email", exact=True)).not_to_be_editable()
    expect(page.get_by_label("Email", exact=True)).to_have_value(ann)

    press(page, "Sign up")
    expect(page.get_by_text(f"We sent an email to {ann}.")).to_be_visible()
    mail(page, ann).get_by_role("link", name="Confirm and continue").click()
    press(page, "Confirm and continue")
    sees(page, "Settings")
    type_in(page, new_password=users.PASSWORD)
    press(page, "Set password")

    sees(page, "A gift for you")
    expect(page.get_by_text(f"Logged in as {ann}")).to_be_visible()
    press(page, "Take the gift")
    expect(page).to_have_url("/?points=7")


def test_a_custom_link_is_followed_at_once_by_the_person_it_was_sent_to(home, alice, issue):
    page = home.new_page()
    page.goto(issue("gift", alice.email, data={"points": 1}))
    sees(page, "A gift for you")

    press(page, "Take the gift")

    expect(page).to_have_url("/?points=1")


def test_a_custom_link_refuses_another_user_who_may_stay(home, bob, issue):
    page = home.new_page()
    page.goto(issue("gift", bob.email, data={"points": 9}))
    sees(page, "Switch account?")

    press(page, "Stay logged in")

    expect(page).to_have_url("/")
    expect(page.get_by_text("Logged in as Alice Liddell")).to_be_visible()


def test_switching_accounts_for_a_custom_link_returns_to_it(home, bob, issue):
    page = home.new_page()
    page.goto(issue("gift", bob.email, data={"points": 9}))
    press(page, "Switch account")
    fill_login(page, bob.email, bob.password)

    press(page, "Take the gift")

    expect(page).to_have_url("/?points=9")
    expect(page.get_by_text("Logged in as Bob Dylan")).to_be_visible()


def test_a_custom_link_that_needs_nobody_is_followed_by_anybody(page, alice, issue, open_browser, inside):
    link = issue("greet", alice.email, uses=2, data={"path": "/forgot"})
    page.goto(link)
    sees(page, "Somebody greets you")
    press(page, "Greet back")
    sees(page, "Recover your account")

    mine = signed_in(open_browser(), inside, alice).new_page()
    mine.goto(link)
    press(mine, "Greet back")
    sees(mine, "Recover your account")


def test_a_refusal_of_a_link_action_is_shown_in_place_and_the_link_stays(home, alice, issue):
    page = home.new_page()
    page.goto(issue("gift", alice.email, data={"points": 0}, uses=1))

    for _ in range(2):
        press(page, "Take the gift")
        expect(page.get_by_role("alert").filter(has_text="The gifts are all gone.")).to_be_visible()
    expect(page.get_by_role("button", name="Take the gift")).to_be_visible()


def test_a_refused_sign_up_shows_the_reason_on_the_link_page(page, inside, fresh):
    eve = fresh("throwaway")
    sign_up(page, eve)
    mail(page, eve).get_by_role("link", name="Confirm and continue").click()
    press(page, "Confirm and continue")

    expect(page.get_by_role("alert").filter(has_text="Please use an address that you keep.")).to_be_visible()
    assert do(accounts.find, eve) is None


def test_a_refused_login_shows_the_reason_in_the_form_and_after_a_recovery(page, inside, fresh, odd):
    ned = users.join(fresh("ned"), first_name="Night")
    no = page.get_by_role("alert").filter(has_text="Please come back at daytime.")
    visit(page, "/login")
    fill_login(page, ned.email, ned.password)
    expect(no).to_be_visible()

    do(recovery.recover, ned.email, users.HOME)
    mail(page, ned.email).get_by_role("link", name="Recover my account").click()
    press(page, "Recover my account")
    expect(no).to_be_visible()
    assert all("403" in one for one in odd)  # the browser reports the refusal
    odd.clear()


def test_a_refused_login_shows_the_reason_in_the_code_popup(page, fresh_number, odd):
    number = fresh_number()
    visit(page, "/signup")
    page.get_by_role("tab", name="With phone").click()
    type_in(page, first_name="Night", password=users.PASSWORD, phone_number=number)
    press(page, "Send code")
    popup = page.get_by_role("dialog", name="Enter the code")
    expect(popup).to_be_visible()
    popup.get_by_label("Code", exact=True).fill(code_to(number))
    press(popup, "Confirm")

    expect(popup.get_by_role("alert").filter(has_text="Please come back at daytime.")).to_be_visible()
    assert all("403" in one for one in odd)
    odd.clear()


@pytest.mark.parametrize("path", ["//evil.example", "https://evil.example", "javascript:alert(1)", "/\\evil.example"])
def test_a_custom_link_leads_to_no_other_site(page, alice, issue, path):
    page.goto(issue("greet", alice.email, data={"path": path}))
    press(page, "Greet back")

    expect(page).to_have_url("/")


def test_axe_finds_nothing_on_the_pages_of_custom_links(open_browser, alice, fresh, issue):
    for email, button in ((alice.email, "Log in"), (fresh("ann"), "Sign up")):
        page = open_browser().new_page()
        page.goto(issue("gift", email, data={"points": 1}))
        expect(page.get_by_role("button", name=button)).to_be_visible()
        assert faults(page) == []


def test_the_products_own_app_still_has_every_page_of_ours(page, server):
    for path, words in [("/login", "Log in"), ("/signup", "Sign up"), ("/forgot", "Recover your account")]:
        visit(page, path)
        sees(page, words)
