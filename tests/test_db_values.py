"""Values in the database: constraints, times, and errors that show no values."""

from datetime import UTC, datetime, timedelta, timezone
from uuid import uuid4

import pytest
from sqlalchemy import text, update
from sqlalchemy.exc import DBAPIError, IntegrityError, StatementError
from sqlmodel import select

from authapp.core import execute
from authapp.models import Email, Spent, User
from tests.kit.rules import do

AT = datetime(2026, 3, 29, 1, 30, tzinfo=timezone(timedelta(hours=2)))

CANARY = "canary-7f3a"


def test_a_row_without_its_user_cannot_be_written(database):
    with pytest.raises(IntegrityError):
        do(lambda db: db.add(Email(user_id=uuid4(), address="a@example.com", added_at=AT)))


def test_an_address_is_confirmed_by_one_user_only_and_claimed_by_many(alice, bob):
    def claim(db, address, confirmed_at=None):
        db.add(Email(user_id=bob.user_id, address=address, added_at=AT, confirmed_at=confirmed_at))

    do(claim, "free@example.com")
    do(claim, alice.email)
    with pytest.raises(IntegrityError):
        do(claim, alice.email)  # the same person twice
    with pytest.raises(IntegrityError):
        do(
            execute,
            update(Email).where(Email.user_id == bob.user_id, Email.address == alice.email).values(confirmed_at=AT),
        )


def test_a_user_has_one_main_address(alice):
    with pytest.raises(IntegrityError):
        do(lambda db: db.add(Email(user_id=alice.user_id, address="b@example.com", added_at=AT, is_main=True)))


def test_times_come_back_equal_and_in_utc(alice):
    def write(db):
        user = db.get(User, alice.user_id)
        user.created_at = AT

    do(write)

    kept = do(lambda db: db.get(User, alice.user_id).created_at)
    assert kept == AT
    assert kept.tzinfo is UTC
    assert do(lambda db: db.exec(select(User.id).where(User.created_at == AT)).all()) == [alice.user_id]
    assert do(lambda db: db.exec(select(User.id).where(User.created_at < AT)).all()) == []


def test_times_keep_their_microseconds_and_their_order(database):
    times = [AT + timedelta(microseconds=step) for step in (0, 1, 999_999, 1_000_000)]
    do(lambda db: [db.add(Spent(digest=bytes([number]), expires_at=at)) for number, at in enumerate(times)])

    assert do(lambda db: db.exec(select(Spent.expires_at).order_by(Spent.expires_at)).all()) == times


def test_a_time_without_a_zone_is_not_written(database):
    with pytest.raises(StatementError):
        do(lambda db: db.add(Spent(digest=b"a", expires_at=datetime(2026, 1, 1))))

    assert do(lambda db: db.exec(select(Spent)).all()) == []


def text_of(problem):
    """Return everything that a log would print of an exception."""
    return f"{problem!s} {problem!r} {getattr(problem, 'orig', '')!s}"


def test_an_error_of_the_database_never_shows_what_was_written(alice):
    def claim(db):
        db.add(Email(user_id=alice.user_id, address=CANARY, added_at=AT, confirmed_at=AT))
        db.flush()

    def unowned(db):
        db.add(Email(user_id=uuid4(), address=CANARY, added_at=AT))

    def incomplete(db):
        db.exec(text("INSERT INTO auth_spent (digest) VALUES (:digest)"), params={"digest": CANARY.encode()})

    do(claim)
    for rule in (claim, unowned, incomplete):
        with pytest.raises(IntegrityError) as raised:
            do(rule)
        assert CANARY not in text_of(raised.value)
        assert CANARY.encode().hex() not in text_of(raised.value)


def test_an_error_in_a_statement_never_shows_its_parameters(database):
    with pytest.raises(DBAPIError) as raised:
        do(lambda db: db.exec(text("SELECT * FROM auth_nothing WHERE secret = :secret"), params={"secret": CANARY}))

    assert CANARY not in text_of(raised.value)
