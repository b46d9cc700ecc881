"""Access to phone numbers, login with them, and email addresses beside them."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlmodel import select

from authapp.core.account import phones
from authapp.core.authentication import login
from authapp.core.base import identifiers, rate_limits
from authapp.core.base.callers import Caller
from authapp.core.base.errors import (
    BadInput,
    BadUserOrPassword,
    SessionExpired,
    StepUpNeeded,
    TooManyRequests,
)
from authapp.core.credentials import links
from authapp.core.sessions import session_ends, sessions
from authapp.models import Code, Message, Phone
from tests.kit.codes import join_by_phone
from tests.kit.contacts import (
    FREE,
    HERS,
    OTHER,
    PREMIUM,
    add_phone,
    add_unconfirmed_phone,
    confirm_phone,
    phone_id,
    phone_rows,
    phones_of,
    remove_phone,
)
from tests.kit.messages import link_key, texts_to
from tests.kit.rules import do, refused
from tests.kit.scram import ask, send
from tests.kit.tables import count_rows, unchanged
from tests.kit.users import HOME, TAB, log_in

SECOND, MINUTE, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(days=1)

BERLIN = Caller("192.0.2.1", "Firefox at home", languages="de-DE,de;q=0.9")

GERMAN = "+4915123456789"


NONSENSE = [None, {}, 7, "", "x", "x\x00", "\ud800", str(uuid4()), "x" * 10_000]


# Access

DEEDS = {
    "add": lambda me, id: do(phones.add, me, OTHER, HOME),
    "remove": lambda me, id: do(phones.remove, me, id, HOME),
    "make_main": lambda me, id: do(phones.make_main, me, id, HOME),
}


@pytest.mark.parametrize("name", ["add", "remove"])
def test_a_serious_change_needs_a_fresh_proof(alice, clock, name):
    id = add_phone(alice, FREE)
    clock.advance(11 * MINUTE)
    me = do(sessions.alive, alice.me)

    assert type(unchanged(lambda: DEEDS[name](me, id))) is StepUpNeeded


@pytest.mark.parametrize("name", DEEDS)
def test_a_logged_out_user_changes_no_phone_numbers(alice, name):
    add_phone(alice, FREE)
    id = add_phone(alice, HERS)
    do(session_ends.close, alice.me.session_id)

    assert type(unchanged(lambda: DEEDS[name](alice.me, id))) is SessionExpired


def test_a_code_comes_too_late_for_who_was_signed_out(alice):
    step = add_unconfirmed_phone(alice)
    do(session_ends.close, alice.me.session_id)

    assert type(unchanged(lambda: confirm_phone(alice, step))) is SessionExpired


@pytest.mark.parametrize("name", ["remove", "make_main"])
def test_only_ones_own_numbers_can_be_changed(alice, bob, clock, name):
    add_phone(alice, FREE)
    his = add_phone(bob, HERS)

    for id in [his, *NONSENSE]:
        refusal = unchanged(lambda id=id: DEEDS[name](alice.me, id))
        assert (type(refusal), refusal.message) == (BadInput, "This number is no longer in your account.")


def test_sixty_changes_an_hour_are_all(alice, clock):
    ids = [add_phone(alice, HERS), add_phone(alice, FREE)]
    asked_for_two_and_chose_name_and_password = 4
    for change in range(rate_limits.CHANGES_PER_USER.most - asked_for_two_and_chose_name_and_password):
        do(phones.make_main, alice.me, ids[change % 2 - 1], HOME)
    main = phones_of(alice)[0]

    assert type(refused(DEEDS["make_main"], alice.me, phone_id(alice, phones_of(alice)[1]))) is TooManyRequests

    assert type(refused(DEEDS["add"], alice.me, "")) is TooManyRequests
    assert type(refused(remove_phone, alice, HERS)) is TooManyRequests
    assert phones_of(alice)[0] == main
    assert texts_to(OTHER) == []


# Log in

SPELLINGS = ["+4915123456789", "+49 1512 3456789", "+49 (0)1512/3456789", "0049-1512-3456789", "01512 3456789"]


@pytest.mark.parametrize("typed", SPELLINGS)
def test_a_person_logs_in_with_a_number_however_it_is_typed(database, typed):
    nina = join_by_phone(GERMAN)

    assert log_in(nina, BERLIN, address=typed).user_id == nina.user_id


def test_also_by_challenge(database):
    nina = join_by_phone(GERMAN)

    welcome = send(ask("+49 1512 3456789", nina.password))

    assert do(login.claim, welcome.ticket, [TAB], HOME, None).user_id == nina.user_id


def test_the_country_of_a_number_typed_as_at_home_is_that_of_the_settings_or_else_of_the_browser(database, configure):
    nina = join_by_phone(GERMAN)
    nowhere, paris = Caller("192.0.2.7"), Caller("192.0.2.8", languages="fr-FR")
    for caller in (nowhere, paris):
        with pytest.raises(BadInput, match="BadInput"):
            log_in(nina, caller, address="01512 3456789")

    configure(AUTHAPP_PHONE_COUNTRY="DE")

    for caller in (nowhere, paris, BERLIN):
        assert log_in(nina, caller, address="01512 3456789").user_id == nina.user_id


def test_every_number_and_address_of_a_person_logs_them_in(alice):
    add_phone(alice, FREE)
    add_phone(alice, HERS)

    assert {log_in(alice, address=name).user_id for name in (alice.email, FREE, HERS)} == {alice.user_id}


def test_a_number_that_only_waits_logs_nobody_in(alice):
    add_unconfirmed_phone(alice)

    with pytest.raises(BadUserOrPassword):
        log_in(alice, address=FREE)


def test_failures_are_counted_for_the_number_however_it_is_typed(database, clock):
    nina = join_by_phone(GERMAN)
    for last in range(6):
        with pytest.raises(BadUserOrPassword):
            log_in(nina, BERLIN, address=SPELLINGS[last % 5], password="a wrong password")

    with pytest.raises(TooManyRequests):
        log_in(nina, Caller("198.51.100.99"))
    clock.advance(SECOND)
    assert log_in(nina)


def test_an_unknown_number_is_refused_like_a_wrong_password(database):
    nina = join_by_phone(HERS)

    told = [refused(log_in, nina, address=name, password="a wrong password") for name in (HERS, FREE, PREMIUM)]

    assert len({(type(one), one.message, one.field) for one in told}) == 1


def test_where_phones_are_off_no_number_logs_anybody_in(database, configure):
    nina = join_by_phone(GERMAN)
    configure(AUTHAPP_PHONES="false")

    for typed in SPELLINGS:
        with pytest.raises(BadInput, match="BadInput"):
            log_in(nina, BERLIN, address=typed)


# Email addresses and phone numbers together


def test_a_number_of_one_person_is_in_no_list_of_another(alice, bob):
    add_phone(alice, FREE)

    assert phone_rows(bob) == []
    assert do(identifiers.login_identifiers, bob.user_id) == [bob.email]
    assert do(identifiers.owner, FREE) == alice.user_id
    assert count_rows(Phone, Code) == [1, 0]
    assert not do(lambda db: db.exec(select(Message).where(Message.recipient == bob.email, Message.text == FREE)).all())


def test_the_link_in_a_text_leads_to_the_page_that_asks_before_it_acts(alice):
    add_phone(alice, FREE)
    key = link_key(texts_to(FREE)[-1])

    look = do(links.peek, key, None)

    assert (look.outcome, look.button) == (links.GOOD, "This wasn’t me")
    assert do(sessions.resume, alice.key)
