"""Cleanup of expired rows: once in a period, by one of many processes."""

import asyncio
from datetime import timedelta

import pytest
from sqlmodel import select

from authapp.background.cleanup import clean_up
from authapp.core.account import closing, emails
from authapp.core.admin import cleanup
from authapp.core.authentication import login
from authapp.core.base import clock as core_clock
from authapp.core.sessions import sessions, tickets
from authapp.core.sessions.sessions import NewSession
from authapp.db import _threads
from authapp.models import AuditEvent, Email, Message, RateCounter, Session, Spent, Ticket, User
from tests.kit.contacts import add_unconfirmed_email
from tests.kit.messages import mails_to
from tests.kit.rules import do, race
from tests.kit.users import HOME, TAB

PERIOD, DAY = cleanup.EVERY, timedelta(days=1)


@pytest.fixture
def ran():
    return []


@pytest.fixture
def counting(ran):
    return lambda db: ran.append("counting")


def test_the_list_has_every_module_that_purges_and_each_once():
    assert len(set(cleanup.PURGES.values())) == len(cleanup.PURGES)
    assert sorted(cleanup.PURGES) == [
        "audit",
        "closing",
        "codes",
        "emails",
        "limits",
        "links",
        "outbox",
        "provider logins",
        "returns",
        "sessions",
        "waitlist",
    ]


def test_one_of_eight_threads_cleans_up_in_a_period(database, clock, ran, counting):
    for rounds in range(1, 4):
        results = race(8, lambda _: do(cleanup.tidy, "counting", counting))
        assert results == [None] * 8
        assert len(ran) == rounds
        clock.advance(PERIOD)


def test_each_cleanup_runs_in_one_of_eight_threads(database, clock, monkeypatch, ran):
    names = list(cleanup.PURGES)
    purges = [(name, lambda db, name=name: ran.append(name)) for name in names]

    race(8, lambda number: [do(cleanup.tidy, *purge) for purge in purges[number % 3 :] + purges[: number % 3]])

    assert sorted(ran) == sorted(names)


def test_a_failed_cleanup_may_run_again_in_the_same_period(database, clock, ran, counting):
    with pytest.raises(ZeroDivisionError):
        do(cleanup.tidy, "counting", lambda db: 1 / 0)
    do(cleanup.tidy, "counting", counting)

    assert ran == ["counting"]


async def kept_house_until(ready):
    task = asyncio.create_task(clean_up())
    await asyncio.wait_for(ready.wait(), 30)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    _threads().shutdown()  # the cancelled work still runs to its end


def test_a_purge_that_fails_stops_no_other_and_is_told_without_its_text(database, monkeypatch, ran, caplog):
    async def rounds():
        done, loop = asyncio.Event(), asyncio.get_running_loop()
        monkeypatch.setattr(
            cleanup,
            "PURGES",
            {
                "first": lambda db: ran.append("first"),
                "broken": lambda db: {}["secret@example.com"],
                "last": lambda db: (ran.append("last"), loop.call_soon_threadsafe(done.set)),
            },
        )
        await kept_house_until(done)

    asyncio.run(rounds())

    assert ran == ["first", "last"]
    assert "skipped until the next run: broken (KeyError)" in caplog.text
    assert "secret@example.com" not in caplog.text


def test_the_whole_list_runs_on_a_database_with_people_in_it(alice, clock):
    add_unconfirmed_email(alice, "waiting@example.com")
    do(closing.close, alice.me, HOME)
    clock.advance(400 * DAY)

    for purge in cleanup.PURGES.items():
        do(cleanup.tidy, *purge)

    for table in (User, Email, Session, Ticket, Message, AuditEvent, RateCounter):
        assert do(lambda db, table=table: db.exec(select(table)).all()) == [], table
    until = do(lambda db: db.exec(select(Spent.expires_at)).all())
    assert all(one > core_clock.now() for one in until)
    assert len(until) <= len(cleanup.PURGES)


def test_live_rows_are_kept(alice, clock):
    key = add_unconfirmed_email(alice, "waiting@example.com")
    ticket = do(tickets.issue_ticket, NewSession(alice.user_id, alice.email, "password"), tab=TAB)
    before = len(mails_to(alice.email))

    for purge in cleanup.PURGES.items():
        do(cleanup.tidy, *purge)

    assert do(sessions.resume, alice.key)
    assert len(do(emails.listed, alice.user_id)) == 2
    assert len(mails_to(alice.email)) == before
    assert key
    assert do(login.claim, ticket, [TAB], HOME, None).user_id == alice.user_id


def test_mails_are_forgotten_after_the_days_of_the_setting(alice, clock, configure):
    configure(AUTHAPP_MESSAGE_DAYS=3)
    clock.advance(3 * DAY - timedelta(minutes=1))
    do(cleanup.tidy, "outbox", cleanup.queue.purge)
    assert mails_to(alice.email)

    clock.advance(PERIOD)
    do(cleanup.tidy, "outbox", cleanup.queue.purge)
    assert mails_to(alice.email) == []
