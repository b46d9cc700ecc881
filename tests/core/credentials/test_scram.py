"""SCRAM challenges do not reveal whether a name is known, and old records are renewed."""

import asyncio
import base64
import hashlib
import hmac
from datetime import timedelta

import pytest
from sqlalchemy import delete
from sqlmodel import select

from authapp.background import cleanup
from authapp.core import execute
from authapp.core.account import emails
from authapp.core.admin import rotation
from authapp.core.authentication import accounts, challenges, login, proofs
from authapp.core.base.errors import BadUserOrPassword, Busy, RenewalNotFoundOrExpired
from authapp.core.credentials import links, passwords, scram
from authapp.core.sessions import sessions
from authapp.models import DatabaseKey, ScramParameterCount, ScramRecord, User
from tests.kit import users
from tests.kit.contacts import FREE, add_phone
from tests.kit.messages import link_to
from tests.kit.rules import do, race
from tests.kit.scram import ask, ask_by_hand, send
from tests.kit.users import HOME, PASSWORD, TAB

NONCE = "n" * 24
NEW = "another sentence that is long"
KEY_OF_TESTS = "a key of the tests that everybody knows"
NEWER = "a newer key of the tests that comes first"
MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def no_limits(configure, database):
    configure(AUTHAPP_RATE_LIMITS="false")


@pytest.fixture
def lasting_keys(database, configure):
    """Restore the lasting keys after a test that changes them, because tests on PostgreSQL share them."""
    kept = do(lambda db: [one.model_dump() for one in db.exec(select(DatabaseKey)).all()])
    yield
    do(execute, delete(DatabaseKey))
    do(lambda db: db.add_all(DatabaseKey(**one) for one in kept))


def shown(name):
    """Return the salt and the iterations that a challenge shows for a name."""
    first = do(challenges.challenge, name, NONCE, HOME).first
    facts = dict(part.split("=", 1) for part in first.split(","))
    return facts["s"], int(facts["i"])


def add(person, address):
    """Add and confirm another email address of a user."""
    do(emails.add, person.me, address, HOME)
    do(links.follow, link_to(address), person.me, tab=person.tab)
    return address


def set_password(person, password):
    """Set a password, and return the user with the new key."""
    ticket = do(accounts.set_password, person.me, accounts.NewPassword(password, password), tab=TAB, caller=HOME)
    opened = do(login.claim, ticket, [TAB], HOME, person.me)
    return users.Person(person.email, person.user_id, opened.key, do(sessions.resume, opened.key), password)


def make_old(person):
    """Give a user only the one record that users had before the upgrade."""
    do(scram.forget, person.user_id)
    recount()


def recount():
    do(scram.keep_forms, do(scram.count_forms))
    scram._known_of_minute.clear()


def unknown(count):
    return [f"nobody{number}@example.com" for number in range(count)]


def derived(renewal, password=PASSWORD):
    """Return the two keys that a client derives for a renewal."""
    salt = base64.b64decode(renewal.salt)
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, renewal.iterations)
    stored = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    return [base64.b64encode(key).decode() for key in (stored, hmac.digest(salted, b"Server Key", "sha256"))]


def offered(person, password=PASSWORD, name=None):
    return send(ask(name or person.email, password)).renewal


# --- known and unknown names look alike ---------------------------------------------------------------------------


def test_two_identifiers_of_one_user_have_nothing_in_common(alice):
    other = add(alice, "liddell@example.com")
    add_phone(alice, FREE)
    set_password(alice, NEW)

    names = [alice.email, other, FREE]
    salts = [shown(name)[0] for name in names]

    assert len(set(salts)) == len(names)
    assert all(send(ask_by_hand(name, NEW)).ticket for name in names)


def test_a_name_shows_the_same_before_it_is_known_and_after_each_password(database):
    before = [shown(name) for name in ("carol@example.com", "nobody@example.com")]
    carol = users.join("carol@example.com")
    joined = [shown(name) for name in ("carol@example.com", "nobody@example.com")]
    set_password(carol, NEW)

    assert [shown(name) for name in ("carol@example.com", "nobody@example.com")] == joined == before


def test_a_name_shows_the_same_after_its_user_lost_the_password(alice):
    before = shown(alice.email)
    do(scram.forget, alice.user_id)
    do(lambda db: setattr(db.get(User, alice.user_id), "password_record", None))

    assert shown(alice.email) == before


@pytest.mark.parametrize("name", ["alice@example.com", "nobody@example.com"])
def test_a_name_shows_the_same_when_the_server_key_is_rotated_and_the_old_one_dropped(
    alice, configure, lasting_keys, name
):
    before = shown(name)
    configure(AUTHAPP_SECRET_KEY=f"{NEWER},{KEY_OF_TESTS}")
    assert do(rotation.needs).others == 1 + len(scram.DATABASE_KEYS)
    do(rotation.reseal)
    do(rotation.reseal_names)
    do(rotation.reseal_keys)
    assert do(rotation.needs) == rotation.Needs(0, 0, 0, 0)
    configure(AUTHAPP_SECRET_KEY=NEWER)

    assert shown(name) == before
    assert send(ask(alice.email, PASSWORD)).renewal is None


def test_other_iterations_show_for_unknown_names_as_long_as_known_ones_have_the_old_ones(alice, configure):
    recount()
    configure(AUTHAPP_PASSWORD_ROUNDS="5000", AUTHAPP_RATE_LIMITS="false")
    assert {shown(name)[1] for name in [alice.email, *unknown(50)]} == {4096}

    renewal = offered(alice)
    do(scram.renew, renewal.token, *derived(renewal))
    recount()

    assert {shown(name)[1] for name in [alice.email, *unknown(50)]} == {5000}


def test_unknown_names_show_old_parameters_in_the_share_of_known_ones(database):
    """Of four users, one has an imported hash with few iterations and a short salt, and one has the older record."""
    everyone = [users.join(f"{name}@example.com") for name in ("ann", "ben", "cleo", "dan")]
    make_old(everyone[0])
    imported = passwords.ScramSha256.using(rounds=4200, salt=b"short salt").hash(PASSWORD)
    do(accounts.keep_password, everyone[1].user_id, passwords.seal_record(imported, everyone[1].user_id))
    recount()

    names = unknown(600)
    answers = {name: shown(name) for name in names}
    short = [name for name, (salt, rounds) in answers.items() if (len(salt), rounds) == (16, 4200)]
    current = do(lambda db: [name for name in names if answers[name][0] == text(scram.current(db, name).salt)])

    assert 0.17 < len(short) / len(names) < 0.33
    assert 0.42 < len(current) / len(names) < 0.58
    assert len({salt for salt, _ in answers.values()}) == len(names)
    assert answers == {name: shown(name) for name in names}


def text(data):
    return base64.b64encode(data).decode()


def test_when_old_records_are_renewed_as_many_unknown_names_change(database):
    everyone = [users.join(f"{name}@example.com") for name in ("ann", "ben")]
    for one in everyone:
        make_old(one)
    names = unknown(300)
    before = {name: shown(name) for name in names}
    renewal = offered(everyone[0])
    do(scram.renew, renewal.token, *derived(renewal))
    recount()
    half = {name: shown(name) for name in names}
    set_password(everyone[1], NEW)
    recount()
    after = {name: shown(name) for name in names}

    changed = sum(before[name] != half[name] for name in names) / len(names)
    assert 0.4 < changed < 0.6
    assert all(half[name] == after[name] for name in names if before[name] != half[name])
    assert all(before[name] != after[name] for name in names)


# --- renewal ----------------------------------------------------------------------------------------------------


def test_a_record_of_before_is_renewed_after_a_correct_proof(alice):
    make_old(alice)
    old = shown(alice.email)
    renewal = offered(alice)

    do(scram.renew, renewal.token, *derived(renewal))

    assert shown(alice.email) == (renewal.salt, renewal.iterations) != old
    assert offered(alice) is None
    assert do(login.with_password, proofs.Credentials(alice.email, PASSWORD), keep=False, tab=TAB, caller=HOME).ticket
    assert do(scram.to_renew) == 0


def test_an_identifier_that_was_added_later_gets_its_record_at_its_first_login(alice):
    other = add(alice, "liddell@example.com")
    assert do(scram.to_renew) == 1

    renewal = offered(alice, name=other)
    do(scram.renew, renewal.token, *derived(renewal))

    assert offered(alice, name=other) is None
    assert shown(other) != shown(alice.email)


def test_a_plain_login_makes_the_records_that_are_missing(alice):
    other = add(alice, "liddell@example.com")
    make_old(alice)

    do(login.with_password, proofs.Credentials(other, PASSWORD), keep=False, tab=TAB, caller=HOME)

    assert do(scram.to_renew) == 0
    assert offered(alice) is None
    assert offered(alice, name=other) is None


def test_a_wrong_proof_is_offered_nothing_and_a_current_record_neither(alice):
    with pytest.raises(BadUserOrPassword):
        offered(alice, "a wrong password")

    assert offered(alice) is None


def test_a_challenge_of_before_another_tab_renewed_the_record_can_still_be_answered(alice):
    make_old(alice)
    answered = ask(alice.email, PASSWORD)
    renewal = offered(alice)
    do(scram.renew, renewal.token, *derived(renewal))

    assert send(answered).ticket


def test_a_renewal_works_once_in_a_race(alice):
    make_old(alice)
    renewal = offered(alice)
    keys = derived(renewal)

    results = race(8, lambda _: do(scram.renew, renewal.token, *keys))

    assert results.count(None) == 1
    assert [type(one) for one in results if one is not None] == [RenewalNotFoundOrExpired] * 7


def test_a_renewal_is_good_for_a_minute(alice, clock):
    make_old(alice)
    renewal = offered(alice)
    clock.advance(MINUTE)

    refused(renewal.token, *derived(renewal))


def refused(*sent):
    with pytest.raises(RenewalNotFoundOrExpired):
        do(scram.renew, *sent)


def test_a_renewal_is_void_after_another_password(alice):
    make_old(alice)
    renewal = offered(alice)
    changed = set_password(alice, NEW)

    refused(renewal.token, *derived(renewal))

    assert send(ask(changed.email, NEW)).ticket
    with pytest.raises(BadUserOrPassword):
        send(ask(changed.email, PASSWORD))


def test_a_renewal_that_races_with_another_password_never_brings_the_old_one_back(alice):
    add(alice, "liddell@example.com")
    for turn in range(4):
        password = f"{NEW} {turn}"
        make_old(alice)
        before = alice.password
        renewal = offered(alice, before)
        keys = derived(renewal, before)
        deeds = [lambda: do(scram.renew, renewal.token, *keys), lambda: set_password(alice, password)]  # noqa: B023
        _, alice = race(2, lambda number: deeds[number]())  # noqa: B023

        assert send(ask(alice.email, password)).ticket
        with pytest.raises(BadUserOrPassword):
            send(ask(alice.email, before))


def test_a_renewal_of_an_identifier_that_was_removed_is_void(alice):
    other = add(alice, "liddell@example.com")
    renewal = offered(alice, name=other)
    row = next(one for one in do(emails.listed, alice.user_id) if one.address == other)
    do(emails.remove, alice.me, str(row.id), HOME)

    refused(renewal.token, *derived(renewal))


def test_the_record_of_a_removed_identifier_is_deleted(alice):
    other = add(alice, "liddell@example.com")
    alice = set_password(alice, NEW)
    row = next(one for one in do(emails.listed, alice.user_id) if one.address == other)
    do(emails.remove, alice.me, str(row.id), HOME)

    assert do(lambda db: [one.identifier for one in db.exec(select(ScramRecord))]) == [alice.email]


ODD_KEYS = ["", None, {}, "A" * 43, "A" * 44 + "A", "é" * 44, "A" * 42 + "==", 17]


@pytest.mark.parametrize("key", ODD_KEYS, ids=ascii)
def test_a_record_that_is_none_is_refused(alice, key):
    make_old(alice)
    renewal = offered(alice)
    good, _ = derived(renewal)

    refused(renewal.token, key, good)
    refused(renewal.token, good, key)


@pytest.mark.parametrize("token", ["", None, "nonsense", {}, "A" * 5000], ids=lambda token: ascii(token)[:10])
def test_a_token_that_is_none_is_refused(alice, token):
    refused(token, text(bytes(32)), text(bytes(32)))


def test_a_challenge_is_no_renewal_token(alice):
    refused(do(challenges.challenge, alice.email, NONCE, HOME).id, text(bytes(32)), text(bytes(32)))


# --- a password that is set in the meantime stays ---------------------------------------------------------------


@pytest.mark.parametrize("is_old", [True, False])
def test_a_plain_login_with_the_password_of_before_does_not_outlive_another_one(alice, monkeypatch, is_old):
    if is_old:
        make_old(alice)
    matches = passwords.matches

    def slowly(*given):
        found = matches(*given)
        monkeypatch.undo()
        set_password(alice, NEW)
        return found

    monkeypatch.setattr(passwords, "matches", slowly)
    with pytest.raises(Busy):
        do(login.with_password, proofs.Credentials(alice.email, PASSWORD), keep=False, tab=TAB, caller=HOME)

    assert send(ask(alice.email, NEW)).ticket
    with pytest.raises(BadUserOrPassword):
        do(login.with_password, proofs.Credentials(alice.email, PASSWORD), keep=False, tab=TAB, caller=HOME)


def test_the_forms_are_counted_by_one_process_in_a_while(alice, clock):
    make_old(alice)
    do(scram.keep_forms, {})
    asyncio.run(cleanup.count_forms())

    assert do(stored_forms) == {"main 4096:16": 1}


def stored_forms(db):
    return {one.parameters: one.count for one in db.exec(select(ScramParameterCount))}


def test_keys_that_cannot_be_read_lock_nobody_out(alice, lasting_keys):
    do(execute, delete(DatabaseKey))
    scram._known_of_minute.clear()

    assert do(scram.unreadable_keys) == len(scram.DATABASE_KEYS)
    assert send(ask(alice.email, PASSWORD)).renewal
    assert shown("nobody@example.com") == shown("nobody@example.com")
