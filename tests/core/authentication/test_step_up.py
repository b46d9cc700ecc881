"""Step-up: a fresh proof before serious changes."""

import re
from datetime import timedelta

import pytest
from sqlmodel import select

from authapp.core.account import closing, emails, phones
from authapp.core.authentication import accounts, login, proofs, recovery, sign_up, step_up
from authapp.core.base import callers
from authapp.core.base.errors import (
    BadInput,
    BadUserOrPassword,
    ChallengeNotFoundOrExpired,
    CodeNotFoundOrExpired,
    SessionExpired,
    StepNotFoundOrExpired,
    StepUpNeeded,
    TooManyRequests,
    WrongCode,
)
from authapp.core.credentials import codes
from authapp.core.sessions import session_ends, session_list, sessions
from authapp.core.sessions.sessions import NewSession
from authapp.models import Code, Email, Message, Phone, Session, User
from tests.kit.codes import join_by_phone, wrong_code
from tests.kit.contacts import FREE, HERS, add_email, add_phone, email_id
from tests.kit.messages import code_to, mails_to, texts_to
from tests.kit.rules import do
from tests.kit.scram import ask
from tests.kit.tables import all_values
from tests.kit.users import HOME, PASSWORD, TAB, audit_events, log_in, principal

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
NEW = "another good sentence"


def now(person):
    """Return the principal as the next event sees it."""
    return principal(person.me.session_id)


def require(person):
    return do(sessions.require, now(person), fresh=True)


def claim(person, ticket):
    """Claim the ticket of a proof. From then on the session has the proof, and another key."""
    do(login.claim, ticket, [TAB], HOME, now(person))


def by_challenge(person, password=PASSWORD, name=None):
    answered = ask(name or person.email, password)
    claim(
        person,
        do(
            step_up.step_up,
            now(person) or person.me,
            proofs.Reply(answered.challenge.id, answered.reply),
            HOME,
            tab=TAB,
        ),
    )


def by_password(person, password=PASSWORD):
    claim(person, do(step_up.step_up_with_password, now(person) or person.me, password, HOME, tab=TAB))


def send_code(person):
    return do(step_up.send_code, person.me, HOME)


def by_code(person):
    step = send_code(person)
    code = code_to(target_of(step))
    claim(person, do(step_up.step_up_with_code, now(person) or person.me, step.key, code, tab=TAB))


def target_of(step):
    return do(lambda db: db.get(Code, step.key[:16])).target


WAYS = pytest.mark.parametrize("prove", [by_challenge, by_password])
ALL_WAYS = pytest.mark.parametrize("prove", [by_challenge, by_password, by_code])


@pytest.fixture
def stale(alice, clock):
    """Return Alice with two email addresses and another session, eleven minutes after her last proof."""
    add_email(alice, "second@example.com")
    log_in(alice)
    clock.advance(11 * MINUTE)
    return alice


def test_a_proof_is_fresh_for_ten_minutes_and_not_a_moment_longer(clock, alice):
    clock.advance(alice.me.proved_at + 10 * MINUTE - clock.now() - SECOND)
    assert require(alice).id == alice.me.session_id
    assert now(alice).is_fresh

    clock.advance(SECOND)
    with pytest.raises(StepUpNeeded):
        require(alice)
    assert not now(alice).is_fresh
    assert do(sessions.require, alice.me).id == alice.me.session_id


def test_how_long_a_proof_is_fresh_is_a_setting(clock, alice, configure):
    configure(AUTHAPP_STEP_UP_MINUTES=30)
    clock.advance(29 * MINUTE)
    assert require(alice)

    clock.advance(MINUTE)
    with pytest.raises(StepUpNeeded):
        require(alice)


def test_using_a_session_does_not_prove_anything(alice, clock):
    clock.advance(11 * MINUTE)
    do(sessions.touch, [alice.me.session_id])

    with pytest.raises(StepUpNeeded):
        require(alice)


@ALL_WAYS
def test_a_new_proof_is_fresh_for_another_ten_minutes(stale, prove, clock):
    prove(stale)

    assert require(stale)
    clock.advance(10 * MINUTE)
    with pytest.raises(StepUpNeeded):
        require(stale)


def test_until_the_ticket_is_claimed_the_old_key_is_good_and_has_no_proof(stale):
    ticket = do(step_up.step_up_with_password, stale.me, PASSWORD, HOME, tab=TAB)

    assert do(sessions.resume, stale.key)
    with pytest.raises(StepUpNeeded):
        require(stale)
    claim(stale, ticket)
    assert do(sessions.resume, stale.key) is None
    assert require(stale)


@ALL_WAYS
def test_a_proof_counts_for_its_own_session_alone(stale, prove, bob):
    other = do(sessions.open, NewSession(stale.user_id, stale.email, "password"), HOME).session_id
    do(lambda db: setattr(db.get(Session, other), "proved_at", stale.me.proved_at - 11 * MINUTE))

    prove(stale)

    with pytest.raises(StepUpNeeded):
        do(sessions.require, principal(other), fresh=True)


@WAYS
def test_a_wrong_proof_is_refused_and_counts_as_a_failure(stale, prove):
    for _ in range(6):
        with pytest.raises(BadUserOrPassword):
            prove(stale, "a wrong password")

    assert audit_events(stale)[:6] == ["refused"] * 6
    with pytest.raises(TooManyRequests):
        prove(stale)
    with pytest.raises(TooManyRequests):
        log_in(stale, callers.with_known_device(HOME, stale.user_id))
    assert log_in(stale)  # failures in known browsers have their own counter
    with pytest.raises(StepUpNeeded):
        require(stale)


@pytest.mark.parametrize("password", ["", None, {}, 7], ids=str)
def test_an_empty_or_malformed_password_is_refused(stale, password):
    with pytest.raises(BadInput) as refusal:
        by_password(stale, password)

    assert refusal.value.field == "password"
    with pytest.raises(StepUpNeeded):
        require(stale)


def test_a_proof_with_another_address_of_the_same_person_serves(stale):
    by_challenge(stale, name="second@example.com")

    assert require(stale)


def test_the_proof_of_another_person_does_not_serve(stale, bob):
    with pytest.raises(BadUserOrPassword):
        by_challenge(stale, name=bob.email)

    with pytest.raises(StepUpNeeded):
        require(stale)


def test_the_password_of_the_emails_new_owner_does_not_work(stale, bob):
    def give_away(db):
        row = db.exec(select(Email).where(Email.address == stale.email)).one()
        row.is_main, row.user_id = False, bob.user_id
        db.get(User, stale.user_id).password_record = None

    do(give_away)

    with pytest.raises(BadUserOrPassword):
        by_password(stale)
    with pytest.raises(StepUpNeeded):
        require(stale)


@pytest.mark.parametrize("target", ["+4915123456789", "alice@example.com"])
def test_a_code_to_what_was_removed_meanwhile_does_not_serve(stale, clock, target):
    if target != stale.email:
        do(phones.claim, stale.user_id, target)
    step = do(step_up.send_code, stale.me, HOME)
    by_password(stale)
    if target != stale.email:
        do(phones.remove, now(stale), str(do(phones.listed, stale.user_id)[0].id), HOME)
    else:
        do(emails.make_main, now(stale), email_id(stale, "second@example.com"), HOME)
        do(emails.remove, now(stale), email_id(stale, target), HOME)
    clock.advance(31 * SECOND)
    do(codes.send_again, step_up.STEP_UP, step.key, HOME, stale.user_id)
    before = now(stale).proved_at

    code = next(match[0] for mail in reversed(mails_to(target)) if (match := re.search(r"\b\d{6}\b", mail.text)))
    with pytest.raises(StepNotFoundOrExpired):
        do(step_up.step_up_with_code, now(stale), step.key, code, tab=TAB)
    assert now(stale).proved_at == before


def test_a_spent_challenge_does_not_serve_again(stale, clock):
    answered = ask(stale.email, PASSWORD)
    claim(stale, do(step_up.step_up, stale.me, proofs.Reply(answered.challenge.id, answered.reply), HOME, tab=TAB))
    clock.advance(10 * MINUTE)

    with pytest.raises(ChallengeNotFoundOrExpired):
        do(step_up.step_up, now(stale), proofs.Reply(answered.challenge.id, answered.reply), HOME, tab=TAB)
    with pytest.raises(StepUpNeeded):
        require(stale)


@ALL_WAYS
def test_a_session_that_ended_cannot_be_proved(stale, prove):
    do(session_ends.close, stale.me.session_id)

    with pytest.raises(SessionExpired):
        prove(stale)
    assert now(stale) is None


def test_a_code_goes_to_the_main_email_of_a_user_without_a_number(stale):
    step = send_code(stale)

    assert step.target == stale.email
    assert "is your code for authapp" in texts_to(stale.email)[-1].subject
    assert texts_to("second@example.com")[-1].subject != texts_to(stale.email)[-1].subject


def test_a_code_goes_to_the_main_number_of_a_user_who_has_one(alice, clock):
    add_phone(alice, HERS)
    do(phones.make_main, alice.me, add_phone(alice, FREE), HOME)
    clock.advance(11 * MINUTE)
    before = [len(texts_to(to)) for to in (HERS, alice.email)]

    step = send_code(alice)

    assert step.target == "+1 201-555-0100"
    assert "is your code" in texts_to(FREE)[-1].text
    assert [len(texts_to(to)) for to in (HERS, alice.email)] == before


def test_a_code_goes_to_the_address_where_phones_are_off(alice, clock, configure):
    add_phone(alice, HERS)
    configure(AUTHAPP_PHONES="false")

    assert send_code(alice).target == alice.email


def test_a_code_goes_to_the_address_when_the_number_gets_no_texts(alice, clock, configure):
    add_phone(alice, HERS)
    configure(AUTHAPP_TEXT_COUNTRIES="DE")

    assert send_code(alice).target == alice.email


@pytest.mark.parametrize("setting", [{"AUTHAPP_TEXT_COUNTRIES": "DE"}, {"AUTHAPP_PHONES": "false"}])
def test_no_code_goes_to_the_only_number_when_it_gets_no_texts(database, clock, configure, setting):
    nina = join_by_phone(HERS)
    clock.advance(11 * MINUTE)
    before = len(texts_to(HERS))
    configure(**setting)

    with pytest.raises(BadInput):
        send_code(nina)

    assert len(texts_to(HERS)) == before


def test_a_user_without_a_password_proves_it_with_a_code(stale):
    do(lambda db: setattr(db.get(User, stale.user_id), "password_record", None))

    by_code(stale)

    assert require(stale)


def test_a_wrong_code_proves_nothing_and_five_kill_it(stale):
    step = send_code(stale)
    code = code_to(stale.email)

    for guess, refusal in [(wrong_code(code), WrongCode)] * 5 + [(code, CodeNotFoundOrExpired)]:
        with pytest.raises(refusal):
            do(step_up.step_up_with_code, stale.me, step.key, guess, tab=TAB)
    with pytest.raises(StepUpNeeded):
        require(stale)


@pytest.mark.parametrize("purpose", [sign_up.SIGN_UP, recovery.RECOVERY, phones.ADD, "gift"])
def test_a_code_for_something_else_proves_nothing(stale, purpose):
    step = do(codes.begin, codes.NewCode(purpose, stale.email, user_id=stale.user_id), HOME)

    with pytest.raises(StepNotFoundOrExpired):
        do(step_up.step_up_with_code, stale.me, step.key, code_to(stale.email), tab=TAB)
    with pytest.raises(StepUpNeeded):
        require(stale)


def test_a_code_for_another_person_proves_nothing(stale, bob):
    step = send_code(bob)

    with pytest.raises(StepNotFoundOrExpired):
        do(step_up.step_up_with_code, stale.me, step.key, code_to(bob.email), tab=TAB)
    with pytest.raises(StepUpNeeded):
        require(stale)


def test_a_logged_out_user_gets_no_code(stale):
    do(session_ends.close, stale.me.session_id)
    before = all_values(Code, Message)

    with pytest.raises(SessionExpired):
        send_code(stale)
    assert all_values(Code, Message) == before


DEEDS = {
    "set_password": lambda me, id: do(accounts.set_password, me, accounts.NewPassword(NEW, NEW), tab=TAB, caller=HOME),
    "add": lambda me, id: do(emails.add, me, "third@example.com", HOME),
    "remove": lambda me, id: do(emails.remove, me, id, HOME),
    "sign_out": lambda me, id: do(session_list.end_session, me, other_session(me), HOME),
    "sign_out_others": lambda me, id: do(session_list.log_out_others, me, HOME),
    "close": lambda me, id: do(closing.close, me, HOME),
    "add_phone": lambda me, id: do(phones.add, me, FREE, HOME),
}


def other_session(me):
    return next(one.id for one in do(session_list.listed, me) if not one.is_this)


def kept(person):
    return all_values(User, Email, Phone, Code, Session), audit_events(person)


@pytest.mark.parametrize("name", DEEDS)
def test_a_serious_change_needs_a_fresh_proof_and_changes_nothing_without(stale, name):
    deed, id, before = DEEDS[name], email_id(stale, "second@example.com"), kept(stale)

    with pytest.raises(StepUpNeeded):
        deed(now(stale), id)
    assert kept(stale) == before

    by_challenge(stale)
    deed(now(stale), id)
    assert kept(stale) != before
