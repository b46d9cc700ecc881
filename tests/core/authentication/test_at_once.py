"""Rules that give a tab a ticket give an API client a session, by the same checks and in one transaction."""

import pytest
from sqlmodel import select

from authapp.core.account import phones
from authapp.core.authentication import accounts, login, recovery
from authapp.core.authentication import sign_up as sign_up_rules
from authapp.core.base.errors import CodeNotFoundOrExpired, InvalidActionKey, WeakPassword, WrongCode
from authapp.core.credentials import codes
from authapp.core.sessions import sessions
from authapp.core.sessions.sessions import Opened
from authapp.core.sessions.tickets import BlockedLogin
from authapp.models import Code, Session, Ticket, User
from tests.kit.codes import code_row, sign_up_by_phone, wrong_code
from tests.kit.contacts import FREE, HERS, add_unconfirmed_email
from tests.kit.messages import code_to
from tests.kit.rules import do, race
from tests.kit.tables import count_rows
from tests.kit.users import HOME, audit_events, sign_up

NEW = "a horse of another colour"


def at_once(rule, *given, shown=None):
    return do(login.log_in_without_tab, rule, *given, caller=HOME, shown=shown)


def good_tickets():
    return do(lambda db: db.exec(select(Ticket).where(Ticket.uses_left > 0)).all())


def test_a_code_that_signs_up_opens_a_session_and_leaves_no_ticket(database):
    step = sign_up_by_phone(FREE)

    opened = at_once(sign_up_rules.confirm_sign_up, step.key, code_to(FREE))

    me = do(sessions.resume, opened.key)
    assert (me.identifier, me.method) == (FREE, "code")
    assert count_rows(Session, User) == [1, 1]
    assert good_tickets() == []


def test_a_wrong_code_opens_nothing_and_its_guess_is_counted(database):
    step = sign_up_by_phone(FREE)

    with pytest.raises(WrongCode):
        at_once(sign_up_rules.confirm_sign_up, step.key, wrong_code(code_to(FREE)))

    assert count_rows(Ticket, Session, User) == [0, 0, 0]
    assert code_row(step).uses_left == 4


def test_the_session_there_was_ends(alice, database):
    step = sign_up_by_phone(FREE)

    at_once(sign_up_rules.confirm_sign_up, step.key, code_to(FREE), shown=alice.me)

    assert do(sessions.resume, alice.key) is None


def test_a_code_that_recovers_ends_every_other_session(alice, database):
    do(phones.claim, alice.user_id, HERS)
    step = do(recovery.recover_by_phone, HERS, HOME)

    opened = at_once(recovery.confirm_recovery, step.key, code_to(HERS))

    assert do(sessions.resume, alice.key) is None
    assert do(sessions.resume, opened.key).user_id == alice.user_id
    assert audit_events(alice)[:2] == ["logged_in", "recovered"]


def test_a_new_password_gives_the_session_another_key(alice):
    opened = at_once(accounts.set_password, alice.me, accounts.NewPassword(NEW, NEW), shown=alice.me)

    assert opened.session_id == alice.me.session_id
    assert do(sessions.resume, alice.key) is None
    assert do(sessions.resume, opened.key).session_id == alice.me.session_id
    assert audit_events(alice)[0] == "password_set", "nobody logged in"


def test_a_password_that_is_refused_leaves_the_key_as_it_is(alice):
    with pytest.raises(WeakPassword):
        at_once(accounts.set_password, alice.me, accounts.NewPassword("short", "short"))

    assert do(sessions.resume, alice.key).user_id == alice.user_id


def test_a_login_that_waits_opens_nothing(database):
    step = sign_up_by_phone(FREE)

    def blocked_by(db, *given, **more):
        ticket = sign_up_rules.confirm_sign_up(db, *given, **more)
        db.get(User, db.get(Ticket, ticket[:16]).user_id).blocked_by = "approval"
        return ticket

    waiting = at_once(blocked_by, step.key, code_to(FREE))

    assert isinstance(waiting, BlockedLogin)
    assert waiting.reason == "approval"
    assert count_rows(Session) == [0]


def test_following_a_link_that_connects_opens_a_session_once(database):
    key = sign_up("derek@example.com")

    done = do(login.follow, key, None, HOME)

    assert isinstance(done.entered, Opened)
    assert (done.path, done.ended) == (accounts.password_page(), False)
    assert do(sessions.resume, done.entered.key).identifier == "derek@example.com"
    assert count_rows(Session) == [1]
    assert good_tickets() == []
    with pytest.raises(InvalidActionKey):
        do(login.follow, key, None, HOME)


def test_following_a_link_that_does_not_connect_opens_none(alice):
    key = add_unconfirmed_email(alice, "second@example.com")
    before = count_rows(Ticket, Session)

    done = do(login.follow, key, alice.me, HOME)

    assert (done.path, done.entered, done.ended) == ("/settings#emails", None, False)
    assert count_rows(Ticket, Session) == before


def test_of_eight_who_follow_one_link_one_is_in(database):
    key = sign_up("derek@example.com")

    got = race(8, lambda _: do(login.follow, key, None, HOME))

    assert sum(not isinstance(one, Exception) for one in got) == 1
    assert sum(isinstance(one, InvalidActionKey) for one in got) == 7
    assert count_rows(Session, User) == [1, 1]


def test_of_eight_who_type_one_code_one_is_in(database):
    step = sign_up_by_phone(FREE)
    code = code_to(FREE)

    got = race(8, lambda _: at_once(sign_up_rules.confirm_sign_up, step.key, code))

    assert sum(isinstance(one, Opened) for one in got) == 1
    assert count_rows(Session, User) == [1, 1]
    assert not any(
        isinstance(one, Exception) and not isinstance(one, (CodeNotFoundOrExpired, codes.StepNotFoundOrExpired))
        for one in got
    )
    assert count_rows(Code) == [0]
