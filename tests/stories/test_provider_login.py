"""Social login in the browser: with a real OpenID provider, and with a stub of GitHub."""

import re
import uuid
from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import update
from sqlmodel import select

from authapp.core import execute
from authapp.core.account import identities
from authapp.core.account.identities import Claims
from authapp.core.base import clock
from authapp.core.sessions import session_ends
from authapp.models import Identity, Session
from tests.kit import users
from tests.kit.apps import share_database
from tests.kit.browser.accessibility import faults
from tests.kit.browser.actions import fill_login, mail, press, sees, signed_in, type_in, visit
from tests.kit.browser.profile import Open
from tests.kit.processes.servers import Server, free_port, running
from tests.kit.providers.github import GitHub
from tests.kit.providers.oidc import Provider, callback, origins, providing
from tests.kit.rules import do

GONE = {"name": "gone", "label": "Gone", "client_id": "ours"}


@pytest.fixture(scope="module")
def port() -> int:
    return free_port()


@pytest.fixture(scope="module")
def work(port: int) -> Iterator[Provider]:
    with providing(callback(f"http://localhost:{port}")) as provider:
        yield provider


@pytest.fixture(scope="module")
def github() -> Iterator[GitHub]:
    with GitHub() as stub:
        yield stub


@pytest.fixture(scope="module")
def entries(work: Provider, github: GitHub) -> str:
    return origins(work.origin(), github.origin(), {**GONE, "issuer": f"http://127.0.0.1:{free_port()}"})


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, port: int, entries: str) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("foreign"), port=port, AUTHAPP_PROVIDERS=entries) as started:
        yield started


@pytest.fixture
def inside(configure, server: Server, entries: str) -> Server:
    share_database(server, configure)
    configure(AUTHAPP_PROVIDERS=entries)
    return server


@pytest.fixture
def somebody(work: Provider) -> str:
    """Return a user of the provider with a verified email address."""
    sub = f"ann-{uuid.uuid4().hex[:8]}"
    work.knows(sub, email=f"{sub}@example.com", email_verified=True, given_name="Ann", family_name="Onymous")
    return sub


@pytest.fixture
def nameless(work: Provider) -> str:
    """Return a user of the provider without an email address."""
    sub = f"nobody-{uuid.uuid4().hex[:8]}"
    work.knows(sub, given_name="No", family_name="Body")
    return sub


def answer(page: Page, sub: str) -> None:
    """Log in at the provider."""
    expect(page.get_by_role("heading", name="Work account")).to_be_visible()
    page.get_by_label("Account").fill(sub)
    press(page, "Log in to Work")


def come_in(page: Page, sub: str, path: str = "/login") -> None:
    """Log in with an account at the provider."""
    visit(page, path)
    press(page, "Continue with Work")
    answer(page, sub)


def expect_in(page: Page, name: str) -> None:
    expect(page.get_by_text("Logged in as")).to_contain_text(name)


def settings_part(page: Page):
    return page.locator("#linked")


def grow_old(server: Server) -> None:
    """Make every recent proof an hour old."""
    do(lambda db: execute(db, update(Session).values(proved_at=clock.now() - timedelta(hours=1))))


def test_the_first_time_registers_and_the_second_time_logs_in(open_browser: Open, somebody: str):
    page = open_browser().new_page()

    come_in(page, somebody, "/signup")
    expect_in(page, "Ann Onymous")
    visit(page, "/settings")
    expect(page.locator("#emails")).to_contain_text(f"{somebody}@example.com")

    again = open_browser().new_page()
    come_in(again, somebody)
    expect_in(again, "Ann Onymous")


def test_social_login_returns_to_the_requested_page(page: Page, somebody: str):
    page.goto("/settings")
    press(page, "Continue with Work")
    answer(page, somebody)

    sees(page, "Settings")


def test_keep_me_logged_in_holds_for_it_too(open_browser: Open, somebody: str):
    context = open_browser()
    page = context.new_page()
    visit(page, "/login")
    page.get_by_label("Keep me logged in").check()
    press(page, "Continue with Work")
    answer(page, somebody)
    expect_in(page, "Ann Onymous")

    kept = next(cookie for cookie in context.cookies() if re.fullmatch(r"authapp-\d+", cookie["name"]))
    assert kept["expires"] > 0
    assert kept["httpOnly"]


def test_refusing_at_the_provider_shows_a_message(page: Page):
    visit(page, "/login")
    press(page, "Continue with Work")
    press(page, "Refuse")

    sees(page, "Log in")
    expect(page.get_by_role("alert").filter(has_text="Login was cancelled at Work")).to_be_visible()
    assert faults(page) == []


def test_an_origin_that_is_away_is_said_and_the_button_works_again(page: Page, odd: list[str]):
    visit(page, "/login")
    press(page, "Continue with Gone")

    expect(page.get_by_role("alert").filter(has_text="We can’t reach Gone right now")).to_be_visible()
    expect(page.get_by_role("button", name="Continue with Gone")).to_have_attribute("aria-busy", "false")
    assert [said for said in odd if "503" not in said] == []
    odd.clear()


def test_words_of_a_refusal_never_come_from_the_address(page: Page):
    visit(page, "/login?refused=<b>call 0900</b>&origin=<i>evil</i>")
    expect(page.get_by_text("0900")).to_have_count(0)

    visit(page, "/login?refused=LoginCancelled&origin=evil")
    expect(page.get_by_role("alert").filter(has_text="Login was cancelled at the other site")).to_be_visible()


def test_an_address_with_an_account_has_to_be_linked_by_its_owner(page: Page, work: Provider, alice: users.Person):
    sub = f"alice-{uuid.uuid4().hex[:8]}"
    work.knows(sub, email=alice.email, email_verified=True)
    come_in(page, sub)
    expect(page.get_by_role("alert").filter(has_text="An account with this address already exists")).to_be_visible()

    fill_login(page, alice.email, alice.password)
    sees(page, "Settings")
    press(settings_part(page), "Link Work")  # the browser is already logged in there
    expect(settings_part(page).get_by_text("Work linked.")).to_be_visible()

    press(page, "Log out")
    expect(page.get_by_role("link", name="Log in")).to_be_visible()
    visit(page, "/login")
    press(page, "Continue with Work")
    expect_in(page, "Alice Liddell")


def test_an_address_that_is_not_verified_is_confirmed_by_mail(open_browser: Open, work: Provider, fresh):
    context, email = open_browser(), fresh("new")
    sub = email.partition("@")[0]
    work.knows(sub, email=email, email_verified=False, given_name="New")
    page = context.new_page()
    come_in(page, sub)
    sees(page, "Confirm your email address")

    other = context.new_page()
    mail(other, email).get_by_role("link", name="Confirm this address").click()
    press(other, "Confirm this address")

    expect(page.get_by_text("Logged in as")).to_contain_text("New")


def test_link_and_unlink(open_browser: Open, server: Server, alice: users.Person, nameless: str):
    page = signed_in(open_browser(), server, alice).new_page()
    visit(page, "/settings")
    press(settings_part(page), "Link Work")
    answer(page, nameless)

    part = settings_part(page)
    expect(part.get_by_text("Work linked. You can now log in with it.")).to_be_visible()
    expect(part.get_by_text("No Body")).to_be_visible()
    assert faults(page) == []
    press(part, "Unlink")
    expect(part.get_by_text("Account unlinked.")).to_be_visible()
    expect(part.get_by_role("button", name="Unlink")).to_have_count(0)


def test_the_identity_of_another_user_is_not_linked(open_browser: Open, server: Server, alice: users.Person, nameless):
    come_in(open_browser().new_page(), nameless)
    page = signed_in(open_browser(), server, alice).new_page()
    visit(page, "/settings")

    press(settings_part(page), "Link Work")
    answer(page, nameless)

    part = settings_part(page)
    expect(part.get_by_role("alert").filter(has_text="is linked to another account here")).to_be_visible()
    expect(part.get_by_role("button", name="Unlink")).to_have_count(0)


def test_the_last_way_in_stays(page: Page, nameless: str):
    come_in(page, nameless)
    expect_in(page, "No Body")
    visit(page, "/settings")

    press(settings_part(page), "Unlink")

    expect(settings_part(page).get_by_text("This is your only way to log in.")).to_be_visible()
    expect(page.get_by_text("Add an email address or a phone number first")).to_be_visible()


def test_a_user_without_password_proves_it_at_the_provider_and_goes_on(page: Page, nameless: str, inside: Server):
    come_in(page, nameless)
    expect_in(page, "No Body")
    visit(page, "/settings")
    grow_old(inside)

    type_in(page, new_email=f"{nameless}@example.com")
    press(page, "Add email")
    sees(page, "Confirm it’s you")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("button", name="Send me a code")).to_have_count(0)
    assert faults(page) == []
    press(dialog, "Continue with Work")
    answer(page, nameless)

    sees(page, "Settings")
    expect(page.locator("#emails")).to_contain_text(f"{nameless}@example.com")
    assert "proved" not in page.url


def test_the_proof_of_another_person_is_none(page: Page, nameless: str, somebody: str, inside: Server):
    come_in(page, nameless)
    expect_in(page, "No Body")
    visit(page, "/settings")
    grow_old(inside)
    type_in(page, new_email=f"{nameless}@example.com")
    press(page, "Add email")

    press(page.get_by_role("dialog"), "Continue with Work")
    answer(page, somebody)

    expect(page.get_by_role("alert").filter(has_text="This is not the Work account that you linked")).to_be_visible()
    expect(page.locator("#emails")).not_to_contain_text(f"{nameless}@example.com")


def test_a_step_up_is_not_offered_at_a_provider_that_cannot_prove_it(
    open_browser: Open, inside: Server, alice: users.Person
):
    for name in ("work", "github"):
        do(identities.add, alice.user_id, Claims(subject=uuid.uuid4().hex, issuer=name, provider=name))
    page = signed_in(open_browser(), inside, alice).new_page()
    visit(page, "/settings")
    grow_old(inside)

    press(settings_part(page), "Link Gone")

    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("button", name="Continue with Work")).to_be_visible()
    expect(dialog.get_by_role("button", name="Send me a code instead")).to_be_visible()
    expect(dialog.get_by_role("button", name="Continue with GitHub")).to_have_count(0)


def test_a_user_without_any_proof_is_told_to_log_in_again(page: Page, github: GitHub, inside: Server):
    github.person, github.addresses = {"id": uuid.uuid4().int % 10**9, "login": "silent", "name": "No Address"}, []
    visit(page, "/login")
    press(page, "Continue with GitHub")
    expect_in(page, "No Address")
    visit(page, "/settings")
    grow_old(inside)

    press(settings_part(page), "Link Gone")

    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("Log out and log in again. Then try this once more.")).to_be_visible()
    expect(dialog.get_by_role("button", name="Continue with GitHub")).to_have_count(0)
    assert faults(page) == []


def test_linking_asks_for_a_proof_first(open_browser: Open, server: Server, alice: users.Person, nameless: str):
    page = signed_in(open_browser(), server, alice).new_page()
    visit(page, "/settings")
    grow_old(server)

    press(settings_part(page), "Link Work")
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Password", exact=True).fill(alice.password)
    press(dialog, "Continue")
    answer(page, nameless)

    expect(settings_part(page).get_by_text("Work linked.")).to_be_visible()


def test_a_user_logged_out_in_place_comes_back_by_social_login(page: Page, nameless: str, inside: Server):
    come_in(page, nameless)
    expect_in(page, "No Body")
    visit(page, "/settings")
    sees(page, "Settings")  # the page knows its user, so it notices when the session ends
    do(_end_sessions, nameless)
    sees(page, "You’ve been logged out")

    press(page.get_by_role("dialog"), "Continue with Work")  # the browser is still logged in there

    expect(page.get_by_role("dialog")).to_have_count(0)
    sees(page, "Settings")
    expect_in(page, "No Body")


def test_github_registers_with_its_verified_address(page: Page, github: GitHub, fresh):
    email = fresh("mona")
    github.person = {
        "id": uuid.uuid4().int % 10**9,
        "login": "mona",
        "name": "Mona Lisa",
        "email": "public@example.com",
    }
    github.addresses = [
        {"email": "other@example.com", "primary": False, "verified": True},
        {"email": email, "primary": True, "verified": True},
    ]
    visit(page, "/login")
    press(page, "Continue with GitHub")

    expect_in(page, "Mona Lisa")
    visit(page, "/settings")
    expect(page.locator("#emails")).to_contain_text(email)
    expect(page.locator("#emails")).not_to_contain_text("public@example.com")


def test_on_a_small_dark_screen_nothing_is_cut(open_browser: Open):
    page = open_browser(viewport={"width": 320, "height": 640}, color_scheme="dark").new_page()
    visit(page, "/login")

    expect(page.get_by_role("button", name="Continue with Work")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    assert faults(page) == []


def _end_sessions(db, sub: str) -> None:
    """End all sessions of the user with this account at the provider."""
    whose = db.exec(select(Identity.user_id).where(Identity.subject == sub)).one()
    session_ends.close_all(db, whose)


def test_a_tab_that_was_signed_out_wakes_when_another_comes_in_with_it(
    open_browser: Open, nameless: str, inside: Server
):
    context = open_browser()
    page = context.new_page()
    come_in(page, nameless)
    expect_in(page, "No Body")
    visit(page, "/settings")
    do(_end_sessions, nameless)
    sees(page, "You’ve been logged out")
    expect(page.get_by_role("dialog").get_by_label("Email or phone")).to_have_value("")

    other = context.new_page()
    visit(other, "/login")
    press(other, "Continue with Work")
    expect_in(other, "No Body")

    expect(page.get_by_role("dialog")).to_have_count(0)
