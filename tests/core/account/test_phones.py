"""Phone numbers of a user: added, confirmed, made the main one, removed."""

from datetime import timedelta

import pytest

from authapp.core.account import emails, phones
from authapp.core.authentication import login, proofs, recovery, sign_up, step_up
from authapp.core.base import identifiers
from authapp.core.base.callers import Caller
from authapp.core.base.errors import (
    BadInput,
    BadUserOrPassword,
    CodeNotFoundOrExpired,
    NumberTaken,
    StepNotFoundOrExpired,
    WrongCode,
)
from authapp.core.credentials import codes
from authapp.core.sessions import sessions
from authapp.models import Phone, RateCounter
from tests.kit.codes import code_row, join_by_phone, wrong_code
from tests.kit.contacts import (
    FREE,
    HERS,
    PREMIUM,
    add_email,
    add_phone,
    add_unconfirmed_email,
    add_unconfirmed_phone,
    confirm_phone,
    confirmed_emails,
    email_id,
    phone_number,
    phone_rows,
    phones_of,
    remove_phone,
)
from tests.kit.messages import code_to, mails_to, texts_to
from tests.kit.rules import do, refused
from tests.kit.tables import ALL, all_values, count_rows, unchanged
from tests.kit.users import HOME, TAB, audit_events, log_in

SECOND, MINUTE, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(days=1)
BERLIN = Caller("192.0.2.1", "Firefox at home", languages="de-DE,de;q=0.9")
GERMAN = "+4915123456789"


# Add


def test_an_added_number_waits_for_its_code_and_is_nobodys_until_then(alice):
    step = add_unconfirmed_phone(alice)

    assert (step.target, step.guesses, step.sends) == ("+1 201-555-0100", 5, 1)
    assert phones_of(alice) == []
    assert do(identifiers.owner, FREE) is None
    assert len(texts_to(FREE)) == 1
    assert audit_events(alice)[0] == "phone_asked"
    assert "phone" not in " ".join(mail.subject for mail in mails_to(alice.email))


def test_the_code_adds_it_and_tells_every_address_and_number(alice, clock):
    add_phone(alice, HERS)
    confirm_phone(alice, add_unconfirmed_phone(alice))

    assert phones_of(alice) == [HERS, FREE]
    assert [one.is_main for one in phone_rows(alice)] == [True, False]
    assert audit_events(alice)[0] == "phone_added"
    assert mails_to(alice.email)[-1].subject == "A phone number was added to your authapp account"
    assert "The number +1 201-555-0100 was added" in mails_to(alice.email)[-1].text
    for to in (HERS, FREE):
        assert texts_to(to)[-1].text.startswith("A phone number was added to your authapp account (+1 201-555-0100): ")


def test_the_first_number_is_the_main_one(alice):
    add_phone(alice, FREE)

    assert [one.is_main for one in phone_rows(alice)] == [True]


def test_a_wrong_code_adds_nothing_and_tells_nobody(alice):
    step, before = add_unconfirmed_phone(alice), len(mails_to(alice.email))

    assert type(refused(confirm_phone, alice, step, wrong_code(code_to(FREE)))) is WrongCode

    assert phones_of(alice) == []
    assert len(mails_to(alice.email)) == before


def test_the_code_adds_it_once(alice):
    step, code = add_unconfirmed_phone(alice), code_to(FREE)
    confirm_phone(alice, step, code)

    assert type(refused(confirm_phone, alice, step, code)) is StepNotFoundOrExpired
    assert phones_of(alice) == [FREE]


def test_the_step_of_one_person_serves_no_other(alice, bob):
    step = add_unconfirmed_phone(alice)

    assert type(refused(confirm_phone, bob, step)) is StepNotFoundOrExpired
    assert (phones_of(alice), phones_of(bob)) == ([], [])
    confirm_phone(alice, step)
    assert (phones_of(alice), phones_of(bob)) == ([FREE], [])


@pytest.mark.parametrize("purpose", [sign_up.SIGN_UP, recovery.RECOVERY, step_up.STEP_UP, "gift"])
def test_a_code_for_something_else_adds_nothing(alice, purpose):
    step = do(codes.begin, codes.NewCode(purpose, FREE, user_id=alice.user_id), HOME)

    assert type(refused(confirm_phone, alice, step)) is StepNotFoundOrExpired
    assert phones_of(alice) == []


def test_ones_own_number_is_not_added_twice_however_it_is_typed(alice):
    add_phone(alice, GERMAN)

    for typed in (GERMAN, "+49 1512 3456789", "0049 1512 3456789", "01512 3456789"):
        refusal = unchanged(lambda typed=typed: add_unconfirmed_phone(alice, typed, BERLIN))
        assert (type(refusal), refusal.field) == (BadInput, "new_phone")
        assert refusal.message == "This number is already yours."


def test_five_numbers_are_the_most(alice):
    for last in range(5):
        add_phone(alice, phone_number(last))

    refusal = unchanged(lambda: add_unconfirmed_phone(alice))

    assert (refusal.field, refusal.message) == ("new_phone", "You’ve reached the limit of 5 numbers. Remove one first.")
    remove_phone(alice, phone_number(3))
    assert add_phone(alice, FREE)


def test_also_when_more_were_asked_for_before_the_fifth_came(alice):
    for last in range(4):
        add_phone(alice, phone_number(last))
    fifth, sixth = add_unconfirmed_phone(alice, phone_number(10)), add_unconfirmed_phone(alice, phone_number(11))
    confirm_phone(alice, fifth, number=phone_number(10))

    refusal = refused(confirm_phone, alice, sixth, number=phone_number(11))

    assert (type(refusal), refusal.field) == (BadInput, "code")
    assert len(phones_of(alice)) == 5
    remove_phone(alice, phone_number(10))
    confirm_phone(alice, sixth, number=phone_number(11))
    assert phone_number(11) in phones_of(alice)


@pytest.mark.parametrize("typed", [None, 7, "", " ", "12", "alice@example.com", FREE + "\x00", "+" * 10_000], ids=ascii)
def test_an_invalid_number_is_refused_beside_its_field(alice, typed):
    refusal = unchanged(lambda: add_unconfirmed_phone(alice, typed))

    assert (type(refusal), refusal.field) == (BadInput, "new_phone")


def test_where_phones_are_off_none_is_added(alice, configure):
    configure(AUTHAPP_PHONES="false")

    refusal = unchanged(lambda: add_unconfirmed_phone(alice))

    assert (refusal.field, refusal.message) == ("new_phone", "Phone numbers are not used here.")


# Numbers of other users


def test_a_taken_or_barred_number_looks_like_a_free_one(alice, bob, clock):
    add_phone(bob, HERS)
    clock.advance(5 * MINUTE)
    steps, written = [], []
    tables = [table for table in ALL if table is not RateCounter]
    for target in (FREE, HERS, PREMIUM):
        before = count_rows(*tables)
        steps.append(add_unconfirmed_phone(alice, target))
        written.append([now - then for now, then in zip(count_rows(*tables), before, strict=True)])

    kept = [code_row(step) for step in steps]
    assert len({(one.guesses, one.sends, len(one.key)) for one in steps}) == 1
    shapes = {(one.user_id, one.purpose, len(one.code_digest), one.uses_left, *sorted(one.data)) for one in kept}
    assert len(shapes) == 1
    assert written[0] == written[1] == written[2]
    assert audit_events(alice)[:3] == ["phone_asked"] * 3


def test_its_owner_is_told_by_text_and_nothing_is_theirs_less(alice, bob, clock):
    add_phone(bob, HERS)
    clock.advance(5 * MINUTE)
    before = all_values(Phone)

    step = add_unconfirmed_phone(alice, HERS)

    assert texts_to(HERS)[-1].text == (
        "authapp: Someone asked to add this number to an account, but it belongs to yours. Nothing was changed."
    )
    told = [
        refused(confirm_phone, alice, step, code)
        for code in ("000000", "123456", "999999", "555555", "111111", "2" * 6)
    ]
    assert [type(one) for one in told] == [WrongCode] * 5 + [CodeNotFoundOrExpired]
    assert all_values(Phone) == before
    assert "taken" not in "".join(audit_events(bob)), "it is no event of his account"


def test_two_who_ask_for_one_number_and_the_first_to_confirm_has_it(alice, bob, clock):
    hers = add_unconfirmed_phone(alice)
    clock.advance(MINUTE)
    his = add_unconfirmed_phone(bob)
    confirm_phone(bob, his)

    assert type(refused(confirm_phone, alice, hers)) is CodeNotFoundOrExpired
    assert (phones_of(alice), phones_of(bob)) == ([], [FREE])


def test_a_right_code_for_a_number_that_is_taken_by_now_is_refused_and_changes_nothing(alice, bob, clock):
    hers = add_unconfirmed_phone(alice)
    clock.advance(MINUTE)
    confirm_phone(bob, add_unconfirmed_phone(bob))
    clock.advance(MINUTE)
    do(codes.send_again, phones.ADD, hers.key, HOME, alice.user_id)
    before = len(mails_to(alice.email))

    assert type(refused(confirm_phone, alice, hers)) is NumberTaken

    assert (phones_of(alice), phones_of(bob)) == ([], [FREE])
    assert len(mails_to(alice.email)) == before


def test_a_number_that_was_removed_is_anybodys(alice, bob, clock):
    add_phone(alice, FREE)
    remove_phone(alice, FREE)
    clock.advance(5 * MINUTE)

    add_phone(bob, FREE)

    assert (phones_of(alice), phones_of(bob)) == ([], [FREE])


# The main number


def test_the_main_number_can_be_changed_and_everybody_is_told(alice):
    add_phone(alice, HERS)
    id = add_phone(alice, FREE)

    do(phones.make_main, alice.me, id, HOME)

    assert phones_of(alice) == [FREE, HERS]
    assert [one.is_main for one in phone_rows(alice)] == [True, False]
    assert audit_events(alice)[0] == "phone_main"
    for to in (alice.email, HERS, FREE):
        assert (
            "The primary phone number of your authapp account was changed"
            in mails_to(to)[-1].subject + mails_to(to)[-1].text
        )


def test_making_the_main_number_main_again_tells_nobody(alice):
    id = add_phone(alice, FREE)
    before = all_values(*ALL)

    do(phones.make_main, alice.me, id, HOME)

    assert all_values(*ALL) == before


# Remove


def test_removing_a_number_tells_everybody_also_the_number_itself(alice):
    add_phone(alice, HERS)
    add_phone(alice, FREE)

    remove_phone(alice, FREE)

    assert phones_of(alice) == [HERS]
    assert audit_events(alice)[0] == "phone_removed"
    for to in (alice.email, HERS, FREE):
        assert (
            "A phone number was removed from your authapp account" in mails_to(to)[-1].subject + mails_to(to)[-1].text
        )


def test_removing_the_main_number_makes_the_oldest_other_main(alice, clock):
    for to in (phone_number(9), phone_number(5), phone_number(7)):
        add_phone(alice, to)
        clock.advance(SECOND)

    remove_phone(alice, phone_number(9))

    assert [(one.number, one.is_main) for one in phone_rows(alice)] == [
        (phone_number(5), True),
        (phone_number(7), False),
    ]


def test_the_only_way_in_stays(database, clock):
    nina = join_by_phone(HERS)

    refusal = unchanged(lambda: remove_phone(nina, HERS))

    assert (type(refusal), refusal.field) == (BadInput, "")
    assert refusal.message.startswith(
        "This number is your only way to log in. Add and confirm another number or an email"
    )
    assert phones_of(nina) == [HERS]


def test_an_address_that_waits_is_no_way_in(database):
    nina = join_by_phone(HERS)
    add_unconfirmed_email(nina, "nina@example.com")

    assert unchanged(lambda: remove_phone(nina, HERS)).message.startswith("This number is your only way to log in.")


def test_the_last_number_goes_where_an_address_is_confirmed_and_the_address_stays_then(alice):
    add_phone(alice, FREE)
    remove_phone(alice, FREE)

    assert phones_of(alice) == []
    refusal = unchanged(lambda: do(emails.remove, alice.me, email_id(alice, alice.email), HOME))
    assert refusal.message.startswith("This is your last confirmed address.")


def test_the_last_address_goes_where_a_number_is_confirmed_and_the_number_stays_then(alice):
    add_phone(alice, FREE)
    do(emails.remove, alice.me, email_id(alice, alice.email), HOME)

    assert confirmed_emails(alice) == []
    assert unchanged(lambda: remove_phone(alice, FREE)).message.startswith("This number is your only way to log in.")
    assert log_in(alice, address=FREE).user_id == alice.user_id


def test_a_person_without_an_address_can_add_one_and_it_is_the_main_one(database):
    nina = join_by_phone(HERS)
    add_email(nina, "nina@example.com")

    assert confirmed_emails(nina) == ["nina@example.com"]
    remove_phone(nina, HERS)
    assert do(identifiers.login_identifiers, nina.user_id) == ["nina@example.com"]


def test_sessions_opened_with_a_removed_number_go_on_under_another_way_in(database):
    nina = join_by_phone(HERS)
    add_phone(nina, FREE)
    ticket = do(login.with_password, proofs.Credentials(HERS, nina.password), keep=False, tab=TAB, caller=HOME).ticket

    remove_phone(nina, HERS)

    assert do(sessions.resume, nina.key).identifier == FREE
    opened = do(login.claim, ticket, [TAB], HOME, None)
    assert opened.identifier == FREE
    with pytest.raises(BadUserOrPassword):
        log_in(nina)


def test_codes_on_their_way_to_a_removed_number_are_void(alice, clock):
    add_phone(alice, FREE)
    clock.advance(5 * MINUTE)
    step = do(codes.begin, codes.NewCode("gift", FREE), HOME)

    remove_phone(alice, FREE)

    assert type(refused(do, codes.confirm, "gift", step.key, code_to(FREE))) is CodeNotFoundOrExpired
