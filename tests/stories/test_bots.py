"""Bots: near a limit the page computes a proof of work by itself, and a filled hidden field writes nothing."""

import json

import pytest
from playwright.sync_api import expect

from authapp.models import ActionLink, Message
from tests.kit.apps import share_database
from tests.kit.browser.accessibility import faults
from tests.kit.browser.actions import press, sees, type_in, visit
from tests.kit.processes.servers import running
from tests.kit.tables import count_rows

FORMS = [("/signup", "Sign up"), ("/forgot", "Send link"), ("/preregister", "Join")]
STATUSES = """() => {
  window.statuses = [];
  const region = document.querySelector(".proving");
  new MutationObserver(() => window.statuses.push(region.textContent)).observe(region, { childList: true });
  return [region.getAttribute("role"), getComputedStyle(region).display];
}"""


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """Run the app with limits that are near from the first request on."""
    limits = {
        "requests_per_ip": "1000/hour",
        "requests_per_ip_daily": "1000/day",
        "requests_without_proof": "1/31 days",
    }
    settings = {"AUTHAPP_RATE_LIMITS": "true", "AUTHAPP_LIMITS": json.dumps(limits), "AUTHAPP_PROOF_OF_WORK": "20000"}
    with running(tmp_path_factory.mktemp("bots"), **settings) as started:
        yield started


@pytest.fixture
def inside(configure, server):
    return share_database(server, configure)


@pytest.mark.parametrize(("path", "button"), FORMS)
def test_near_a_limit_the_form_proves_its_work_and_goes_on(page, inside, fresh, path, button):
    visit(page, path)
    region = page.evaluate(STATUSES)
    for _ in range(2):  # the first request of the server needs no proof
        type_in(page, email=fresh("ann"))
        press(page, button)
        sees(page, "Check your email")
        if page.evaluate("() => window.statuses.length"):
            break
        press(page, "Use another address")
        page.evaluate(STATUSES)

    assert region[0] == "status"
    assert region[1] != "none"  # a hidden region is not announced
    assert page.evaluate("() => window.statuses[0]") == "Checking your browser…"
    expect(page.get_by_role("alert").filter(has_text="browser")).to_have_count(0)


def test_near_a_limit_a_keyboard_is_enough(page, inside, fresh):
    visit(page, "/signup")
    page.get_by_label("Email", exact=True).focus()
    page.keyboard.type(fresh("ann"))
    page.keyboard.press("Enter")

    sees(page, "Check your email")


@pytest.mark.parametrize(("path", "button"), FORMS)
def test_a_filled_hidden_field_gets_the_usual_answer_and_writes_nothing(page, inside, fresh, path, button):
    before = count_rows(Message, ActionLink)
    visit(page, path)
    ann = fresh("ann")
    type_in(page, email=ann)
    page.locator("input[name=website]").first.evaluate("(field) => (field.value = 'https://spam.example')")
    press(page, button)

    sees(page, "Check your email")
    expect(page.get_by_role("status").filter(has_text=ann)).to_be_visible()
    assert count_rows(Message, ActionLink) == before


@pytest.mark.parametrize("path", [path for path, _ in FORMS])
def test_the_hidden_field_is_out_of_reach_of_people(page, inside, path):
    visit(page, path)

    field = page.locator("input[name=website]").first
    assert field.get_attribute("tabindex") == "-1"
    assert field.get_attribute("autocomplete") == "off"
    assert field.evaluate("(field) => field.closest('[aria-hidden=true]') !== null")
    box = field.locator("..").bounding_box()
    assert (box["width"], box["height"]) == (1, 1)
    assert page.get_by_role("textbox").evaluate_all("(fields) => fields.map((one) => one.name)").count("website") == 0
    assert faults(page) == []
