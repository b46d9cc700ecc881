"""Social login: log in, register, link, unlink and prove with an identity provider."""

import hashlib
from datetime import timedelta

import pytest
from sqlmodel import select

from authapp.core.account import closing, emails, identities
from authapp.core.account.identities import Provider
from authapp.core.admin import cleanup
from authapp.core.authentication import accounts, login, provider_login, sign_up
from authapp.core.base import clock as core_clock
from authapp.core.base import identifiers
from authapp.core.base.callers import Caller
from authapp.core.base.errors import (
    InvalidActionKey,
    LinkNeeded,
    TooManyRequests,
    Unverified,
    UserNotRegistered,
)
from authapp.core.credentials import links
from authapp.core.sessions import sessions
from authapp.core.sessions.sessions import Opened
from authapp.core.sessions.tickets import BlockedLogin
from authapp.models import Email, Identity, User
from tests.kit import users
from tests.kit.identities import ISSUER, OTHER, claims, linked_subjects, log_in_with, proven
from tests.kit.messages import link_key, mails_to
from tests.kit.rules import do, race, refused
from tests.kit.users import HOME, TAB, audit_events, follow_link, principal_in

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.fixture(autouse=True)
def origins(monkeypatch):
    known = {"work": Provider("work", "Work"), "play": Provider("play", "Play")}
    monkeypatch.setattr(identities, "_registered", known)
    return known


def unproven(subject="alice", email="alice@example.com", **changed):
    return claims(subject, email=email, **changed)


def count(table):
    return len(do(lambda db: db.exec(select(table)).all()))


# --- log in, register ---------------------------------------------------------------------------------------------


def test_the_first_time_registers_with_the_names_that_the_origin_says(database):
    opened = log_in_with(proven())

    me = principal_in(opened)
    assert (me.first_name, me.last_name, me.method) == ("Alice", "Liddell", "foreign")
    assert linked_subjects(me.user_id) == [(ISSUER, "alice")]
    assert audit_events(opened)[0] == "logged_in"
    assert "signed_up" in audit_events(opened)


def test_a_verified_address_that_is_free_becomes_the_confirmed_main_address(database):
    opened = log_in_with(proven())

    (row,) = do(emails.listed, opened.user_id)
    assert (row.address, row.is_main, row.confirmed_at is not None) == ("alice@example.com", True, True)
    assert opened.identifier == "alice@example.com"


def test_the_second_time_logs_the_same_user_in(database):
    first = log_in_with(proven())

    second = log_in_with(proven())

    assert second.user_id == first.user_id
    assert count(User) == 1


def test_the_subject_alone_identifies_the_user(database):
    first = log_in_with(proven())

    assert log_in_with(proven(email="new@example.com")).user_id == first.user_id
    assert log_in_with(claims()).user_id == first.user_id
    assert do(identifiers.login_identifiers, first.user_id) == ["alice@example.com"]


def test_two_origins_with_the_same_subject_and_address_are_two_people(database):
    first = log_in_with(proven())

    with pytest.raises(LinkNeeded):
        log_in_with(proven(issuer=OTHER, provider="play"))
    second = log_in_with(claims(issuer=OTHER, provider="play"))

    assert second.user_id != first.user_id


def test_a_verified_email_alone_links_nothing(alice):
    refusal = refused(do, provider_login.log_in, proven(email=alice.email), keep=False, caller=HOME)

    assert isinstance(refusal, LinkNeeded)
    assert "link Work in your settings" in refusal.message
    assert count(Identity) == 0
    assert count(User) == 1


def test_without_an_address_it_goes_straight_in(database):
    opened = log_in_with(claims())

    assert isinstance(opened, Opened)
    assert do(identifiers.login_identifiers, opened.user_id) == []
    assert opened.identifier == "Alice Liddell"


def test_keep_me_logged_in_is_kept(database):
    assert log_in_with(claims(), keep=True).max_age == 30 * 86_400
    assert log_in_with(claims()).max_age is None


def test_the_session_a_browser_had_ends(alice):
    log_in_with(claims(), old=alice.me.session_id)

    assert do(sessions.alive, alice.me) is None


def test_a_closed_account_is_kept_when_its_person_logs_in(database):
    me = principal_in(log_in_with(claims()))
    do(closing.close, me, HOME)

    opened = log_in_with(claims())

    assert opened.user_id == me.user_id
    assert "reopened" in audit_events(opened)


def test_a_purged_account_takes_its_identities_along(database, clock):
    me = principal_in(log_in_with(claims()))
    do(closing.close, me, HOME)
    clock.advance(15 * DAY)

    do(closing.purge)

    assert count(Identity) == 0
    assert log_in_with(claims()).user_id != me.user_id


@pytest.mark.parametrize("wrong", ["", "x" * 256, "a\x00b", "\ud800", None, 7])
def test_a_subject_that_cannot_be_kept_is_refused(database, wrong):
    assert isinstance(refused(do, provider_login.log_in, claims(wrong), keep=False, caller=HOME), Unverified)
    assert count(User) == 0


def test_claims_that_cannot_be_stored_are_left_out(database):
    odd = claims(email="not an address", email_verified=True, first_name="x" * 500, last_name="\x00", about="\u202e")

    me = principal_in(log_in_with(odd))

    assert (me.first_name, me.last_name) == ("x" * 80, "")
    assert do(emails.listed, me.user_id) == []


@pytest.mark.parametrize("name", ["bob@example.com", "+49 1512 3456789", "+4915123456789", "0151 23456789", "...", ""])
def test_a_providers_user_name_is_never_taken_for_an_email_or_number(database, name):
    opened = log_in_with(claims(first_name="", last_name="", about=name))

    assert opened.identifier == "Work"


def test_an_address_that_is_not_verified_is_no_identifier(database):
    waiting = log_in_with(unproven())
    do(accounts.unblock, waiting.user_id, "email")

    opened = log_in_with(unproven())

    assert opened.identifier == "Work"
    assert do(accounts.find, "alice@example.com") is None


def test_a_token_is_good_once(database):
    token = {"token": hashlib.sha256(b"token").digest(), "until": core_clock.now() + HOUR}
    log_in_with(claims(**token))

    assert isinstance(refused(do, provider_login.log_in, claims(**token), keep=False, caller=HOME), Unverified)


def test_sign_ups_of_one_client_are_limited_and_logins_are_not(database):
    for number in range(10):
        log_in_with(claims(f"person {number}"))

    assert isinstance(refused(do, provider_login.log_in, claims("one more"), keep=False, caller=HOME), TooManyRequests)
    assert isinstance(log_in_with(claims("person 3")), Opened)


def test_eight_that_register_the_same_identity_are_one_user(database):
    found = race(8, lambda _: log_in_with(proven()))

    assert len({one.user_id for one in found}) == 1
    assert count(User) == count(Identity) == count(Email) == 1


def test_eight_new_identities_with_one_email_make_one_user(database):
    found = race(8, lambda number: log_in_with(proven(f"person {number}")))

    assert sum(isinstance(one, Opened) for one in found) == 1
    assert sum(isinstance(one, LinkNeeded) for one in found) == 7
    assert count(User) == count(Identity) == 1


def test_a_sign_up_by_mail_and_a_social_login_with_one_email_race_and_one_wins(database):
    key = users.sign_up("alice@example.com")

    def come(number):
        return log_in_with(proven()) if number % 2 else do(links.follow, key, None, tab=TAB)

    found = race(4, come)

    assert count(User) == count(Email) == 1
    assert all(isinstance(one, (Opened, links.Followed, LinkNeeded, InvalidActionKey)) for one in found)


# --- closed sign-up -----------------------------------------------------------------------------------------------


def test_where_sign_up_is_closed_nobody_new_gets_in_whichever_way(configure, database):
    known = log_in_with(claims())
    configure(AUTHAPP_SIGN_UP="closed")

    assert isinstance(refused(do, provider_login.log_in, claims("new"), keep=False, caller=HOME), UserNotRegistered)
    assert isinstance(refused(do, sign_up.sign_up, "new@example.com", HOME), UserNotRegistered)
    number = ("+49 1512 3456789", sign_up.NewUser("New", "", "a long enough password"), HOME)
    assert isinstance(refused(do, sign_up.sign_up_by_phone, *number), UserNotRegistered)
    assert count(User) == 1
    assert log_in_with(claims()).user_id == known.user_id


# --- an unverified email address ----------------------------------------------------------------------------------


def test_an_address_that_is_not_verified_has_to_be_confirmed_first(database):
    waiting = log_in_with(unproven())

    assert isinstance(waiting, BlockedLogin)
    assert waiting.reason == "email"
    (row,) = do(emails.listed, waiting.user_id)
    assert (row.address, row.confirmed_at) == ("alice@example.com", None)
    (mail,) = mails_to("alice@example.com")
    assert "an account at Work" in mail.text


def test_following_the_link_confirms_it_and_the_login_goes_on(database):
    waiting = log_in_with(unproven())

    assert follow_link(link_key(mails_to("alice@example.com")[0])).path == "/confirmed"

    (row,) = do(emails.listed, waiting.user_id)
    assert (row.is_main, row.confirmed_at is not None) == (True, True)
    opened = do(login.go_on, waiting.key, HOME, None)
    assert opened.user_id == waiting.user_id
    assert log_in_with(unproven()).identifier == "alice@example.com"


def test_the_link_signs_nobody_in(database):
    log_in_with(unproven())
    key = link_key(mails_to("alice@example.com")[0])

    look = do(links.peek, key, None)

    assert (look.outcome, look.connects) == (links.GOOD, False)
    assert follow_link(key).ticket == ""


def test_a_second_social_login_sends_another_mail_and_waits(database):
    log_in_with(unproven())

    assert isinstance(log_in_with(unproven()), BlockedLogin)

    assert len(mails_to("alice@example.com")) == 2
    assert count(User) == 1


def test_a_second_social_login_with_a_verified_email_ends_the_wait(database):
    waiting = log_in_with(unproven())

    opened = log_in_with(proven())

    assert opened.user_id == waiting.user_id
    assert opened.identifier == "alice@example.com"


def test_the_owner_of_the_address_is_told_and_who_asks_is_not(alice):
    waiting = log_in_with(unproven(email=alice.email))

    assert isinstance(waiting, BlockedLogin)
    assert "already belongs to yours" in mails_to(alice.email)[-1].text
    assert do(identifiers.owner, alice.email) == alice.user_id
    assert isinstance(log_in_with(proven(email=alice.email)), BlockedLogin)


def test_an_email_that_another_user_confirms_first_is_lost(database):
    log_in_with(unproven())
    key = link_key(mails_to("alice@example.com")[0])
    log_in_with(proven("another", issuer=OTHER, provider="play"))

    with pytest.raises(InvalidActionKey):
        follow_link(key)


def test_an_unconfirmed_social_sign_up_is_deleted(database, clock):
    waiting = log_in_with(unproven())
    kept = log_in_with(claims("kept"))
    clock.advance(7 * DAY + MINUTE)

    for purge in cleanup.PURGES.values():
        do(purge)

    assert do(lambda db: db.get(User, waiting.user_id)) is None
    assert do(lambda db: db.get(User, kept.user_id)) is not None


def test_mails_to_one_address_are_limited(database):
    for _ in range(8):
        log_in_with(unproven())

    assert len(mails_to("alice@example.com")) == 5


def test_after_the_address_comes_the_approval_where_one_is_needed(configure, database):
    configure(AUTHAPP_APPROVAL="true", AUTHAPP_ADMINS="boss@example.com")
    waiting = log_in_with(unproven())
    assert waiting.reason == "email"

    follow_link(link_key(mails_to("alice@example.com")[0]))

    assert do(login.go_on, waiting.key, HOME, None).reason == "approval"
    assert log_in_with(claims("another")).reason == "approval"


def test_a_login_from_a_browser_that_is_not_known_is_told_by_mail(database):
    log_in_with(proven())
    log_in_with(proven())
    assert mails_to("alice@example.com") == []

    log_in_with(proven(), Caller("198.51.100.7", "curl/8"))

    assert "new" in mails_to("alice@example.com")[-1].subject.lower()
