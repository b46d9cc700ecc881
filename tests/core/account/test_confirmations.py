"""Imported accounts with an unconfirmed address: the click of its owner does not log in the user who registered it."""

from datetime import timedelta

import pytest

from authapp.core.account import confirmations, emails
from authapp.core.admin import imports, people
from authapp.core.authentication import accounts, login, proofs, provider_login, recovery
from authapp.core.authorization.actors import SERVER
from authapp.core.base import identifiers
from authapp.core.base.callers import Caller
from authapp.core.base.errors import BadUserOrPassword, InvalidActionKey, TicketNotFoundOrExpired
from authapp.core.credentials import links
from authapp.core.sessions import session_list, tickets
from authapp.core.sessions.sessions import Opened
from authapp.core.sessions.tickets import BlockedLogin
from authapp.models import User
from tests.kit.hashes import HASHES, PASSWORD
from tests.kit.messages import link_to, subjects_to
from tests.kit.rules import do
from tests.kit.users import HOME, confirm, sign_up

ADDRESS, OTHER = "owner@example.com", "somebody@elsewhere.example"
ATTACKER = Caller("198.51.100.7", "the browser of who registered the address elsewhere")


def imported(**row):
    people_in = [imports.read(1, {"emails": [ADDRESS], "confirmed": False, "password": HASHES["bcrypt"], **row})]
    return do(imports.take, people_in)[0].user_id


def log_in(identifier=ADDRESS, password=PASSWORD, caller=HOME):
    welcome = do(login.with_password, proofs.Credentials(identifier, password), tab="a tab", keep=True, caller=caller)
    return do(login.claim, welcome.ticket, ["a tab"], caller, None)


def follow(key, browser=HOME, waiting=""):
    """Follow the link in a browser, with the cookie of a login that waits there."""
    return do(links.follow, key, None, tab="tab of the link", caller=browser._replace(waiting=tickets.mark(waiting)))


def user(user_id):
    return do(lambda db: db.get(User, user_id))


@pytest.fixture
def account(database):
    return imported()


def test_the_right_password_of_an_unconfirmed_address_waits_and_mails_a_link(account):
    entered = log_in()

    assert isinstance(entered, BlockedLogin)
    assert (entered.user_id, entered.reason) == (account, "email")
    assert subjects_to(ADDRESS) == ["Confirm your email address for authapp"]
    assert do(session_list.of_user, account) == []


def test_a_wrong_password_mails_nothing(account):
    with pytest.raises(BadUserOrPassword):
        log_in(password=PASSWORD + "6")

    assert subjects_to(ADDRESS) == []


def test_an_unconfirmed_address_is_no_way_in_and_no_way_to_recover(account):
    do(recovery.recover, ADDRESS, HOME)

    assert len(subjects_to(ADDRESS)) == 1, "it says that there is no account"
    assert do(identifiers.owner, ADDRESS) is None
    assert do(identifiers.login_identifiers, account) == []
    assert do(accounts.find, ADDRESS) is None
    with pytest.raises(StopIteration):
        link_to(ADDRESS)


def test_confirming_in_the_browser_that_waits_lets_the_login_go_on(account):
    waiting = log_in()

    followed = follow(link_to(ADDRESS), waiting=waiting.key)
    entered = do(login.go_on, waiting.key, HOME, None)

    assert (followed.path, followed.ticket) == ("/confirmed", "")
    assert isinstance(entered, Opened)
    assert (entered.user_id, entered.identifier, entered.max_age is not None) == (account, ADDRESS, True)
    assert do(identifiers.confirmed, account) == [ADDRESS]
    assert isinstance(log_in(), Opened), "the old password goes on working"


def test_confirming_in_another_browser_voids_the_password_and_asks_for_a_new_one(account):
    attacker = log_in(caller=ATTACKER)

    followed = follow(link_to(ADDRESS))
    entered = do(login.claim, followed.ticket, ["tab of the link"], HOME, None)

    assert followed.path == "/settings?set=password"
    assert (entered.user_id, entered.identifier) == (account, ADDRESS)
    assert user(account).password_record is None
    with pytest.raises(TicketNotFoundOrExpired):
        do(login.go_on, attacker.key, ATTACKER, None)
    with pytest.raises(BadUserOrPassword):
        log_in(caller=ATTACKER)


def test_the_wait_of_another_account_or_address_is_not_the_one(account):
    do(imports.take, [imports.read(1, {"emails": [OTHER], "confirmed": False, "password": HASHES["bcrypt"]})])
    attacker = log_in(caller=ATTACKER)
    own = log_in(OTHER)

    followed = follow(link_to(ADDRESS), waiting=own.key)

    assert followed.ticket
    with pytest.raises(TicketNotFoundOrExpired):
        do(login.go_on, attacker.key, ATTACKER, None)


def test_a_made_up_wait_is_none(account):
    waiting = log_in(caller=ATTACKER)
    id = waiting.key.partition(".")[0]

    followed = do(links.follow, link_to(ADDRESS), None, tab="x", caller=HOME._replace(waiting=f"{id}.{'A' * 43}"))

    assert followed.ticket, "it was not the browser that waits"


def test_logins_that_wait_in_other_browsers_end_also_when_one_goes_on(account):
    attacker, waiting = log_in(caller=ATTACKER), log_in()

    follow(link_to(ADDRESS), waiting=waiting.key)

    with pytest.raises(TicketNotFoundOrExpired):
        do(login.go_on, attacker.key, ATTACKER, None)
    assert isinstance(do(login.go_on, waiting.key, HOME, None), Opened)


def test_another_address_that_was_registered_with_it_is_no_way_back(database):
    account = imported(emails=[ADDRESS, OTHER])
    log_in(OTHER, caller=ATTACKER)
    attackers_link = link_to(OTHER)
    log_in(ADDRESS, caller=ATTACKER)

    follow(link_to(ADDRESS))

    assert [one.address for one in do(emails.listed, account)] == [ADDRESS]
    with pytest.raises(InvalidActionKey):
        follow(attackers_link, ATTACKER)
    with pytest.raises(BadUserOrPassword):
        log_in(OTHER, caller=ATTACKER)


def test_a_login_that_waits_with_another_address_of_the_account_ends_too(database):
    imported(emails=[ADDRESS, OTHER])
    attacker = log_in(OTHER, caller=ATTACKER)
    log_in(ADDRESS, caller=ATTACKER)

    follow(link_to(ADDRESS))

    with pytest.raises(TicketNotFoundOrExpired):
        do(login.go_on, attacker.key, ATTACKER, None)


def test_a_link_to_one_address_is_dead_once_another_was_confirmed(database):
    account = imported(emails=[ADDRESS, OTHER])
    log_in(ADDRESS, caller=ATTACKER)
    owners_link = link_to(ADDRESS)
    waiting = log_in(OTHER, caller=ATTACKER)
    follow(link_to(OTHER), ATTACKER, waiting.key)

    with pytest.raises(InvalidActionKey):
        follow(owners_link)

    assert do(identifiers.confirmed, account) == [OTHER], "the owner does not come into the account of somebody else"


def test_a_sign_up_with_the_email_makes_an_account_of_its_own(account):
    attacker = log_in(caller=ATTACKER)

    opened = confirm(sign_up(ADDRESS))

    assert opened.user_id != account
    with pytest.raises((TicketNotFoundOrExpired, BadUserOrPassword)):
        do(login.go_on, attacker.key, ATTACKER, None)
    with pytest.raises(BadUserOrPassword):
        log_in(caller=ATTACKER)
    assert do(emails.listed, account) == []


def test_a_user_who_is_also_disabled_gets_no_link_and_waits_for_both(database):
    account = imported(active=False)

    with pytest.raises(BadUserOrPassword):
        log_in()
    do(people.enable, SERVER, account)

    assert subjects_to(ADDRESS) == []
    assert user(account).blocked_by == "email"
    assert isinstance(log_in(), BlockedLogin)


def test_the_link_of_an_account_that_was_disabled_meanwhile_is_dead(account):
    waiting = log_in()
    key = link_to(ADDRESS)
    do(people.disable, SERVER, account)

    with pytest.raises(InvalidActionKey):
        follow(key, waiting=waiting.key)


def test_an_imported_account_is_not_forgotten_before_its_owner_comes(account, clock):
    clock.advance(timedelta(days=100))

    do(emails.purge)
    do(provider_login.purge)

    assert isinstance(log_in(), BlockedLogin)


def test_an_account_whose_address_went_to_its_owner_is_forgotten(account, clock):
    confirm(sign_up(ADDRESS))
    clock.advance(timedelta(days=8))

    do(provider_login.purge)

    assert user(account) is None


def test_an_administrator_sends_the_link_again(account):
    do(people.resend, SERVER, account, ADDRESS)

    assert follow(link_to(ADDRESS)).path == "/settings?set=password"


def test_mails_to_an_address_are_limited(account):
    for _ in range(20):
        log_in()

    assert len(subjects_to(ADDRESS)) < 10


def test_the_user_who_confirmed_the_email_logs_in_before_one_who_claims_it(alice):
    account = imported(emails=[OTHER])
    do(emails.expect, account, alice.email)
    before = subjects_to(alice.email)

    do(confirmations.ask, account, alice.email)

    assert do(accounts.find_for_login, alice.email).id == alice.user_id
    assert subjects_to(alice.email) == before
