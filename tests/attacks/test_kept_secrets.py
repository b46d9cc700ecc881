"""R6: session keys are only in cookies, step keys in their pages, codes in their texts; not in files, states, vars."""

import json
import pickletools
import re
from contextlib import suppress
from typing import NamedTuple

import pytest

from authapp.core.base.phone_numbers import format_phone
from tests.kit.codes import wrong_codes
from tests.kit.contacts import fresh_number, with_number
from tests.kit.messages import code_to
from tests.kit.processes.servers import eventually, files_of
from tests.kit.tables import connect
from tests.kit.users import newcomer
from tests.kit.web.flows import BEGIN, FORGOT, GIFT, SIGN_UP, confirm, pass_the_pause, step_in
from tests.kit.web.handlers import NAMES
from tests.kit.web.http import claim, key_in
from tests.kit.web.sockets import Intruder, reopen

PASSWORD = "a canary that sings at night"


@pytest.fixture
def visit(product):
    """Set a password in Alice's settings and claim the new key. Returns all keys that Alice ever had."""
    alice = newcomer("Alice")
    with Intruder(product, tab="hers", cookie=alice.key, path="/settings") as tab:
        tab.call("settings.password_state.set_password", form={"password": PASSWORD, "confirmation": PASSWORD})
        ticket = tab.ordered("restart")["ticket"]
        new = key_in(claim(product, ticket, "hers", alice.key))
        with Intruder(product, tab="another", cookie=new, path="/settings") as other:
            other.settle()
    return alice, [alice.key, new, ticket], tab.heard + other.heard


def secret_halves(keys):
    return [half for key in keys for half in (key, key.partition(".")[2])]


def test_no_file_holds_a_session_key_or_a_password(product, visit):
    _, keys, _ = visit
    states = product.log.parent / "states"
    eventually(lambda: any(states.rglob("*.pkl")))

    for path in files_of(product):
        kept = path.read_bytes()
        for secret in [*secret_halves(keys), PASSWORD]:
            assert secret.encode() not in kept, path.name


def test_the_stored_state_knows_no_cookie(product, visit):
    states = product.log.parent / "states"
    eventually(lambda: any("sec-websocket-key" in texts(path) for path in states.rglob("*.pkl")))

    for path in states.rglob("*.pkl"):
        assert not any("authapp=" in text for text in texts(path)), path.name


def texts(path):
    """Return the texts in a pickle, without running it. If the file is being written, wait until it is complete."""
    found = set()

    def is_whole():
        with suppress(ValueError):
            found.update(given for _, given, _ in pickletools.genops(path.read_bytes()) if isinstance(given, str))
            return True
        return False

    eventually(is_whole)
    return found


def test_packets_to_the_browser_contain_no_key(product, visit):
    _, keys, heard = visit

    for secret in [*secret_halves(keys[:2]), PASSWORD]:
        assert not any(secret in packet for packet in heard)
    for header in ('"cookie"', '"authorization"'):
        assert not any(header in packet for packet in heard), header


class Wait(NamedTuple):
    """A page that waited for a code: what it knew and received."""

    flow: str
    number: str
    step: str
    codes: list[str]
    tab: Intruder
    ordered: list[str]  # the packets that bring the step's key
    again: Intruder  # the same tab after a reload


@pytest.fixture
def blocked_by(product):
    """Request codes, submit wrong ones, reload the page, and submit the right one."""
    begun = [waiting(product, flow) for flow in (SIGN_UP, FORGOT, GIFT)]
    eventually(lambda: {format_phone(one.number) for one in begun} <= held(product))
    assert no_secrets(begun, held(product))
    for one in begun:
        assert confirm(one.again, one.flow, one.step, one.codes[-1]) == ""
        one.again.close()
    return begun


def waiting(product, flow):
    number = with_number(newcomer("Carol")) if flow == FORGOT else fresh_number()
    given = {"number": number} if flow == GIFT else {"form": {**NAMES, "phone": number, "password": PASSWORD}}
    with Intruder(product, tab=f"hers {number}") as tab:
        tab.call(f"{flow}.{BEGIN.get(flow, 'send')}", **given)
        step, first = step_in(tab.settle()), code_to(number)
        guesses = wrong_codes(first)[:2]
        for guess in guesses:
            assert "wrong" in confirm(tab, flow, step, guess)
        pass_the_pause(product, number)
        tab.call(f"{flow}.send_code_again", step=step)
        ordered = [packet for packet in tab.settle().heard if step in packet]
    again = reopen(product, tab.tab)
    again.call(f"{flow}.resume_code", step=step)
    assert again.settle().of(flow)["code_target"] == format_phone(number)
    return Wait(flow, number, step, [*guesses, first, code_to(number)], tab, ordered, again)


def held(server):
    """Return the texts in all stored states."""
    return {text for path in (server.log.parent / "states").rglob("*.pkl") for text in texts(path)}


def any_of(codes):
    return re.compile(rf"(?<!\d)({'|'.join(codes)})(?!\d)")


def no_secrets(blocked_by, found):
    """Return whether texts contain no code, no half of a step's key and no password."""
    codes = any_of(code for one in blocked_by for code in one.codes)
    secrets = [PASSWORD, *(half for one in blocked_by for half in one.step.split("."))]
    return not any(codes.search(text) or any(secret in text for secret in secrets) for text in found)


def test_no_file_holds_the_key_of_a_step_and_a_code_is_in_its_text_alone(product, blocked_by):
    assert no_secrets(blocked_by, held(product))
    assert no_secrets(blocked_by, [product.logged()])
    for path in files_of(product):
        kept = path.read_bytes()
        for secret in [PASSWORD, *(half for one in blocked_by for half in (one.step, one.step.partition(".")[2]))]:
            assert secret.encode() not in kept, path.name
    base, codes = connect(product), any_of(code for one in blocked_by for code in one.codes)
    tables = [name for (name,) in base.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    for table in set(tables) - {"auth_message"}:
        for row in base.execute(f"SELECT * FROM {table}"):
            assert not any(isinstance(value, str) and codes.fullmatch(value) for value in row), table
    base.close()


def test_a_waiting_page_receives_its_step_key_once_for_each_text_and_no_code(blocked_by):
    for one in blocked_by:
        assert len(one.ordered) == 2  # for the first code and for the second
        for packet in one.ordered:
            update = json.loads(packet.partition(",")[2])[1]
            assert one.step not in json.dumps(update.get("delta"))
            assert [order["payload"]["ref"] for order in update["events"]] == ["authapp:code"]
        assert no_secrets(blocked_by, [packet for packet in one.tab.heard if packet not in one.ordered])
        assert no_secrets(blocked_by, one.again.heard)


def test_no_address_that_a_page_is_sent_to_holds_a_code_or_a_step(blocked_by):
    assert [one.again.restart["path"] for one in blocked_by if one.flow != GIFT] == ["/", "/settings?set=password"]
