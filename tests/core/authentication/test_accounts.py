"""Names, passwords and languages of accounts."""

import pytest

from authapp.core.authentication import accounts, login, proofs, recovery
from authapp.core.base import rate_limits
from authapp.core.base.callers import Caller
from authapp.core.base.errors import BadInput, BadUserOrPassword, SessionExpired, TooManyRequests, WeakPassword
from authapp.core.credentials import links, passwords
from authapp.core.sessions import session_ends, sessions, tickets
from authapp.core.sessions.sessions import NewSession
from authapp.models import User
from tests.kit.messages import link_to, mails_to
from tests.kit.rules import do
from tests.kit.users import HOME, PASSWORD, TAB, password_record

NEW = "another good sentence"
ELSEWHERE = Caller("203.0.113.9", "")


def set_password(me, password=NEW, confirmation=None):
    return do(
        accounts.set_password, me, accounts.NewPassword(password, confirmation or password), tab=TAB, caller=ELSEWHERE
    )


def log_in(person, password):
    return do(login.with_password, proofs.Credentials(person.email, password), keep=False, tab=TAB, caller=HOME)


def second_session(person, *, keep=False):
    return do(sessions.open, NewSession(person.user_id, person.email, "password", keep), HOME)


def test_names_are_set_and_can_be_emptied(alice):
    do(accounts.set_names, alice.me, " Ålice ", "🦊", HOME)
    me = do(sessions.resume, alice.key)
    assert (me.first_name, me.last_name, me.name) == ("Ålice", "🦊", "Ålice 🦊")

    do(accounts.set_names, alice.me, "", "", HOME)
    assert do(sessions.resume, alice.key).name == alice.email


@pytest.mark.parametrize("name", [None, {}, 7, "x" * 81, "Al\x00ice"], ids=ascii)
def test_an_invalid_name_changes_neither_name(alice, name):
    with pytest.raises(BadInput) as refusal:
        do(accounts.set_names, alice.me, "Ada", name, HOME)

    assert refusal.value.field == "last_name"
    assert do(sessions.resume, alice.key).name == "Alice Liddell"


def test_a_logged_out_user_sets_nothing(alice):
    do(session_ends.close, alice.me.session_id)
    before = password_record(alice)

    with pytest.raises(SessionExpired):
        do(accounts.set_names, alice.me, "Ada", "Lovelace", HOME)
    with pytest.raises(SessionExpired):
        set_password(alice.me)

    user = do(lambda db: db.get(User, alice.user_id))
    assert (user.first_name, user.last_name, user.password_record) == ("Alice", "Liddell", before)


def test_a_new_password_works_and_the_old_one_does_not(alice):
    set_password(alice.me)

    assert log_in(alice, NEW)
    with pytest.raises(BadUserOrPassword):
        log_in(alice, PASSWORD)


def test_a_new_password_gives_this_browser_a_new_key_and_kills_the_old_one_at_once(alice):
    ticket = set_password(alice.me)

    assert do(sessions.resume, alice.key) is None
    assert do(sessions.alive, alice.me) is None
    opened = do(login.claim, ticket, [TAB], HOME, alice.me)
    assert opened.session_id == alice.me.session_id
    assert do(sessions.resume, opened.key).has_password
    assert do(sessions.resume, alice.key) is None


def test_a_new_password_ends_every_other_session_and_ticket_of_that_user(alice, bob):
    other, kept = second_session(alice), second_session(alice, keep=True)
    waiting = log_in(alice, PASSWORD).ticket

    set_password(alice.me)

    assert do(sessions.resume, other.key) is None
    assert do(sessions.resume, kept.key) is None
    with pytest.raises(tickets.TicketNotFoundOrExpired):
        do(login.claim, waiting, [TAB], HOME, None)
    assert do(sessions.resume, bob.key)


def test_a_new_password_voids_recovery_links_on_their_way(alice):
    do(recovery.recover, alice.email, HOME)
    key = link_to(alice.email)

    set_password(alice.me)

    assert do(links.peek, key, None).outcome == links.INVALID


def test_a_new_password_is_told_by_mail_with_place_and_way_back(alice):
    set_password(alice.me)

    mail = mails_to(alice.email)[-1]
    assert "Your authapp password was set" in mail.subject
    assert "from IP address 203.0.113.9" in mail.text
    assert "This wasn’t me: http://localhost:3000/link#" in mail.text
    assert NEW not in mail.text + mail.html


def test_a_new_password_forgets_failures(alice):
    do(lambda db: [rate_limits.count_failure(db, alice.email, str(number)) for number in range(100)])
    with pytest.raises(TooManyRequests):
        log_in(alice, PASSWORD)

    set_password(alice.me)

    assert log_in(alice, NEW)


@pytest.mark.parametrize(
    "weak", ["", None, {}, "short", "password1234", "alice.liddell", "alice@example.com", "x" * 257]
)
def test_a_weak_password_changes_nothing(alice, weak):
    other, before, mail = second_session(alice), password_record(alice), mails_to(alice.email)[-1]

    with pytest.raises(WeakPassword):
        set_password(alice.me, weak)

    assert password_record(alice) == before
    assert do(sessions.resume, alice.key)
    assert do(sessions.resume, other.key)
    assert mails_to(alice.email)[-1].id == mail.id


def test_a_confirmation_that_differs_changes_nothing(alice):
    before = password_record(alice)

    with pytest.raises(WeakPassword) as refusal:
        set_password(alice.me, NEW, NEW + "!")

    assert refusal.value.field == "confirmation"
    assert password_record(alice) == before


def test_a_kept_session_stays_kept_with_its_new_key(alice):
    opened = second_session(alice, keep=True)
    me = do(sessions.resume, opened.key)
    ticket = set_password(me)

    assert do(login.claim, ticket, [TAB], HOME, me).max_age


def test_until_the_new_key_is_claimed_the_old_one_does_nothing_but_claim_it(alice):
    ticket = set_password(alice.me)

    with pytest.raises(SessionExpired):
        set_password(alice.me, "a third good sentence")
    with pytest.raises(tickets.TicketNotFoundOrExpired):
        do(login.claim, ticket, [TAB], HOME, None)
    assert do(login.claim, ticket, [TAB], HOME, alice.me)
    assert log_in(alice, NEW)


def test_a_record_made_anew_replaces_an_imported_one(alice):
    do(lambda db: setattr(db.get(User, alice.user_id), "imported", True))

    do(accounts.keep_password, alice.user_id, passwords.make_record(NEW, alice.user_id))

    assert not do(lambda db: db.get(User, alice.user_id)).imported
    assert log_in(alice, NEW)
