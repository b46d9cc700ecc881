"""The example product: one story through all its parts, as a user experiences it, and its looks."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect
from sqlalchemy import text, update

from authapp.core import execute
from authapp.core.authorization import groups
from authapp.core.base import clock
from authapp.core.credentials import link_actions
from authapp.models import Session
from tests.kit import users
from tests.kit.apps import share_database
from tests.kit.browser.accessibility import faults
from tests.kit.browser.actions import (
    fill_login,
    mail,
    press,
    refusal_of,
    sees,
    set_password,
    sign_up,
    signed_in,
    type_in,
    visit,
)
from tests.kit.processes.servers import running_notes
from tests.kit.rules import do

EDITORS = "editors"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with running_notes(tmp_path_factory.mktemp("notes")) as started:
        yield started


@pytest.fixture
def inside(configure, server, monkeypatch):
    monkeypatch.setitem(link_actions.actions, "join_editors", link_actions.Action(str, "", "", needs_log_in=True))
    return share_database(server, configure)


@pytest.fixture
def editor(open_browser, server, alice):
    """Return the browser of Alice, who is an editor."""
    do(groups.add, alice.user_id, EDITORS)
    return signed_in(open_browser(), server, alice)


def write(page, title, words, *, draft=False):
    """Write a note, up to the list."""
    visit(page, "/write")
    page.get_by_label("Title").fill(title)
    page.get_by_label("Text").fill(words)
    page.get_by_label("A draft").set_checked(draft)
    press(page, "Save")
    sees(page, "Notes")


def joins(page, email):
    """Sign up, up to a password."""
    sign_up(page, email)
    mail(page, email).get_by_role("link", name="Confirm and continue").click()
    press(page, "Confirm and continue")
    sees(page, "Settings")
    set_password(page, users.PASSWORD)


def test_a_visitor_sees_the_main_page_and_is_sent_to_login_from_other_pages(page, bob):
    visit(page, "/")
    sees(page, "The team’s knowledge, written down")
    expect(page.get_by_role("navigation", name="Notes")).to_have_count(0)

    page.get_by_role("link", name="Read the notes").click()
    sees(page, "Welcome back")
    fill_login(page, bob.email, bob.password)

    sees(page, "Notes")
    expect(page.get_by_role("link", name="Write")).to_have_count(0)


def test_a_reader_becomes_an_editor_by_an_invitation_and_writes(page, editor, fresh, odd):
    ann = fresh("ann")
    write(editor.new_page(), "A plan", "Between us, for now.", draft=True)

    joins(page, ann)
    visit(page, "/notes")
    expect(page.get_by_role("heading", name="A new team member").first).to_be_visible()  # the hook wrote it
    expect(page.get_by_text("A plan")).to_have_count(0)
    visit(page, "/write")
    sees(page, "No access")
    odd.clear()  # the refused page caused them
    visit(page, "/notes")
    expect(page.get_by_role("heading", name="A new team member").first).to_be_visible()

    team = visit(editor.new_page(), "/team")
    team.get_by_label("Email").fill("nobody")
    press(team, "Invite")
    expect(refusal_of(team, "Email")).not_to_be_empty()
    team.get_by_label("Email").fill(ann)
    press(team, "Invite")
    expect(team.get_by_text(f"We invited {ann}.")).to_be_visible()

    other = page.context.new_page()
    mail(other, ann).get_by_role("link", name="Join the editors").click()
    sees(other, "Join the editors")
    press(other, "Join")
    sees(other, "Notes")
    expect(page.get_by_role("heading", name="A plan")).to_be_visible()  # in the tab that was open before

    page.get_by_role("link", name="Write").click()
    sees(page, "New note")
    page.get_by_label("Text").fill("A text that must not get lost")
    press(page, "Save")
    expect(refusal_of(page, "Title")).to_have_text("Give the note a title.")
    expect(page.get_by_label("Text")).to_have_value("A text that must not get lost")
    page.get_by_label("Title").fill("First words")
    reads = visit(editor.new_page(), "/notes")
    press(page, "Save")
    expect(reads.get_by_role("heading", name="First words")).to_be_visible()  # it appears by itself


def test_a_page_closes_and_opens_by_itself_with_the_group_of_its_reader(editor, alice):
    page = visit(editor.new_page(), "/write")
    sees(page, "New note")

    do(groups.remove, alice.user_id, EDITORS)
    sees(page, "No access")
    expect(page.get_by_role("link", name="Team")).to_have_count(0)

    do(groups.add, alice.user_id, EDITORS)
    expect(page.get_by_role("heading", name="New note")).to_be_visible()  # after two lost sockets


def test_a_phantom_who_is_invited_signs_up_and_is_an_editor(page, editor, fresh):
    eve = fresh("eve")
    team = visit(editor.new_page(), "/team")
    team.get_by_label("Email").fill(eve)
    press(team, "Invite")
    expect(team.get_by_text(f"We invited {eve}.")).to_be_visible()

    mail(page, eve).get_by_role("link", name="Join the editors").click()
    press(page, "Sign up")
    mail(page, eve).get_by_role("link", name="Confirm and continue").click()
    press(page, "Confirm and continue")
    sees(page, "Settings")
    type_in(page, new_password=users.PASSWORD)
    press(page, "Set password")
    sees(page, "Join the editors")
    press(page, "Join")

    sees(page, "Notes")
    expect(page.get_by_role("link", name="Write")).to_be_visible()


def test_a_french_editor_reads_and_is_refused_in_french(open_browser, server, alice):
    do(groups.add, alice.user_id, EDITORS)
    page = visit(open_browser(locale="fr-FR").new_page(), "/")
    sees(page, "Ce que sait l’équipe, noir sur blanc")
    expect(page.get_by_role("link", name="Fieldnotes")).to_be_visible()
    expect(page.get_by_role("contentinfo")).to_contain_text("un exemple pour authapp")

    page = visit(signed_in(open_browser(locale="fr-FR"), server, alice).new_page(), "/write")
    sees(page, "Écrire une note")
    expect(page).to_have_title("Écrire")
    press(page, "Enregistrer")
    expect(refusal_of(page, "Titre")).to_have_text("Veuillez donner un titre à la note.")


def test_an_editor_changes_and_deletes_a_note(editor):
    page = editor.new_page()
    write(page, "Old words", "of yesterday", draft=True)

    page.get_by_role("link", name="Edit “Old words”").click()
    sees(page, "Edit note")
    expect(page.get_by_label("Title")).to_have_value("Old words")
    expect(page.get_by_label("A draft")).to_be_checked()
    page.get_by_label("Title").fill("New words")
    press(page, "Save")
    page.get_by_role("link", name="Edit “New words”").click()
    press(page, "Delete this note")

    sees(page, "Notes")
    expect(page.get_by_role("heading", name="Notes")).to_be_visible()
    expect(page.get_by_text("New words")).to_have_count(0)


def test_the_notes_of_a_person_go_with_their_account(inside, editor, alice):
    write(editor.new_page(), "Mine alone", "and gone with me")
    count = text("SELECT count(*) FROM note WHERE title = 'Mine alone'")
    assert do(lambda db: db.exec(count).scalar()) == 1

    do(lambda db: db.exec(text("DELETE FROM auth_user WHERE id = :id"), params={"id": alice.user_id.hex}))

    assert do(lambda db: db.exec(count).scalar()) == 0


LOOK = """() => {
  const of = (selector, part) => getComputedStyle(document.querySelector(selector), part);
  return { ground: of("html").backgroundColor, button: of("button[type=submit]").backgroundColor,
    words: of("button[type=submit]").color, font: of("h1").fontFamily.split(",")[0],
    corner: of("input[name=email]").borderTopLeftRadius, logo: of(".brand", "::before").backgroundImage };
}"""


def test_it_looks_like_itself_in_the_light_and_in_the_dark(page, server):
    page.emulate_media(color_scheme="light")
    visit(page, "/signup")
    page.add_style_tag(content="* { transition: none !important }")  # colours in mid-transition belong to no design
    assert page.evaluate(LOOK) == {
        "ground": "rgb(250, 247, 242)",
        "button": "rgb(15, 118, 110)",
        "words": "rgb(255, 255, 255)",
        "font": '"Iowan Old Style"',
        "corner": "6px",
        "logo": f'url("{server.url}/logo.svg")',
    }
    expect(page.get_by_text("Only your team can read what you write.")).to_be_visible()
    expect(page.get_by_role("contentinfo")).to_contain_text("an example for authapp")

    page.add_style_tag(content=".radix-themes:where(*) { background-color: white }")  # as Radix has it, in no layer
    around = page.locator(":has(> .authapp.frame)")
    around.evaluate("one => one.classList.add('radix-themes')")
    expect(around).to_have_css("background-color", "rgba(0, 0, 0, 0)")
    page.emulate_media(color_scheme="dark")

    expect(page.locator("html")).to_have_css("background-color", "rgb(18, 17, 15)")
    dark = page.evaluate(LOOK)
    assert (dark["button"], dark["words"]) == ("rgb(94, 234, 212)", "rgb(0, 0, 0)")


def test_axe_finds_nothing_on_its_pages(page, editor):
    for path in ("/", "/login"):
        visit(page, path)
        assert faults(page) == [], path
    mine = editor.new_page()
    write(mine, "A draft", "so that there is one", draft=True)
    for path in ("/notes", "/write", "/team"):
        visit(mine, path)
        assert faults(mine) == [], path


def test_elements_with_the_names_of_orders_take_no_order(page, alice, fresh_number):
    """The product has elements with these ids. An order that reached one of them would open no dialog of ours."""
    visit(page, "/")
    for name in ("code", "restart", "denied"):
        expect(page.locator(f"#{name}")).to_have_count(1)
    press(page, "Show the newest note")
    login = page.get_by_role("dialog", name="Log in to continue")
    fill_login(login, alice.email, alice.password)
    expect(login).to_have_count(0)

    visit(page, "/settings")
    for name in ("code", "restart", "step_up"):
        expect(page.locator(f"#{name}")).to_have_count(1)
    stale = update(Session).where(Session.user_id == alice.user_id)
    do(execute, stale.values(proved_at=clock.now() - timedelta(minutes=11)))
    page.get_by_label("New phone number").fill(fresh_number())
    press(page, "Add phone")
    step_up = page.get_by_role("dialog", name="Confirm it’s you")
    step_up.get_by_label("Password", exact=True).fill(alice.password)
    press(step_up, "Continue")
    expect(page.get_by_role("dialog", name="Enter the code")).to_be_visible()
