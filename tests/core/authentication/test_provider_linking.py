"""Social login of existing users: link, object, unlink, prove."""

from dataclasses import replace
from datetime import timedelta

import pytest

from authapp.core.account import closing, data, emails, identities
from authapp.core.account.identities import Provider
from authapp.core.authentication import accounts, provider_login, step_up
from authapp.core.base import clock as core_clock
from authapp.core.base import identifiers
from authapp.core.base.errors import (
    BadInput,
    FlowNotFoundOrExpired,
    IdentityTaken,
    LinkNeeded,
    SessionExpired,
    StepUpNeeded,
    Unverified,
    WrongIdentity,
)
from authapp.core.sessions import sessions
from tests.kit.contacts import add_email, email_rows
from tests.kit.identities import ISSUER, OTHER, claims, linked_subjects, log_in_with, proven
from tests.kit.messages import link_key, mails_to
from tests.kit.rules import do, race, refused, winners
from tests.kit.users import HOME, TAB, audit_events, follow_link, principal_in

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.fixture(autouse=True)
def origins(monkeypatch):
    known = {"work": Provider("work", "Work"), "play": Provider("play", "Play")}
    monkeypatch.setattr(identities, "_registered", known)
    return known


def id_of(user_id):
    return str(do(identities.listed, user_id)[0].id)


# --- link ---------------------------------------------------------------------------------------------------------


def test_a_linked_identity_logs_its_user_in(alice):
    do(provider_login.link, alice.me, claims(), HOME)

    assert log_in_with(claims()).user_id == alice.user_id
    assert log_in_with(claims()).identifier == alice.email


def test_linking_is_told_and_written_down(alice):
    do(provider_login.link, alice.me, claims(), HOME)

    assert audit_events(alice)[0] == "identity_linked"
    mail = mails_to(alice.email)[-1]
    assert "Work account was linked" in mail.subject
    assert "Liddell" not in mail.text  # a thief would write there


def test_linking_needs_a_fresh_proof(alice, clock):
    clock.advance(11 * MINUTE)

    assert isinstance(refused(do, provider_login.link, alice.me, claims(), HOME), StepUpNeeded)


def test_linking_needs_a_logged_in_user(alice):
    do(sessions.log_out, alice.me, HOME)

    assert isinstance(refused(do, provider_login.link, alice.me, claims(), HOME), SessionExpired)


def test_the_identity_of_another_user_is_not_linked(alice, bob):
    do(provider_login.link, alice.me, claims(), HOME)

    refusal = refused(do, provider_login.link, bob.me, claims(), HOME)

    assert isinstance(refusal, IdentityTaken)
    assert "Work account is linked to another account" in refusal.message
    assert linked_subjects(bob.user_id) == []


def test_linking_twice_is_linking_once(alice):
    do(provider_login.link, alice.me, claims(), HOME)
    do(provider_login.link, alice.me, claims(), HOME)

    assert linked_subjects(alice.user_id) == [(ISSUER, "alice")]
    assert audit_events(alice).count("identity_linked") == 1


def test_a_person_links_ten_at_most(alice):
    for number in range(10):
        do(provider_login.link, alice.me, claims(str(number)), HOME)

    assert isinstance(refused(do, provider_login.link, alice.me, claims("more"), HOME), BadInput)


def test_linking_takes_over_no_address(alice):
    do(provider_login.link, alice.me, proven(email="other@example.com"), HOME)

    assert do(identifiers.login_identifiers, alice.user_id) == [alice.email]


def test_of_two_who_link_the_same_identity_one_gets_it(alice, bob):
    people = (alice, bob)

    found = race(2, lambda number: do(provider_login.link, people[number].me, claims(), HOME))

    assert len(winners(found)) == 1
    assert [type(one) for one in found if one is not None] == [IdentityTaken]
    assert len(linked_subjects(alice.user_id)) + len(linked_subjects(bob.user_id)) == 1


# --- "this wasn't me" ---------------------------------------------------------------------------------------------


def test_this_was_not_me_unlinks_what_was_linked(alice):
    do(provider_login.link, alice.me, claims("thief"), HOME)

    follow_link(link_key(mails_to(alice.email)[-1]))

    assert linked_subjects(alice.user_id) == []
    assert do(sessions.alive, alice.me) is None


def test_this_was_not_me_suspends_what_was_linked_after_what_it_tells_of(alice):
    do(provider_login.link, alice.me, claims("old friend"), HOME)
    add_email(alice, "thief@example.com")
    mail = mails_to(alice.email)[-1]
    do(provider_login.link, alice.me, claims("thief"), HOME)

    follow_link(link_key(mail))

    assert do(identities.find, claims("thief")).suspended_at
    assert do(identities.find, claims("old friend")).suspended_at is None
    with pytest.raises(LinkNeeded):
        log_in_with(claims("thief"))
    assert log_in_with(claims("old friend")).user_id == alice.user_id


def test_a_suspended_identity_is_no_proof_and_logs_in_again_once_it_is_linked_again(alice):
    do(provider_login.link, alice.me, claims(), HOME)
    do(identities.suspend, alice.user_id, core_clock.now() - DAY, core_clock.now())

    with pytest.raises(WrongIdentity):
        do(provider_login.prove, alice.me, claims(), core_clock.now(), tab=TAB)
    assert not do(identities.usable, alice.user_id)

    do(provider_login.link, alice.me, claims(), HOME)
    assert log_in_with(claims()).user_id == alice.user_id
    assert len(linked_subjects(alice.user_id)) == 1


# --- unlinking, and the last way to log in ------------------------------------------------------------------------


def test_unlinking_takes_the_way_in(alice):
    do(provider_login.link, alice.me, claims(), HOME)

    do(provider_login.unlink, alice.me, id_of(alice.user_id), HOME)

    assert linked_subjects(alice.user_id) == []
    assert audit_events(alice)[0] == "identity_unlinked"
    assert "unlinked" in mails_to(alice.email)[-1].subject
    assert log_in_with(claims()).user_id != alice.user_id


def test_unlinking_needs_a_fresh_proof(alice, clock):
    do(provider_login.link, alice.me, claims(), HOME)
    clock.advance(11 * MINUTE)

    assert isinstance(refused(do, provider_login.unlink, alice.me, id_of(alice.user_id), HOME), StepUpNeeded)


@pytest.mark.parametrize("wrong", [None, {}, 7, "", "x", "00000000-0000-0000-0000-000000000000"])
def test_only_linked_identities_can_be_unlinked(alice, wrong):
    assert isinstance(refused(do, provider_login.unlink, alice.me, wrong, HOME), BadInput)


def test_another_users_identity_cannot_be_unlinked(alice, bob):
    do(provider_login.link, alice.me, claims(), HOME)

    assert isinstance(refused(do, provider_login.unlink, bob.me, id_of(alice.user_id), HOME), BadInput)
    assert len(linked_subjects(alice.user_id)) == 1


def test_the_last_way_in_stays(database):
    me = principal_in(log_in_with(claims()))

    refusal = refused(do, provider_login.unlink, me, id_of(me.user_id), HOME)

    assert "only way to log in" in refusal.message


def test_with_another_identity_it_is_not_the_last_way_in(database):
    me = principal_in(log_in_with(claims()))
    do(provider_login.link, me, claims("other", issuer=OTHER, provider="play"), HOME)

    do(provider_login.unlink, me, id_of(me.user_id), HOME)

    assert linked_subjects(me.user_id) == [(OTHER, "other")]


def test_an_identity_of_an_origin_that_is_gone_is_no_way_in(database, origins):
    me = principal_in(log_in_with(claims()))
    do(provider_login.link, me, claims("other", issuer=OTHER, provider="play"), HOME)
    del origins["play"]

    assert isinstance(refused(do, provider_login.unlink, me, id_of(me.user_id), HOME), BadInput)


def test_of_two_identities_that_are_unlinked_at_once_one_stays(database):
    me = principal_in(log_in_with(claims()))
    do(provider_login.link, me, claims("other", issuer=OTHER, provider="play"), HOME)
    ids = [str(one.id) for one in do(identities.listed, me.user_id)]

    race(2, lambda number: do(provider_login.unlink, me, ids[number], HOME))

    assert len(linked_subjects(me.user_id)) == 1


def test_the_last_address_can_go_when_an_identity_stays(alice):
    do(provider_login.link, alice.me, claims(), HOME)
    (row,) = email_rows(alice)

    do(emails.remove, alice.me, str(row.id), HOME)

    assert do(identifiers.login_identifiers, alice.user_id) == []
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

    refusal = refused(do, accounts.set_password, me, accounts.NewPassword(word, word), tab=TAB, caller=HOME)

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
    do(provider_login.link, alice.me, proven(email="elsewhere@example.com"), HOME)

    (row,) = do(data.export, alice.me, HOME)["identities"]

    assert (row["issuer"], row["subject"], row["about"]) == (ISSUER, "alice", "elsewhere@example.com")


# --- step-up ------------------------------------------------------------------------------------------------------


def test_a_social_login_is_a_fresh_proof(database, clock):
    opened = log_in_with(claims())
    clock.advance(11 * MINUTE)
    since = clock.now()
    assert not principal_in(opened).is_fresh

    proof = claims(proved_at=since)
    renewed = do(step_up.renew_at_once, provider_login.prove, principal_in(opened), proof, since, proof="a state")

    assert principal_in(opened) is None
    assert principal_in(renewed).is_fresh


@pytest.mark.parametrize("ahead", [None, -2 * MINUTE, 2 * MINUTE, DAY])
def test_a_proof_without_its_time_or_with_a_wrong_one_is_refused(database, clock, ahead, caplog):
    opened = log_in_with(claims())
    clock.advance(11 * MINUTE)
    since = clock.now()

    proof = claims(proved_at=since + ahead if ahead else None)

    assert isinstance(refused(do, provider_login.prove, principal_in(opened), proof, since, tab=TAB), Unverified)
    assert not principal_in(opened).is_fresh
    assert ("sent no auth_time" in caplog.text) == (ahead is None)


def test_a_proof_needs_an_identity_of_the_same_user(alice, bob):
    do(provider_login.link, alice.me, claims(), HOME)
    now = core_clock.now()

    assert isinstance(refused(do, provider_login.prove, bob.me, claims(), now, tab=TAB), WrongIdentity)
    assert isinstance(refused(do, provider_login.prove, bob.me, claims("nobody"), now, tab=TAB), WrongIdentity)


def test_a_login_that_the_origin_says_is_old_proves_nothing(database, clock):
    opened = log_in_with(claims())
    clock.advance(11 * MINUTE)
    since = clock.now()

    old = replace(claims(), proved_at=since - 2 * MINUTE)
    assert isinstance(refused(do, provider_login.prove, principal_in(opened), old, since, tab=TAB), Unverified)
    good = replace(claims(), proved_at=since)
    renewed = do(step_up.renew_at_once, provider_login.prove, principal_in(opened), good, since, proof="a state")

    assert principal_in(renewed).is_fresh


def test_a_login_attempt_ends_once(database, clock):
    until = clock.now() + MINUTE
    do(provider_login.finish, b"a flow", until)

    assert isinstance(refused(do, provider_login.finish, b"a flow", until), FlowNotFoundOrExpired)
    clock.advance(MINUTE)
    assert isinstance(refused(do, provider_login.finish, b"another", until), FlowNotFoundOrExpired)
