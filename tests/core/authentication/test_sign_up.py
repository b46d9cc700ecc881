"""Sign-up by mail."""

from datetime import timedelta

import pytest
from sqlmodel import select

from authapp.core.authentication import accounts, login, proofs, recovery, sign_up
from authapp.core.base import identifiers, tokens
from authapp.core.base.callers import Caller
from authapp.core.base.errors import BadInput, BadUserOrPassword, InvalidActionKey, TooManyRequests
from authapp.core.credentials import links
from authapp.core.sessions import sessions, tickets
from authapp.core.sessions.sessions import NewSession
from authapp.models import ActionLink, Email, Message, User
from tests.kit import users
from tests.kit.messages import link_to, mails_to
from tests.kit.rules import do
from tests.kit.users import HOME, TAB

HOUR = timedelta(hours=1)


def all_users():
    return do(lambda db: db.exec(select(User)).all())


def test_asking_for_an_account_sends_a_link_and_makes_none(database):
    assert do(sign_up.sign_up, " Carol@Example.com ", HOME) is None

    (mail,) = mails_to("carol@example.com")
    assert "Confirm your email address" in mail.subject
    assert "within 1 day" in mail.text
    assert all_users() == []
    assert do(accounts.find, "carol@example.com") is None


def test_following_the_link_makes_the_account_and_signs_in(database):
    key = users.sign_up("carol@example.com")
    assert do(links.peek, key, None).outcome == links.GOOD

    followed = do(links.follow, key, None, tab=TAB)
    opened = do(login.claim, followed.ticket, [TAB], HOME, None)

    me = do(sessions.resume, opened.key)
    assert followed.path == "/settings?set=password"
    assert (me.identifier, me.method, me.has_password) == ("carol@example.com", "link", False)
    assert do(accounts.find, "carol@example.com").id == me.user_id
    assert do(identifiers.confirmed, me.user_id) == ["carol@example.com"]


def test_a_known_address_gets_another_mail_and_who_asked_learns_nothing(alice):
    assert do(sign_up.sign_up, alice.email, HOME) is do(sign_up.sign_up, "carol@example.com", HOME)

    newest = mails_to(alice.email)[-1]
    assert "already have an account" in newest.subject
    assert "/link#" not in newest.text + newest.html
    assert len(all_users()) == 1


@pytest.mark.parametrize("typed", ["", None, {}, 7, "nonsense", "a" * 10_000, "a@b.example\nBcc: x@y.example"], ids=str)
def test_an_invalid_email_is_refused_and_nothing_is_written(database, typed):
    for rule in (sign_up.sign_up, recovery.recover):
        with pytest.raises(BadInput):
            do(rule, typed, HOME)

    assert do(lambda db: db.exec(select(Message)).all() + db.exec(select(ActionLink)).all()) == []


def test_a_link_that_was_used_tells_who_is_in_already(database, bob):
    key = users.sign_up("carol@example.com")
    carol = do(sessions.resume, users.confirm(key).key)

    assert do(links.peek, key, None).outcome == links.ACTIVATED
    assert do(links.peek, key, None).email == "carol@example.com"
    assert do(links.peek, key, carol).outcome == links.ALREADY_IN
    assert do(links.peek, key, bob.me).outcome == links.OTHER_USER
    for me in (None, carol, bob.me):
        with pytest.raises(InvalidActionKey):
            do(links.follow, key, me, tab=TAB)
    assert len(all_users()) == 2


def test_a_link_of_an_address_that_was_confirmed_by_another_link_is_used_too(database):
    first = users.sign_up("carol@example.com")
    second = users.sign_up("carol@example.com")
    users.confirm(second)

    assert do(links.peek, first, None).outcome == links.ACTIVATED
    with pytest.raises(InvalidActionKey):
        do(links.follow, first, None, tab=TAB)
    assert len(all_users()) == 1


def test_an_expired_link_makes_no_account(database, clock):
    key = users.sign_up("carol@example.com")
    clock.advance(24 * HOUR)

    assert do(links.peek, key, None).outcome == links.INVALID
    with pytest.raises(InvalidActionKey):
        do(links.follow, key, None, tab=TAB)
    assert all_users() == []


def test_a_logged_in_user_can_switch_to_the_new_account(alice):
    key = users.sign_up("carol@example.com")
    assert do(links.peek, key, alice.me).outcome == links.OTHER_USER

    opened = users.confirm(key, alice.me)

    assert do(sessions.resume, opened.key).identifier == "carol@example.com"
    assert do(sessions.resume, alice.key) is None


def test_confirming_an_address_voids_whatever_was_claimed_for_it_before(alice, clock):
    def claim_for_carol(db):
        db.add(Email(user_id=alice.user_id, address="carol@example.com", added_at=alice.me.last_seen_at))
        opened = sessions.open(db, NewSession(alice.user_id, "carol@example.com", "password", True), HOME)
        ticket = tickets.issue_ticket(db, NewSession(alice.user_id, "carol@example.com", "password", True), tab=TAB)
        url = links.issue(db, "reset", email="carol@example.com", valid_for=HOUR, user_id=alice.user_id, connects=True)
        return opened, ticket, url.rpartition("#")[2]

    opened, ticket, planted = do(claim_for_carol)
    users.confirm(users.sign_up("carol@example.com"))

    assert do(sessions.resume, opened.key) is None
    assert do(links.peek, planted, None).outcome == links.INVALID
    assert do(identifiers.confirmed, alice.user_id) == [alice.email]
    assert do(lambda db: len(db.exec(select(Email)).all())) == 2
    assert do(sessions.resume, alice.key)
    with pytest.raises(tickets.TicketNotFoundOrExpired):
        do(login.claim, ticket, [TAB], HOME, None)


def test_an_unconfirmed_address_finds_nobody(alice):
    do(lambda db: db.add(Email(user_id=alice.user_id, address="carol@example.com", added_at=alice.me.last_seen_at)))

    assert do(accounts.find, "carol@example.com") is None
    with pytest.raises(BadUserOrPassword):
        do(
            login.with_password,
            proofs.Credentials("carol@example.com", alice.password),
            keep=False,
            tab=TAB,
            caller=HOME,
        )


def test_an_address_gets_five_mails_an_hour_and_who_asks_learns_nothing(database, clock):
    for number in range(7):
        do(sign_up.sign_up, "carol@example.com", Caller(f"198.51.100.{number}"))
        do(recovery.recover, "dave@example.com", Caller(f"198.51.100.{number}"))
    assert len(mails_to("carol@example.com")) == len(mails_to("dave@example.com")) == 5

    clock.advance(HOUR)
    do(sign_up.sign_up, "carol@example.com", HOME)
    assert len(mails_to("carol@example.com")) == 6


def test_a_client_asks_ten_times_a_minute_and_a_hundred_times_a_day(database, clock):
    for number in range(10):
        do((sign_up.sign_up, recovery.recover)[number % 2], f"{number}@example.com", HOME)
    with pytest.raises(TooManyRequests) as refusal:
        do(sign_up.sign_up, "late@example.com", HOME)
    assert 1 <= refusal.value.wait <= 60
    assert mails_to("late@example.com") == []
    do(sign_up.sign_up, "late@example.com", Caller("203.0.113.1"))
    assert len(mails_to("late@example.com")) == 1

    for minute in range(9):
        clock.advance(timedelta(minutes=1))
        for number in range(10):
            do(sign_up.sign_up, f"{minute}.{number}@example.com", HOME)
    clock.advance(timedelta(minutes=1))
    with pytest.raises(TooManyRequests) as refusal:
        do(sign_up.sign_up, "later@example.com", HOME)
    assert refusal.value.wait > 3600


def test_a_dead_link_is_sent_again_to_its_own_address(database, clock):
    key = users.sign_up("carol@example.com")
    clock.advance(24 * HOUR)

    do(recovery.send_again, key, HOME)

    newest = link_to("carol@example.com")
    assert newest != key
    assert users.confirm(newest).identifier == "carol@example.com"


def test_no_link_is_sent_again_for_a_malformed_key(database):
    for key in ("", None, str(tokens.mint())):
        do(recovery.send_again, key, HOME)

    assert do(lambda db: db.exec(select(Message)).all()) == []


def test_typed_text_is_harmless_in_a_mail(database, configure):
    configure(AUTHAPP_PRODUCT_NAME="<b>Shop</b> & Co")
    do(sign_up.sign_up, "o'hara&sons@example.com", HOME)

    (mail,) = mails_to("o'hara&sons@example.com")
    assert "<b>" not in mail.html
    assert "&lt;b&gt;Shop&lt;/b&gt; &amp; Co" in mail.html
    assert "<b>Shop</b> & Co" in mail.text
