"""Messages by real providers: mail through an SMTP server, and numbers that Twilio refuses."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.kit.apps import share_database
from tests.kit.browser.accessibility import faults
from tests.kit.browser.actions import eventually, press, sees, sign_up, visit
from tests.kit.browser.phone_flows import Extra, Recovery, SignUp, give_number
from tests.kit.processes.servers import Server, running
from tests.kit.providers.smtp import MailServer
from tests.kit.providers.twilio import ACCOUNT, FROM, KEY, Stub

ALERT = "We can’t send text messages to"


@pytest.fixture(scope="module")
def post() -> Iterator[MailServer]:
    with MailServer() as started:
        yield started


@pytest.fixture(scope="module")
def twilio() -> Iterator[Stub]:
    """Return a stub of Twilio, which says that every number is unsubscribed."""
    with Stub() as started:
        started.usual = _unsubscribed  # type: ignore[method-assign]
        yield started


def _unsubscribed(handler, asked):
    handler.answer(400, {"code": 21610, "message": "unsubscribed", "more_info": "", "status": 400})


@pytest.fixture(scope="module")
def server(post, twilio, tmp_path_factory) -> Iterator[Server]:
    settings = {"AUTHAPP_SENDER": "smtp", "AUTHAPP_SMTP_URL": f"smtp://{post.address}"}
    settings |= {"AUTHAPP_MAIL_FROM": "Shop <no-reply@shop.example>", "AUTHAPP_TEXT_SENDER": "twilio"}
    settings |= {"AUTHAPP_TWILIO_ACCOUNT": ACCOUNT, "AUTHAPP_TWILIO_KEY": KEY, "AUTHAPP_TWILIO_FROM": FROM}
    with running(tmp_path_factory.mktemp("smtp"), **settings, AUTHAPP_TWILIO_URL=twilio.url) as started:
        yield started


@pytest.fixture
def inside(configure, server):
    return share_database(server, configure)


def link_in_mail(page: Page, post: MailServer, address: str) -> str:
    """Wait for a mail to an address, and return the link in it."""
    eventually(page, lambda: address in [mail["To"] for mail in post.mails])
    (mail,) = [mail for mail in post.mails if mail["To"] == address]
    match = re.search(r"http://localhost:\d+(/link#\S+)", mail.get_body(("plain",)).get_content())
    assert match
    return match[1]


def test_a_newcomer_signs_up_by_a_mail_from_a_mail_server(page, post, fresh):
    ann = fresh("ann")
    sign_up(page, ann)

    visit(page, link_in_mail(page, post, ann))
    press(page, "Confirm and continue")

    sees(page, "Settings")
    expect(page).to_have_url("/settings?set=password")
    expect(page.get_by_text(f"Logged in as {ann}")).to_be_visible()


def test_a_sign_up_by_a_number_that_gets_no_texts_says_so_and_leads_to_email(page, fresh_number):
    flow = SignUp(page, fresh_number(), "Phone number", "Send code")
    flow.open()
    flow.ask()

    alert = flow.dialog.get_by_role("alert").filter(has_text=ALERT)
    expect(alert).to_be_visible()
    assert faults(page) == []
    press(flow.dialog, "Use email instead")

    expect(flow.dialog).to_have_count(0)
    expect(page.get_by_role("tab", name="With email")).to_have_attribute("aria-selected", "true")
    expect(page.get_by_label("Email", exact=True)).to_be_focused()


def test_a_new_number_that_gets_no_texts_is_said_in_the_settings(home, fresh_number):
    flow = Extra(home.new_page(), fresh_number(), "New phone number", "Add phone")
    flow.open()
    flow.ask()

    expect(flow.dialog.get_by_role("alert").filter(has_text=ALERT)).to_be_visible()
    press(flow.dialog, "Use email instead")

    expect(flow.page.get_by_label("New email", exact=True)).to_be_focused()


def test_a_recovery_says_nothing_about_the_number_and_offers_email(page, alice, twilio, fresh_number):
    known, unknown = fresh_number(), fresh_number()
    give_number(alice, known)
    seen = []
    for number in (known, unknown):
        flow = Recovery(page, number, "Phone number", "Send code")
        flow.open()
        before = len(twilio.asked)
        page.clock.install()
        flow.ask()
        if number == known:
            eventually(page, lambda before=before: len(twilio.asked) > before)
        page.clock.fast_forward(5000)  # the page has asked twice by then
        expect(flow.dialog.get_by_role("button", name="Use email instead")).to_be_visible()
        seen.append(flow.dialog.inner_text().replace(number, "NUMBER"))
        press(flow.dialog, "Use email instead")
        expect(page.get_by_label("Email", exact=True)).to_be_focused()

    assert ALERT not in seen[0]
    assert re.sub(r"\d+ s\b", "SOON", seen[0]) == re.sub(r"\d+ s\b", "SOON", seen[1])
