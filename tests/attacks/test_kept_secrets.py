"""R6: the session key exists in the cookie alone: in no file, in no state, and in nothing the browser's scripts see."""

import pickletools

import pytest

from tests.attacks.caller import claim, key_in
from tests.attacks.conftest import eventually, files_of, newcomer
from tests.attacks.intruder import Intruder

PASSWORD = "a canary that sings at night"


@pytest.fixture
def visit(product):
    """Alice opens her settings, sets a password and claims the new key; all keys she ever had."""
    alice = newcomer("Alice")
    with Intruder(product, tab="hers", cookie=alice.key, path="/settings") as tab:
        tab.call("settings.password_state.set_password", form={"password": PASSWORD, "confirmation": PASSWORD})
        ticket = tab.settle().restart["ticket"]
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
    """The texts in a pickle, without running it."""
    return {given for _, given, _ in pickletools.genops(path.read_bytes()) if isinstance(given, str)}


def test_what_reaches_the_browser_holds_no_key(product, visit):
    _, keys, heard = visit

    for secret in [*secret_halves(keys[:2]), PASSWORD]:
        assert not any(secret in packet for packet in heard)
    for header in ('"cookie"', '"authorization"'):
        assert not any(header in packet for packet in heard), header
