"""New users wait for an administrator if the settings require it."""

from datetime import timedelta

import pytest
from sqlmodel import select

from authapp.core.authentication import login, proofs
from authapp.core.authorization import approvals, groups
from authapp.core.authorization.actors import SERVER, Actor
from authapp.core.base import audit
from authapp.core.base.errors import (
    BadInput,
    InvalidActionKey,
    NotAllowed,
    SessionExpired,
    StepUpNeeded,
    TicketNotFoundOrExpired,
)
from authapp.core.credentials import links, passwords
from authapp.core.sessions import session_ends, sessions, tickets
from authapp.core.sessions.sessions import NewSession, Opened
from authapp.core.sessions.tickets import BlockedLogin
from authapp.models import Ticket, User
from tests.kit import users
from tests.kit.messages import link_to, subjects_to
from tests.kit.rules import do, race
from tests.kit.users import HOME, TAB, join, sign_up


@pytest.fixture
def root(database, configure):
    """Return an administrator, named in the settings."""
    person = join("root@example.com", first_name="Root")
    configure(AUTHAPP_APPROVAL="true", AUTHAPP_ADMINS="root@example.com")
    return person


def newcomer(email="newcomer@example.com"):
    """Sign up and follow the link. Returns the wait of the new user's login."""
    return users.confirm(sign_up(email))


def test_a_newcomer_waits_and_the_administrators_are_asked(root):
    blocked_by = newcomer()

    assert isinstance(blocked_by, BlockedLogin)
    assert blocked_by.reason == "approval"
    assert "A new user is waiting for your approval at authapp" in subjects_to(root.email)


def test_without_the_setting_nobody_waits(database):
    assert isinstance(newcomer(), Opened)


def test_an_administrator_named_in_the_settings_does_not_wait_for_anybody(database, configure):
    configure(AUTHAPP_APPROVAL="true", AUTHAPP_ADMINS="root@example.com")

    assert isinstance(newcomer("root@example.com"), Opened)


def test_existing_users_need_no_approval(alice, root):
    assert do(sessions.resume, alice.key) is not None
    assert isinstance(_log_in(alice), Opened)


def test_the_wait_opens_no_session_and_the_page_goes_on_when_it_ends(root):
    blocked_by = newcomer()
    assert do(sessions.blocked_by, blocked_by.user_id) == "approval"
    assert do(login.go_on, blocked_by.key, HOME, None).reason == "approval"

    do(approvals.approve, Actor(root.me, HOME), str(blocked_by.user_id))

    opened = do(login.go_on, blocked_by.key, HOME, None)
    assert do(sessions.resume, opened.key).user_id == blocked_by.user_id
    with pytest.raises(TicketNotFoundOrExpired):
        do(login.go_on, blocked_by.key, HOME, None)


def test_of_eight_pages_that_go_on_at_once_one_gets_the_session(root):
    blocked_by = newcomer()
    do(approvals.approve, Actor(root.me, HOME), str(blocked_by.user_id))

    results = race(8, lambda _: do(login.go_on, blocked_by.key, HOME, None))

    assert sum(isinstance(one, Opened) for one in results) == 1


def test_a_page_waits_for_a_day_and_no_longer(root, clock):
    blocked_by = newcomer()
    clock.advance(timedelta(days=1))

    with pytest.raises(TicketNotFoundOrExpired):
        do(login.go_on, blocked_by.key, HOME, None)


def test_the_key_of_a_wait_is_no_ticket_of_a_tab(root):
    blocked_by = newcomer()
    do(approvals.approve, Actor(root.me, HOME), str(blocked_by.user_id))

    for tab in ("", TAB, "\x00"):
        with pytest.raises(TicketNotFoundOrExpired):
            do(login.claim, blocked_by.key, [tab], HOME, None)


def test_the_ticket_of_a_tab_is_no_key_of_a_wait(alice):
    ticket = do(tickets.issue_ticket, NewSession(alice.user_id, alice.email, "password"), tab=TAB)

    with pytest.raises(TicketNotFoundOrExpired):
        do(login.go_on, ticket, HOME, None)


def test_the_link_says_who_waits_and_approves(root):
    blocked_by = newcomer()
    key = link_to(root.email)
    about = do(links.peek, key, root.me)

    assert about.heading == "Approve a new user"
    assert "newcomer@example.com" in about.says
    assert do(links.follow, key, root.me, tab=TAB).path == "/approved"
    assert do(sessions.blocked_by, blocked_by.user_id) == ""
    assert "You can log in to authapp now" in subjects_to("newcomer@example.com")


def by_the_rule(root, blocked_by):
    do(approvals.approve, Actor(root.me, HOME), str(blocked_by.user_id))


def by_the_link(root, blocked_by):
    do(links.follow, link_to(root.email), root.me, tab=TAB, caller=HOME)


@pytest.mark.parametrize("approve", [by_the_rule, by_the_link])
def test_an_approval_is_in_both_audit_logs_and_tells_the_user_who_but_not_from_where(root, approve):
    blocked_by = newcomer()

    approve(root, blocked_by)

    seen, done = do(audit.newest, blocked_by.user_id)[0], do(audit.newest, root.user_id)[0]
    assert (seen.what, seen.about, seen.ip, seen.browser) == ("approved", root.me.name, "", "")
    assert (done.what, done.about, done.ip) == ("did_approved", "newcomer@example.com", HOME.ip)


def test_an_approval_on_the_server_is_only_in_the_log_of_the_user(root):
    blocked_by = newcomer()

    do(approvals.approve, SERVER, str(blocked_by.user_id))

    seen = do(audit.newest, blocked_by.user_id)[0]
    assert (seen.what, seen.about, seen.ip) == ("approved", "on the server", "")
    assert "did_approved" not in [event.what for event in do(audit.newest, root.user_id)]


def test_a_name_becomes_no_link_of_its_own(root):
    blocked_by = newcomer()
    do(_call, blocked_by.user_id, "https://evil.example/?a=b")

    says = do(links.peek, link_to(root.email), root.me).says

    assert says.startswith("https   evil example ?a=b (newcomer@example.com)")


def _call(db, user_id, name):
    db.get(User, user_id).first_name = name


def test_the_link_is_for_its_administrator_alone(alice, root):
    blocked_by = newcomer()
    key = link_to(root.email)

    for visitor in (alice.me, None):
        with pytest.raises(InvalidActionKey):
            do(links.follow, key, visitor, tab=TAB)
    assert do(sessions.blocked_by, blocked_by.user_id) == "approval"


def test_a_former_administrator_approves_no_user(root, configure):
    blocked_by = newcomer()
    key = link_to(root.email)
    configure(AUTHAPP_ADMINS="another@example.com")

    with pytest.raises(InvalidActionKey, match="InvalidActionKey"):
        do(links.follow, key, root.me, tab=TAB)
    with pytest.raises(NotAllowed):
        do(approvals.approve, Actor(root.me, HOME), str(blocked_by.user_id))
    assert do(sessions.blocked_by, blocked_by.user_id) == "approval"


def test_an_approved_user_is_informed_once(root):
    blocked_by = newcomer()
    do(approvals.approve, Actor(root.me, HOME), str(blocked_by.user_id))

    key = link_to(root.email)
    assert do(links.peek, key, root.me).says == approvals.DONE
    with pytest.raises(InvalidActionKey) as refused:
        do(links.follow, key, root.me, tab=TAB)
    assert refused.value.message == approvals.DONE
    assert subjects_to("newcomer@example.com").count("You can log in to authapp now") == 1


def test_every_administrator_is_asked(alice, root):
    do(groups.add, alice.user_id, "admin")
    newcomer()

    assert all("A new user is waiting for your approval at authapp" in subjects_to(one.email) for one in (root, alice))


def test_the_list_is_for_administrators_and_begins_with_who_waits_longest(alice, root, clock):
    first = newcomer("first@example.com")
    clock.advance(timedelta(minutes=1))
    newcomer("second@example.com")

    assert [one.identifier for one in do(approvals.pending, root.me)] == ["first@example.com", "second@example.com"]
    with pytest.raises(NotAllowed):
        do(approvals.pending, alice.me)
    do(approvals.approve, Actor(root.me, HOME), str(first.user_id))
    assert [one.identifier for one in do(approvals.pending, root.me)] == ["second@example.com"]


@pytest.mark.parametrize("id", [None, 7, "", "x", "00000000-0000-0000-0000-000000000000", ["x"]])
def test_the_id_of_a_user_who_is_not_pending_is_refused(root, id):
    with pytest.raises(BadInput):
        do(approvals.approve, Actor(root.me, HOME), id)


def test_an_approval_needs_a_session_and_a_fresh_proof(root, clock):
    blocked_by = newcomer()
    clock.advance(timedelta(minutes=11))
    with pytest.raises(StepUpNeeded):
        do(approvals.approve, Actor(root.me, HOME), str(blocked_by.user_id))

    do(session_ends.close, root.me.session_id)
    for rule in (
        lambda: do(approvals.approve, Actor(root.me, HOME), str(blocked_by.user_id)),
        lambda: do(approvals.pending, root.me),
    ):
        with pytest.raises(SessionExpired):
            rule()


def test_a_right_password_waits_too_and_a_wrong_one_is_refused_as_ever(root):
    blocked_by = newcomer()
    person = users.Person("newcomer@example.com", blocked_by.user_id, "", None)
    do(_give_password, blocked_by.user_id)

    assert isinstance(_log_in(person), BlockedLogin)
    do(approvals.approve, Actor(root.me, HOME), str(blocked_by.user_id))
    assert isinstance(_log_in(person), Opened)


def test_a_closed_account_takes_its_wait_with_it(root):
    blocked_by = newcomer()
    do(_delete, blocked_by.user_id)

    with pytest.raises(TicketNotFoundOrExpired):
        do(login.go_on, blocked_by.key, HOME, None)
    assert do(_tickets, blocked_by.user_id) == []


def _log_in(person):
    ticket = do(
        login.with_password, proofs.Credentials(person.email, person.password), keep=False, tab=TAB, caller=HOME
    ).ticket
    return do(login.claim, ticket, [TAB], HOME, None)


def _give_password(db, user_id):
    db.get(User, user_id).password_record = passwords.make_record(users.PASSWORD, user_id)


def _delete(db, user_id):
    db.delete(db.get(User, user_id))


def _tickets(db, user_id):
    return db.exec(select(Ticket).where(Ticket.user_id == user_id)).all()
