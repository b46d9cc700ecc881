"""Sessions: open, resume, renew, expire, close."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlmodel import select

from authapp.core.base import tokens
from authapp.core.base.callers import Caller
from authapp.core.base.errors import SessionExpired
from authapp.core.sessions import session_ends, sessions
from authapp.core.sessions.sessions import NewSession, SessionRef
from authapp.models import Session, User
from tests.kit import users
from tests.kit.rules import do
from tests.kit.users import HOME, principal_in

SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)


def opened_for(person, *, keep=False, caller=HOME):
    return do(sessions.open, NewSession(person.user_id, person.email, "password", keep), caller)


def stay_awake(clock, opened, *, until, step):
    """Use a session again and again, so that only its maximum lifetime can end it."""
    passed = timedelta()
    while passed + step < until:
        clock.advance(step)
        passed += step
        do(sessions.touch, [opened.session_id])
    clock.advance(until - passed)


def test_a_key_stands_for_its_user_and_session(alice):
    opened = opened_for(alice)

    me = principal_in(opened)

    assert (me.user_id, me.session_id, me.identifier) == (alice.user_id, opened.session_id, alice.email)
    assert (me.first_name, me.last_name, me.name) == ("Alice", "Liddell", "Alice Liddell")
    assert (me.has_password, me.method) == (True, "password")
    assert do(sessions.alive, me) == me


def test_a_person_without_names_is_called_by_the_address(database):
    assert users.join("carol@example.com").me.name == "carol@example.com"


@pytest.mark.parametrize(
    ("first", "last", "initials"),
    [
        ("Alice", "Liddell", "AL"),
        ("alice", "", "A"),
        ("", "liddell", "L"),
        ("", "", "C"),
        ("élodie", "ångström", "ÉÅ"),
        ("e\u0301lodie", "👩🏽‍🚀 x", "É👩🏽‍🚀"),
        ("🇩🇪🇫🇷", "नि", "🇩🇪नि"),
        ("“Bob”", "ßen", "Bß"),
        ("👩‍👩‍👧", "山田", "👩‍👩‍👧山"),
        ("-", "", "-"),
    ],
)
def test_initials_are_what_a_reader_takes_for_letters(database, first, last, initials):
    assert users.join("carol@example.com", first_name=first, last_name=last).me.initials == initials


def test_the_table_holds_no_key(db, alice):
    key = tokens.parse(alice.key)

    kept = " ".join(str(value) for row in db.exec(select(Session)) for value in dict(row).values())

    assert key.id in kept
    assert key.secret not in kept


@pytest.mark.parametrize(
    "spoil", [lambda key: key[:-1], lambda key: key + "A", lambda _: "", lambda _: None, lambda _: {}]
)
def test_a_cut_or_missing_key_is_nobody(alice, spoil):
    assert do(sessions.resume, spoil(alice.key)) is None


def test_a_key_with_the_secret_of_another_session_is_nobody(alice, bob):
    one, other = tokens.parse(alice.key), tokens.parse(bob.key)

    assert do(sessions.resume, f"{one.id}.{other.secret}") is None
    assert do(sessions.resume, str(tokens.mint(one.id))) is None
    assert do(sessions.resume, str(tokens.mint())) is None
    assert do(sessions.alive, SessionRef("", b"")) is None
    assert do(sessions.alive, replace(alice.me, digest=b"")) is None


@pytest.mark.parametrize(("keep", "life", "idle"), [(False, 12 * HOUR, 2 * HOUR), (True, 30 * DAY, 14 * DAY)])
def test_a_session_ends_after_its_life_however_busy(alice, clock, keep, life, idle):
    opened = opened_for(alice, keep=keep)

    stay_awake(clock, opened, until=life - SECOND, step=idle / 2)
    assert principal_in(opened)

    clock.advance(SECOND)
    assert principal_in(opened) is None
    assert users.principal(opened.session_id) is None


@pytest.mark.parametrize(("keep", "idle"), [(False, 2 * HOUR), (True, 14 * DAY)])
def test_a_session_ends_when_it_is_not_used(alice, clock, keep, idle):
    opened = opened_for(alice, keep=keep)

    clock.advance(idle - SECOND)
    assert principal_in(opened)
    do(sessions.touch, [opened.session_id])

    clock.advance(idle - SECOND)
    assert principal_in(opened)
    clock.advance(SECOND)
    assert principal_in(opened) is None


def test_looking_at_a_session_does_not_make_it_last(alice, clock):
    opened = opened_for(alice)
    clock.advance(2 * HOUR - SECOND)
    assert principal_in(opened)

    clock.advance(SECOND)
    assert principal_in(opened) is None


def test_lifetimes_are_settings(alice, clock, configure, database):
    configure(AUTHAPP_SESSION_HOURS=3, AUTHAPP_SESSION_IDLE_HOURS=1)
    opened = opened_for(alice)

    clock.advance(HOUR - SECOND)
    assert principal_in(opened)
    clock.advance(SECOND)
    assert principal_in(opened) is None


def test_only_a_kept_session_gives_its_cookie_an_age(alice):
    assert opened_for(alice, keep=True).max_age == 30 * 24 * 3600
    assert opened_for(alice).max_age is None


def test_where_a_session_was_opened_is_noted_and_cut_to_size(db, alice):
    opened = sessions.open(db, NewSession(alice.user_id, "a", "password"), Caller("9" * 500, "b" * 5000))

    row = db.get(Session, opened.session_id)

    assert (row.ip, row.browser) == ("9" * 64, "b" * 400)


def test_a_closed_session_is_over_and_the_others_are_not(alice, bob):
    other = opened_for(alice)

    do(session_ends.close, alice.me.session_id)

    assert do(sessions.resume, alice.key) is None
    assert principal_in(other)
    assert do(sessions.resume, bob.key)


def test_closing_a_closed_or_unknown_session_is_no_error(alice):
    for session_id in (alice.me.session_id, alice.me.session_id, "unknown", ""):
        do(session_ends.close, session_id)

    assert do(sessions.resume, alice.key) is None


def test_closing_all_spares_one_and_other_people(alice, bob):
    second, third = opened_for(alice), opened_for(alice, keep=True)

    do(session_ends.close_all, alice.user_id, spare=second.session_id)

    assert do(sessions.resume, alice.key) is None
    assert principal_in(third) is None
    assert principal_in(second)
    assert do(sessions.resume, bob.key)


def test_closing_all_without_a_spare_closes_all(alice):
    second = opened_for(alice)

    do(session_ends.close_all, alice.user_id)

    assert do(users.ended_among, [alice.me.session_id, second.session_id]) == {
        alice.me.session_id,
        second.session_id,
    }


def test_a_rule_for_a_session_that_ended_is_refused(alice):
    assert do(sessions.require, alice.me).id == alice.me.session_id
    do(session_ends.close, alice.me.session_id)

    for caller in (alice.me, SessionRef("", b""), SessionRef("unknown", alice.me.digest)):
        with pytest.raises(SessionExpired):
            do(sessions.require, caller)


def test_a_rule_for_a_key_that_was_replaced_is_refused(alice, bob):
    for digest in (b"", bob.me.digest, tokens.mint(alice.me.session_id).digest):
        caller = SessionRef(alice.me.session_id, digest)
        assert do(sessions.alive, caller) is None
        with pytest.raises(SessionExpired):
            do(sessions.require, caller)


def test_a_reference_goes_into_a_header_and_comes_back(alice):
    ref = SessionRef(alice.me.session_id, alice.me.digest)

    assert SessionRef.parse(str(ref)) == ref
    assert SessionRef.parse("") is None
    assert SessionRef.parse(alice.me.session_id) is None  # the form before the digest of the key became part of it
    assert tokens.parse(str(ref)) is None


def test_a_rule_for_a_session_that_sleeps_is_refused(alice, clock):
    clock.advance(2 * HOUR)

    with pytest.raises(SessionExpired):
        do(sessions.require, alice.me)


def test_a_locked_session_is_nobodys_until_its_ticket_is_claimed(alice):
    do(sessions.lock, alice.me)

    assert do(sessions.resume, alice.key) is None
    assert do(sessions.alive, alice.me) is None
    with pytest.raises(SessionExpired):
        do(sessions.lock, alice.me)


def test_the_sweep_finds_closed_expired_idle_and_unknown_sessions_only(alice, clock):
    kept, closed, idle = opened_for(alice, keep=True), opened_for(alice), opened_for(alice)
    do(session_ends.close, closed.session_id)
    clock.advance(2 * HOUR)
    fresh = opened_for(alice)
    asked = [kept.session_id, closed.session_id, idle.session_id, fresh.session_id, "unknown"]

    assert do(users.ended_among, asked) == {closed.session_id, idle.session_id, "unknown"}
    assert do(users.ended_among, []) == set()


def test_purging_deletes_ended_sessions_and_nothing_else(alice, clock):
    kept, idle = opened_for(alice, keep=True), opened_for(alice)
    clock.advance(2 * HOUR)

    do(sessions.purge)

    left = do(lambda db: set(db.exec(select(Session.id)).all()))
    assert left == {kept.session_id}
    assert idle.session_id not in left


def test_a_touch_reaches_only_the_sessions_that_were_used(alice, clock):
    used, unused = opened_for(alice), opened_for(alice)
    clock.advance(HOUR)
    do(sessions.touch, [used.session_id])
    clock.advance(HOUR + SECOND)

    assert principal_in(used)
    assert principal_in(unused) is None


def test_a_session_dies_with_its_user(alice):
    do(lambda db: db.delete(db.get(User, alice.user_id)))

    assert do(sessions.resume, alice.key) is None
    assert do(lambda db: db.exec(select(Session)).all()) == []
