"""Races between logins, links, tickets and limits."""

from datetime import timedelta

import pytest
from sqlmodel import select

from authapp.core.authentication import accounts, login, proofs, recovery, sign_up
from authapp.core.base import rate_limits
from authapp.core.base.callers import Caller
from authapp.core.base.errors import (
    ChallengeNotFoundOrExpired,
    InvalidActionKey,
    SessionExpired,
    TicketNotFoundOrExpired,
    TooManyRequests,
)
from authapp.core.base.rate_limits import RateLimit
from authapp.core.credentials import links
from authapp.core.sessions import session_ends, sessions
from authapp.core.sessions import tickets as ticket_rules
from authapp.core.sessions.sessions import NewSession
from authapp.models import Email, Message, RateCounter, Session, Ticket, User
from tests.kit import users
from tests.kit.messages import written_to
from tests.kit.rules import do, race, winners
from tests.kit.scram import ask, send
from tests.kit.users import HOME, PASSWORD, TAB

MINUTE = timedelta(minutes=1)


def count(table):
    return do(lambda db: len(db.exec(select(table)).all()))


@pytest.mark.parametrize("uses", [1, 3])
def test_eight_threads_spend_exactly_the_remaining_uses(database, uses):
    id = do(links.issue, "sign_up", email="a@example.com", valid_for=MINUTE, uses=uses).rpartition("#")[2][:16]

    spent = race(8, lambda _: do(rate_limits.spend, links.ActionLink, id))

    assert sorted(spent) == [False] * (8 - uses) + [True] * uses


def test_eight_see_a_thing_for_the_first_time_and_one_is_right(database, clock):
    until = clock.now() + MINUTE

    assert sorted(race(8, lambda _: do(rate_limits.once, b"a", until))) == [False] * 7 + [True]


def test_eight_follow_one_sign_up_link_and_one_account_comes_to_be(database):
    key = users.sign_up("carol@example.com")

    followed = race(8, lambda number: do(links.follow, key, None, tab=f"tab {number}"))

    assert len(winners(followed, InvalidActionKey)) == 1
    assert (count(User), count(Email), count(Ticket)) == (1, 1, 1)


@pytest.mark.parametrize("number", range(3))
def test_eight_links_of_one_address_are_followed_at_once_and_one_account_comes_to_be(database, configure, number):
    configure(AUTHAPP_RATE_LIMITS="false")
    keys = [users.sign_up("carol@example.com") for _ in range(8)]

    followed = race(8, lambda number: do(links.follow, keys[number], None, tab=TAB))

    assert len(winners(followed, InvalidActionKey)) == 1
    assert (count(User), count(Email), count(Ticket)) == (1, 1, 1)


def test_eight_follow_recovery_links_at_once_and_one_gets_in(alice, configure):
    configure(AUTHAPP_RATE_LIMITS="false")
    for _ in range(8):
        do(recovery.recover, alice.email, HOME)
    texts = [text for text in written_to(alice.email) if "recover your account" in text]
    keys = [text.partition("/link#")[2].split()[0] for text in texts]

    followed = race(8, lambda number: do(links.follow, keys[number], None, tab=TAB))

    assert len(winners(followed, InvalidActionKey)) == 1
    assert count(Session) == 0


def test_eight_claim_one_ticket_and_one_session_opens(alice):
    ticket = do(login.with_password, proofs.Credentials(alice.email, PASSWORD), keep=False, tab=TAB, caller=HOME).ticket
    before = count(Session)

    opened = race(8, lambda _: do(login.claim, ticket, [TAB], HOME, None))

    assert len(winners(opened, TicketNotFoundOrExpired)) == 1
    assert count(Session) == before + 1


def test_eight_claim_a_new_key_and_the_one_that_got_it_has_the_session(alice):
    ticket = do(
        accounts.set_password,
        alice.me,
        accounts.NewPassword("another good sentence", "another good sentence"),
        tab=TAB,
        caller=HOME,
    )

    (opened,) = set(race(8, lambda _: do(login.claim, ticket, [TAB], HOME, alice.me)))  # all get the same answer

    assert do(sessions.resume, opened.key).session_id == alice.me.session_id
    assert count(Session) == 1


def test_eight_answer_one_challenge_and_one_gets_a_ticket(alice):
    answered = ask(alice.email, PASSWORD)
    before = count(Ticket)

    welcomes = race(8, lambda _: send(answered))

    assert len(winners(welcomes, ChallengeNotFoundOrExpired)) == 1
    assert count(Ticket) == before + 1


def test_eight_wrong_answers_to_one_challenge_count_as_one_failure(alice, clock):
    answered = ask(alice.email, "a wrong password")

    assert winners(race(8, lambda _: send(answered))) == []

    three_for_her_sign_up, one_for_her_name, one_for_herself = [1, 1, 1], [1], [1]
    one_for_her_client, two_for_her_settings = [1], [2]
    counts = do(lambda db: db.exec(select(RateCounter.count)).all())
    once = three_for_her_sign_up + one_for_her_name + one_for_herself + one_for_her_client
    assert sorted(counts) == once + two_for_her_settings


def test_eight_tries_are_counted_as_eight(database, clock):
    race(8, lambda _: do(rate_limits.allows, "alice", RateLimit("knocks", 3, MINUTE)))

    assert do(lambda db: db.exec(select(RateCounter.count)).one()) == 8


def test_a_limit_lets_exactly_as_many_through_as_it_says(database, clock):
    results = race(8, lambda _: do(rate_limits.throttle, "alice", RateLimit("knocks", 3, MINUTE)))

    assert len(winners(results, TooManyRequests)) == 3


def test_eight_failures_at_once_are_counted_as_eight(database, clock):
    race(8, lambda number: do(rate_limits.count_failure, "alice@example.com", f"client {number}"))

    assert sorted(do(lambda db: db.exec(select(RateCounter.count)).all())) == [1] * 8 + [8, 8]  # the name, and its user


def test_the_failure_that_closes_a_password_is_one_of_eight_at_once(alice, clock):
    for number in range(rate_limits.FAILURES_PER_USER.most - 4):
        do(rate_limits.count_failure, alice.email, f"client {number}", alice.user_id)

    results = race(8, lambda number: do(rate_limits.count_failure, f"{number}@example.com", str(number), alice.user_id))

    assert sorted(results) == [False] * 7 + [True]


def test_a_right_login_among_eight_failures_at_once_resets_the_count_or_comes_too_late(alice, clock):
    for number in range(rate_limits.FAILURES_PER_USER.most - 4):
        do(rate_limits.count_failure, f"{number}@example.com", f"client {number}", alice.user_id)

    def log_in_or_fail(number):
        if number == 0:
            failures = do(rate_limits.check_failures, alice.email, "right", alice.user_id)
            return not failures.too_many and do(rate_limits.forgive, failures)
        return do(rate_limits.count_failure, f"{number} more@example.com", f"client {number}", alice.user_id)

    is_in = race(8, log_in_or_fail)[0]

    failures = do(rate_limits.check_failures, alice.email, "right", alice.user_id)
    assert is_in is not failures.too_many


def test_eight_ask_for_an_account_at_once_and_five_mails_are_written(database, clock):
    race(8, lambda number: do(sign_up.sign_up, "carol@example.com", Caller(f"client {number}")))

    assert count(Message) == 5


def test_a_session_that_ends_while_its_password_changes_is_signed_out_or_changed_never_both(alice):
    def change(_):
        return do(
            accounts.set_password,
            alice.me,
            accounts.NewPassword("another good sentence", "another good sentence"),
            tab=TAB,
            caller=HOME,
        )

    deeds = [change, lambda _: do(session_ends.close, alice.me.session_id)]
    results = race(8, lambda number: deeds[number % 2](number))

    winners(results)
    assert do(sessions.alive, alice.me) is None


def test_a_session_that_ends_while_its_new_key_is_claimed_ends_and_nothing_breaks(alice):
    for _ in range(10):
        opened = do(sessions.open, NewSession(alice.user_id, alice.email, "password"), HOME)
        me = do(sessions.resume, opened.key)
        ticket = do(ticket_rules.issue_renewal, me, tab=TAB, proved=True)
        deeds = [(login.claim, ticket, [TAB], HOME, me), (session_ends.close, me.session_id)]

        winners(race(2, lambda number, deeds=deeds: do(*deeds[number])), TicketNotFoundOrExpired)

        assert users.principal(me.session_id) is None


def test_of_three_new_passwords_with_one_key_one_is_set_and_its_ticket_alone_is_good(alice):
    def change(number):
        new = f"another good sentence {number}"
        return do(accounts.set_password, alice.me, accounts.NewPassword(new, new), tab=TAB, caller=HOME)

    (ticket,) = winners(race(3, change), SessionExpired)

    assert count(Ticket) == 1
    opened = do(login.claim, ticket, [TAB], HOME, alice.me)
    assert do(sessions.resume, opened.key).user_id == alice.user_id


def test_eight_proofs_of_one_key_are_claimed_at_once_and_one_gives_the_new_key(alice):
    tickets = [do(ticket_rules.issue_renewal, alice.me, tab=TAB, proved=True) for _ in range(8)]

    opened = race(8, lambda number: do(login.claim, tickets[number], [TAB], HOME, alice.me))

    (renewed,) = winners(opened, TicketNotFoundOrExpired)
    assert do(sessions.resume, renewed.key).user_id == alice.user_id
