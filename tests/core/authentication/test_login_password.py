"""Login with the plain password, and upgrade of imported hashes."""

from datetime import timedelta

import bcrypt
import pytest
from sqlalchemy import update
from sqlmodel import col, select

from authapp.core import execute
from authapp.core.authentication import challenges, login, proofs
from authapp.core.base.errors import BadInput, BadUserOrPassword, ChallengeNotFoundOrExpired, TooManyRequests
from authapp.core.credentials import passwords
from authapp.core.sessions import sessions
from authapp.models import RateCounter, Ticket, User
from tests.kit import users
from tests.kit.rules import do
from tests.kit.scram import ask, send
from tests.kit.users import HOME, PASSWORD, TAB, user_row

NONCE = "n" * 24
IMPORTED = bcrypt.hashpw(b"from elsewhere", bcrypt.gensalt(4)).decode()


def log_in(identifier, password, *, keep=False, caller=HOME):
    return do(login.with_password, proofs.Credentials(identifier, password), keep=keep, tab=TAB, caller=caller)


def wrong(identifier, password):
    with pytest.raises(BadUserOrPassword) as refusal:
        log_in(identifier, password)
    return refusal.value


def move_in(person, record=IMPORTED):
    """Turn a user into one that was imported from another system."""

    def change(db):
        user = db.get(User, person.user_id)
        user.password_record, user.imported = passwords.seal_record(record, user.id), True

    do(change)


def tickets():
    return do(lambda db: len(db.exec(select(Ticket)).all()))


def asked_plain(user):
    return do(challenges.challenge, user, NONCE, HOME).first is None


@pytest.mark.parametrize(("keep", "age"), [(True, 30 * 24 * 3600), (False, None)])
def test_the_right_password_gives_a_ticket(alice, keep, age):
    welcome = log_in(" ALICE@example.com", PASSWORD, keep=keep)

    opened = do(login.claim, welcome.ticket, [TAB], HOME, None)
    assert opened.max_age == age
    assert do(sessions.resume, opened.key).user_id == alice.user_id
    assert welcome.signature == ""


def test_a_wrong_password_and_an_unknown_address_are_told_apart_by_nothing(alice):
    users.confirm(users.sign_up("carol@example.com"))
    before = tickets()
    refusals = [
        wrong(user, "wrong") for user in (alice.email, "nobody@example.com", "carol@example.com", "+12015550199")
    ]

    assert len({(no.code, no.status, no.field, no.message) for no in refusals}) == 1
    assert tickets() == before


@pytest.mark.parametrize(
    "password", ["\ud800", "\x00", PASSWORD + " ", "x" * 10_000, "' OR 1=1 --", "🦊" * 300], ids=lambda p: ascii(p)[:20]
)
def test_odd_passwords_are_wrong(alice, password):
    wrong(alice.email, password)
    wrong("nobody@example.com", password)


@pytest.mark.parametrize(
    ("identifier", "password", "field"),
    [
        ("", PASSWORD, "identifier"),
        (None, PASSWORD, "identifier"),
        ({}, PASSWORD, "identifier"),
        ("x" * 10_000, PASSWORD, "identifier"),
        ("a\x00b", PASSWORD, "identifier"),
        ("\ud800", PASSWORD, "identifier"),
        ("alice@example.com", "", "password"),
        ("alice@example.com", None, "password"),
        ("alice@example.com", {}, "password"),
        ("alice@example.com", 7, "password"),
    ],
    ids=lambda value: ascii(value)[:20],
)
def test_missing_or_malformed_fields_are_refused_and_not_counted(alice, identifier, password, field):
    before = do(lambda db: len(db.exec(select(RateCounter)).all()))

    with pytest.raises(BadInput) as refusal:
        log_in(identifier, password)

    assert refusal.value.field == field
    assert do(lambda db: len(db.exec(select(RateCounter)).all())) == before


def test_a_user_with_an_imported_hash_is_asked_for_the_password_itself(alice, bob):
    move_in(alice)

    assert asked_plain(alice.email)
    assert not asked_plain(bob.email)


def test_an_imported_hash_is_upgraded_by_its_first_login_and_not_by_a_wrong_one(alice):
    move_in(alice)
    before = user_row(alice).password_record

    wrong(alice.email, "from nowhere")
    assert (user_row(alice).password_record, user_row(alice).imported) == (before, True)

    assert log_in(alice.email, "from elsewhere").ticket
    assert user_row(alice).imported is False
    assert passwords.scram_keys(user_row(alice).password_record, alice.user_id)
    assert not asked_plain(alice.email)
    assert send(ask(alice.email, "from elsewhere")).ticket
    assert log_in(alice.email, "from elsewhere").ticket


def test_a_house_record_is_not_made_anew(alice):
    before = user_row(alice).password_record
    log_in(alice.email, PASSWORD)

    assert user_row(alice).password_record == before


def test_an_answer_to_a_challenge_cannot_open_an_imported_hash(alice):
    answered = ask(alice.email, PASSWORD)
    move_in(alice)

    with pytest.raises(BadUserOrPassword):
        send(answered)
    assert user_row(alice).imported


def test_unknown_names_are_asked_for_the_password_as_often_as_known_ones(alice, bob, clock):
    names = [f"nobody{number}@example.com" for number in range(60)]
    assert not any(asked_plain(name) for name in names[:20])

    move_in(alice)
    clock.advance(timedelta(minutes=1))
    plain = [asked_plain(name) for name in names[20:]]
    assert 8 <= sum(plain) <= 32

    clock.advance(timedelta(minutes=1))
    assert [asked_plain(name) for name in names[20:]] == plain


def test_when_all_hashes_are_imported_everybody_is_asked_for_the_password(alice, clock):
    move_in(alice)
    clock.advance(timedelta(minutes=1))

    assert all(asked_plain(f"nobody{number}@example.com") for number in range(20))


def test_a_record_that_cannot_be_opened_any_more_lets_nobody_in(alice, configure):
    configure(AUTHAPP_SECRET_KEY="another key altogether for this server")

    wrong(alice.email, PASSWORD)
    assert do(challenges.challenge, alice.email, NONCE, HOME)


def enter(user, challenge_id, password, **more):
    return do(login.open_session, proofs.Reply(challenge_id, None, user, password), keep=False, caller=HOME, **more)


def ask_plain(user):
    return do(challenges.challenge, user, NONCE, HOME).id


def test_an_api_client_shows_the_password_of_an_imported_hash_which_is_upgraded(alice):
    move_in(alice)

    signed_in = enter(alice.email, ask_plain(alice.email), "from elsewhere", old_session_id=alice.me.session_id)

    assert do(sessions.resume, signed_in.opened.key).user_id == alice.user_id
    assert do(sessions.resume, alice.key) is None
    assert signed_in.signature == ""
    assert not asked_plain(alice.email)


@pytest.mark.parametrize("right", [True, False])
def test_such_a_client_needs_a_challenge_too_and_spends_it_right_or_wrong(alice, right):
    move_in(alice)
    challenge_id = ask_plain(alice.email)
    with pytest.raises(ChallengeNotFoundOrExpired):
        enter(alice.email, "made up", "from elsewhere")

    if right:
        enter(alice.email, challenge_id, "from elsewhere")
    else:
        with pytest.raises(BadUserOrPassword):
            enter(alice.email, challenge_id, "from nowhere")

    with pytest.raises(ChallengeNotFoundOrExpired):
        enter(alice.email, challenge_id, "from elsewhere")


def test_a_client_answers_for_the_user_of_its_challenge(alice, bob):
    move_in(alice)

    with pytest.raises(BadUserOrPassword):
        enter(alice.email, ask_plain(bob.email), "from elsewhere")

    assert user_row(alice).imported


def test_such_a_client_must_wait_like_any_other(alice):
    move_in(alice)
    do(execute, update(User).where(col(User.id) == alice.user_id).values(blocked_by="email"))

    assert enter(alice.email, ask_plain(alice.email), "from elsewhere").reason == "email"


@pytest.mark.parametrize("password", ["", None, 7, [], b"from elsewhere"])
def test_such_a_client_must_show_a_password(alice, password):
    move_in(alice)

    if password is None:  # the reply counts instead, and it is missing
        with pytest.raises(BadUserOrPassword):
            enter(alice.email, ask_plain(alice.email), password)
    else:
        with pytest.raises(BadInput):
            enter(alice.email, ask_plain(alice.email), password)


def test_its_failures_count_like_those_of_a_page(alice, clock):
    for _ in range(6):
        with pytest.raises(BadUserOrPassword):
            enter(alice.email, ask_plain(alice.email), "not the password")

    with pytest.raises(TooManyRequests):
        enter(alice.email, ask_plain(alice.email), PASSWORD)


def test_a_password_does_not_age(alice, clock):
    clock.advance(timedelta(days=3650))

    assert do(login.with_password, proofs.Credentials(alice.email, PASSWORD), keep=False, tab=TAB, caller=HOME).ticket


def test_a_new_database_has_no_accounts(database):
    assert do(lambda db: db.exec(select(User)).all()) == []
