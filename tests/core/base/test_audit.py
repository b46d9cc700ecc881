"""The audit log of a user."""

from contextlib import suppress
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import event
from sqlmodel import select

from authapp.core.account import closing, data, emails
from authapp.core.authentication import accounts, login, proofs, recovery
from authapp.core.base import audit
from authapp.core.base.callers import Caller
from authapp.core.base.errors import BadUserOrPassword, Refusal
from authapp.core.credentials import links
from authapp.core.sessions import session_ends, session_list, sessions
from authapp.core.sessions.sessions import NewSession
from authapp.db.engines import engine
from authapp.models import AuditEvent
from tests.kit.contacts import add_email, add_unconfirmed_email, email_id
from tests.kit.messages import link_to
from tests.kit.rules import do
from tests.kit.scram import ask, send
from tests.kit.tables import all_values
from tests.kit.users import HOME, TAB, audit_events, log_in

DAY = timedelta(days=1)
NEW = "another good sentence"
FIREFOX = Caller("198.51.100.7", "Mozilla/5.0 (X11; Linux x86_64; rv:141.0) Gecko/20100101 Firefox/141.0")


def record(person, what="names_set", caller=HOME, about=""):
    do(audit.record, person.user_id, what, caller, about)


def newest(person):
    return do(audit.newest, person.user_id)[0]


def kept():
    return do(lambda db: db.exec(select(AuditEvent)).all())


def other_session(person):
    opened = do(sessions.open, NewSession(person.user_id, "x", "password"), HOME)
    return opened.session_id


# event -> its preparation, and the action that records it
DEEDS = {
    "names_set": (None, lambda me, _: do(accounts.set_names, me, "A", "B", HOME)),
    "password_set": (
        None,
        lambda me, _: do(accounts.set_password, me, accounts.NewPassword(NEW, NEW), tab=TAB, caller=HOME),
    ),
    "email_asked": (None, lambda me, _: do(emails.add, me, "new@example.com", HOME)),
    "email_main": (lambda her: add_email(her, "b@example.com"), lambda me, id: do(emails.make_main, me, id, HOME)),
    "email_removed": (lambda her: add_email(her, "b@example.com"), lambda me, id: do(emails.remove, me, id, HOME)),
    "session_ended": (other_session, lambda me, id: do(session_list.end_session, me, id, HOME)),
    "others_ended": (None, lambda me, _: do(session_list.log_out_others, me, HOME)),
    "data_read": (None, lambda me, _: do(data.export, me, HOME)),
    "closed": (None, lambda me, _: do(closing.close, me, HOME)),
    "logged_out": (None, lambda me, _: do(sessions.log_out, me, HOME)),
}
REFUSED = sorted(set(DEEDS) - {"logged_out"})


@pytest.mark.parametrize("what", DEEDS)
def test_a_deed_is_written_down(alice, bob, what):
    prepare, deed = DEEDS[what]
    made = prepare(alice) if prepare else None
    before, his = audit_events(alice), audit_events(bob)

    deed(alice.me, made)

    assert audit_events(alice) == [what, *before]
    assert audit_events(bob) == his


@pytest.mark.parametrize("what", REFUSED)
def test_a_deed_that_is_refused_is_not(alice, what):
    prepare, deed = DEEDS[what]
    made = prepare(alice) if prepare else None
    do(session_ends.close, alice.me.session_id)
    before = audit_events(alice)

    with pytest.raises(Refusal):
        deed(alice.me, made)

    assert audit_events(alice) == before


@pytest.mark.parametrize("what", DEEDS)
def test_a_deed_that_fails_is_not_either(alice, what, monkeypatch):
    prepare, deed = DEEDS[what]
    made = prepare(alice) if prepare else None
    before = audit_events(alice)

    def fail(db):
        raise ZeroDivisionError

    monkeypatch.setattr("authapp.db._commit", fail)
    with pytest.raises(ZeroDivisionError):
        deed(alice.me, made)
    monkeypatch.undo()

    assert audit_events(alice) == before
    assert do(sessions.resume, alice.key)


def test_the_beginning_is_written_down_with_its_address(alice):
    first = do(audit.newest, alice.user_id)[-1]

    assert (first.what, first.about) == ("signed_up", alice.email)


def test_links_are_written_down_with_who_followed_them(alice):
    do(recovery.recover, alice.email, FIREFOX)
    assert audit_events(alice)[0] == "recovery_asked"
    do(links.follow, link_to(alice.email), None, tab=TAB, caller=FIREFOX)

    entry = newest(alice)
    assert (entry.what, entry.about, entry.ip) == ("recovered", alice.email, FIREFOX.ip)
    assert entry.browser == "Firefox on Linux"


def test_a_login_is_written_down(alice):
    log_in(alice, FIREFOX)

    entry = newest(alice)
    assert (entry.what, entry.ip, entry.browser) == ("logged_in", FIREFOX.ip, "Firefox on Linux")


def by_challenge(name, password):
    return send(ask(name, password, FIREFOX), caller=FIREFOX)


def by_password(name, password):
    return do(login.with_password, proofs.Credentials(name, password), keep=False, tab=TAB, caller=FIREFOX)


WAYS = pytest.mark.parametrize("way", [by_challenge, by_password])


@WAYS
def test_a_wrong_password_is_written_down_though_it_is_refused(alice, way):
    with pytest.raises(BadUserOrPassword):
        way(alice.email, "a wrong password")

    entry = newest(alice)
    assert (entry.what, entry.ip) == ("refused", FIREFOX.ip)


@WAYS
def test_nothing_is_written_for_an_unknown_name(database, way):
    with pytest.raises(BadUserOrPassword):
        way("nobody@example.com", "a wrong password")
    do(recovery.recover, "nobody@example.com", HOME)

    assert kept() == []


@pytest.fixture
def statements(database):
    """Collect the statements that reach the database, for counting."""
    seen = []

    def see(connection, cursor, statement, parameters, context, executemany):
        seen.append(statement)

    event.listen(engine(), "before_cursor_execute", see)
    yield seen
    event.remove(engine(), "before_cursor_execute", see)


def asked_by(statements, deed):
    """Return the statements of an action that may be refused."""
    statements.clear()
    with suppress(BadUserOrPassword):
        deed()
    return list(statements)


@WAYS
def test_a_wrong_password_is_as_much_work_for_an_unknown_name(alice, clock, statements, way):
    asked_by(statements, lambda: way("first@example.com", "a wrong password"))  # counts the imported ones
    known, unknown = (
        asked_by(statements, lambda name=name: way(name, "a wrong password"))
        for name in (alice.email, "nobody@example.com")
    )

    assert known == unknown
    assert any("INSERT INTO auth_audit_event" in statement for statement in known)


def test_adding_another_users_email_is_as_much_work(alice, bob, statements):
    free, taken = (
        asked_by(statements, lambda name=name: do(emails.add, alice.me, name, HOME))
        for name in ("free@example.com", bob.email)
    )

    assert free == taken


def test_the_newest_comes_first_and_as_many_as_asked(alice, bob):
    for number in range(60):
        record(alice, about=str(number))
    record(bob)

    assert [entry.about for entry in do(audit.newest, alice.user_id)] == [str(59 - number) for number in range(50)]
    assert len(do(audit.newest, alice.user_id, 3)) == 3
    assert do(audit.newest, uuid4()) == []


def test_long_values_are_cut(alice):
    record(alice, caller=Caller("9" * 500, "b" * 5000), about="x" * 5000)

    entry = newest(alice)
    assert (len(entry.about), len(entry.ip), entry.browser) == (254, 64, "an unknown browser")


def test_a_visitor_has_no_history(database):
    do(audit.record, UUID(int=0), "refused", HOME)

    assert kept() == []


@pytest.mark.parametrize("days", [365, 30])
def test_audit_events_are_deleted_after_a_year_or_as_the_setting_says(alice, clock, configure, days):
    configure(AUTHAPP_AUDIT_DAYS=days)
    record(alice, about="old")
    clock.advance(days * DAY - timedelta(minutes=1))
    do(audit.purge)
    assert newest(alice).about == "old"

    record(alice, about="new")
    clock.advance(timedelta(minutes=1))
    do(audit.purge)
    assert [entry.about for entry in do(audit.newest, alice.user_id)] == ["new"]


def test_every_word_of_it_is_a_sentence():
    assert all(words[0] in "“ABCDEFGHIJKLMNOPQRSTUVWXYZ" and words[-1] != "." for words in audit.LABELS.values())


def test_audit_events_contain_only_known_facts_and_no_secret(alice):
    id = add_email(alice, "b@example.com")
    key = add_unconfirmed_email(alice, "c@example.com")
    do(emails.remove, alice.me, id, HOME)
    opened = log_in(alice)
    with pytest.raises(BadUserOrPassword):
        log_in(alice, password="a wrong password")
    do(accounts.set_password, alice.me, accounts.NewPassword(NEW, NEW), tab=TAB, caller=HOME)

    said = all_values(AuditEvent)
    secrets = [NEW, alice.password, "a wrong password", key, opened.key, alice.key, alice.me.session_id]
    assert [secret for secret in secrets if secret in said] == []
    assert set(audit_events(alice)) <= set(audit.LABELS)
    assert email_id(alice, "c@example.com")
