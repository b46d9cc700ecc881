"""Actions of administrators: with a recent proof, recorded in the audit log, and never locking out the last one."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlmodel import select

from authapp.core.admin import admin
from authapp.core.admin import people as deeds
from authapp.core.admin.directory import Search
from authapp.core.authentication import login
from authapp.core.authorization import approvals, groups
from authapp.core.authorization.actors import Actor
from authapp.core.base import audit
from authapp.core.base.errors import BadInput, NotAllowed, NotFound, Refusal, SessionExpired, StepUpNeeded
from authapp.core.sessions import session_ends, sessions
from authapp.models import Message
from tests.kit import users
from tests.kit.rules import do, race
from tests.kit.users import HOME, audit_events, log_in

READS = {
    "find": lambda me, who: (admin.find, me, Search("a")),
    "person": lambda me, who: (admin.person, me, str(who)),
    "listed_groups": lambda me, who: (admin.listed_groups, me),
    "failed_messages": lambda me, who: (admin.failed_messages, me),
    "used_texts": lambda me, who: (admin.used_texts, me),
}
DEEDS = {
    "disable": lambda me, who: (deeds.disable, Actor(me, HOME), str(who)),
    "enable": lambda me, who: (deeds.enable, Actor(me, HOME), str(who)),
    "approve": lambda me, who: (approvals.approve, Actor(me, HOME), str(who)),
    "close": lambda me, who: (deeds.close, Actor(me, HOME), str(who)),
    "end_session": lambda me, who: (deeds.end_session, Actor(me, HOME), str(who), "x"),
    "end_sessions": lambda me, who: (deeds.end_sessions, Actor(me, HOME), str(who)),
    "resend": lambda me, who: (deeds.resend, Actor(me, HOME), str(who), "alice@example.com"),
    "send_again": lambda me, who: (admin.send_again, Actor(me, HOME), str(who)),
    "add_to_group": lambda me, who: (deeds.add_to_group, Actor(me, HOME), str(who), "admin"),
    "remove_from_group": lambda me, who: (deeds.remove_from_group, Actor(me, HOME), str(who), "admin"),
    "create_group": lambda me, who: (admin.create_group, Actor(me, HOME), "mallorys", ""),
    "delete_group": lambda me, who: (admin.delete_group, Actor(me, HOME), "buyers"),
}


@pytest.fixture
def rosa(database):
    """Return an administrator."""
    person = users.join("rosa@example.com", first_name="Rosa", last_name="Root")
    do(groups.add, person.user_id, "admin")
    return person


def everything(alice):
    """Return everything that the actions would change."""
    return (
        do(sessions.resume, alice.key) is not None,
        audit_events(alice),
        [one._asdict() for one in do(groups.listed)],
        do(lambda db: len(db.exec(select(Message)).all())),
    )


def all_refused(no, calls, me, alice):
    """Check that each of these calls is refused with this exception and changes nothing."""
    before = everything(alice)
    for call in calls.values():
        rule, *given = call(me, alice.user_id)
        with pytest.raises(no):
            do(rule, *given)
    assert everything(alice) == before


def test_members_are_denied_and_nothing_happens(rosa, alice, bob):
    do(groups.create, "buyers")

    all_refused(NotAllowed, READS | DEEDS, bob.me, alice)


def test_a_logged_out_administrator_is_refused_and_nothing_happens(rosa, alice):
    do(groups.create, "buyers")
    do(session_ends.close, rosa.me.session_id)

    all_refused(SessionExpired, READS | DEEDS, rosa.me, alice)


def test_every_deed_needs_a_fresh_proof(rosa, alice, clock):
    do(groups.create, "buyers")
    clock.advance(timedelta(minutes=11))

    all_refused(StepUpNeeded, DEEDS, rosa.me, alice)


def test_looking_needs_none(rosa, alice, clock):
    clock.advance(timedelta(minutes=11))

    for call in READS.values():
        rule, *given = call(rosa.me, alice.user_id)
        assert do(rule, *given) is not None


def test_an_unknown_user_is_told_apart_from_a_known_one(rosa):
    for name in DEEDS.keys() - {"create_group", "delete_group", "send_again"}:
        rule, actor, _, *given = DEEDS[name](rosa.me, "")
        for id in ("x", 7, None, {}, "x\x00", str(uuid4())):
            with pytest.raises((NotFound, BadInput)):
                do(rule, actor, id, *given)


def test_each_deed_is_in_both_histories_and_tells_the_person_who_did_it_but_not_from_where(rosa, alice):
    do(groups.create, "buyers")
    second, who = log_in(alice), str(alice.user_id)
    for deed, *given in (
        (deeds.add_to_group, who, "buyers"),
        (deeds.remove_from_group, who, "buyers"),
        (deeds.end_session, who, second.session_id),
        (deeds.end_sessions, who),
        (deeds.resend, who, alice.email),
        (deeds.disable, who),
        (deeds.enable, who),
        (deeds.close, who),
    ):
        do(deed, Actor(rosa.me, HOME), *given)

    hers = do(audit.newest, alice.user_id)[:8]
    assert [(one.what, one.ip, one.browser) for one in hers] == [
        (what, "", "")
        for what in (
            "admin_closed",
            "enabled",
            "disabled",
            "resent",
            "admin_sessions_ended",
            "admin_session_ended",
            "group_left",
            "group_joined",
        )
    ]
    assert all("Rosa Root" in one.about for one in hers)
    own = do(audit.newest, rosa.user_id)[:8]
    assert [one.what for one in own] == [f"did_{one.what}" for one in hers]
    assert all("alice@example.com" in one.about and one.ip == HOME.ip for one in own)
    assert all(one.what in audit.LABELS for one in [*own, *hers])


def test_an_administrator_sees_everything_of_a_person_but_no_secret(rosa, alice):
    seen = do(admin.person, rosa.me, str(alice.user_id))

    assert (seen.about.name, seen.about.state, seen.is_me) == ("Alice Liddell", "active", False)
    assert [one.address for one in seen.emails] == ["alice@example.com"]
    assert [one.id for one in seen.sessions] == [alice.me.session_id]
    assert "password_set" in [one.what for one in seen.history]
    assert do(admin.person, rosa.me, str(rosa.user_id)).is_me
    assert "digest" not in repr(seen)
    assert "record" not in repr(seen)


@pytest.mark.parametrize("deed", [deeds.disable, deeds.close])
def test_the_last_administrator_cannot_be_locked_out(rosa, alice, deed):
    with pytest.raises(BadInput, match="BadInput"):
        do(deed, Actor(rosa.me, HOME), str(rosa.user_id))
    with pytest.raises(BadInput):
        do(deeds.remove_from_group, Actor(rosa.me, HOME), str(rosa.user_id), "admin")

    do(groups.add, alice.user_id, "admin")
    do(deed, Actor(rosa.me, HOME), str(rosa.user_id))

    with pytest.raises(BadInput):
        do(deeds.remove_from_group, Actor(alice.me, HOME), str(alice.user_id), "admin")


def test_an_administrator_of_the_settings_is_changed_only_there(alice, bob, configure):
    configure(AUTHAPP_ADMINS="alice@example.com")
    do(groups.add, bob.user_id, "admin")

    with pytest.raises(BadInput):
        do(deeds.remove_from_group, Actor(bob.me, HOME), str(alice.user_id), "admin")
    do(deeds.remove_from_group, Actor(alice.me, HOME), str(bob.user_id), "admin")

    assert do(groups.members, "admin") == [alice.user_id]


@pytest.mark.parametrize(
    "deed",
    [
        lambda me, other: do(deeds.remove_from_group, Actor(me, HOME), str(other), "admin"),
        lambda me, other: do(deeds.disable, Actor(me, HOME), str(other)),
        lambda me, other: do(deeds.close, Actor(me, HOME), str(other)),
    ],
    ids=["remove", "disable", "close"],
)
def test_of_two_administrators_who_lock_each_other_out_one_stays(rosa, alice, deed):
    do(groups.add, alice.user_id, "admin")
    pair = [(rosa.me, alice.user_id), (alice.me, rosa.user_id)]

    outcomes = race(2, lambda number: deed(*pair[number]))

    assert [isinstance(one, Refusal) for one in outcomes].count(True) == 1
    left = [one for one in (rosa, alice) if do(groups.is_in, one.user_id, "admin") and do(sessions.resume, one.key)]
    assert len(left) == 1


def test_an_applicant_is_approved_and_both_histories_say_so(rosa, configure):
    configure(AUTHAPP_APPROVAL="true", AUTHAPP_ADMINS="root@example.com")
    blocked_by = users.confirm(users.sign_up("newcomer@example.com"))

    do(approvals.approve, Actor(rosa.me, HOME), str(blocked_by.user_id))

    assert do(login.go_on, blocked_by.key, HOME, None).user_id == blocked_by.user_id
    assert audit_events(rosa)[0] == "did_approved"
    with pytest.raises(BadInput):
        do(approvals.approve, Actor(rosa.me, HOME), str(blocked_by.user_id))


def test_a_message_that_died_is_sent_again_and_one_that_did_not_is_not(rosa, alice):
    [mail] = do(lambda db: db.exec(select(Message).where(Message.recipient == alice.email)).all())[:1]
    assert do(admin.failed_messages, rosa.me) == []
    with pytest.raises(BadInput):
        do(admin.send_again, Actor(rosa.me, HOME), str(mail.id))
    do(lambda db: setattr(db.get(Message, mail.id), "state", "dead"))

    assert [one.id for one in do(admin.failed_messages, rosa.me)] == [mail.id]
    do(admin.send_again, Actor(rosa.me, HOME), str(mail.id))

    assert do(admin.failed_messages, rosa.me) == []
    assert audit_events(rosa)[0] == "did_resent"
