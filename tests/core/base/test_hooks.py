"""Hooks of a product: when they run, what they may refuse, what is rolled back."""

import asyncio
import functools
import logging
import threading
from datetime import timedelta

import pytest
from sqlmodel import select

from authapp.core.account import closing, emails, phones
from authapp.core.account.identities import Claims
from authapp.core.admin import people as administration
from authapp.core.authentication import accounts, applicants, foreign, login, recovery, sign_up
from authapp.core.base import clock, hooks, paths
from authapp.core.base.errors import Refusal, SignUpClosed, TooManyRequests
from authapp.core.credentials import links
from authapp.core.sessions import sessions
from authapp.core.sessions.sessions import Opened
from authapp.core.sessions.tickets import Waiting
from authapp.db import call, swift
from authapp.models import Message, Ticket, User
from tests.kit import users
from tests.kit.codes import sign_up_by_phone
from tests.kit.contacts import FREE, add_email, add_unconfirmed_email, confirmed_emails, email_id
from tests.kit.messages import code_to, link_key, link_to, mails_to
from tests.kit.rules import do
from tests.kit.users import HOME, PASSWORD, TAB, audit_events, log_in

ANN = "ann@example.com"
NEW = "another horse battery staple"
ELSEWHERE = Claims("1", ANN, True, origin="https://accounts.google.com", name="google")


class NotToday(Refusal):
    """A product's refusal that claims to be `counted`, which products may not."""

    code, status, message, counted = "NotToday", 403, "Not today.", True


@pytest.fixture(autouse=True)
def _forgotten_afterwards():
    yield
    for hook in hooks.HOOKS:
        hook.forget()


@pytest.fixture
def heard(database, request):
    """Return the names of the hooks that ran, in order. `heard.given` holds the last arguments of each."""
    return Heard()


class Heard(list):
    def __init__(self):
        self.given = {}
        for hook in hooks.HOOKS:
            hook(functools.partial(self.note, hook.name))

    def note(self, name, db, *given):
        assert db.connection().in_transaction()
        self.append(name)
        self.given[name] = given

    def during(self, deed):
        """Return the hooks that an action ran."""
        self.clear()
        deed()
        return list(self)


def refuse(*_):
    raise NotToday


def write(db, *_):
    at = clock.now()
    db.add(Message(recipient="hook@example.com", subject="", text="", html="", due_at=at, written_at=at))


def written():
    return len(do(lambda db: db.exec(select(Message).where(Message.recipient == "hook@example.com")).all()))


def all_users():
    return len(do(lambda db: db.exec(select(User)).all()))


def by_phone():
    step = sign_up_by_phone()
    return do(sign_up.confirm_sign_up, step.key, code_to(FREE), tab=TAB, client=HOME)


def invited():
    do(applicants.invite, ANN, HOME)
    return do(links.follow, link_to(ANN), None, tab=TAB)


def created():
    return do(administration.create, ANN, "Ann", "", HOME)


SIGN_UPS = {
    "link": lambda: do(links.follow, users.sign_up(ANN), None, tab=TAB),
    "phone": by_phone,
    "foreign": lambda: do(foreign.log_in, ELSEWHERE, keep=False, client=HOME),
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


def ticket_of(person):
    return do(login.with_password, person.email, PASSWORD, keep=False, tab=TAB, client=HOME).ticket


def by_link(person):
    do(recovery.recover, person.email, HOME)
    return do(login.follow, link_to(person.email), None, HOME).entered


def by_code(person):
    step = do(recovery.recover_by_phone, FREE, HOME)
    facts = (recovery.confirm_recovery, step.key, code_to(FREE))
    return do(login.at_once, *facts, client=HOME)


def elsewhere(person):
    return do(foreign.log_in, ELSEWHERE, keep=False, client=HOME)


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
    do(foreign.link, alice.me, ELSEWHERE, HOME)
    clock.advance(timedelta(minutes=1))  # another code may go to that number
    return alice


@pytest.mark.parametrize("way", LOG_INS)
def test_every_log_in_is_told_before_and_after_once(reachable, heard, way):
    happened = heard.during(lambda: LOG_INS[way](reachable))

    assert [name for name in happened if "close" not in name] == ["before_log_in", "on_session_open", "on_log_in"]
    assert heard.given["before_log_in"] == (reachable.user_id, HOME)
    (opened,), (again, client) = heard.given["on_session_open"], heard.given["on_log_in"]
    assert opened.user_id == again.user_id == reachable.user_id
    assert opened.key == again.key == ""  # only the browser may have the key
    assert client == HOME


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


def open_sessions(person):
    return {one.id for one in do(sessions.listed, person.me)}


def test_a_wrong_password_is_no_log_in(alice, heard):
    with pytest.raises(Refusal):
        log_in(alice, password="a wrong password")

    assert heard == []


def test_a_user_who_waits_does_not_log_in_yet(alice, heard, configure):
    do(administration.disable, alice.user_id, HOME)
    heard.clear()
    waiting = do(login.claim, ticket_of(alice), [TAB], HOME, None)
    assert isinstance(waiting, Waiting)
    assert heard == []

    do(accounts.run, do_enable(alice))
    entered = do(login.go_on, waiting.key, HOME, None)

    assert isinstance(entered, Opened)
    assert heard == ["before_log_in", "on_session_open", "on_log_in"]


def do_enable(person):
    return accounts.update(User).where(User.id == person.user_id).values(waits="")


def set_password(person):
    return do(accounts.set_password, person.me, NEW, NEW, tab=TAB, client=HOME)


def forget_old(clock_):
    def deed(person):
        clock_.advance(timedelta(hours=13))
        do(sessions.purge)

    return deed


def disown(person):
    do(links.follow, link_key(mails_to(person.email)[-1]), None, tab=TAB, client=HOME)


def recover_here(person):
    do(recovery.recover, person.email, HOME)
    key = link_to(person.email)
    do(links.follow, key, person.me, tab=TAB, client=HOME)
    do(sessions.purge)  # the session ends once, even if the cleanup finds it


# action -> which of two sessions of one user it ends: this one, the other one, or both
ENDS = {
    "log out": (lambda her, other: do(sessions.log_out, her.me, HOME), "this"),
    "sign out": (lambda her, other: do(sessions.sign_out, her.me, other, HOME), "other"),
    "sign out others": (lambda her, other: do(sessions.sign_out_others, her.me, HOME), "other"),
    "password": (lambda her, other: set_password(her), "other"),
    "recovery": (lambda her, other: recover_here(her), "both"),
    "closing": (lambda her, other: (do(closing.close, her.me, HOME), do(sessions.purge)), "both"),
    "wasn't me": (lambda her, other: disown(her), "both"),
    "administrator": (lambda her, other: do(administration.end_session, her.user_id, other, HOME), "other"),
    "disabled": (lambda her, other: do(administration.disable, her.user_id, HOME), "both"),
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
    hooks.on_log_out(lambda db, me, client: (write(db), refuse()))

    do(sessions.log_out, alice.me, HOME)

    assert written() == 0
    assert audit_events(alice)[0] == "logged_out"


def test_identifiers_come_and_go(alice, heard):
    happened = heard.during(lambda: add_email(alice, "second@example.com"))
    assert happened == ["on_identifier_added"]
    assert heard.given["on_identifier_added"] == (alice.user_id, "second@example.com")

    step = do(phones.add, alice.me, FREE, HOME)
    code = code_to(FREE)
    assert heard.during(lambda: do(phones.confirm, alice.me, step.key, code, HOME)) == ["on_identifier_added"]
    assert heard.given["on_identifier_added"] == (alice.user_id, FREE)

    id = email_id(alice, "second@example.com")
    assert heard.during(lambda: do(emails.remove, alice.me, id, HOME)) == ["on_identifier_removed"]
    (number,) = do(phones.listed, alice.user_id)
    assert heard.during(lambda: do(phones.remove, alice.me, str(number.id), HOME)) == ["on_identifier_removed"]
    assert heard.given["on_identifier_removed"] == (alice.user_id, FREE)


def test_unconfirmed_identifiers_run_no_hooks(alice, heard):
    do(emails.add, alice.me, "second@example.com", HOME)
    do(emails.remove, alice.me, email_id(alice, "second@example.com"), HOME)

    assert heard == []


def test_an_address_that_is_refused_waits_on(alice):
    hooks.on_identifier_added(refuse)
    key = add_unconfirmed_email(alice, "second@example.com")

    with pytest.raises(NotToday):
        do(links.follow, key, alice.me, tab=TAB)
    assert confirmed_emails(alice) == [alice.email]

    hooks.on_identifier_added.forget()
    do(links.follow, key, alice.me, tab=TAB)
    assert confirmed_emails(alice) == [alice.email, "second@example.com"]


def test_an_address_that_may_not_come_back_keeps_nobody_from_locking_a_thief_out(alice):
    add_email(alice, "second@example.com")
    do(emails.make_main, alice.me, email_id(alice, "second@example.com"), HOME)
    do(emails.remove, alice.me, email_id(alice, alice.email), HOME)
    hooks.on_identifier_added(refuse)

    disown(alice)

    assert do(sessions.alive, alice.me) is None
    assert confirmed_emails(alice) == []  # the removed address may not come back, and the newer one is suspended


def test_a_new_password_is_told_and_may_be_refused(alice, heard):
    assert heard.during(lambda: set_password(alice)) == ["on_password_set"]
    assert heard.given["on_password_set"] == (alice.user_id,)

    hooks.on_password_set(refuse)
    me = do(sessions.resume, log_in(alice, password=NEW).key)
    told = len(mails_to(alice.email))
    with pytest.raises(NotToday):
        do(accounts.set_password, me, PASSWORD, PASSWORD, tab=TAB, client=HOME)

    assert log_in(alice, password=NEW)
    assert len(mails_to(alice.email)) == told


CLOSINGS = {
    "person": lambda her: do(closing.close, her.me, HOME),
    "administrator": lambda her: do(administration.close, her.user_id, HOME),
}


@pytest.mark.parametrize("way", CLOSINGS)
def test_a_closing_is_told_and_what_undoes_it(alice, heard, way):
    assert "on_close_account" in heard.during(lambda: CLOSINGS[way](alice))
    assert heard.given["on_close_account"] == (alice.user_id,)

    assert "on_account_reopened" in heard.during(lambda: log_in(alice))
    assert heard.given["on_account_reopened"] == (alice.user_id,)
    assert "on_account_reopened" not in heard.during(lambda: log_in(alice))

    do(administration.close, alice.user_id, HOME)
    assert heard.during(lambda: disown(alice)).count("on_account_reopened") == 1


@pytest.mark.parametrize("way", CLOSINGS)
def test_a_closing_may_be_refused(alice, way):
    hooks.on_close_account(refuse)
    told = len(mails_to(alice.email))

    with pytest.raises(NotToday):
        CLOSINGS[way](alice)

    assert do(sessions.alive, alice.me)
    assert len(mails_to(alice.email)) == told


def test_an_account_that_is_deleted_for_good_is_told_while_its_row_is_there(alice, bob, clock, heard):
    rows = []
    hooks.on_account_purged(lambda db, user_id: rows.append(db.get(User, user_id).first_name))
    do(closing.close, alice.me, HOME)
    do(foreign.log_in, Claims("2", "eve@example.com", origin="o", name="google"), keep=False, client=HOME)
    heard.clear()
    clock.advance(timedelta(days=15))

    do(closing.purge)
    do(foreign.purge)
    do(closing.purge)

    assert (rows, heard.count("on_account_purged")) == (["Alice", ""], 2)
    assert all_users() == 1


def test_several_run_in_the_order_of_their_registration_until_one_refuses(alice):
    order = []
    hooks.on_log_in(lambda *given: order.append("first"))
    hooks.on_log_in(lambda *given: order.append("second") or refuse())
    hooks.on_log_in(lambda *given: order.append("third"))

    with pytest.raises(NotToday):
        log_in(alice)

    assert order == ["first", "second"]


def test_writes_of_a_hook_commit_with_the_rule(alice):
    hooks.on_log_in(write)

    log_in(alice)

    assert written() == 1


def test_a_hook_that_breaks_breaks_the_rule(alice):
    before = open_sessions(alice)
    hooks.on_log_in(write)
    hooks.on_log_in(lambda db, opened, client: db.add(User(id=opened.user_id, created_at=clock.now())))  # it exists
    ticket = ticket_of(alice)

    with pytest.raises(Exception, match=r"(?i)integrity|unique|conflicts"):
        do(login.claim, ticket, [TAB], HOME, None)

    assert (open_sessions(alice), written()) == (before, 0)
    hooks.on_log_in.forget()
    assert do(login.claim, ticket, [TAB], HOME, None)  # the ticket was not spent either


def test_a_hook_cannot_have_half_of_a_rule_kept(alice):
    def throttled(*_):
        raise TooManyRequests(60)

    hooks.before_log_in(throttled)
    ticket = ticket_of(alice)

    with pytest.raises(TooManyRequests) as refusal:
        do(login.claim, ticket, [TAB], HOME, None)

    assert (refusal.value.counted, refusal.value.wait) == (False, 60)
    assert do(lambda db: db.get(Ticket, ticket.partition(".")[0])).uses_left == 1


async def later(db, user):
    """An async function, which is not a valid hook."""


def piecemeal(db, user):
    """A generator, which is not a valid hook."""
    yield db


class Later:
    async def __call__(self, db, user):
        """An object with an async call, which is not a valid hook."""


WRONG = {
    "async": later,
    "a generator": piecemeal,
    "called async": Later(),
    "async in part": functools.partial(later),
    "a class": User,
    "nothing": None,
    "a text": "f",
    "too few": lambda db: 0,
    "too many": lambda db, user, more: 0,
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_a_function_that_cannot_run_at_a_hook_is_refused_at_registration(wrong):
    with pytest.raises(TypeError, match=r"on_sign_up needs a plain function `f\(db, user\)`"):
        hooks.on_sign_up(wrong)

    assert not hooks.on_sign_up
    assert not hooks.in_use()


def test_a_decorated_function_stays_what_it_was():
    def welcome(db, user, how="warmly"):
        return how

    assert hooks.on_sign_up(welcome) is welcome
    assert welcome(None, None) == "warmly"
    assert hooks.in_use()


def test_every_hook_says_its_form_and_its_moment():
    assert [hook.name for hook in hooks.HOOKS] == [name for name in vars(hooks) if name.startswith(("on_", "before_"))]
    for hook in hooks.HOOKS:
        assert getattr(hooks, hook.name) is hook
        assert hook.form.startswith("f(db, ")
        assert hook.__doc__ == f"`{hook.form}`: {hook.when}"


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_a_slow_hook_makes_nobody_else_wait(alice):
    """Without registered hooks, a login over the API runs on the event loop itself."""
    where = []

    async def run():
        home = threading.current_thread()
        await swift(lambda db: where.append(threading.current_thread() is home))
        hooks.on_log_in(write)
        await swift(lambda db: where.append(threading.current_thread() is home))
        await call(lambda db: where.append(threading.current_thread() is home))

    asyncio.run(run())

    assert where == [True, False, False]


def test_the_words_of_a_refusal_reach_a_page_over_its_address_for_a_while_and_nobody_elses_do(database, clock):
    said = paths.reason(NotToday())
    assert "Not" not in said
    assert paths.reason_in_words(said, "Google") == "Not today."
    for forged in ("Not today.", said[:9] + ("A" if said[9] != "A" else "B") + said[10:], "", None, 7, "é", said * 40):
        assert paths.reason_in_words(forged, "Google") == ""

    clock.advance(paths.REASON_LIFE)
    assert paths.reason_in_words(said, "Google") == ""


def test_the_message_of_a_code_comes_from_the_code():
    assert paths.reason(SignUpClosed()) == "UserNotRegistered"
