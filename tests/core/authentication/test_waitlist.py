"""The waitlist before sign-up opens, and invitations."""

from datetime import timedelta

import pytest
from sqlalchemy import event
from sqlmodel import select

from authapp.core.account.identities import Claims
from authapp.core.authentication import accounts, login, provider_login, sign_up, waitlist
from authapp.core.authorization import approvals, groups
from authapp.core.authorization.actors import SERVER, Actor
from authapp.core.base.callers import Caller
from authapp.core.base.errors import (
    BadInput,
    InvalidActionKey,
    InvitationNeeded,
    NotAllowed,
    StepUpNeeded,
    TooManyRequests,
    UserNotRegistered,
)
from authapp.core.base.routes import route
from authapp.core.credentials import links
from authapp.core.sessions import sessions
from authapp.db.engines import engine
from authapp.models import ActionLink, Email, User
from tests.kit import users
from tests.kit.messages import link_to, live_links, mails_to, subjects_to
from tests.kit.rules import do, race
from tests.kit.tables import all_values
from tests.kit.users import HOME, PASSWORD, TAB, audit_events

ANN = "ann@example.com"
GOOGLE = {"issuer": "https://accounts.google.com", "provider": "google"}


@pytest.fixture
def shut(database, configure):
    configure(AUTHAPP_SIGN_UP="closed")


@pytest.fixture
def admin(alice):
    do(groups.add, alice.user_id, groups.ADMIN)
    return alice


def join(email=ANN, caller=HOME):
    do(waitlist.join, email, caller)


def invite(email=ANN):
    """Invite an email address and return the key in the mail."""
    do(waitlist.invite, Actor(None, HOME), email)
    return link_to(email)


def waiting():
    return [one.address for one in do(waitlist.listed, SERVER)]


def count(table):
    return len(do(lambda db: db.exec(select(table)).all()))


def test_joining_the_waitlist_twice_adds_one_entry_and_sends_two_mails(database):
    for spelled in ("Ann@Example.com", ANN):
        join(spelled, Caller("192.0.2.1", languages="fr-CH, en;q=0.8", language="fr"))

    (row,) = do(waitlist.listed, SERVER)
    assert (row.address, row.language, row.invited_at) == (ANN, "fr", None)
    assert subjects_to(ANN) == ["Vous êtes sur la liste d’attente de authapp"] * 2


@pytest.mark.parametrize("bad", ["", "ann", None, 7, ["ann@example.com"], "a" * 250 + "@example.com"])
def test_only_an_address_can_join(database, bad):
    with pytest.raises(BadInput) as refusal:
        do(waitlist.join, bad, HOME)

    assert refusal.value.field == "email"
    assert waiting() == []


def test_a_user_with_an_account_is_not_added_and_gets_a_mail_that_says_so(alice):
    join(alice.email)

    assert waiting() == []
    assert subjects_to(alice.email)[-1] == "You already have an account at authapp"
    assert "leave_list" not in [link.action for link in live_links(alice.email)]


@pytest.fixture
def asked(alice):
    """Collect the executed statements."""
    statements, database = [], engine()

    def note(*given):
        statements.append(given[2])

    event.listen(database, "before_cursor_execute", note)
    yield statements
    event.remove(database, "before_cursor_execute", note)


def test_joining_is_as_much_work_for_an_email_with_an_account(alice, asked):
    join(alice.email)
    known, asked[:] = list(asked), []

    join(alice.email.replace("alice", "derek"))

    assert asked == known


def test_an_entry_that_leaves_the_waitlist_is_deleted(database):
    join()
    key = link_to(ANN)
    assert waiting() == [ANN]

    assert do(links.peek, key, None).button == "Leave"
    assert do(links.follow, key, None, tab=TAB).path == f"{route('preregister')}?left=list"

    assert waiting() == []


def test_old_waitlist_entries_are_deleted(database, clock, configure):
    configure(AUTHAPP_WAITLIST_DAYS=30)
    join()
    clock.advance(timedelta(days=30) - timedelta(seconds=5))
    do(waitlist.purge)
    assert waiting() == [ANN]

    clock.advance(timedelta(seconds=5))
    do(waitlist.purge)
    assert waiting() == []


def test_the_list_comes_in_pages_the_first_to_come_first(database, clock):
    names = [f"p{number}@example.com" for number in range(7)]
    for number, name in enumerate(names):
        join(name, Caller(f"192.0.2.{number}"))
    seen, after = [], None
    while page := do(waitlist.listed, SERVER, after, 3):
        seen.append([one.address for one in page])
        after = (page[-1].asked_at, page[-1].id)
        do(waitlist.forget, SERVER, page[-1].address)  # the next page still begins there

    assert seen == [names[:3], names[3:6], names[6:]]


def test_an_address_gets_five_mails_an_hour_and_nobody_is_told(database, clock):
    for number in range(8):
        join(caller=Caller(f"192.0.2.{number}"))

    assert len(mails_to(ANN)) == 5


def test_one_client_asks_ten_times_a_minute(database, clock):
    for number in range(10):
        join(f"p{number}@example.com")

    with pytest.raises(TooManyRequests):
        join("more@example.com")
    assert len(waiting()) == 10


def test_an_invitation_lets_in_where_sign_up_is_not_open(shut):
    join()
    key = invite()
    about = do(links.peek, key, None)
    assert (about.outcome, about.heading, about.button) == (links.GOOD, "You’re invited", "Create my account")

    followed = do(links.follow, key, None, tab=TAB, caller=HOME)
    assert followed.path == f"{route('settings')}?set=password"
    opened = do(login.claim, followed.ticket, [TAB], HOME, None)

    me = do(sessions.resume, opened.key)
    assert (me.identifier, me.user_id) == (ANN, do(accounts.find, ANN).id)
    ticket = do(accounts.set_password, me, accounts.NewPassword(PASSWORD, PASSWORD), tab=TAB, caller=HOME)
    assert do(login.claim, ticket, [TAB], HOME, me).user_id == me.user_id
    assert waiting() == []


@pytest.mark.parametrize(("setting", "refused"), [("closed", UserNotRegistered), ("invitation", InvitationNeeded)])
def test_everybody_else_stays_outside(database, configure, setting, refused):
    configure(AUTHAPP_SIGN_UP=setting)
    invite("somebody@else.example")
    for deed in (
        lambda: do(sign_up.sign_up, ANN, HOME),
        lambda: do(sign_up.sign_up_by_phone, "+4915123456789", sign_up.NewUser("Ann", "", PASSWORD), HOME),
        lambda: do(provider_login.log_in, Claims("1", ANN, True, **GOOGLE), keep=False, caller=HOME),
    ):
        with pytest.raises(UserNotRegistered) as refusal:
            deed()
        assert type(refusal.value) is refused

    assert mails_to(ANN) == []
    assert count(User) == 0


def test_an_email_outside_the_waitlist_can_be_invited_and_is_listed(shut):
    invite()

    (row,) = do(waitlist.listed, SERVER)
    assert (row.address, row.invited_at is not None) == (ANN, True)
    assert do(waitlist.is_invited, ANN)
    assert not do(waitlist.is_invited, "bob@example.com")


def test_an_invitation_is_good_once_and_then_leads_to_the_log_in(shut):
    key = invite()
    do(links.follow, key, None, tab=TAB)

    assert do(links.peek, key, None).outcome == links.ACTIVATED
    with pytest.raises(InvalidActionKey):
        do(links.follow, key, None, tab=TAB)
    assert count(User) == 1


def test_of_eight_who_follow_one_invitation_one_is_let_in(shut):
    key = invite()

    got = race(8, lambda _: do(links.follow, key, None, tab=TAB))

    assert len([one for one in got if isinstance(one, links.Followed)]) == 1
    assert count(User) == 1


def test_another_invitation_replaces_the_first(shut):
    first, second = invite(), invite()

    assert do(links.peek, first, None).outcome == links.INVALID
    assert do(links.peek, second, None).outcome == links.GOOD
    assert len(waiting()) == 1


def test_an_invitation_ends_after_seven_days_or_when_it_is_taken_back(shut, clock):
    old = invite()
    clock.advance(waitlist.LIFE)
    assert do(links.peek, old, None).outcome == links.INVALID
    assert not do(waitlist.is_invited, ANN)

    new = invite()
    do(waitlist.forget, SERVER, ANN)
    assert do(links.peek, new, None).outcome == links.INVALID
    assert waiting() == []


def test_a_user_with_an_account_is_not_invited(alice):
    with pytest.raises(BadInput):
        do(waitlist.invite, SERVER, alice.email)

    assert waiting() == []
    assert "You’re invited to authapp" not in subjects_to(alice.email)


def test_a_user_logged_in_to_another_account_is_asked_first(alice, configure):
    configure(AUTHAPP_SIGN_UP="closed")
    key = invite()

    assert do(links.peek, key, alice.me).outcome == links.OTHER_USER
    opened = users.confirm(key, alice.me)

    assert do(sessions.resume, opened.key).identifier == ANN
    assert do(sessions.alive, alice.me) is None
    assert do(accounts.find, alice.email).id == alice.user_id


def test_an_address_gets_five_invitations_an_hour(shut, clock):
    for _ in range(5):
        invite()

    with pytest.raises(TooManyRequests):
        invite()
    join()  # has its own counter, so that nobody can keep an email address from being invited
    assert len(mails_to(ANN)) == 6


def test_a_social_login_with_the_invited_email_is_let_in(shut):
    invite()
    with pytest.raises(UserNotRegistered):
        do(provider_login.log_in, Claims("1", ANN, False, **GOOGLE), keep=False, caller=HOME)

    opened = do(provider_login.log_in, Claims("1", ANN, True, **GOOGLE), keep=False, caller=HOME)

    assert opened.identifier == ANN
    assert waiting() == []
    assert live_links(ANN) == []


def test_an_invited_user_needs_no_approval(admin, configure):
    configure(AUTHAPP_APPROVAL="true", AUTHAPP_ADMINS=admin.email, AUTHAPP_SIGN_UP="closed")

    assert users.confirm(invite()).identifier == ANN
    assert do(approvals.pending, admin.me) == []


def test_a_sign_up_ends_the_wait(database):
    join()

    users.confirm(users.sign_up(ANN))

    assert waiting() == []


def test_administrators_see_the_list_invite_and_forget(admin):
    join()
    join("bob@example.com")
    assert [one.address for one in do(waitlist.listed, Actor(admin.me))] == [ANN, "bob@example.com"]

    do(waitlist.invite, Actor(admin.me, HOME), ANN)
    do(waitlist.forget, Actor(admin.me, HOME), "bob@example.com")

    assert waiting() == [ANN]
    assert subjects_to(ANN)[-1] == "You’re invited to authapp"
    assert audit_events(admin)[:2] == ["uninvited", "invited"]


def test_other_users_cannot_manage_the_waitlist(bob):
    join()
    for deed, more in (
        (waitlist.listed, ()),
        (waitlist.invite, (ANN,)),
        (waitlist.forget, (ANN,)),
    ):
        with pytest.raises(NotAllowed):
            do(deed, Actor(bob.me, HOME), *more)

    assert waiting() == [ANN]
    assert len(mails_to(ANN)) == 1


def test_an_administrator_who_was_not_seen_for_a_while_proves_it_first(admin, clock):
    clock.advance(timedelta(minutes=11))

    for deed in (waitlist.invite, waitlist.forget):
        with pytest.raises(StepUpNeeded):
            do(deed, Actor(admin.me, HOME), ANN)
    assert waiting() == []


def test_the_tables_keep_no_key_and_an_unconfirmed_claim_of_the_address_is_void(bob, shut):
    do(lambda db: db.add(Email(user_id=bob.user_id, address=ANN, added_at=bob.me.proved_at)))
    key = invite()
    secret = key.partition(".")[2]
    assert secret not in all_values(ActionLink)

    do(links.follow, key, None, tab=TAB)

    (row,) = do(lambda db: db.exec(select(Email).where(Email.address == ANN)).all())
    assert row.user_id == do(accounts.find, ANN).id
