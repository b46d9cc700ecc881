"""The three flows with codes by text: sign-up, an additional number, recovery; with all that can happen on the way."""

import re
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, expect
from sqlalchemy import update
from sqlmodel import select

from authapp.core import execute
from authapp.core.base import clock
from authapp.models import Code, RateCounter
from tests.kit.apps import share_database
from tests.kit.browser.accessibility import faults
from tests.kit.browser.actions import (
    SECRET,
    eventually,
    falls_asleep,
    press,
    refusal_of,
    wakes,
)
from tests.kit.browser.phone_flows import Extra, Flow, Recovery, SignUp, give_number, spelled, stored
from tests.kit.messages import code_to, newest_text
from tests.kit.processes.servers import running
from tests.kit.rules import do

WRONG = "000000"


def pauses_are_over() -> None:
    """End the pauses between codes, as after two minutes."""
    do(execute, update(RateCounter).values(blocked_until=None))
    do(execute, update(Code).values(again_at=clock.now()))


@pytest.fixture(params=["sign_up", "extra", "recovery"])
def flow(request: pytest.FixtureRequest, page, home: BrowserContext, alice, fresh_number) -> Flow:
    number = fresh_number()
    if request.param == "sign_up":
        one: Flow = SignUp(page, number, "Phone number", "Send code")
    elif request.param == "extra":
        one = Extra(home.new_page(), number, "New phone number", "Add phone")
    else:
        give_number(alice, number)
        one = Recovery(page, number, "Phone number", "Send code")
    one.open()
    return one


def test_a_wrong_code_is_said_beside_the_field_and_the_right_one_goes_on(flow):
    flow.ask()
    expect(flow.dialog.get_by_text(spelled(flow.number))).to_be_visible()
    code = flow.dialog.get_by_label("Code", exact=True)
    expect(code).to_be_focused()
    expect(code).to_have_attribute("autocomplete", "one-time-code")
    expect(flow.dialog.get_by_text("attempts left")).to_have_count(0)  # nothing is wrong yet
    flow.type("12345")
    expect(refusal_of(flow.dialog, "Code")).to_have_text("Enter the 6 digits of the code.")

    flow.type(WRONG)

    expect(refusal_of(flow.dialog, "Code")).to_have_text("This code is wrong. 4 attempts left.")
    expect(refusal_of(flow.dialog, "Code")).to_have_role("alert")
    expect(code).to_be_focused()
    flow.type(code_to(flow.number))
    flow.is_done()


def test_after_five_wrong_guesses_only_a_new_code_helps(flow):
    flow.ask()
    right = code_to(flow.number)
    for left in (4, 3, 2, 1):
        flow.type(WRONG)
        expect(refusal_of(flow.dialog, "Code")).to_contain_text(f"{left} attempt")
    flow.type(WRONG)
    expect(refusal_of(flow.dialog, "Code")).to_contain_text("that was the last attempt.")
    flow.type(right)
    expect(refusal_of(flow.dialog, "Code")).to_contain_text("no longer valid")

    pauses_are_over()
    flow.page.reload()
    press(flow.dialog, "Resend")
    expect(flow.dialog.get_by_text("We sent a new six-digit code")).to_be_visible()
    flow.type(code_to(flow.number))
    flow.is_done()


def test_a_code_that_came_too_late_is_refused_and_another_one_is_right(flow):
    flow.ask()
    old = code_to(flow.number)
    do(execute, update(Code).values(expires_at=clock.now() - timedelta(seconds=1)))
    flow.type(old)
    expect(refusal_of(flow.dialog, "Code")).to_contain_text("no longer valid. Get a new one.")

    pauses_are_over()
    flow.page.reload()
    press(flow.dialog, "Resend")
    expect(flow.dialog.get_by_text("We sent a new six-digit code")).to_be_visible()
    flow.type(code_to(flow.number))
    flow.is_done()


def test_send_again_counts_down_and_voids_the_old_code(flow):
    flow.page.clock.install()
    flow.ask()
    old = code_to(flow.number)
    again = flow.dialog.get_by_role("button", name="Resend")
    expect(flow.dialog.get_by_text(re.compile(r"Resend in (30|2\d) s"))).to_be_visible()
    expect(again).to_have_attribute("aria-disabled", "true")
    again.click(force=True)
    assert code_to(flow.number) == old  # no new code was sent

    flow.page.clock.fast_forward(31_000)
    expect(flow.dialog.get_by_text("No code?")).to_be_visible()
    again.click()  # the server has its own clock
    expect(flow.dialog.get_by_role("alert").filter(has_text="We sent a code just now.")).to_be_visible()
    expect(again).to_have_attribute("aria-disabled", "true")
    pauses_are_over()
    flow.page.clock.fast_forward(31_000)
    expect(again).to_have_attribute("aria-disabled", "false")
    again.click()
    expect(flow.dialog.get_by_text("We sent a new six-digit code")).to_be_visible()
    expect(flow.dialog.get_by_text(re.compile(r"Resend in (60|5\d) s"))).to_be_visible()
    new = code_to(flow.number)
    if new != old:  # they are equal once in a million
        flow.type(old)
        expect(refusal_of(flow.dialog, "Code")).to_contain_text("This code is wrong.")
    flow.type(new)
    flow.is_done()


def test_the_step_survives_a_reload_and_can_be_given_up(flow):
    flow.ask()
    flow.page.reload()
    expect(flow.dialog.get_by_text(spelled(flow.number))).to_be_visible()
    expect(flow.dialog.get_by_label("Code", exact=True)).to_be_focused()
    flow.type(WRONG)
    expect(refusal_of(flow.dialog, "Code")).to_contain_text("4 attempts left")
    flow.page.reload()
    expect(flow.dialog.get_by_text("4 attempts left.")).to_be_visible()

    press(flow.dialog, "Change number")

    expect(flow.dialog).to_have_count(0)
    flow.page.reload()
    expect(flow.page.get_by_label(flow.asks, exact=True)).to_be_visible()
    flow.page.wait_for_timeout(500)  # long enough for an unwanted popup
    expect(flow.dialog).to_have_count(0)
    assert waiting(flow.number) == []


def test_the_step_survives_a_lost_line_and_what_was_typed_in_it(flow):
    flow.ask()
    code = code_to(flow.number)
    field = flow.dialog.get_by_label("Code", exact=True)
    field.fill(code[:3])
    falls_asleep(flow.page)
    with flow.page.expect_event("websocket"):
        wakes(flow.page)
    flow.page.wait_for_timeout(1000)  # until the page has called again
    expect(field).to_have_value(code[:3])
    field.press_sequentially(code[3:])
    press(flow.dialog, "Confirm")
    flow.is_done()


def test_the_step_survives_a_server_that_dies_and_starts_anew(playwright, browser, tmp_path, configure):
    number = "+49 1512 3456789"
    with running(tmp_path) as first:
        share_database(first, configure)
        page = browser.new_context(base_url=first.url).new_page()
        flow = SignUp(page, number, "Phone number", "Send code")
        flow.open()
        flow.ask()
        code = code_to(number)
        flow.dialog.get_by_label("Code", exact=True).fill(code)
        first.kill()
    heard = []
    page.on("websocket", lambda line: line.on("framereceived", lambda frame: heard.append(frame)))
    with running(tmp_path, port=first.port, database_url=first.database_url):
        expect(flow.dialog.get_by_label("Code", exact=True)).to_have_value(code)
        eventually(page, lambda: heard)  # the page calls again by itself
        press(flow.dialog, "Confirm")
        flow.is_done()
    page.context.close()


def waiting(number: str) -> list[Any]:
    return list(do(lambda db: db.exec(select(Code).where(Code.target == stored(number))).all()))


def test_another_number_can_be_given_and_the_form_is_as_it_was(flow, alice, fresh_number):
    flow.ask()
    first = flow.number
    press(flow.dialog, "Change number")
    expect(flow.dialog).to_have_count(0)
    field = flow.page.get_by_label(flow.asks, exact=True)
    expect(field).to_have_value(first)
    expect(field).to_be_focused()
    if isinstance(flow, SignUp):
        expect(flow.page.get_by_label("Password", exact=True)).to_have_value(SECRET)

    flow.number = fresh_number()
    if isinstance(flow, Recovery):
        give_number(alice, flow.number)
    field.fill(flow.number)
    press(flow.page, flow.sends)
    expect(flow.dialog.get_by_text(spelled(flow.number))).to_be_visible()
    flow.type(code_to(first))
    expect(refusal_of(flow.dialog, "Code")).to_contain_text("wrong")
    flow.type(code_to(flow.number))
    flow.is_done()


@pytest.mark.parametrize("around", ["{}", " {} \n", "Your code is {}.", "{first}-{last}", "{first} {last}"])
def test_a_code_can_be_pasted_whole(page, fresh_number, around):
    flow = SignUp(page, fresh_number(), "Phone number", "Send code")
    flow.open()
    flow.ask()
    code = code_to(flow.number)
    words = around.format(code, first=code[:3], last=code[3:])
    field = flow.dialog.get_by_label("Code", exact=True)
    field.evaluate(
        """(field, words) => {
          const data = new DataTransfer();
          data.setData("text", words);
          const paste = new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true });
          if (field.dispatchEvent(paste)) document.execCommand("insertText", false, words);
        }""",
        words,
    )
    press(flow.dialog, "Confirm")
    flow.is_done()


def test_it_works_by_keyboard_alone(flow):
    def go_to(name: str) -> None:
        for _ in range(60):
            focused = """() => { const one = document.activeElement;
                return (one.labels?.[0]?.innerText ?? one.innerText ?? "").trim(); }"""
            if flow.page.evaluate(focused) == name:
                return
            flow.page.keyboard.press("Tab")
        raise AssertionError(f"{name} cannot be reached")

    keys = flow.page.keyboard
    fields = {flow.asks: flow.number}
    if isinstance(flow, SignUp):
        fields = {**fields, "First name": "Ann", "Last name": "Öztürk", "Password": SECRET}
    for name, words in fields.items():
        go_to(name)
        keys.insert_text(words)
    keys.press("Enter")
    expect(flow.dialog.get_by_label("Code", exact=True)).to_be_focused()

    for _ in range(12):  # the focus cycles within the dialog, or the browser itself
        keys.press("Tab")
        inside = "document.activeElement === document.body || !!document.activeElement.closest('dialog')"
        assert flow.page.evaluate(inside)
    go_to("Code")
    keys.type(WRONG)
    keys.press("Enter")
    expect(refusal_of(flow.dialog, "Code")).to_contain_text("wrong")
    expect(flow.dialog.get_by_label("Code", exact=True)).to_be_focused()
    keys.type(code_to(flow.number))
    keys.press("Enter")
    flow.is_done()


def test_escape_puts_it_aside_and_the_code_is_still_good(flow):
    flow.ask()
    flow.page.keyboard.press("Escape")
    expect(flow.dialog).to_have_count(0)
    expect(flow.page.get_by_role("button", name=flow.sends)).to_be_focused()
    expect(flow.page.get_by_text("You haven’t entered your code yet.")).to_be_visible()
    assert faults(flow.page) == []

    press(flow.page, "Enter the code")
    expect(flow.dialog.get_by_label("Code", exact=True)).to_be_focused()
    flow.type(code_to(flow.number))
    flow.is_done()


def test_a_step_that_is_over_leads_back_to_the_form_and_says_so(flow):
    flow.ask()
    do(execute, update(Code).values(ends_at=clock.now()))
    flow.type("123456")
    expect(flow.dialog).to_have_count(0)
    expect(flow.page.get_by_role("alert").filter(has_text="This took too long.")).to_be_visible()
    pauses_are_over()
    flow.ask()


@pytest.mark.parametrize("flow", ["sign_up", "recovery"], indirect=True)  # the third ends without a ticket
def test_an_answer_that_is_lost_at_the_last_step_is_fetched_again(flow, odd):
    flow.ask()
    flow.page.route("**/api/v1/session", lambda route: route.abort())
    flow.type(code_to(flow.number))
    expect(flow.dialog.get_by_text("We can’t reach the server.")).to_be_visible()
    flow.page.unroute("**/api/v1/session")
    press(flow.dialog, "Confirm")
    flow.is_done()
    odd.clear()  # the browser reports the aborted request


def test_no_text_is_sent_that_could_not_be_used(open_browser, tmp_path, configure, odd):
    """No more guesses are accepted after ten in an hour."""
    with running(tmp_path, AUTHAPP_RATE_LIMITS="true") as server:
        share_database(server, configure)
        flow = SignUp(open_browser(base_url=server.url).new_page(), "+49 1512 3456789", "Phone number", "Send code")
        flow.open()
        flow.ask()
        for _ in range(2):
            for left in (4, 3, 2, 1):
                flow.type(WRONG)
                expect(refusal_of(flow.dialog, "Code")).to_contain_text(f"{left} attempt")
            flow.type(WRONG)
            expect(refusal_of(flow.dialog, "Code")).to_contain_text("that was the last attempt.")
            before = newest_text(flow.number)
            pauses_are_over()
            flow.page.reload()
            press(flow.dialog, "Resend")
            expect(flow.dialog.get_by_text(re.compile("new six-digit code|Too many wrong codes")).last).to_be_visible()
        expect(flow.dialog.get_by_text("Too many wrong codes. Wait 1 hour and try again.")).to_be_visible()
        expect(flow.dialog.get_by_text(re.compile(r"Resend in \d\d min"))).to_be_visible()
        assert newest_text(flow.number) == before
        flow.page.close()
    odd.clear()


def test_it_fits_a_small_phone_and_axe_finds_nothing(flow, odd):
    flow.page.set_viewport_size({"width": 320, "height": 640})
    flow.ask()
    flow.type(WRONG)
    expect(refusal_of(flow.dialog, "Code")).to_contain_text("wrong")
    for words in ("Confirm", "Resend", "Change number"):
        expect(flow.dialog.get_by_role("button", name=words)).to_be_in_viewport(ratio=1)

    assert faults(flow.page) == []

    flow.page.set_viewport_size({"width": 320, "height": 640})
    flow.type(code_to(flow.number))
    flow.is_done()
