"""The list of a user's sessions, and logging out others."""

from datetime import timedelta

import pytest

from authapp.core.authentication import login
from authapp.core.base.callers import Caller
from authapp.core.base.errors import BadInput, SessionExpired
from authapp.core.sessions import session_ends, session_list, sessions, tickets
from authapp.core.sessions.sessions import NewSession
from authapp.models import Session
from tests.kit.rules import do
from tests.kit.users import HOME, audit_events, principal

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
FIREFOX = Caller("198.51.100.7", "Mozilla/5.0 (X11; Linux x86_64; rv:141.0) Gecko/20100101 Firefox/141.0")


def open_for(person, *, keep=False, caller=HOME):
    return do(sessions.open, NewSession(person.user_id, person.email, "password", keep), caller).session_id


def listed(person):
    return do(session_list.listed, person.me)


def ids(person):
    return [one.id for one in listed(person)]


def test_this_session_comes_first_then_the_one_that_was_seen_last(clock, alice):
    first, second = open_for(alice), open_for(alice)
    clock.advance(MINUTE)
    do(sessions.touch, [first])

    assert ids(alice) == [alice.me.session_id, first, second]
    assert [one.is_this for one in listed(alice)] == [True, False, False]


def test_a_session_is_told_by_browser_address_and_times(clock, alice):
    before = clock.now()
    open_for(alice, caller=FIREFOX)

    one = listed(alice)[1]

    assert (one.browser, one.ip) == ("Firefox on Linux", "198.51.100.7")
    assert before < one.opened_at == one.last_seen_at < clock.now()


def test_the_user_agent_of_a_browser_is_not_shown(alice):
    open_for(alice, caller=Caller("", "https://evil.example/x/1.0 CFNetwork/1.2 Darwin/3"))

    assert listed(alice)[1].browser == "an unknown browser"


def test_other_peoples_sessions_are_never_listed(alice, bob):
    open_for(bob)

    assert ids(alice) == [alice.me.session_id]


def test_sessions_that_are_over_are_not_listed_though_nobody_purged_them(clock, alice):
    closed, idle, kept = open_for(alice), open_for(alice), open_for(alice, keep=True)
    do(session_ends.close, closed)
    for _ in range(2):
        clock.advance(2 * HOUR - SECOND)
        do(sessions.touch, [alice.me.session_id])

    assert ids(alice) == [alice.me.session_id, kept]
    assert do(lambda db: db.get(Session, idle))
    clock.advance(9 * HOUR)
    assert ids(alice) == [kept]


def test_another_session_is_signed_out_and_that_is_written_down(alice):
    other, third = open_for(alice, caller=FIREFOX), open_for(alice)

    do(session_list.end_session, alice.me, other, HOME)

    assert principal(other) is None
    assert set(ids(alice)) == {alice.me.session_id, third}
    assert audit_events(alice)[0] == "session_ended"


def test_open_tabs_of_a_session_that_was_signed_out_are_told_after_the_commit(alice, monkeypatch):
    told = []
    monkeypatch.setattr("authapp.db.on_commit", [lambda changes: told.extend(changes.sessions_ended)])
    other = open_for(alice)

    do(session_list.end_session, alice.me, other, HOME)

    assert told == [other]


def test_another_users_session_is_refused_like_an_ended_one(alice, bob):
    for id in (bob.me.session_id, "unknown"):
        with pytest.raises(BadInput) as refusal:
            do(session_list.end_session, alice.me, id, HOME)
        assert refusal.value.message == "This session has already ended."

    assert do(sessions.resume, bob.key)
    assert "session_ended" not in audit_events(alice) + audit_events(bob)


@pytest.mark.parametrize("id", [None, {}, 7, "", "x", "x\x00", "\ud800", "x" * 10_000], ids=ascii)
def test_nonsense_is_refused_and_ends_nothing(alice, id):
    open_for(alice)
    before = ids(alice)

    with pytest.raises(BadInput):
        do(session_list.end_session, alice.me, id, HOME)

    assert ids(alice) == before


def test_a_session_signed_out_twice_is_over_the_second_time(alice):
    other = open_for(alice)
    do(session_list.end_session, alice.me, other, HOME)

    with pytest.raises(BadInput):
        do(session_list.end_session, alice.me, other, HOME)
    assert audit_events(alice).count("session_ended") == 1


def test_every_other_session_and_ticket_ends_and_this_one_stays(alice, bob):
    open_for(alice), open_for(alice, keep=True)
    ticket = do(tickets.issue_ticket, NewSession(alice.user_id, alice.email, "password"), tab="a")

    do(session_list.log_out_others, alice.me, HOME)

    assert ids(alice) == [alice.me.session_id]
    assert do(sessions.resume, alice.key)
    assert do(sessions.resume, bob.key)
    with pytest.raises(tickets.TicketNotFoundOrExpired):
        do(login.claim, ticket, ["a"], HOME, None)
    assert audit_events(alice)[0] == "others_ended"


def test_a_logged_out_user_ends_no_sessions(alice):
    other = open_for(alice)
    do(session_ends.close, alice.me.session_id)

    with pytest.raises(SessionExpired):
        do(session_list.end_session, alice.me, other, HOME)
    with pytest.raises(SessionExpired):
        do(session_list.log_out_others, alice.me, HOME)
    assert principal(other)


def test_a_touch_writes_once_a_minute_at_most(clock, alice):
    def seen():
        return do(sessions.alive, alice.me).last_seen_at

    first = seen()
    clock.advance(MINUTE - SECOND)
    do(sessions.touch, [alice.me.session_id])
    assert seen() == first

    clock.advance(SECOND)
    do(sessions.touch, [alice.me.session_id])
    second = seen()
    assert second >= first + MINUTE
    do(sessions.touch, [alice.me.session_id])
    assert seen() == second


def test_logging_out_ends_the_session_and_is_written_down(alice):
    other = open_for(alice)

    do(sessions.log_out, alice.me, HOME)

    assert do(sessions.resume, alice.key) is None
    assert principal(other)
    assert audit_events(alice)[0] == "logged_out"
