"""Login by challenge: the password never leaves the browser."""

import base64
import json
import re

import bcrypt
import pytest
from playwright.sync_api import expect
from sqlalchemy import update
from sqlmodel import col, select

from authapp.core import execute
from authapp.core.credentials import passwords, scram
from authapp.models import ScramRecord, User
from tests.kit.browser.actions import SECRET, cookie_of, eventually, fill_login, log_in, set_password, visit
from tests.kit.rules import do

NO_WEBCRYPTO = "Object.defineProperty(crypto, 'subtle', { value: undefined });"
IMPOSTOR = "We couldn’t verify this server, so we stopped."


@pytest.fixture
def wire(page):
    """Collect everything that the page sends, as text: requests with their bodies, and frames."""
    said = []
    page.on("request", lambda request: said.append(f"{request.method} {request.url} {request.post_data or ''}"))
    page.on("websocket", lambda socket: socket.on("framesent", lambda frame: said.append(str(frame))))
    return said


def _record(person):
    query = select(User.password_record).where(User.id == person.user_id)
    return do(lambda db: passwords._record(db.exec(query).one(), person.user_id))


def _import(person, record, *, imported=True):
    """Give a user a hash from another system."""
    sealed = passwords.seal_record(record, person.user_id)
    values = {"password_record": sealed, "imported": imported}
    do(execute, update(User).where(col(User.id) == person.user_id).values(**values))


@pytest.mark.parametrize("right", [True, False])
def test_the_password_never_leaves_the_browser(page, alice, wire, right):
    password = alice.password if right else "a wrong but secret password"
    visit(page, "/login")
    fill_login(page, alice.email, password)
    expect(page.get_by_text("Logged in as" if right else "is wrong")).to_be_visible()

    said = ("challenge_id", "/api/v1/connect", *(["/api/v1/session"] if right else []))
    eventually(page, lambda: all(any(words in line for line in wire) for words in said))
    spoken = "\n".join(wire)
    forms = (password, json.dumps(password)[1:-1], password.replace(" ", "+"), password.replace(" ", "%20"))
    forms += (base64.b64encode(password.encode()).decode(),)
    assert not [form for form in forms if form in spoken]
    assert ("/api/v1/session" in spoken) is right


def test_the_password_stands_in_no_form_data_and_in_no_storage(page, alice):
    visit(page, "/login")
    page.get_by_label("Password", exact=True).fill(SECRET)
    page.get_by_label("Email or phone").fill(alice.email)

    data = page.evaluate("JSON.stringify([...new FormData(document.querySelector('main form'))])")
    assert alice.email in data
    assert SECRET not in data
    assert SECRET not in page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}, location.href])")


def test_a_password_of_any_script_is_proved_as_it_was_set(home, page, alice):
    mine = visit(home.new_page(), "/settings")
    set_password(mine, "ﬁancé 🔑 पासवर्ड ①")  # NFKC changes two of these characters

    log_in(page, alice.email, "fiancé 🔑 पासवर्ड 1".replace("é", "e\u0301"))


def test_an_identifier_is_read_as_people_type_it(page, alice):
    log_in(page, f"  {alice.email.upper()} ")


def test_an_unknown_user_sees_the_same_steps_and_messages(page, alice, fresh, wire):
    told, steps = [], []
    for identifier in (alice.email, fresh("nobody")):
        wire.clear()
        visit(page, "/login")
        fill_login(page, identifier, "not the password")
        expect(page.get_by_text("Email, phone or password is wrong.")).to_be_visible()
        eventually(page, lambda: any("challenge_id" in line for line in wire))
        told.append(page.get_by_role("main").inner_text())
        steps.append([line.split()[1] for line in wire if "/api/v1/" in line])

    assert told[0] == told[1]
    assert steps[0] == steps[1]


def test_where_webcrypto_is_missing_the_plain_password_logs_in(page, alice, wire):
    page.add_init_script(NO_WEBCRYPTO)
    log_in(page, alice.email)

    assert not any("/api/v1/connect" in line for line in wire)
    assert sum(alice.password in line for line in wire) == 1


def test_where_webcrypto_is_missing_a_wrong_password_is_refused_in_the_same_words(page, alice):
    page.add_init_script(NO_WEBCRYPTO)
    visit(page, "/login")

    fill_login(page, alice.email, "not the password")

    expect(page.get_by_text("Email, phone or password is wrong.")).to_be_visible()
    assert cookie_of(page.context) is None


def test_an_imported_hash_logs_in_and_is_upgraded_so_that_the_next_login_is_by_challenge(
    page, alice, wire, open_browser
):
    _import(alice, bcrypt.hashpw(alice.password.encode(), bcrypt.gensalt(4)).decode())
    log_in(page, alice.email)

    assert _record(alice).startswith("SCRAM-SHA-256$4096:")
    assert sum(alice.password in line for line in wire) == 1

    wire.clear()
    page.get_by_role("button", name="Log out", exact=True).click()
    expect(page.get_by_role("link", name="Log in")).to_be_visible()
    log_in(page, alice.email)
    assert not any(alice.password in line for line in wire)


def test_a_wrong_password_does_not_upgrade_an_imported_hash(page, alice):
    _import(alice, bcrypt.hashpw(alice.password.encode(), bcrypt.gensalt(4)).decode())
    visit(page, "/login")

    fill_login(page, alice.email, "not the password")

    expect(page.get_by_text("Email, phone or password is wrong.")).to_be_visible()
    assert _record(alice).startswith("$2b$")


CHANGED = {
    "fewer rounds": lambda asked, nonce: asked.replace("i=4096", "i=1"),
    "a nonce that is not ours": lambda asked, nonce: asked.replace(nonce, "A" * len(nonce), 1),
    "a nonce that adds nothing": lambda asked, nonce: f"r={nonce},{asked.partition(',')[2]}",
    "no salt": lambda asked, nonce: asked.partition(",")[0],
    "nonsense": lambda asked, nonce: "please send the password",
}


@pytest.mark.parametrize("change", CHANGED.values(), ids=CHANGED)
def test_a_challenge_that_is_no_challenge_is_not_answered(page, alice, wire, change):
    def altered(route):
        answer = route.fetch()
        body = answer.json()
        body["challenge"] = change(body["challenge"], route.request.post_data_json["nonce"])
        route.fulfill(response=answer, json=body)

    page.route("**/api/v1/connect", altered)
    visit(page, "/login")
    fill_login(page, alice.email, alice.password)

    expect(page.get_by_role("alert").filter(has_text=IMPOSTOR)).to_be_visible()
    assert not any(alice.password in line or "challenge_id" in line for line in wire)
    assert cookie_of(page.context) is None


def test_another_salt_makes_another_proof(page, alice):
    def salted(route):
        answer = route.fetch()
        body = answer.json()
        nonce, _, rounds = body["challenge"].split(",")
        route.fulfill(response=answer, json=body | {"challenge": f"{nonce},s={'A' * 22}==,{rounds}"})

    page.route("**/api/v1/connect", salted)
    visit(page, "/login")

    fill_login(page, alice.email, alice.password)

    expect(page.get_by_text("is wrong")).to_be_visible()
    assert cookie_of(page.context) is None


@pytest.mark.parametrize("signature", ["A" * 43 + "=", ""])
def test_a_server_whose_signature_is_wrong_is_not_believed(page, alice, wire, signature):
    def between(socket):
        server = socket.connect_to_server()

        server.on_message(lambda frame: socket.send(re.sub('"signature":"[^"]*"', f'"signature":"{signature}"', frame)))

    page.route_web_socket("**/_event/**", between)
    visit(page, "/login")
    fill_login(page, alice.email, alice.password)

    expect(page.get_by_role("alert").filter(has_text=IMPOSTOR)).to_be_visible()
    assert cookie_of(page.context) is None
    assert not any("/api/v1/session" in line for line in wire)
    expect(page.get_by_label("Email or phone")).to_have_value(alice.email)
    expect(page.get_by_role("button", name="Log in")).to_be_enabled()


def test_the_page_renews_a_record_of_before_and_the_next_login_needs_none(page, alice, wire):
    do(scram.forget, alice.user_id)
    log_in(page, alice.email)

    assert sum("/api/v1/renewal" in line for line in wire) == 1
    assert do(lambda db: [one.identifier for one in db.exec(select(ScramRecord).where(_is_of(alice)))]) == [alice.email]
    assert not any(alice.password in line for line in wire)

    page.get_by_role("button", name="Log out", exact=True).click()
    expect(page.get_by_role("link", name="Log in")).to_be_visible()
    log_in(page, alice.email)
    assert sum("/api/v1/renewal" in line for line in wire) == 1


def _is_of(person):
    return col(ScramRecord.user_id) == person.user_id


def test_a_server_whose_signature_is_wrong_gets_no_new_record(page, alice, wire):
    def between(socket):
        server = socket.connect_to_server()
        server.on_message(lambda frame: socket.send(re.sub('"signature":"[^"]*"', '"signature":"AAAA"', frame)))

    do(scram.forget, alice.user_id)
    page.route_web_socket("**/_event/**", between)
    visit(page, "/login")
    fill_login(page, alice.email, alice.password)

    expect(page.get_by_role("alert").filter(has_text=IMPOSTOR)).to_be_visible()
    assert not any("/api/v1/renewal" in line for line in wire)


ASKS = "Send your password?"


def _log_out_and_ask_plainly(page, person):
    """Log in by challenge and log out again; then the server asks for the password itself."""
    log_in(page, person.email)
    page.get_by_role("button", name="Log out", exact=True).click()
    expect(page.get_by_role("link", name="Log in")).to_be_visible()
    _import(person, bcrypt.hashpw(person.password.encode(), bcrypt.gensalt(4)).decode())
    visit(page, "/login")
    fill_login(page, person.email, person.password)


def test_a_browser_that_logged_in_by_challenge_asks_before_it_sends_the_password(page, alice, wire):
    _log_out_and_ask_plainly(page, alice)

    dialog = page.get_by_role("dialog", name=ASKS)
    expect(dialog).to_contain_text("someone may be trying to read your password")
    dialog.get_by_role("button", name="Cancel").click()

    expect(page.get_by_role("alert").filter(has_text="Nothing was sent.")).to_be_visible()
    expect(page.get_by_role("button", name="Log in")).to_be_enabled()
    assert not any(alice.password in line for line in wire)

    page.get_by_role("button", name="Log in").click()
    page.get_by_role("button", name="Send the password").click()
    expect(page.get_by_text("Logged in as")).to_be_visible()
    assert sum(alice.password in line for line in wire) == 1


def test_escape_sends_no_password(page, alice, wire):
    _log_out_and_ask_plainly(page, alice)

    expect(page.get_by_role("dialog", name=ASKS)).to_be_visible()
    page.keyboard.press("Escape")

    expect(page.get_by_role("alert").filter(has_text="Nothing was sent.")).to_be_visible()
    assert not any(alice.password in line for line in wire)


def test_another_browser_is_not_asked(page, alice, wire):
    _import(alice, bcrypt.hashpw(alice.password.encode(), bcrypt.gensalt(4)).decode())

    log_in(page, alice.email)

    assert sum(alice.password in line for line in wire) == 1
