"""A written list holds every var of our pages and every field of their rows: all of it leaves the server."""

import json
from datetime import UTC, datetime
from typing import get_args
from uuid import UUID

import reflex as rx
from reflex_base.utils.format import json_dumps

from authapp import pages
from authapp.installation import reflex_seams
from authapp.wire.common import Row
from authapp.wire.people import PersonRow

FLOW = "answers refusal refused_field"
LIST = f"{FLOW} loaded rows said"
CODE = f"{FLOW} code_guesses code_pause code_sends code_target code_undelivered"
VARS = {
    "account.account": "avatar has_password identifier initials is_admin known language line name page page_open "
    "providers reachable trouble who",
    "admin.admin_page_state": FLOW,
    "admin.admin_state": f"{FLOW} asking groups invited loaded made messages more more_waiting said texts waiting "
    "waitlist",
    "audit.audit_state": LIST,
    "avatar.avatar_state": f"{FLOW} said",
    "closing.closing_state": f"{FLOW} asking",
    "country.country_state": FLOW,
    "emails.emails_state": f"{LIST} added",
    "forgot.forgot_by_phone_state": CODE,
    "forgot.forgot_state": f"{FLOW} sent_to",
    "identities.linked_state": f"{LIST} came",
    "link.link_state": f"{FLOW} button connects email heading live log_in_as outcome repeats says sent",
    "login.login_state": FLOW,
    "outbox.outbox_state": LIST,
    "people.people_state": f"{LIST} answered asked chosen group more page",
    "person.person_state": f"{FLOW} added asking blocked_by gone groups id is_me lines name part said sessions since "
    "status until ways",
    "phones.phones_state": f"{LIST} {CODE} added",
    "sessions.sessions_state": LIST,
    "settings.password_state": f"{FLOW} asked_for changed",
    "settings.personal_data_state": f"{FLOW} first_name last_name loaded saved",
    "settings.settings_state": FLOW,
    "sign_up.sign_up_by_phone_state": CODE,
    "sign_up.sign_up_state": f"{FLOW} sent_to",
    "step_up.step_up_state": f"{CODE} providers",
    "waitlist.waitlist_state": f"{FLOW} left sent_to",
}
CONTACT = "confirmed id is_main shown undelivered"
LINE = "about at browser id ip words"
PROVIDER = "label name preset"
SESSION = "browser id ip is_this last_seen_at opened_at"
ROWS = {
    "account.account.providers": PROVIDER,
    "admin.admin_state.waitlist": "address asked_at invited_at",
    "admin.admin_state.groups": "about name size",
    "admin.admin_state.messages": "can_resend id problem recipient state subject written_at",
    "admin.admin_state.waiting": "id identifier name since",
    "audit.audit_state.rows": LINE,
    "emails.emails_state.rows": CONTACT,
    "identities.linked_state.rows": "about auth_origin id label suspended",
    "outbox.outbox_state.rows": "id link link_words paragraphs recipient state subject when",
    "people.people_state.rows": "created_at groups id identifier name state",
    "person.person_state.lines": LINE,
    "person.person_state.sessions": SESSION,
    "person.person_state.ways": CONTACT,
    "phones.phones_state.rows": CONTACT,
    "sessions.sessions_state.rows": SESSION,
    "step_up.step_up_state.providers": PROVIDER,
}
SIMPLE = (bool, int, str)


def states() -> dict[str, type[rx.State]]:
    """Return our states by name, as `settings.password_state`. The pages import all of them."""
    assert pages.table()
    return {
        owner.get_full_name().partition("authapp___states___")[2].replace("____", "."): owner
        for owner in rx.State.get_substates()
        if "authapp___states___" in owner.get_full_name()
    }


def test_every_var_that_reaches_a_page_is_declared():
    sent = reflex_seams.new_state().dict(initial=True)

    found = {name: set(sent[owner.get_full_name()]) for name, owner in states().items()}

    assert {name: {var.removesuffix("_rx_state_") for var in held} for name, held in found.items()} == {
        name: set(names.split()) for name, names in VARS.items()
    }, "declare it here, or let its name begin with an underscore"


def test_every_field_of_a_row_that_reaches_a_page_is_declared():
    rows = {}
    for name, owner in states().items():
        for var in VARS[name].split():
            kind = owner.get_fields()[var].annotated_type
            if kind in (*SIMPLE, list[str]):
                continue
            (row,) = get_args(kind)
            assert issubclass(row, Row), f"{name}.{var} is a {kind}"
            rows[f"{name}.{var}"] = {*row.model_fields, *row.model_computed_fields}

    assert rows == {name: set(names.split()) for name, names in ROWS.items()}


def test_a_page_gets_the_fields_of_a_row_with_its_times_in_iso_8601():
    at = datetime(2026, 11, 22, 12, 0, 0, 123456, UTC)
    row = PersonRow(id=UUID(int=7), name="Ann", identifier="", state="active", groups=["buyers"], created_at=at)

    sent = json.loads(json_dumps([row]))

    assert sent == [
        {
            "id": "00000000-0000-0000-0000-000000000007",
            "name": "Ann",
            "identifier": "",
            "state": "active",
            "groups": ["buyers"],
            "created_at": "2026-11-22T12:00:00.123456+00:00",
        }
    ]


def test_a_row_that_is_read_anew_and_is_the_same_is_not_sent_again():
    at = datetime(2026, 11, 22, tzinfo=UTC)
    read = [
        [PersonRow(id=UUID(int=7), name="Ann", identifier="", state="active", groups=[], created_at=at)]
        for _ in range(2)
    ]
    state = reflex_seams.new_state().get_substate(states()["people.people_state"].get_full_name().split("."))
    state._keep(read[0])
    state._clean()

    state._keep(read[1])

    assert state.dirty_vars == set()
