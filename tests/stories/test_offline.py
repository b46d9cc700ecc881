"""A server that is away or restarts, and a browser without a connection."""

import contextlib

import pytest
from playwright.sync_api import TimeoutError, expect

from authapp.core.sessions import session_ends
from tests.kit import users
from tests.kit.apps import share_database
from tests.kit.browser.actions import fill_login, heading, log_in, press, refusal_of, sees, signed_in, type_in, visit
from tests.kit.browser.profile import CableOut
from tests.kit.processes.servers import running
from tests.kit.rules import do

UNREACHABLE = "We can’t reach the server. Check your connection and try again."
NO_ANSWER = "The server has not answered yet."


@pytest.fixture
def odd():
    return CableOut()


@pytest.fixture
def machine(tmp_path):
    """Return a server of this story alone, which can be killed and started again in the same place."""
    with contextlib.ExitStack() as servers:
        yield Machine(tmp_path, servers)


class Machine:
    def __init__(self, folder, servers):
        self.folder, self.servers, self.port = folder, servers, None
        self.start()

    def start(self):
        self.server = self.servers.enter_context(running(self.folder, port=self.port))
        self.port = self.server.port

    def kill(self):
        self.server.kill()


@pytest.fixture
def server(machine):
    return machine.server


@pytest.fixture
def carol(configure, machine):
    share_database(machine.server, configure)
    return users.join("carol@example.com", first_name="Carol")


def test_a_form_says_that_the_server_is_away_keeps_what_was_typed_and_works_when_it_is_back(
    open_browser, machine, carol
):
    context = open_browser(base_url=machine.server.url)
    sign_up, login = visit(context.new_page(), "/signup"), visit(context.new_page(), "/login")
    type_in(sign_up, email="dan@example.com")
    machine.kill()

    press(sign_up, "Sign up")
    fill_login(login, carol.email, carol.password)

    expect(login.get_by_text(UNREACHABLE)).to_be_visible()
    expect(sign_up.get_by_role("alert").filter(has_text=NO_ANSWER)).to_be_visible()
    expect(sign_up.get_by_label("Email", exact=True)).to_have_value("dan@example.com")
    expect(login.get_by_label("Email or phone")).to_have_value(carol.email)
    expect(login.get_by_label("Password", exact=True)).to_have_value(carol.password)

    machine.start()
    _arrives(sign_up, "Sign up", "Check your email")
    press(login, "Log in")
    expect(login.get_by_text("Logged in as Carol")).to_be_visible()
    visit(sign_up, "/outbox")
    expect(sign_up.get_by_role("listitem").filter(has_text="To dan@example.com ").first).to_be_visible()


def _arrives(page, button, words):
    """Wait for a heading, which comes by itself, as the page promises, or after another press of the button."""
    for _ in range(20):
        with contextlib.suppress(AssertionError):
            return expect(heading(page, words)).to_be_visible(timeout=2000)
        with contextlib.suppress(TimeoutError):  # it came just now, and the button is gone
            page.get_by_role("button", name=button, exact=True).click(timeout=2000)
    raise AssertionError(f"{words!r} never came")


def test_a_lost_request_can_be_sent_again(open_browser, machine):
    page = open_browser(base_url=machine.server.url).new_page()
    lost = []

    def swallow_one(socket):
        server = socket.connect_to_server()

        def pass_on(frame):
            (lost.append if "submit" in str(frame) and not lost else server.send)(frame)

        socket.on_message(pass_on)

    page.route_web_socket("**/_event/**", swallow_one)
    visit(page, "/signup")
    type_in(page, email="dan@example.com")
    press(page, "Sign up")
    expect(page.get_by_role("alert").filter(has_text=NO_ANSWER)).to_be_visible()
    expect(page.get_by_label("Email", exact=True)).to_have_value("dan@example.com")

    press(page, "Sign up")

    sees(page, "Check your email")
    assert len(lost) == 1


def test_a_restart_of_the_server_ends_no_session_and_loses_nothing_that_was_typed(open_browser, machine, carol):
    page = visit(signed_in(open_browser(base_url=machine.server.url), machine.server, carol).new_page(), "/settings")
    expect(page.get_by_label("First name")).to_have_value("Carol")
    type_in(page, first_name="Caroline")
    machine.kill()
    machine.start()

    press(page, "Save")

    expect(page.get_by_text("Logged in as Caroline")).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.reload()
    expect(page.get_by_label("First name")).to_have_value("Caroline")


def test_a_restart_in_the_middle_of_sign_up_loses_nothing(open_browser, machine):
    page = visit(open_browser(base_url=machine.server.url).new_page(), "/signup")
    type_in(page, email="dan@example.com")
    press(page, "Sign up")
    sees(page, "Check your email")

    machine.kill()
    machine.start()

    visit(page, "/outbox").get_by_role("link", name="Confirm and continue").click()
    press(page, "Confirm and continue")
    sees(page, "Settings")


def test_a_session_that_ended_while_the_line_was_down_is_seen_when_it_is_back(open_browser, machine, carol):
    context = signed_in(open_browser(base_url=machine.server.url), machine.server, carol)
    page = visit(context.new_page(), "/settings")
    expect(page.get_by_label("First name")).to_have_value("Carol")
    type_in(page, first_name="Caroline")
    machine.kill()
    do(session_ends.close, carol.me.session_id)
    machine.start()

    sees(page, "You’ve been logged out")
    expect(page.get_by_label("First name")).to_have_value("Caroline")
    fill_login(page.get_by_role("dialog"), carol.email, carol.password)
    expect(page.get_by_role("dialog")).to_have_count(0)
    press(page, "Save")
    expect(page.get_by_text("Logged in as Caroline")).to_be_visible()


def test_logging_out_without_a_line_says_so_and_works_when_it_is_back(open_browser, machine, carol):
    context = open_browser(base_url=machine.server.url)
    page = context.new_page()
    log_in(page, carol.email)
    context.set_offline(True)

    press(page, "Log out")

    expect(page.get_by_role("alert").filter(has_text="reach the server")).to_be_visible()
    expect(page.get_by_text("Logged in as Carol")).to_be_visible()  # shows that she is still logged in
    context.set_offline(False)
    press(page, "Log out")
    expect(page.get_by_role("link", name="Log in")).to_be_visible()


def test_a_login_without_a_line_says_so_at_once(open_browser, machine, carol):
    context = open_browser(base_url=machine.server.url)
    page = visit(context.new_page(), "/login")
    context.set_offline(True)

    fill_login(page, carol.email, carol.password)

    expect(page.get_by_text(UNREACHABLE)).to_be_visible()
    context.set_offline(False)
    press(page, "Log in")
    expect(page.get_by_text("Logged in as Carol")).to_be_visible()


def test_words_about_the_line_take_the_place_of_older_ones(open_browser, machine, carol):
    context = open_browser(base_url=machine.server.url)
    sign_up, login = visit(context.new_page(), "/signup"), visit(context.new_page(), "/login")
    type_in(sign_up, email="nonsense")
    press(sign_up, "Sign up")
    expect(refusal_of(sign_up, "Email")).to_contain_text("like name@example.com")
    fill_login(login, carol.email, "wrong")
    expect(refusal_of(login, "Password")).to_contain_text("is wrong")
    machine.kill()

    press(sign_up, "Sign up")
    press(login, "Log in")

    for page, words, label in ((login, UNREACHABLE, "Password"), (sign_up, NO_ANSWER, "Email")):
        expect(page.get_by_role("main").get_by_role("alert").filter(has_text=words)).to_be_visible()
        expect(refusal_of(page, label)).to_be_hidden()

    machine.start()
    press(login, "Log in")
    expect(refusal_of(login, "Password")).to_be_visible()
    expect(login.get_by_text(UNREACHABLE)).to_be_hidden()
