"""Login by challenge and reply (SCRAM), which sends no password."""

import base64
from datetime import timedelta

import pytest
from scramp import ScramException
from sqlmodel import SQLModel, func, select

from authapp.core.authentication import challenges, login, proofs
from authapp.core.base import rate_limits, tokens
from authapp.core.base.callers import Caller
from authapp.core.base.errors import BadInput, BadUserOrPassword, ChallengeNotFoundOrExpired, TooManyRequests
from authapp.core.sessions import sessions
from authapp.models import Session, Spent, Ticket
from tests.kit import users
from tests.kit.rules import do, settled
from tests.kit.scram import ask, ask_by_hand, send
from tests.kit.users import HOME, PASSWORD, TAB

SECOND = timedelta(seconds=1)
NONCE = "n" * 24


def rows():
    """Return the number of rows in each of our tables."""
    tables = [table for name, table in SQLModel.metadata.tables.items() if name.startswith("auth_")]
    return do(lambda db: {table.name: db.exec(select(func.count()).select_from(table)).one() for table in tables})


def wrong(answered, caller=HOME):
    with pytest.raises(BadUserOrPassword) as refusal:
        send(answered, caller=caller)
    return refusal.value


def gone(challenge_id, reply="c=biws"):
    with pytest.raises(ChallengeNotFoundOrExpired):
        do(proofs.prove, proofs.Reply(challenge_id, reply), HOME)


def parts(first):
    return dict(part.split("=", 1) for part in first.split(","))


@pytest.mark.parametrize("keep", [True, False])
def test_the_right_password_proves_itself_without_leaving_the_client(alice, keep):
    answered = ask(alice.email, PASSWORD)
    welcome = send(answered, keep=keep)

    answered.caller.set_server_final(f"v={welcome.signature}")
    opened = do(login.claim, welcome.ticket, [TAB], HOME, None)
    me = do(sessions.resume, opened.key)
    assert (me.user_id, me.identifier, me.method) == (alice.user_id, alice.email, "password")
    assert (opened.max_age is not None) == keep


def test_an_api_client_gets_its_session_at_once(alice):
    answered = ask(alice.email, PASSWORD)
    reply = proofs.Reply(answered.challenge.id, answered.reply, alice.email)
    signed_in = do(login.open_session, reply, HOME, keep=False)

    answered.caller.set_server_final(f"v={signed_in.signature}")
    assert signed_in.opened.max_age is None
    assert do(sessions.resume, signed_in.opened.key).user_id == alice.user_id


def test_an_api_client_answers_for_the_user_of_its_challenge(alice, bob):
    answered = ask(alice.email, PASSWORD)

    with pytest.raises(BadUserOrPassword):
        do(login.open_session, proofs.Reply(answered.challenge.id, answered.reply, bob.email), keep=False, caller=HOME)


def test_an_api_client_may_stay_logged_in(alice):
    answered = ask(alice.email, PASSWORD)
    reply = proofs.Reply(answered.challenge.id, answered.reply, alice.email)
    signed_in = do(login.open_session, reply, HOME, keep=True)

    assert signed_in.opened.max_age == 30 * 86_400


@pytest.mark.parametrize("typed", ["ALICE@example.com", " alice@example.com ", "alice@EXAMPLE.COM"])
def test_the_address_may_be_typed_as_people_do(alice, typed):
    assert send(ask_by_hand(typed, PASSWORD)).ticket


@pytest.mark.parametrize(
    "password", ["пароль из многих слов", "🦊🐻🐼🐨🐯🦁🐮🐷🐸🐵🐔🐧", "סיסמה with both ways", "ﬁve ﬁngers of ﬂour"]
)
def test_a_password_in_any_script_proves_itself(database, password):
    carol = users.join("carol@example.com", password=password)

    assert send(ask_by_hand(carol.email, password)).ticket


@pytest.mark.parametrize(
    "email", ["ελένη@example.com", "אליס@example.com", "عليس@example.com", "用户@例子.广告", "ꟺ@example.com"]
)
def test_an_address_in_any_script_can_log_in_the_way_it_is_asked_to(database, email):
    users.join(email)

    if do(challenges.challenge, email, NONCE, HOME).first:
        assert send(ask_by_hand(email, PASSWORD)).ticket
    assert do(login.with_password, proofs.Credentials(email, PASSWORD), keep=False, tab=TAB, caller=HOME).ticket


def test_an_address_with_the_signs_of_scram_in_it_can_log_in(database):
    users.join("a=b=3d@example.com")

    assert send(ask("a=b=3d@example.com", PASSWORD)).ticket


@pytest.mark.parametrize("password", [PASSWORD + "!", PASSWORD[:-1], PASSWORD.upper(), "x"])
def test_a_wrong_password_opens_nothing(alice, password):
    before = rows()
    refusal = wrong(ask(alice.email, password))

    assert refusal.field == "password"
    assert {name: rows()[name] - before[name] for name in ("auth_ticket", "auth_session")} == {
        "auth_ticket": 0,
        "auth_session": 0,
    }


def test_the_server_signs_with_what_only_it_knows(alice):
    answered = ask(alice.email, PASSWORD)
    send(answered)

    with pytest.raises(ScramException):
        answered.caller.set_server_final(f"v={base64.b64encode(bytes(32)).decode()}")


@pytest.mark.parametrize("right", [True, False])
def test_a_challenge_is_spent_by_its_first_answer_right_or_wrong(alice, right):
    answered = ask(alice.email, PASSWORD)
    spoiled = answered.reply[:-4] + ("AAA=" if not answered.reply.endswith("AAA=") else "BBB=")
    if right:
        send(answered)
    else:
        with pytest.raises(BadUserOrPassword):
            do(proofs.prove, proofs.Reply(answered.challenge.id, spoiled), HOME)
    before = rows()

    with pytest.raises(ChallengeNotFoundOrExpired):
        send(answered)

    assert rows() == before


def test_a_spent_challenge_stays_spent_however_it_is_spelled(alice):
    answered = ask(alice.email, PASSWORD)
    send(answered)
    id = answered.challenge.id
    assert any(character in id for character in "-_") or len(id) % 4

    for spelling in (id + "=" * (-len(id) % 4), id.replace("-", "+").replace("_", "/"), *last_character_changed(id)):
        gone(spelling, answered.reply)


def last_character_changed(text):
    """Return other texts of the same bytes: the last character of base64 has unused bits."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return [text[:-1] + last for last in alphabet if tokens.from_text(text[:-1] + last) == tokens.from_text(text)]


def test_a_challenge_lives_two_minutes(alice, clock):
    early, late = ask(alice.email, PASSWORD), ask(alice.email, PASSWORD)
    clock.advance(119 * SECOND)
    assert send(early).ticket

    clock.advance(SECOND)
    before = rows()
    gone(late.challenge.id, late.reply)
    settled()
    assert rows() == before | {"auth_spent": before["auth_spent"] + 1}  # it stays spent when the clock is set back


@pytest.mark.parametrize("user", ["alice@example.com", "nobody@example.com"])
def test_a_made_up_or_changed_challenge_is_gone_for_known_and_unknown_alike(alice, user):
    answered = ask(user, PASSWORD)
    id = answered.challenge.id
    before = rows()

    for made_up in (
        None,
        {},
        7,
        "",
        "x",
        id[:-8],
        id + "AAAA",
        id[1:],
        "A" * len(id),
        id[::-1],
        "é" * 20,
        "x" * 10_000,
    ):
        gone(made_up, answered.reply)

    assert rows() == before


def test_a_challenge_is_for_the_user_it_was_asked_for(alice, bob):
    hers, his = ask(alice.email, PASSWORD), ask(bob.email, PASSWORD)

    with pytest.raises(BadUserOrPassword):
        do(proofs.prove, proofs.Reply(his.challenge.id, hers.reply), HOME)


JUNK = [None, {}, 7, b"c=biws", "", "x", ",", "n=alice", "c=biws", "c=biws,r=,p=", "c=biws,r=x,p=!!"]
JUNK += ["r=x,c=biws,p=AAAA", "m=1,c=biws,r=x,p=AAAA", "c=\ud800,r=x,p=AAAA", "c=é,r=é,p=é", "p=\x00", "x" * 10_000]


def test_a_reply_that_is_none_is_a_wrong_password_and_spends_the_challenge(alice, clock):
    for number, reply in enumerate(JUNK):
        answered = ask(alice.email, PASSWORD)
        with pytest.raises(BadUserOrPassword):
            do(proofs.prove, proofs.Reply(answered.challenge.id, reply), Caller(str(number)))
        gone(answered.challenge.id, answered.reply)
        do(rate_limits.forget_failures, alice.user_id, alice.email)


def test_asking_writes_nothing(alice):
    before = rows()
    for user in (alice.email, "nobody@example.com", "+12015550199", "'OR'1=1@example.com"):
        do(challenges.challenge, user, NONCE, HOME)

    assert rows() == before


def test_a_client_asks_sixty_times_a_minute(alice, clock):
    for _ in range(60):
        do(challenges.challenge, alice.email, NONCE, HOME)
    with pytest.raises(TooManyRequests):
        do(challenges.challenge, alice.email, NONCE, HOME)

    assert do(challenges.challenge, alice.email, NONCE, Caller("203.0.113.1"))


@pytest.mark.parametrize(
    "user", ["", " ", None, {}, 7, "a" * 255, "a" * 10_000, "a\x00b", "\ud800"], ids=lambda u: ascii(u)[:20]
)
def test_a_user_that_is_none_is_refused(database, user):
    with pytest.raises(BadInput) as refusal:
        do(challenges.challenge, user, NONCE, HOME)

    assert refusal.value.field == "identifier"


@pytest.mark.parametrize(
    "nonce", ["", None, {}, "short", "n" * 15, "n" * 129, "n" * 20 + ",", "n" * 20 + " ", "é" * 20]
)
def test_a_nonce_that_is_none_is_refused(database, nonce):
    with pytest.raises(BadInput) as refusal:
        do(challenges.challenge, "alice@example.com", nonce, HOME)

    assert refusal.value.field == "nonce"


UNKNOWN = [
    "nobody@example.com",
    "+12015550199",
    "'OR'1=1@example.com",
    "B, A <a=b@example.com>",  # SCRAM escapes commas and equals signs
    "nobody@" + "x.yz" * 60 + ".com",
    "\U0001d11e" * 20 + "@example.com",
]


@pytest.mark.parametrize("user", UNKNOWN, ids=lambda user: ascii(user)[:20])
def test_an_unknown_user_is_asked_and_refused_like_a_known_one(alice, user):
    known, unknown = ask_by_hand(alice.email, "wrong"), ask_by_hand(user, "wrong")
    hers, theirs = parts(known.challenge.first), parts(unknown.challenge.first)

    assert list(hers) == list(theirs)
    assert {key: len(value) for key, value in hers.items()} == {key: len(value) for key, value in theirs.items()}
    assert hers["i"] == theirs["i"]
    assert hers["r"][:24] == theirs["r"][:24] == NONCE
    one, other = wrong(known), wrong(unknown)
    assert (one.code, one.message, one.field) == (other.code, other.message, other.field)


def test_a_challenge_does_not_reveal_whether_the_name_is_known(database):
    users.join("אליס@example.com")
    known, unknown = (do(challenges.challenge, user, NONCE, HOME) for user in ("אליס@example.com", "אניס@example.com"))

    assert (known.first is None) == (unknown.first is None)


def test_an_unknown_user_has_the_same_salt_every_day_and_after_a_new_server_key(database, clock, configure):
    def salt(user="nobody@example.com"):
        return parts(do(challenges.challenge, user, NONCE, HOME).first)["s"]

    first = salt()
    clock.advance(timedelta(days=100))
    configure(AUTHAPP_SECRET_KEY="a newer key of the tests that comes first,a key of the tests that everybody knows")

    assert salt() == salt(" NOBODY@example.com ") == first
    assert salt("somebody@example.com") != first


def test_a_user_without_a_password_is_asked_and_refused_like_an_unknown_one(database):
    users.confirm(users.sign_up("carol@example.com"))

    answered = ask("carol@example.com", PASSWORD)
    assert len(parts(answered.challenge.first)["s"]) == 24
    wrong(answered)


def test_every_challenge_has_a_nonce_of_its_own(alice):
    nonces = {parts(do(challenges.challenge, alice.email, NONCE, HOME).first)["r"] for _ in range(20)}

    assert len(nonces) == 20


def test_spent_challenges_are_remembered_as_digests_an_hour_longer_than_they_could_be_used(alice, clock):
    answered = ask(alice.email, PASSWORD)
    send(answered)

    (spent,) = do(lambda db: db.exec(select(Spent)).all())
    assert len(spent.digest) == 32
    expires_at = spent.expires_at - rate_limits.REMEMBERED
    assert clock.now() + 119 * SECOND < expires_at <= clock.now() + 120 * SECOND


def test_logging_in_does_not_end_sessions_of_other_browsers(alice):
    send(ask(alice.email, PASSWORD))

    assert do(sessions.resume, alice.key)
    assert do(lambda db: (len(db.exec(select(Session)).all()), len(db.exec(select(Ticket)).all())))[0] == 1
