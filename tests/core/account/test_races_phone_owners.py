"""Races between the owners of phone numbers, and everything at once."""

from datetime import timedelta

import pytest

from authapp.core.account import closing, emails, phones
from authapp.core.authentication import accounts, login, recovery
from authapp.core.base import identifiers
from authapp.core.base.errors import (
    BadInput,
    CodeNotFoundOrExpired,
    SessionExpired,
    StepNotFoundOrExpired,
    TooManyRequests,
)
from authapp.core.credentials import codes, links
from authapp.core.sessions import sessions
from authapp.models import Code, Email, Phone, Session, Ticket, User
from tests.kit.codes import PURPOSE, begin, join_by_phone
from tests.kit.contacts import (
    FREE,
    HERS,
    OTHER,
    add_email,
    add_phone,
    email_id,
    email_rows,
    phone_number,
    phone_rows,
    phones_of,
)
from tests.kit.messages import code_to, link_key, mails_to
from tests.kit.rules import do, race, winners
from tests.kit.tables import count_rows
from tests.kit.users import HOME, PASSWORD, TAB, log_in

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)

GONE = (StepNotFoundOrExpired, CodeNotFoundOrExpired)


# Ways in


@pytest.mark.parametrize("number", range(3))
def test_eight_remove_the_last_ways_in_at_once_and_one_stays(alice, number):
    phone = add_phone(alice, FREE)
    email = email_id(alice, alice.email)

    def remove(number):
        return do(phones.remove, alice.me, phone, HOME) if number % 2 else do(emails.remove, alice.me, email, HOME)

    results = race(8, remove)

    assert winners(results, BadInput) == [None]
    assert len(do(identifiers.login_identifiers, alice.user_id)) == 1
    assert do(sessions.resume, alice.key).identifier == do(identifiers.login_identifiers, alice.user_id)[0]


def test_eight_remove_eight_of_nine_ways_in_at_once_and_whatever_goes_one_is_left_and_main(alice):
    for last in range(1, 5):
        add_phone(alice, phone_number(last))
        add_email(alice, f"alice{last}@example.com")
    removals = [(phones.remove, str(one.id)) for one in phone_rows(alice)]
    removals += [(emails.remove, str(one.id)) for one in email_rows(alice)[:4]]

    results = race(8, lambda number: do(removals[number][0], alice.me, removals[number][1], HOME))

    assert len(winners(results)) == 8
    (left,) = email_rows(alice)
    assert left.is_main
    assert phones_of(alice) == []


def test_a_number_is_added_while_the_last_address_is_removed_and_a_way_in_stays(alice):
    step, code = do(phones.add, alice.me, FREE, HOME), code_to(FREE)
    email = email_id(alice, alice.email)
    ways = [
        lambda: do(phones.confirm, alice.me, step.key, code, HOME),
        lambda: do(emails.remove, alice.me, email, HOME),
    ]

    results = race(2, lambda number: ways[number]())

    assert results[0] is None
    winners(results, BadInput)
    assert FREE in do(identifiers.login_identifiers, alice.user_id)


def test_eight_make_eight_ways_main_at_once_and_one_of_each_kind_is(alice):
    for last in range(4):
        add_phone(alice, phone_number(last))
        add_email(alice, f"alice{last}@example.com")
    changes = [(phones.make_main, str(one.id)) for one in phone_rows(alice)]
    changes += [(emails.make_main, str(one.id)) for one in email_rows(alice)[:4]]

    winners(race(8, lambda number: do(changes[number][0], alice.me, changes[number][1], HOME)))

    assert sum(one.is_main for one in phone_rows(alice)) == 1
    assert sum(one.is_main for one in email_rows(alice)) == 1


# Everything at once, without deadlocks


@pytest.mark.parametrize("number", range(3))
def test_changes_of_all_kinds_to_one_account_at_once_get_in_each_others_way_but_not_stuck(alice, clock, number):
    kept, removed = add_phone(alice, FREE), add_phone(alice, HERS)
    second = add_email(alice, "second@example.com")
    clock.advance(5 * MINUTE)
    step, code = do(recovery.recover_by_phone, FREE, HOME), code_to(FREE)
    clock.advance(MINUTE)
    adding = do(phones.add, alice.me, OTHER, HOME)
    added = code_to(OTHER)
    ways = [
        lambda: do(recovery.confirm_recovery, step.key, code, tab=TAB, caller=HOME),
        lambda: do(phones.remove, alice.me, removed, HOME),
        lambda: do(phones.make_main, alice.me, kept, HOME),
        lambda: do(emails.make_main, alice.me, second, HOME),
        lambda: do(phones.add, alice.me, phone_number(7), HOME),
        lambda: do(accounts.set_names, alice.me, "Alicia", "", HOME),
        lambda: do(phones.confirm, alice.me, adding.key, added, HOME),
        lambda: do(emails.remove, alice.me, second, HOME),
        lambda: do(accounts.set_password, alice.me, accounts.NewPassword(PASSWORD, PASSWORD), tab=TAB, caller=HOME),
    ]

    results = race(len(ways), lambda number: ways[number]())

    assert isinstance(results[0], (str, StepNotFoundOrExpired, CodeNotFoundOrExpired))
    winners(results, (BadInput, SessionExpired, TooManyRequests, *GONE))


@pytest.mark.parametrize("number", range(3))
def test_a_user_objects_while_the_thief_removes_and_adds_again(alice, clock, number):
    thief = add_phone(alice, OTHER)
    key = link_key(mails_to(alice.email)[-1])
    clock.advance(5 * MINUTE)
    step = begin(OTHER)
    ways = [
        lambda: do(links.follow, key, None, tab=TAB, caller=HOME),
        lambda: do(phones.remove, alice.me, thief, HOME),
        lambda: do(phones.make_main, alice.me, thief, HOME),
        lambda: do(codes.confirm, PURPOSE, step.key, code_to(OTHER)),
    ]

    results = race(4, lambda number: ways[number]())

    assert not isinstance(results[0], BaseException)
    winners(results, (BadInput, SessionExpired, *GONE))
    assert phones_of(alice) == []
    assert do(sessions.resume, alice.key) is None


@pytest.mark.parametrize("number", range(3))
@pytest.mark.parametrize("way", ["log in", "recover"])
def test_a_return_by_phone_during_the_purge_keeps_the_account_or_is_refused(database, clock, number, way):
    nina = join_by_phone(HERS)
    do(closing.close, nina.me, HOME)
    clock.advance(14 * DAY)
    step = do(recovery.recover_by_phone, HERS, HOME)
    code = code_to(HERS)

    def arrive():
        if way == "log in":
            return log_in(nina)
        ticket = do(recovery.confirm_recovery, step.key, code, tab=TAB, caller=HOME)
        return do(login.claim, ticket, [TAB], HOME, None)

    results = race(2, lambda number: [arrive, lambda: do(closing.purge)][number]())

    arrived = [opened for opened in winners(results) if opened]
    kept = do(lambda db: db.get(User, nina.user_id))
    assert results[1] is None
    assert len(arrived) == (1 if kept else 0)
    if arrived:
        assert kept.closes_at is None
        assert do(sessions.resume, arrived[0].key)
    else:
        assert count_rows(User, Phone, Code, Email, Session, Ticket) == [0] * 6


def test_expired_steps_are_deleted_while_others_type_their_codes(database, clock):
    for _ in range(4):
        begin()
        clock.advance(2 * MINUTE)
    clock.advance(54 * MINUTE)
    step, code = begin(), code_to(FREE)
    ways = [lambda: do(codes.purge), lambda: do(codes.confirm, PURPOSE, step.key, code)]

    results = race(8, lambda number: ways[number % 2]())

    assert len(winners(results, GONE)) == 5
    assert do(codes.peek, PURPOSE, step.key) is None
