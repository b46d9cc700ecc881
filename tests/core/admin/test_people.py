"""Actions of administrators and operators on accounts: each takes effect at once and appears in the user's history."""

from datetime import timedelta
from uuid import uuid4

import pytest

from authapp.core.account import identities, phones
from authapp.core.account.identities import Claims, Provider
from authapp.core.admin import people as deeds
from authapp.core.admin.people import NewUser
from authapp.core.authentication import login, proofs, provider_login
from authapp.core.authentication import recovery as recovery_rules
from authapp.core.authorization.actors import SERVER, Actor
from authapp.core.base import audit, identifiers
from authapp.core.base.callers import Caller
from authapp.core.base.errors import BadInput, InvalidActionKey, NotFound, TicketNotFoundOrExpired, TooManyRequests
from authapp.core.credentials import link_actions, links
from authapp.core.sessions import sessions
from authapp.core.sessions.sessions import NewSession, Opened
from authapp.core.sessions.tickets import BlockedLogin
from authapp.models import User
from tests.kit import users
from tests.kit.codes import join_by_phone
from tests.kit.contacts import HERS, add_unconfirmed_email
from tests.kit.messages import link_to, mails_to, texts_to
from tests.kit.rules import do
from tests.kit.users import HOME, TAB, audit_events, log_in


@link_actions.action("raffle", needs_log_in=False)
def _raffle(db, link):
    return "/won"


OFFICE = Actor(None, Caller("198.51.100.7", "Firefox at work"))


@pytest.fixture
def work(monkeypatch):
    """Register a provider that does not verify email addresses."""
    monkeypatch.setattr(identities, "_registered", {"work": Provider("work", "Work")})


def newcomer_of(work):
    """Log in a new user of that provider, with an email address that nobody confirmed."""
    said = Claims("7", "new@example.com", issuer="https://id.example", provider="work", first_name="New")
    return do(provider_login.log_in, said, keep=False, caller=HOME)


def waits_of(user_id):
    return do(lambda db: db.get(User, user_id).blocked_by)


def last_line(user_id):
    line = do(audit.newest, user_id, 1)[0]
    return line.what, line.about, line.ip


@pytest.mark.parametrize("deed", [deeds.disable, deeds.close])
def test_links_that_were_sent_before_are_void_also_those_that_need_no_log_in(alice, bob, deed):
    do(phones.claim, alice.user_id, HERS)
    sent = {"valid_for": timedelta(days=1)}
    hers = [do(links.issue, "raffle", email=to, **sent).rpartition("#")[2] for to in (alice.email, HERS)]
    his = do(links.issue, "raffle", email=bob.email, **sent).rpartition("#")[2]

    do(deed, OFFICE, alice.user_id)

    for key in hers:
        with pytest.raises(InvalidActionKey):
            do(links.follow, key, None, tab=TAB)
    assert do(links.follow, his, None, tab=TAB).path == "/won"


def test_an_account_is_made_with_an_address_and_its_person_is_mailed_the_way_in(database):
    id = do(deeds.create, OFFICE, NewUser("Ann@Example.com", "Ann", "Example"))

    assert do(identifiers.confirmed, id) == ["ann@example.com"]
    assert last_line(id) == ("created", "on the server", OFFICE.caller.ip)
    assert [mail.subject for mail in mails_to("ann@example.com")] == ["Recover your authapp account"]
    key = link_to("ann@example.com")
    assert isinstance(users.confirm(key), Opened)


@pytest.mark.parametrize(
    ("email", "first", "field"),
    [("alice@example.com", "Ann", "email"), ("x", "Ann", "email"), ("ann@example.com", "a\x01", "first_name")],
)
def test_an_account_is_not_made_of_what_cannot_be_used_or_is_taken(alice, email, first, field):
    with pytest.raises(BadInput) as refusal:
        do(deeds.create, SERVER, NewUser(email, first))

    assert refusal.value.field == field
    assert mails_to("ann@example.com") == []


def test_a_disabled_user_is_logged_out_at_once_and_cannot_log_in_until_enabled(alice, bob):
    ticket = do(
        login.with_password, proofs.Credentials(alice.email, alice.password), keep=False, tab=TAB, caller=HOME
    ).ticket
    recovery = ask_for_recovery(alice)

    do(deeds.disable, OFFICE, alice.user_id)

    assert do(sessions.resume, alice.key) is None
    assert do(sessions.resume, bob.key) is not None
    with pytest.raises(TicketNotFoundOrExpired):
        do(login.claim, ticket, [TAB], HOME, None)
    with pytest.raises(InvalidActionKey):
        do(links.follow, recovery, None, tab=TAB)
    waiting = log_in(alice)
    assert isinstance(waiting, BlockedLogin)
    assert waiting.reason == "disabled"
    assert last_line(alice.user_id) == ("disabled", "on the server", OFFICE.caller.ip)

    recovered = users.confirm(ask_for_recovery(alice))
    assert isinstance(recovered, BlockedLogin), "a recovery is no way around it"

    do(deeds.enable, OFFICE, alice.user_id)

    assert isinstance(do(login.go_on, recovered.key, HOME, None), Opened)
    assert isinstance(log_in(alice), Opened)
    assert "enabled" in audit_events(alice)


def ask_for_recovery(person):
    do(recovery_rules.recover, person.email, HOME)
    return link_to(person.email)


def test_a_session_that_was_opened_while_the_door_closed_is_worth_nothing(alice):
    do(deeds.disable, SERVER, alice.user_id)
    opened = do(sessions.open, NewSession(alice.user_id, alice.email, "password"), HOME)

    assert do(sessions.resume, opened.key) is None


def test_objecting_to_a_login_does_not_enable_a_disabled_user(alice):
    log_in(alice, Caller("203.0.113.9", "Chrome"))
    key = link_to(alice.email)
    do(deeds.disable, SERVER, alice.user_id)

    do(links.follow, key, None, tab=TAB, caller=HOME)

    assert waits_of(alice.user_id) == "disabled"


def test_repeated_actions_and_unknown_users_are_refused(alice):
    with pytest.raises(BadInput, match="BadInput"):
        do(deeds.enable, SERVER, alice.user_id)
    do(deeds.disable, SERVER, alice.user_id)
    do(deeds.close, SERVER, alice.user_id)
    for deed in (deeds.disable, deeds.close):
        with pytest.raises(BadInput):
            do(deed, SERVER, alice.user_id)
    for deed in (deeds.disable, deeds.enable, deeds.close, deeds.end_sessions):
        with pytest.raises(NotFound):
            do(deed, SERVER, uuid4())


def test_an_applicant_who_is_enabled_after_all_needs_no_approval_any_more(database, configure):
    configure(AUTHAPP_APPROVAL="true", AUTHAPP_ADMINS="root@example.com")
    blocked_by = users.confirm(users.sign_up("newcomer@example.com"))
    do(deeds.disable, SERVER, blocked_by.user_id)
    assert waits_of(blocked_by.user_id) == "disabled"

    do(deeds.enable, SERVER, blocked_by.user_id)

    assert waits_of(blocked_by.user_id) == ""


def test_an_address_that_nobody_confirmed_is_still_to_be_confirmed_after_enabling(database, work):
    blocked_by = newcomer_of(work)

    do(deeds.disable, SERVER, blocked_by.user_id)
    do(deeds.enable, SERVER, blocked_by.user_id)

    assert waits_of(blocked_by.user_id) == "email"


def test_a_closed_account_is_told_and_a_login_brings_it_back(alice):
    do(deeds.close, OFFICE, alice.user_id)

    assert do(sessions.resume, alice.key) is None
    assert last_line(alice.user_id) == ("admin_closed", "on the server", OFFICE.caller.ip)
    assert "closed" in mails_to(alice.email)[-1].subject
    assert isinstance(log_in(alice), Opened)
    assert "reopened" in audit_events(alice)


def test_one_session_or_all_end_and_no_others(alice, bob):
    second = log_in(alice)

    do(deeds.end_session, OFFICE, alice.user_id, second.session_id)
    assert (do(sessions.resume, second.key), do(sessions.resume, alice.key) is None) == (None, False)
    do(deeds.end_sessions, OFFICE, alice.user_id)

    assert do(sessions.resume, alice.key) is None
    assert do(sessions.resume, bob.key) is not None
    assert audit_events(alice)[:2] == ["admin_sessions_ended", "admin_session_ended"]
    for id in (second.session_id, bob.me.session_id, 7, "x\x00"):
        with pytest.raises(BadInput):
            do(deeds.end_session, OFFICE, alice.user_id, id)
    assert do(sessions.resume, bob.key) is not None


def test_the_link_or_code_of_an_identifier_is_sent_again(alice, work):
    add_unconfirmed_email(alice, "new.alice@example.com")
    nina, blocked_by = join_by_phone(HERS), newcomer_of(work)

    do(deeds.resend, OFFICE, alice.user_id, alice.email)
    do(deeds.resend, OFFICE, alice.user_id, "new.alice@example.com")
    do(deeds.resend, OFFICE, nina.user_id, HERS)
    do(deeds.resend, OFFICE, blocked_by.user_id, "new@example.com")

    assert mails_to(alice.email)[-1].subject == "Recover your authapp account"
    assert len(mails_to("new.alice@example.com")) == 2
    assert "/forgot" in texts_to(HERS)[-1].text
    assert len(mails_to("new@example.com")) == 2
    assert ("resent", f"{alice.email} · on the server", OFFICE.caller.ip) in [
        (line.what, line.about, line.ip) for line in do(audit.newest, alice.user_id)
    ]


@pytest.mark.parametrize("way", ["bob@example.com", "", None, 7, {}, "x\x00"])
def test_nothing_is_sent_to_an_identifier_outside_the_account(alice, bob, way):
    before = len(mails_to("bob@example.com"))

    with pytest.raises(BadInput):
        do(deeds.resend, SERVER, alice.user_id, way)

    assert len(mails_to("bob@example.com")) == before


def test_an_address_is_not_flooded_by_sending_again(alice, clock):
    clock.advance(timedelta(hours=2))
    for _ in range(5):
        do(deeds.resend, SERVER, alice.user_id, alice.email)

    with pytest.raises(TooManyRequests):
        do(deeds.resend, SERVER, alice.user_id, alice.email)
