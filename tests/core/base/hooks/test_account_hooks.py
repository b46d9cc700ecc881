"""Hooks about identifiers, passwords and closed accounts."""

from datetime import timedelta

import pytest

from authapp.core.account import closing, emails, phones
from authapp.core.account.identities import Claims
from authapp.core.admin import people as administration
from authapp.core.authentication import accounts, provider_login
from authapp.core.authorization.actors import SERVER
from authapp.core.base import hooks
from authapp.core.credentials import links
from authapp.core.sessions import sessions
from authapp.models import User
from tests.kit.contacts import FREE, add_email, add_unconfirmed_email, confirmed_emails, email_id
from tests.kit.hooks import NEW, NotToday, all_users, disown, refuse, set_password
from tests.kit.messages import code_to, mails_to
from tests.kit.rules import do
from tests.kit.users import HOME, PASSWORD, TAB, log_in


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
        do(accounts.set_password, me, accounts.NewPassword(PASSWORD, PASSWORD), tab=TAB, caller=HOME)

    assert log_in(alice, password=NEW)
    assert len(mails_to(alice.email)) == told


CLOSINGS = {
    "person": lambda her: do(closing.close, her.me, HOME),
    "administrator": lambda her: do(administration.close, SERVER, her.user_id),
}


@pytest.mark.parametrize("way", CLOSINGS)
def test_a_closing_is_told_and_what_undoes_it(alice, heard, way):
    assert "on_close_account" in heard.during(lambda: CLOSINGS[way](alice))
    assert heard.given["on_close_account"] == (alice.user_id,)

    assert "on_account_reopened" in heard.during(lambda: log_in(alice))
    assert heard.given["on_account_reopened"] == (alice.user_id,)
    assert "on_account_reopened" not in heard.during(lambda: log_in(alice))

    do(administration.close, SERVER, alice.user_id)
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
    do(provider_login.log_in, Claims("2", "eve@example.com", issuer="o", provider="google"), keep=False, caller=HOME)
    heard.clear()
    clock.advance(timedelta(days=15))

    do(closing.purge)
    do(provider_login.purge)
    do(closing.purge)

    assert (rows, heard.count("on_account_purged")) == (["Alice", ""], 2)
    assert all_users() == 1
