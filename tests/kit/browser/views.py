"""Views of every page in every state, for the tests of the looks and for the screenshots."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from playwright.sync_api import BrowserContext, Page, expect
from sqlalchemy import update

from authapp.core import Db, execute
from authapp.core.account import avatars, emails, phones, security_mail
from authapp.core.account.security_mail import SecurityMail
from authapp.core.authentication import accounts, recovery
from authapp.core.base import clock
from authapp.core.credentials import links
from authapp.core.sessions import session_ends, sessions
from authapp.core.sessions.sessions import NewSession
from authapp.models import ActionLink, Email, Session, User
from tests.kit import users
from tests.kit.browser.actions import choose, fill_login, mail, press, sees, signed_in, type_in, visit
from tests.kit.messages import link_to
from tests.kit.pictures import portrait
from tests.kit.processes.servers import Server
from tests.kit.rules import do
from tests.kit.users import Person

VIEWS: dict[str, Callable[["Stage"], Page]] = {}
LONG = "Wolfeschlegelsteinhausenbergerdorff"


@dataclass
class Stage:
    """Everything a view needs: an app, browsers of one size and scheme, and two users."""

    server: Server
    open: Callable[[], BrowserContext]
    alice: Person
    bob: Person

    def visitor(self, path: str) -> Page:
        """Open a page as a visitor who is not logged in."""
        return visit(self.open().new_page(), path)

    def member(self, path: str) -> Page:
        """Open a page as Alice, who is logged in."""
        page = signed_in(self.open(), self.server, self.alice).new_page()
        page.goto(path)
        return page

    def recovery_link(self, person: Person) -> str:
        """Return a recovery link of a user."""
        do(recovery.recover, person.email, users.HOME)
        return f"/link#{link_to(person.email)}"


def view(show: Callable[[Stage], Page]) -> Callable[[Stage], Page]:
    """Register a view under the name of its function."""
    VIEWS[show.__name__] = show
    return show


@view
def home(stage: Stage) -> Page:
    page = stage.visitor("/")
    expect(page.get_by_role("link", name="Log in")).to_be_visible()
    return page


@view
def home_signed_in(stage: Stage) -> Page:
    page = stage.member("/")
    expect(page.get_by_text("Logged in as")).to_be_visible()
    return page


@view
def home_of_a_long_name(stage: Stage) -> Page:
    do(accounts.set_names, stage.alice.me, LONG, f"{LONG} {LONG}", users.HOME)
    page = stage.member("/")
    expect(page.get_by_text(LONG).first).to_be_visible()
    return page


@view
def login(stage: Stage) -> Page:
    return stage.visitor("/login")


@view
def login_refused(stage: Stage) -> Page:
    page = stage.visitor("/login")
    fill_login(page, stage.alice.email, "wrong")
    expect(page.get_by_text("is wrong")).to_be_visible()
    return page


@view
def login_offline(stage: Stage) -> Page:
    page = stage.visitor("/login")
    page.route("**/api/v1/connect", lambda route: route.abort())
    fill_login(page, stage.alice.email, "wrong")
    expect(page.get_by_text("We can’t reach the server")).to_be_visible()
    return page


@view
def signup(stage: Stage) -> Page:
    return stage.visitor("/signup")


@view
def signup_refused(stage: Stage) -> Page:
    page = stage.visitor("/signup")
    type_in(page, email="nonsense")
    press(page, "Sign up")
    expect(page.get_by_text("like name@example.com")).to_be_visible()
    return page


@view
def signup_sent(stage: Stage) -> Page:
    page = stage.visitor("/signup")
    type_in(page, email=f"{LONG}@{LONG}.{LONG}.example".lower())
    press(page, "Sign up")
    sees(page, "Check your email")
    return page


@view
def forgot(stage: Stage) -> Page:
    return stage.visitor("/forgot")


@view
def forgot_sent(stage: Stage) -> Page:
    page = stage.visitor("/forgot")
    type_in(page, email=stage.alice.email)
    press(page, "Send link")
    sees(page, "Check your email")
    return page


@view
def link_good(stage: Stage) -> Page:
    page = stage.visitor(stage.recovery_link(stage.alice))
    sees(page, "Recover your account")
    return page


@view
def link_invalid(stage: Stage) -> Page:
    link = stage.recovery_link(stage.alice)
    do(execute, update(ActionLink).values(expires_at=clock.now() - timedelta(seconds=1)))
    page = stage.visitor(link)
    sees(page, "This link is not valid")
    return page


@view
def link_sent_again(stage: Stage) -> Page:
    page = link_invalid(stage)
    press(page, "Send a new link")
    sees(page, "Check your email")
    return page


@view
def link_no_such(stage: Stage) -> Page:
    page = stage.visitor("/link#x")
    sees(page, "This link is not valid")
    return page


@view
def link_already_confirmed(stage: Stage) -> Page:
    url = do(links.issue, "sign_up", email=stage.alice.email, valid_for=timedelta(hours=1), connects=True)
    page = stage.visitor(url)
    sees(page, "Log in")
    return page


@view
def link_switch(stage: Stage) -> Page:
    page = stage.member(stage.recovery_link(stage.bob))
    sees(page, "Switch account?")
    return page


@view
def settings(stage: Stage) -> Page:
    page = stage.member("/settings?set=password")
    expect(page.get_by_label("First name")).to_have_value("Alice")
    return page


@view
def settings_picture(stage: Stage) -> Page:
    do(avatars.keep, stage.alice.me, portrait())
    page = settings(stage)
    expect(page.get_by_role("button", name="Remove picture")).to_be_visible()
    return page


@view
def settings_crop(stage: Stage) -> Page:
    page = settings(stage)
    choose(page, portrait())
    return page


@view
def settings_crop_refused(stage: Stage) -> Page:
    page = settings_crop(stage)
    page.route("**/api/v1/avatar", lambda route: route.abort())
    press(page, "Save picture")
    expect(page.get_by_text("We can’t reach the server")).to_be_visible()
    return page


@view
def settings_no_picture(stage: Stage) -> Page:
    page = settings(stage)
    page.get_by_label("Choose a picture").set_input_files({"name": "a.png", "mimeType": "image/png", "buffer": b"text"})
    expect(page.get_by_text("We can’t read this file as an image")).to_be_visible()
    return page


@view
def settings_refused(stage: Stage) -> Page:
    page = settings(stage)
    type_in(page, first_name="x" * 81, new_password="password1234")
    press(page, "Save")
    expect(page.get_by_text("at most 80")).to_be_visible()
    press(page, "Set password")
    expect(page.get_by_text("is common")).to_be_visible()
    return page


@view
def settings_saved(stage: Stage) -> Page:
    page = settings(stage)
    type_in(page, new_password="another long password")
    press(page, "Set password")
    expect(page.get_by_text("Your password is set.")).to_be_visible()
    press(page, "Save")
    expect(page.get_by_text("Saved.")).to_be_visible()
    return page


@view
def settings_of_a_busy_person(stage: Stage) -> Page:
    alice = stage.alice
    do(_write_address, alice, f"{LONG}@{LONG}.{LONG}.example".lower(), confirmed=False)
    do(_write_address, alice, f"second-{alice.email}", confirmed=True)
    do(phones.claim, alice.user_id, f"+491512{uuid.uuid4().int % 10**7:07}")
    do(sessions.open, NewSession(alice.user_id, "", "password", True), users.HOME)
    page = stage.member("/settings")
    expect(page.get_by_text("Unconfirmed")).to_be_visible()
    press(page, "Close account")
    expect(page.get_by_text("Yes, close my account")).to_be_visible()
    return page


def _write_address(db: Db, person: Person, address: str, *, confirmed: bool) -> None:
    now = clock.now()
    db.add(Email(user_id=person.user_id, address=address, added_at=now, confirmed_at=now if confirmed else None))


@view
def step_up(stage: Stage) -> Page:
    page = settings(stage)
    do(execute, update(Session).values(proved_at=clock.now() - timedelta(hours=1)))
    press(page, "Close account")
    press(page, "Yes, close my account")
    sees(page, "Confirm it’s you")
    return page


@view
def step_up_refused(stage: Stage) -> Page:
    page = step_up(stage)
    type_in(page.get_by_role("dialog"), password="wrong")
    press(page, "Continue")
    expect(page.get_by_text("This password is wrong")).to_be_visible()
    return page


@view
def step_up_by_code(stage: Stage) -> Page:
    page = step_up(stage)
    press(page, "Send me a code instead")
    sees(page, "Enter the code")
    return page


@view
def signup_by_phone(stage: Stage) -> Page:
    page = stage.visitor("/signup#phone")
    expect(page.get_by_label("Phone number")).to_be_visible()
    return page


@view
def signup_by_phone_refused(stage: Stage) -> Page:
    page = signup_by_phone(stage)
    press(page, "Send code")
    expect(page.get_by_text("Enter your first name.")).to_be_visible()
    return page


def asks_country(page: Page, label: str) -> Page:
    """Type a phone number in its national form and choose the country."""
    page.get_by_label(label, exact=True).fill("06 12 34 56 78")
    page.get_by_label("Country of this number").select_option("FR")
    expect(page.get_by_text("It is dialled as +33 6 12 34 56 78.")).to_be_visible()
    return page


@view
def login_asks_country(stage: Stage) -> Page:
    page = stage.visitor("/login")
    page.get_by_label("Email or phone", exact=True).fill("06 12 34 56 78")
    page.get_by_label("Password", exact=True).fill("wrong")
    press(page, "Log in")
    expect(page.get_by_text("Check the country and the number")).to_be_visible()
    return page


@view
def forgot_asks_country(stage: Stage) -> Page:
    return asks_country(stage.visitor("/forgot#phone"), "Phone number")


@view
def forgot_by_phone(stage: Stage) -> Page:
    page = stage.visitor("/forgot#phone")
    expect(page.get_by_label("Phone number")).to_be_visible()
    return page


@view
def code_popup(stage: Stage) -> Page:
    page = forgot_by_phone(stage)
    type_in(page, phone_number=f"+49 1512 {uuid.uuid4().int % 10**7:07}")
    press(page, "Send code")
    sees(page, "Enter the code")
    return page


@view
def code_refused(stage: Stage) -> Page:
    page = code_popup(stage)
    page.get_by_role("dialog").get_by_label("Code").fill("000000")
    press(page.get_by_role("dialog"), "Confirm")
    expect(page.get_by_text("This code is wrong.")).to_be_visible()
    return page


@view
def closed(stage: Stage) -> Page:
    page = stage.visitor("/closed")
    sees(page, "Your account is closed")
    return page


@view
def locked(stage: Stage) -> Page:
    page = stage.visitor("/secured")
    sees(page, "Your account is locked")
    return page


@view
def returning(stage: Stage) -> Page:
    page = stage.visitor("/returning")
    sees(page, "It’s coming back in 24 hours")
    return page


@view
def refused(stage: Stage) -> Page:
    page = stage.visitor("/refused")
    sees(page, "It stays removed")
    return page


@view
def waiting(stage: Stage) -> Page:
    email = f"waiting-{uuid.uuid4().hex[:8]}@example.com"
    do(_set_wait, users.join(email).user_id, "approval")
    page = stage.visitor("/login")
    fill_login(page, email, users.PASSWORD)
    sees(page, "Your account is waiting for approval")
    return page


def _set_wait(db: Db, user_id: UUID, reason: str) -> None:
    db.get_one(User, user_id).blocked_by = reason


@view
def confirmed(stage: Stage) -> Page:
    page = stage.visitor("/confirmed")
    sees(page, "Your address is confirmed")
    return page


@view
def approved(stage: Stage) -> Page:
    page = stage.visitor("/approved")
    sees(page, "Approved")
    return page


@view
def link_add_email(stage: Stage) -> Page:
    do(emails.add, stage.alice.me, f"new-{stage.alice.email}", users.HOME)
    page = stage.visitor(f"/link#{link_to(f'new-{stage.alice.email}')}")
    expect(page.get_by_text("To continue, log in to the account that asked for it.")).to_be_visible()
    return page


@view
def link_wasnt_me(stage: Stage) -> Page:
    do(security_mail.send, stage.alice.user_id, users.HOME, SecurityMail("new_device"))
    page = stage.visitor(f"/link#{link_to(stage.alice.email)}")
    sees(page, "Wasn’t that you?")
    return page


@view
def outbox(stage: Stage) -> Page:
    users.sign_up(f"{LONG}@{LONG}.{LONG}.example".lower())
    page = stage.visitor("/outbox")
    mail(page, stage.alice.email)
    return page


@view
def signed_out(stage: Stage) -> Page:
    page = settings(stage)
    do(session_ends.close, stage.alice.me.session_id)
    sees(page, "You’ve been logged out")
    return page


@view
def signed_out_refused(stage: Stage) -> Page:
    page = signed_out(stage)
    fill_login(page.get_by_role("dialog"), stage.alice.email, "wrong")
    expect(page.get_by_text("is wrong").last).to_be_visible()
    return page


@view
def not_found(stage: Stage) -> Page:
    page = stage.open().new_page()
    page.goto("/nowhere")
    sees(page, "Page not found")
    return page
