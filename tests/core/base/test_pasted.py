"""Pasted email addresses and phone numbers, through every rule that takes one."""

from datetime import timedelta

import pytest
from sqlmodel import select

from authapp.core.account import emails, phones, security_mail
from authapp.core.account.security_mail import SecurityMail
from authapp.core.admin import people
from authapp.core.admin.people import NewUser
from authapp.core.authentication import accounts, challenges, login, proofs, recovery, sign_up, step_up, waitlist
from authapp.core.authorization import groups
from authapp.core.authorization.actors import SERVER, Actor
from authapp.core.base import rate_limits
from authapp.core.base.callers import Caller
from authapp.core.base.errors import BadInput, BadUserOrPassword, TooManyRequests
from authapp.core.credentials import codes
from authapp.models import AuditEvent, Code, Message, RateCounter
from tests.kit.contacts import HERS
from tests.kit.messages import texts_to
from tests.kit.rules import do
from tests.kit.tables import count_rows
from tests.kit.users import HOME, PASSWORD, TAB, log_in

ADDRESS, PASTED = "zoé@münchen.de", "\ufeffZoé\u200b <mailto:ZOE\u0301@MÜNCHEN.de.>,"
NUMBER, DIALLED = "+4915123456789", "\u202atel:+４９ー1512ー3456789\u202c."
LANDLINE = "+4930123456"
NONCE = "n" * 20


def recipients():
    return do(lambda db: list(db.exec(select(Message.recipient).order_by(Message.written_at)).all()))


def _invite(db, email, caller):
    waitlist.invite(db, Actor(None, caller), email)


@pytest.mark.parametrize("rule", [sign_up.sign_up, recovery.recover, waitlist.join, _invite])
def test_every_rule_that_mails_takes_an_address_as_it_is_pasted(database, rule):
    do(rule, PASTED, HOME)

    assert recipients() == [ADDRESS]


def test_an_address_is_added_and_an_account_made_as_it_is_pasted(alice):
    do(emails.add, alice.me, PASTED, HOME)
    do(people.create, SERVER, NewUser("Bob <bob@example.com.>", "Bob"))

    assert ADDRESS in [one.address for one in do(emails.listed, alice.user_id)]
    assert do(accounts.find, "bob@example.com")


@pytest.mark.parametrize("rule", ["sign_up", "recover", "add", "send"])
def test_every_rule_that_texts_takes_a_number_as_it_is_pasted(alice, rule):
    step = {
        "sign_up": lambda: do(sign_up.sign_up_by_phone, DIALLED, sign_up.NewUser("Nina", "Simone", PASSWORD), HOME),
        "recover": lambda: do(recovery.recover_by_phone, DIALLED, HOME),
        "add": lambda: do(phones.add, alice.me, DIALLED, HOME),
        "send": lambda: do(codes.send, "gift", DIALLED, HOME),
    }[rule]()

    assert step.target == "+49 1512 3456789"
    assert [one.recipient for one in texts_to(NUMBER)] == ([] if rule == "recover" else [NUMBER])


def test_a_person_logs_in_with_what_they_paste(database):
    zoe = do(people.create, SERVER, NewUser(ADDRESS, "Zoé"), tell=False)
    do(phones.claim, zoe, NUMBER)

    for typed in (PASTED, DIALLED, "ZOE\u0301@xn--mnchen-3ya.de"):
        assert do(challenges.challenge, typed, NONCE, HOME).first is not None
        with pytest.raises(BadUserOrPassword):
            do(login.with_password, proofs.Credentials(typed, "wrong"), keep=False, tab=TAB, caller=HOME)
    assert {
        one.user_id for one in do(lambda db: db.exec(select(AuditEvent).where(AuditEvent.what == "refused")).all())
    } == {zoe}


@pytest.mark.parametrize("typed", ["alice", "01512 3456789", "+49 30", "alice@example", "alice@@example.com"])
def test_an_unreadable_identifier_is_no_failed_login(alice, typed):
    caller = Caller("192.0.2.9", languages="fr-FR")
    tallies, entries = count_rows(RateCounter, AuditEvent)

    for _ in range(rate_limits.FREE_FAILURES.most * 5):
        with pytest.raises(BadInput) as refusal:
            do(login.with_password, proofs.Credentials(typed, "wrong"), keep=False, tab=TAB, caller=caller)
        assert refusal.value.field == "identifier"

    assert count_rows(RateCounter, AuditEvent) == [tallies, entries]
    assert log_in(alice, caller).user_id == alice.user_id


def test_an_unreadable_identifier_counts_as_a_call(database):
    for _ in range(rate_limits.CHALLENGES.most):
        with pytest.raises(BadInput):
            do(challenges.challenge, "alice", NONCE, HOME)

    with pytest.raises(TooManyRequests):
        do(challenges.challenge, "alice", NONCE, HOME)


def test_failures_are_counted_for_all_spellings_of_a_name_together(alice):
    spellings = [
        alice.email,
        f"({alice.email})",
        f"<{alice.email}>",
        f"mailto:{alice.email}",
        f"{alice.email}.",
        alice.email.upper(),
    ]
    for typed in spellings:
        with pytest.raises(BadUserOrPassword):
            do(login.with_password, proofs.Credentials(typed, "wrong"), keep=False, tab=TAB, caller=HOME)

    with pytest.raises(TooManyRequests):
        do(login.with_password, proofs.Credentials(f"\u200b{alice.email}", "wrong"), keep=False, tab=TAB, caller=HOME)


def test_a_landline_gets_the_usual_answer_and_no_text(alice):
    free = do(sign_up.sign_up_by_phone, HERS, sign_up.NewUser("Nina", "Simone", PASSWORD), HOME)
    rules = {
        "sign_up": lambda to: do(sign_up.sign_up_by_phone, to, sign_up.NewUser("Nina", "Simone", PASSWORD), HOME),
        "recover": lambda to: do(recovery.recover_by_phone, to, HOME),
        "add": lambda to: do(phones.add, alice.me, to, HOME),
        "send": lambda to: do(codes.send, "gift", to, HOME),
    }

    for at, ask in enumerate(rules.values()):
        step = ask(f"{LANDLINE}{at}")
        assert (step.guesses, step.sends) == (free.guesses, free.sends)
        assert texts_to(f"{LANDLINE}{at}") == []
    assert count_rows(Code) == [5]


def test_a_users_landline_gets_neither_codes_nor_security_texts(alice, clock):
    do(phones.claim, alice.user_id, LANDLINE)
    do(phones.claim, alice.user_id, NUMBER)
    do(security_mail.send, alice.user_id, HOME, SecurityMail("phone_main"))
    clock.advance(timedelta(hours=1))

    step = do(step_up.send_code, alice.me, HOME)

    assert texts_to(LANDLINE) == []
    assert step.target == "+49 1512 3456789"
    do(lambda db: phones.forget(db, next(one for one in phones.listed(db, alice.user_id) if one.number == NUMBER)))
    assert do(step_up.send_code, alice.me, HOME).target == alice.email


@pytest.mark.parametrize("rule", [sign_up.sign_up, recovery.recover, waitlist.join, _invite, emails.add, people.create])
def test_an_address_that_the_provider_cannot_carry_is_refused_beside_its_field(alice, configure, rule):
    configure(AUTHAPP_SENDER="resend", AUTHAPP_RESEND_KEY="re_1", AUTHAPP_MAIL_FROM="a@example.com")
    given = {emails.add: (alice.me, ADDRESS, HOME), people.create: (SERVER, NewUser(ADDRESS))}.get(
        rule, (ADDRESS, HOME)
    )

    with pytest.raises(BadInput) as refusal:
        do(rule, *given)

    assert refusal.value.field == ("new_email" if rule is emails.add else "email")
    assert refusal.value.message.startswith("We can’t send email to this address")


def test_administrators_of_the_settings_may_be_written_as_people_write_them(alice, configure):
    configure(AUTHAPP_ADMINS=f"Alice <{alice.email}>, not an address@, +49 (0)1512 3456789")

    assert do(groups.named) == [alice.user_id]
