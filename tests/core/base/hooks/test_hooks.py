"""Hooks of a product: when they run, what they may refuse, what is rolled back."""

import logging
from datetime import timedelta

import pytest

from authapp.core.account import closing, phones
from authapp.core.account.identities import Claims
from authapp.core.admin import people as administration
from authapp.core.admin.people import NewUser
from authapp.core.authentication import accounts, login, provider_login, recovery, sign_up, waitlist
from authapp.core.authorization.actors import SERVER
from authapp.core.base import hooks
from authapp.core.base.errors import Refusal
from authapp.core.credentials import links
from authapp.core.sessions import session_list, sessions
from authapp.core.sessions.sessions import Opened
from authapp.core.sessions.tickets import BlockedLogin
from authapp.models import User
from tests.kit import users
from tests.kit.codes import sign_up_by_phone
from tests.kit.contacts import FREE
from tests.kit.hooks import NotToday, all_users, disown, open_sessions, refuse, set_password, ticket_of, write, written
from tests.kit.messages import code_to, link_to
from tests.kit.rules import do
from tests.kit.users import HOME, TAB, audit_events, log_in

ANN = "ann@example.com"
ELSEWHERE = Claims("1", ANN, True, issuer="https://accounts.google.com", provider="google")


def by_phone():
    step = sign_up_by_phone()
    return do(sign_up.confirm_sign_up, step.key, code_to(FREE), tab=TAB, caller=HOME)


def invited():
    do(waitlist.invite, SERVER, ANN)
    return do(links.follow, link_to(ANN), None, tab=TAB)


def created():
    return do(administration.create, SERVER, NewUser(ANN, "Ann"))


SIGN_UPS = {
    "link": lambda: do(links.follow, users.sign_up(ANN), None, tab=TAB),
    "phone": by_phone,
    "foreign": lambda: do(provider_login.log_in, ELSEWHERE, keep=False, caller=HOME),
    "invitation": invited,
    "administrator": created,
}


@pytest.mark.parametrize("way", SIGN_UPS)
def test_every_account_that_comes_to_be_is_told_once_with_its_identifier(heard, way):
    SIGN_UPS[way]()

    assert [name for name in heard if name in ("on_sign_up", "on_identifier_added")] == [
        "on_identifier_added",
        "on_sign_up",
    ]
    (user,) = heard.given["on_sign_up"]
    assert heard.given["on_identifier_added"] == (user.id, FREE if way == "phone" else ANN)


@pytest.mark.parametrize("way", SIGN_UPS)
def test_a_sign_up_that_is_refused_leaves_nothing(database, way):
    hooks.on_sign_up(write)
    hooks.on_sign_up(refuse)

    with pytest.raises(NotToday) as refusal:
        SIGN_UPS[way]()

    assert (all_users(), written()) == (0, 0)
    assert not refusal.value.counted
    assert do(accounts.find, FREE if way == "phone" else ANN) is None


def test_the_link_of_a_refused_sign_up_is_still_good(database):
    hooks.on_sign_up(refuse)
    key = users.sign_up(ANN)
    with pytest.raises(NotToday):
        do(links.follow, key, None, tab=TAB)
    hooks.on_sign_up.forget()

    assert users.confirm(key).identifier == ANN


def by_link(person):
    do(recovery.recover, person.email, HOME)
    return do(login.follow, link_to(person.email), None, HOME).entered


def by_code(person):
    step = do(recovery.recover_by_phone, FREE, HOME)
    facts = (recovery.confirm_recovery, step.key, code_to(FREE))
    return do(login.log_in_without_tab, *facts, caller=HOME)


def elsewhere(person):
    return do(provider_login.log_in, ELSEWHERE, keep=False, caller=HOME)


LOG_INS = {
    "ticket": lambda person: do(login.claim, ticket_of(person), [TAB], HOME, None),
    "link": by_link,
    "code": by_code,
    "foreign": elsewhere,
}


@pytest.fixture
def reachable(alice, clock):
    """Return Alice with a phone number and a linked account."""
    step = do(phones.add, alice.me, FREE, HOME)
    do(phones.confirm, alice.me, step.key, code_to(FREE), HOME)
    do(provider_login.link, alice.me, ELSEWHERE, HOME)
    clock.advance(timedelta(minutes=1))  # another code may go to that number
    return alice


@pytest.mark.parametrize("way", LOG_INS)
def test_every_log_in_is_told_before_and_after_once(reachable, heard, way):
    happened = heard.during(lambda: LOG_INS[way](reachable))

    assert [name for name in happened if "close" not in name] == ["before_log_in", "on_session_open", "on_log_in"]
    assert heard.given["before_log_in"] == (reachable.user_id, HOME)
    (opened,), (again, caller) = heard.given["on_session_open"], heard.given["on_log_in"]
    assert opened.user_id == again.user_id == reachable.user_id
    assert opened.key == again.key == ""  # only the browser may have the key
    assert caller == HOME


@pytest.mark.parametrize(
    ("hook", "way"),
    [*(("before_log_in", way) for way in LOG_INS), ("on_log_in", "ticket"), ("on_session_open", "ticket")],
)
def test_a_log_in_that_is_refused_opens_nothing_and_ends_nothing(reachable, hook, way):
    before = open_sessions(reachable)
    for deed in (write, refuse):
        getattr(hooks, hook)(deed)

    with pytest.raises(NotToday):
        LOG_INS[way](reachable)

    assert (open_sessions(reachable), written()) == (before, 0)
    assert "new_device" not in audit_events(reachable)


def test_a_wrong_password_is_no_log_in(alice, heard):
    with pytest.raises(Refusal):
        log_in(alice, password="a wrong password")

    assert heard == []


def test_a_user_who_waits_does_not_log_in_yet(alice, heard, configure):
    do(administration.disable, SERVER, alice.user_id)
    heard.clear()
    waiting = do(login.claim, ticket_of(alice), [TAB], HOME, None)
    assert isinstance(waiting, BlockedLogin)
    assert heard == []

    do(accounts.execute, do_enable(alice))
    entered = do(login.go_on, waiting.key, HOME, None)

    assert isinstance(entered, Opened)
    assert heard == ["before_log_in", "on_session_open", "on_log_in"]


def do_enable(person):
    return accounts.update(User).where(User.id == person.user_id).values(blocked_by="")


def forget_old(clock_):
    def deed(person):
        clock_.advance(timedelta(hours=13))
        do(sessions.purge)

    return deed


def recover_here(person):
    do(recovery.recover, person.email, HOME)
    key = link_to(person.email)
    do(links.follow, key, person.me, tab=TAB, caller=HOME)
    do(sessions.purge)  # the session ends once, even if the cleanup finds it


# action -> which of two sessions of one user it ends: this one, the other one, or both
ENDS = {
    "log out": (lambda her, other: do(sessions.log_out, her.me, HOME), "this"),
    "sign out": (lambda her, other: do(session_list.end_session, her.me, other, HOME), "other"),
    "sign out others": (lambda her, other: do(session_list.log_out_others, her.me, HOME), "other"),
    "password": (lambda her, other: set_password(her), "other"),
    "recovery": (lambda her, other: recover_here(her), "both"),
    "closing": (lambda her, other: (do(closing.close, her.me, HOME), do(sessions.purge)), "both"),
    "wasn't me": (lambda her, other: disown(her), "both"),
    "administrator": (lambda her, other: do(administration.end_session, SERVER, her.user_id, other), "other"),
    "disabled": (lambda her, other: do(administration.disable, SERVER, her.user_id), "both"),
}


@pytest.mark.parametrize("way", ENDS)
def test_every_session_that_ends_is_told_once(alice, bob, way):
    other = log_in(alice).session_id
    ended = []
    hooks.on_session_close(lambda db, user_id, session_id: ended.append((user_id, session_id)))
    deed, which = ENDS[way]

    deed(alice, other)

    mine = {"this": [alice.me.session_id], "other": [other], "both": [alice.me.session_id, other]}[which]
    assert sorted(ended) == sorted((alice.user_id, id) for id in mine)


def test_a_session_that_grew_old_is_told_when_it_is_forgotten_and_one_that_was_replaced_at_once(alice, clock):
    ended = []
    hooks.on_session_close(lambda db, user_id, session_id: ended.append(session_id))
    opened = do(login.claim, ticket_of(alice), [TAB], HOME, alice.me)
    assert ended == [alice.me.session_id]

    clock.advance(timedelta(hours=13))
    do(sessions.purge)

    assert ended == [alice.me.session_id, opened.session_id]


def test_logging_out_is_told_and_nothing_can_stop_it(alice, heard, caplog):
    for hook in (hooks.on_log_out, hooks.on_session_close):
        hook(write)
        hook(refuse)
        hook(lambda *given: 1 / 0)

    with caplog.at_level(logging.ERROR):
        assert heard.during(lambda: do(sessions.log_out, alice.me, HOME)) == ["on_log_out", "on_session_close"]

    assert do(sessions.alive, alice.me) is None
    assert heard.given["on_log_out"] == (alice.me, HOME)
    assert written() == 2
    assert [record.message.split(" at ")[0] for record in caplog.records] == [
        f"{name} continued without a hook that failed: {error}"
        for name in ("on_log_out", "on_session_close")
        for error in ("NotToday", "ZeroDivisionError")
    ]


def test_writes_of_a_failed_hook_are_rolled_back(alice):
    hooks.on_log_out(lambda db, me, caller: (write(db), refuse()))

    do(sessions.log_out, alice.me, HOME)

    assert written() == 0
    assert audit_events(alice)[0] == "logged_out"
