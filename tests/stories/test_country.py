"""Phone numbers in national form, in browsers of other languages: the page asks for the country."""

import uuid

import pytest
from playwright.sync_api import Locator, Page, expect
from sqlmodel import func, select

from authapp.core.account import phones
from authapp.models import AuditEvent, Message, Phone, RateCounter
from tests.kit import users
from tests.kit.browser.accessibility import faults
from tests.kit.browser.actions import SECRET, fill_login, log_in, press, type_in, visit
from tests.kit.browser.profile import Open
from tests.kit.messages import code_to, newest_text
from tests.kit.processes.servers import Server
from tests.kit.rules import do

ASK = "Country of this number"
CHECK = "Check the country and the number, then continue."


@pytest.fixture
def french() -> tuple[str, str]:
    """Return an unused French phone number, in national form and as stored."""
    digits = f"{uuid.uuid4().int % 10**7:07}"
    return f"06 4{digits[0]} {digits[1:3]} {digits[3:5]} {digits[5:]}", f"+3364{digits}"


def spoken(number: str) -> str:
    """Return a French phone number as pages show it."""
    return f"+33 6 {number[4:6]} {number[6:8]} {number[8:10]} {number[10:]}"


def country(page: Page) -> Locator:
    return page.get_by_label(ASK, exact=True)


def messages() -> int:
    return do(lambda db: db.exec(select(func.count()).select_from(Message)).one())


def test_a_number_typed_at_home_in_france_logs_in_from_a_browser_of_another_language(
    open_browser: Open, inside: Server, french: tuple[str, str]
):
    typed, number = french
    page = open_browser(locale="fr-FR").new_page()
    visit(page, "/signup#phone")
    for label, words in (("Prénom", "Zoé"), ("Mot de passe", SECRET), ("Numéro de téléphone", typed)):
        page.get_by_label(label, exact=True).fill(words)

    choice = page.get_by_label("Pays de ce numéro", exact=True)
    expect(choice).to_have_value("FR")
    expect(choice.locator("option:checked")).to_have_text("France (+33)")
    expect(choice.locator("option[value=DE]")).to_have_text("Allemagne (+49)")
    expect(page.get_by_text(f"Il se compose ainsi : {spoken(number)}.")).to_be_visible()
    assert faults(page) == []
    before = messages()
    press(page, "Envoyer le code")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text(spoken(number))
    assert messages() == before + 1
    dialog.get_by_label("Code", exact=True).fill(code_in_french(number))
    press(dialog, "Confirmer")
    expect(page.get_by_role("banner")).to_contain_text("Zoé")

    other = open_browser(locale="en-US").new_page()
    visit(other, "/login")
    other.get_by_label("Email or phone", exact=True).fill(typed)
    other.get_by_label("Password", exact=True).fill(SECRET)
    press(other, "Log in")
    expect(other.get_by_text(CHECK)).to_be_visible()
    expect(country(other)).to_be_focused()
    assert faults(other) == []
    country(other).select_option(label="France (+33)")
    expect(other.get_by_text(f"It is dialled as {spoken(number)}.")).to_be_visible()
    press(other, "Log in")

    expect(other.get_by_text("Logged in as Zoé")).to_be_visible()


def code_in_french(number: str) -> str:
    return next(word for word in newest_text(number).split() if word.isdecimal() and len(word) == 6)


@pytest.mark.parametrize("locale", ["es", "es-419"])
def test_a_language_alone_names_no_country_and_nothing_is_sent_before_one_is_chosen(
    open_browser: Open, inside: Server, french: tuple[str, str], locale: str
):
    typed, number = french
    page = open_browser(locale=locale).new_page()
    visit(page, "/forgot#phone")
    type_in(page, phone_number=typed)
    before = messages()

    press(page, "Send code")

    expect(country(page)).to_have_value("")
    expect(page.get_by_text(CHECK)).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(0)
    country(page).select_option("FR")
    expect(page.get_by_text(spoken(number))).to_be_visible()
    assert messages() == before
    press(page, "Send code")
    expect(page.get_by_role("dialog")).to_contain_text(spoken(number))


def test_another_country_reads_another_number_and_an_edit_asks_anew(open_browser: Open, inside: Server):
    page = open_browser(locale="de-DE").new_page()
    visit(page, "/forgot#phone")
    type_in(page, phone_number="0664 1234567")
    expect(country(page)).to_have_value("DE")

    country(page).select_option("AT")
    expect(page.get_by_text("+43 664 1234567")).to_be_visible()
    type_in(page, phone_number="+1 201 555 0100")
    expect(page.get_by_text("It is dialled as +1 201-555-0100.")).to_be_visible()
    expect(country(page)).to_have_count(0)
    type_in(page, phone_number="")
    expect(page.get_by_text("It is dialled as")).to_have_count(0)


def test_an_unreadable_identifier_at_login_has_its_own_message_and_is_no_failed_login(
    page: Page, inside: Server, odd: list[str]
):
    tallies, entries = (
        do(lambda db, table=table: len(db.exec(select(table)).all())) for table in (RateCounter, AuditEvent)
    )
    visit(page, "/login")

    fill_login(page, "alice", users.PASSWORD)

    expect(page.get_by_text("This is neither an email address nor a phone number.")).to_be_visible()
    assert do(lambda db: len(db.exec(select(RateCounter)).all())) == tallies
    assert do(lambda db: len(db.exec(select(AuditEvent)).all())) == entries
    odd.clear()  # the browser reports the refused call


def test_an_address_is_logged_in_with_as_it_was_pasted(page: Page, alice: users.Person, inside: Server):
    log_in(page, f"Alice <mailto:{alice.email}>")
    expect(page.get_by_text("Logged in as Alice")).to_be_visible()


def test_a_new_number_of_the_settings_is_shown_with_its_country_too(
    open_browser: Open, inside: Server, alice: users.Person, french: tuple[str, str]
):
    typed, number = french
    page = open_browser(locale="en-GB").new_page()
    log_in(page, alice.email)
    visit(page, "/settings")
    type_in(page, new_phone_number=typed)
    expect(country(page)).to_have_value("GB")
    country(page).select_option("FR")
    expect(page.locator("#phones").get_by_text(spoken(number))).to_be_visible()

    press(page, "Add phone")
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Code", exact=True).fill(code_to(number))
    press(dialog, "Confirm")

    expect(page.get_by_text("Phone number added.")).to_be_visible()
    assert [one.number for one in do(phones.listed, alice.user_id)] == [number]
    assert do(lambda db: db.exec(select(Phone.user_id).where(Phone.number == number)).one()) == alice.user_id
