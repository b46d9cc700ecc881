"""Social login: log in, register, link, unlink and prove with an identity provider."""

import hashlib
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlmodel import select

from authapp.core.account import closing, data, emails, identities
from authapp.core.account.identities import Claims, Origin
from authapp.core.admin import housekeeping
from authapp.core.authentication import accounts, foreign, login, sign_up, step_up
from authapp.core.base import clock as core_clock
from authapp.core.base import identifiers
from authapp.core.base.devices import Client
from authapp.core.base.errors import (
    BadInput,
    DeadLink,
    FlowGone,
    IdentityTaken,
    LinkNeeded,
    LoggedOut,
    SignUpClosed,
    StepUpNeeded,
    TooManyRequests,
    Unverified,
    WrongIdentity,
)
from authapp.core.credentials import links
from authapp.core.sessions import sessions
from authapp.core.sessions.sessions import Opened
from authapp.core.sessions.tickets import Waiting
from authapp.models import Email, Identity, User
from tests.kit import users
from tests.kit.contacts import add_email, email_rows
from tests.kit.messages import link_key, mails_to
from tests.kit.rules import do, race, refused, winners
from tests.kit.users import HOME, TAB, audit_events, follow_link, principal_in

ISSUER, OTHER = "https://id.example", "https://other.example"
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.fixture(autouse=True)
def origins(monkeypatch):
    known = {"work": Origin("work", "Work"), "play": Origin("play", "Play")}
    monkeypatch.setattr(identities, "_registered", known)
    return known


def claims(subject="alice", **changed):
    facts = {"origin": ISSUER, "name": "work", "first_name": "Alice", "last_name": "Liddell"}
    return Claims(subject, **facts | changed)


def proven(subject="alice", email="alice@example.com", **changed):
    return claims(subject, email=email, email_verified=True, **changed)


def unproven(subject="alice", email="alice@example.com", **changed):
    return claims(subject, email=email, **changed)


def log_in_with(said, client=HOME, keep=False, old=None):
    return do(foreign.log_in, said, keep=keep, client=client, old_session_id=old)


def count(table):
    return len(do(lambda db: db.exec(select(table)).all()))


def linked_subjects(user_id):
    return [(one.origin, one.subject) for one in do(identities.listed, user_id)]


def id_of(user_id):
    return str(do(identities.listed, user_id)[0].id)


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


def test_who_it_is_says_the_subject_alone_whatever_the_address(database):
    first = log_in_with(proven())

    assert log_in_with(proven(email="new@example.com")).user_id == first.user_id
    assert log_in_with(claims()).user_id == first.user_id
    assert do(identifiers.ways_in, first.user_id) == ["alice@example.com"]


def test_two_origins_with_the_same_subject_and_address_are_two_people(database):
    first = log_in_with(proven())

    with pytest.raises(LinkNeeded):
        log_in_with(proven(origin=OTHER, name="play"))
    second = log_in_with(claims(origin=OTHER, name="play"))

    assert second.user_id != first.user_id


def test_a_verified_email_alone_links_nothing(alice):
    refusal = refused(do, foreign.log_in, proven(email=alice.email), keep=False, client=HOME)

    assert isinstance(refusal, LinkNeeded)
    assert "link Work in your settings" in refusal.message
    assert count(Identity) == 0
    assert count(User) == 1


def test_without_an_address_it_goes_straight_in(database):
    opened = log_in_with(claims())

    assert isinstance(opened, Opened)
    assert do(identifiers.ways_in, opened.user_id) == []
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
    assert isinstance(refused(do, foreign.log_in, claims(wrong), keep=False, client=HOME), Unverified)
    assert count(User) == 0


def test_what_cannot_be_kept_besides_is_left_out(database):
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
    do(accounts.stop_waiting, waiting.user_id, "email")

    opened = log_in_with(unproven())

    assert opened.identifier == "Work"
    assert do(accounts.find, "alice@example.com") is None


def test_a_token_is_good_once(database):
    token = {"token": hashlib.sha256(b"token").digest(), "until": core_clock.now() + HOUR}
    log_in_with(claims(**token))

    assert isinstance(refused(do, foreign.log_in, claims(**token), keep=False, client=HOME), Unverified)


def test_sign_ups_of_one_client_are_limited_and_logins_are_not(database):
    for number in range(10):
        log_in_with(claims(f"person {number}"))

    assert isinstance(refused(do, foreign.log_in, claims("one more"), keep=False, client=HOME), TooManyRequests)
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
    assert all(isinstance(one, (Opened, links.Followed, LinkNeeded, DeadLink)) for one in found)


# --- closed sign-up -----------------------------------------------------------------------------------------------


def test_where_sign_up_is_closed_nobody_new_gets_in_whichever_way(configure, database):
    known = log_in_with(claims())
    configure(AUTHAPP_SIGN_UP="closed")

    assert isinstance(refused(do, foreign.log_in, claims("new"), keep=False, client=HOME), SignUpClosed)
    assert isinstance(refused(do, sign_up.sign_up, "new@example.com", HOME), SignUpClosed)
    number = ("+49 1512 3456789", "New", "", "a long enough password", HOME)
    assert isinstance(refused(do, sign_up.sign_up_by_phone, *number), SignUpClosed)
    assert count(User) == 1
    assert log_in_with(claims()).user_id == known.user_id


# --- an unverified email address ----------------------------------------------------------------------------------


def test_an_address_that_is_not_verified_has_to_be_confirmed_first(database):
    waiting = log_in_with(unproven())

    assert isinstance(waiting, Waiting)
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

    look = do(links.look, key, None)

    assert (look.outcome, look.connects) == (links.GOOD, False)
    assert follow_link(key).ticket == ""


def test_who_comes_again_gets_another_mail_and_waits_on(database):
    log_in_with(unproven())

    assert isinstance(log_in_with(unproven()), Waiting)

    assert len(mails_to("alice@example.com")) == 2
    assert count(User) == 1


def test_who_comes_again_with_the_address_verified_waits_no_more(database):
    waiting = log_in_with(unproven())

    opened = log_in_with(proven())

    assert opened.user_id == waiting.user_id
    assert opened.identifier == "alice@example.com"


def test_the_owner_of_the_address_is_told_and_who_asks_is_not(alice):
    waiting = log_in_with(unproven(email=alice.email))

    assert isinstance(waiting, Waiting)
    assert "already belongs to yours" in mails_to(alice.email)[-1].text
    assert do(identifiers.owner, alice.email) == alice.user_id
    assert isinstance(log_in_with(proven(email=alice.email)), Waiting)


def test_an_email_that_another_user_confirms_first_is_lost(database):
    log_in_with(unproven())
    key = link_key(mails_to("alice@example.com")[0])
    log_in_with(proven("another", origin=OTHER, name="play"))

    with pytest.raises(DeadLink):
        follow_link(key)


def test_who_never_confirms_is_forgotten(database, clock):
    waiting = log_in_with(unproven())
    kept = log_in_with(claims("kept"))
    clock.advance(7 * DAY + MINUTE)

    for purge in housekeeping.PURGES:
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

    log_in_with(proven(), Client("198.51.100.7", "curl/8"))

    assert "new" in mails_to("alice@example.com")[-1].subject.lower()


# --- link ---------------------------------------------------------------------------------------------------------


def test_a_linked_identity_logs_its_user_in(alice):
    do(foreign.link, alice.me, claims(), HOME)

    assert log_in_with(claims()).user_id == alice.user_id
    assert log_in_with(claims()).identifier == alice.email


def test_linking_is_told_and_written_down(alice):
    do(foreign.link, alice.me, claims(), HOME)

    assert audit_events(alice)[0] == "identity_linked"
    mail = mails_to(alice.email)[-1]
    assert "account at Work was linked" in mail.subject
    assert "Liddell" not in mail.text  # a thief would write there


def test_linking_needs_a_fresh_proof(alice, clock):
    clock.advance(11 * MINUTE)

    assert isinstance(refused(do, foreign.link, alice.me, claims(), HOME), StepUpNeeded)


def test_linking_needs_a_logged_in_user(alice):
    do(sessions.log_out, alice.me, HOME)

    assert isinstance(refused(do, foreign.link, alice.me, claims(), HOME), LoggedOut)


def test_the_identity_of_another_user_is_not_linked(alice, bob):
    do(foreign.link, alice.me, claims(), HOME)

    refusal = refused(do, foreign.link, bob.me, claims(), HOME)

    assert isinstance(refusal, IdentityTaken)
    assert "at Work is linked to another account" in refusal.message
    assert linked_subjects(bob.user_id) == []


def test_linking_twice_is_linking_once(alice):
    do(foreign.link, alice.me, claims(), HOME)
    do(foreign.link, alice.me, claims(), HOME)

    assert linked_subjects(alice.user_id) == [(ISSUER, "alice")]
    assert audit_events(alice).count("identity_linked") == 1


def test_a_person_links_ten_at_most(alice):
    for number in range(10):
        do(foreign.link, alice.me, claims(str(number)), HOME)

    assert isinstance(refused(do, foreign.link, alice.me, claims("more"), HOME), BadInput)


def test_linking_takes_over_no_address(alice):
    do(foreign.link, alice.me, proven(email="other@example.com"), HOME)

    assert do(identifiers.ways_in, alice.user_id) == [alice.email]


def test_of_two_who_link_the_same_identity_one_gets_it(alice, bob):
    people = (alice, bob)

    found = race(2, lambda number: do(foreign.link, people[number].me, claims(), HOME))

    assert len(winners(found)) == 1
    assert [type(one) for one in found if one is not None] == [IdentityTaken]
    assert len(linked_subjects(alice.user_id)) + len(linked_subjects(bob.user_id)) == 1


# --- "this wasn't me" ---------------------------------------------------------------------------------------------


def test_this_was_not_me_unlinks_what_was_linked(alice):
    do(foreign.link, alice.me, claims("thief"), HOME)

    follow_link(link_key(mails_to(alice.email)[-1]))

    assert linked_subjects(alice.user_id) == []
    assert do(sessions.alive, alice.me) is None


def test_this_was_not_me_suspends_what_was_linked_after_what_it_tells_of(alice):
    do(foreign.link, alice.me, claims("old friend"), HOME)
    add_email(alice, "thief@example.com")
    mail = mails_to(alice.email)[-1]
    do(foreign.link, alice.me, claims("thief"), HOME)

    follow_link(link_key(mail))

    assert do(identities.find, claims("thief")).suspended_at
    assert do(identities.find, claims("old friend")).suspended_at is None
    with pytest.raises(LinkNeeded):
        log_in_with(claims("thief"))
    assert log_in_with(claims("old friend")).user_id == alice.user_id


def test_a_suspended_identity_is_no_proof_and_logs_in_again_once_it_is_linked_again(alice):
    do(foreign.link, alice.me, claims(), HOME)
    do(identities.suspend, alice.user_id, core_clock.now() - DAY, core_clock.now())

    with pytest.raises(WrongIdentity):
        do(foreign.prove, alice.me, claims(), core_clock.now(), tab=TAB)
    assert not do(identities.usable, alice.user_id)

    do(foreign.link, alice.me, claims(), HOME)
    assert log_in_with(claims()).user_id == alice.user_id
    assert len(linked_subjects(alice.user_id)) == 1


# --- unlinking, and the last way to log in ------------------------------------------------------------------------


def test_unlinking_takes_the_way_in(alice):
    do(foreign.link, alice.me, claims(), HOME)

    do(foreign.unlink, alice.me, id_of(alice.user_id), HOME)

    assert linked_subjects(alice.user_id) == []
    assert audit_events(alice)[0] == "identity_unlinked"
    assert "unlinked" in mails_to(alice.email)[-1].subject
    assert log_in_with(claims()).user_id != alice.user_id


def test_unlinking_needs_a_fresh_proof(alice, clock):
    do(foreign.link, alice.me, claims(), HOME)
    clock.advance(11 * MINUTE)

    assert isinstance(refused(do, foreign.unlink, alice.me, id_of(alice.user_id), HOME), StepUpNeeded)


@pytest.mark.parametrize("wrong", [None, {}, 7, "", "x", "00000000-0000-0000-0000-000000000000"])
def test_only_linked_identities_can_be_unlinked(alice, wrong):
    assert isinstance(refused(do, foreign.unlink, alice.me, wrong, HOME), BadInput)


def test_another_users_identity_cannot_be_unlinked(alice, bob):
    do(foreign.link, alice.me, claims(), HOME)

    assert isinstance(refused(do, foreign.unlink, bob.me, id_of(alice.user_id), HOME), BadInput)
    assert len(linked_subjects(alice.user_id)) == 1


def test_the_last_way_in_stays(database):
    me = principal_in(log_in_with(claims()))

    refusal = refused(do, foreign.unlink, me, id_of(me.user_id), HOME)

    assert "only way to log in" in refusal.message


def test_with_another_identity_it_is_not_the_last_way_in(database):
    me = principal_in(log_in_with(claims()))
    do(foreign.link, me, claims("other", origin=OTHER, name="play"), HOME)

    do(foreign.unlink, me, id_of(me.user_id), HOME)

    assert linked_subjects(me.user_id) == [(OTHER, "other")]


def test_an_identity_of_an_origin_that_is_gone_is_no_way_in(database, origins):
    me = principal_in(log_in_with(claims()))
    do(foreign.link, me, claims("other", origin=OTHER, name="play"), HOME)
    del origins["play"]

    assert isinstance(refused(do, foreign.unlink, me, id_of(me.user_id), HOME), BadInput)


def test_of_two_identities_that_are_unlinked_at_once_one_stays(database):
    me = principal_in(log_in_with(claims()))
    do(foreign.link, me, claims("other", origin=OTHER, name="play"), HOME)
    ids = [str(one.id) for one in do(identities.listed, me.user_id)]

    race(2, lambda number: do(foreign.unlink, me, ids[number], HOME))

    assert len(linked_subjects(me.user_id)) == 1


def test_the_last_address_can_go_when_an_identity_stays(alice):
    do(foreign.link, alice.me, claims(), HOME)
    (row,) = email_rows(alice)

    do(emails.remove, alice.me, str(row.id), HOME)

    assert do(identifiers.ways_in, alice.user_id) == []
    assert principal_in(alice).identifier == "Alice Liddell"
    assert log_in_with(claims()).user_id == alice.user_id


# --- users without email address and phone number -----------------------------------------------------------------


def test_their_first_address_becomes_the_name_of_their_sessions(database):
    opened = log_in_with(claims())
    me = principal_in(opened)
    do(emails.add, me, "alice@example.com", HOME)

    follow_link(link_key(mails_to("alice@example.com")[-1]), me)

    assert principal_in(opened).identifier == "alice@example.com"


def test_a_password_needs_an_address_or_a_number_besides(database):
    me = principal_in(log_in_with(claims()))
    word = "a long enough password"

    refusal = refused(do, accounts.set_password, me, word, word, tab=TAB, client=HOME)

    assert isinstance(refusal, BadInput)
    assert "first" in refusal.message


def test_they_can_be_sent_no_code(database):
    me = principal_in(log_in_with(claims()))

    assert isinstance(refused(do, step_up.send_code, me, HOME), BadInput)


def test_they_close_their_account_and_nobody_is_mailed(database):
    me = principal_in(log_in_with(claims()))

    do(closing.close, me, HOME)

    assert do(sessions.alive, me) is None


def test_the_download_contains_the_stored_identity(alice):
    do(foreign.link, alice.me, proven(email="elsewhere@example.com"), HOME)

    (row,) = do(data.everything, alice.me, HOME)["identities"]

    assert (row["origin"], row["subject"], row["about"]) == (ISSUER, "alice", "elsewhere@example.com")


# --- step-up ------------------------------------------------------------------------------------------------------


def test_a_social_login_is_a_fresh_proof(database, clock):
    opened = log_in_with(claims())
    clock.advance(11 * MINUTE)
    since = clock.now()
    assert not principal_in(opened).is_fresh

    proof = claims(proved_at=since)
    renewed = do(step_up.renew_at_once, foreign.prove, principal_in(opened), proof, since, client=HOME, proof="a state")

    assert principal_in(opened) is None
    assert principal_in(renewed).is_fresh


@pytest.mark.parametrize("ahead", [None, -2 * MINUTE, 2 * MINUTE, DAY])
def test_a_proof_without_its_time_or_with_a_wrong_one_is_refused(database, clock, ahead, caplog):
    opened = log_in_with(claims())
    clock.advance(11 * MINUTE)
    since = clock.now()

    proof = claims(proved_at=since + ahead if ahead else None)

    assert isinstance(refused(do, foreign.prove, principal_in(opened), proof, since, tab=TAB), Unverified)
    assert not principal_in(opened).is_fresh
    assert ("sent no auth_time" in caplog.text) == (ahead is None)


def test_it_has_to_be_an_identity_of_the_same_person(alice, bob):
    do(foreign.link, alice.me, claims(), HOME)
    now = core_clock.now()

    assert isinstance(refused(do, foreign.prove, bob.me, claims(), now, tab=TAB), WrongIdentity)
    assert isinstance(refused(do, foreign.prove, bob.me, claims("nobody"), now, tab=TAB), WrongIdentity)


def test_a_login_that_the_origin_says_is_old_proves_nothing(database, clock):
    opened = log_in_with(claims())
    clock.advance(11 * MINUTE)
    since = clock.now()

    old = replace(claims(), proved_at=since - 2 * MINUTE)
    assert isinstance(refused(do, foreign.prove, principal_in(opened), old, since, tab=TAB), Unverified)
    good = replace(claims(), proved_at=since)
    renewed = do(step_up.renew_at_once, foreign.prove, principal_in(opened), good, since, client=HOME, proof="a state")

    assert principal_in(renewed).is_fresh


def test_what_was_begun_in_a_browser_ends_once(database, clock):
    until = clock.now() + MINUTE
    do(foreign.finish, b"a flow", until)

    assert isinstance(refused(do, foreign.finish, b"a flow", until), FlowGone)
    clock.advance(MINUTE)
    assert isinstance(refused(do, foreign.finish, b"another", until), FlowGone)
