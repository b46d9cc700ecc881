"""Sign-up, recovery and the user's own account over HTTP: effects, refusals, and what a refusal leaves unchanged."""

import pytest

from authapp.core.base import clock
from authapp.core.sessions import sessions
from authapp.models import Phone
from tests.kit.codes import wrong_codes
from tests.kit.contacts import barred_number, fresh_number, login_identifiers, with_number
from tests.kit.messages import code_to, link_to, subjects_to, written_to
from tests.kit.rules import do
from tests.kit.tables import rows
from tests.kit.users import PASSWORD, another_session, grow_stale, newcomer
from tests.kit.web.api import (
    LOGGED_OUT,
    SENT,
    STALE,
    STEP_GONE,
    call,
    can_log_in,
    confirm_step,
    logged_in_user,
    refusal_in,
)
from tests.kit.web.http import cookies, from_new_ip, key_in, logged_in_as

NEW_PASSWORD = "a horse of another colour"


def fresh_address(name="derek"):
    return f"{name}{fresh_number()[1:]}@example.com"


def sign_up_form(number, **more):
    return {"phone": number, "first_name": "Nina", "last_name": "Simone", "password": PASSWORD, **more}


def test_signing_up_mails_a_link_that_leads_in(server):
    address = fresh_address()

    answer = call(server, "POST /signup", {"email": f" {address.upper()} "})

    assert (answer.status_code, answer.json()) == (202, SENT)
    followed = call(server, "POST /links/follow", {"key": link_to(address)})
    assert logged_in_as(server, key_in(followed)) == address


@pytest.mark.parametrize("what", ["POST /signup", "POST /preregister", "POST /recover"])
def test_an_address_that_is_known_is_answered_as_one_that_is_not(server, alice, what):
    unknown = fresh_address()

    answers = [call(server, what, {"email": address}) for address in (alice.email, unknown)]

    told = [(answer.status_code, answer.text, sorted(answer.headers)) for answer in answers]
    assert told[0] == told[1]
    assert all(subjects_to(address) for address in (alice.email, unknown))


@pytest.mark.parametrize("what", ["POST /signup", "POST /preregister", "POST /recover"])
def test_an_invalid_email_is_refused_with_a_message(server, what):
    before = rows(server)

    for text in ("", "nobody", "a@b", "@example.com", "x" * 300 + "@example.com"):
        assert refusal_in(call(server, what, {"email": text})) == (422, "BadInput", "email")

    assert rows(server) == before


@pytest.mark.parametrize("what", ["POST /signup", "POST /preregister", "POST /recover"])
def test_asking_for_mails_is_bounded(strict, what):
    client = from_new_ip()
    answers = [call(strict, what, {"email": fresh_address()}, headers=client) for _ in range(21)]

    assert refusal_in(answers[-1])[:2] == (429, "TooManyRequests")
    assert int(answers[-1].headers["retry-after"]) >= 1
    assert call(strict, what, {"email": fresh_address()}, headers=from_new_ip()).status_code == 202


def test_a_code_by_text_signs_up_and_in(server):
    number = fresh_number()

    step = call(server, "POST /signup/phone", sign_up_form(number))

    assert step.status_code == 202
    assert set(step.json()) == {"purpose", "step", "target", "guesses", "again_at", "sends", "undelivered"}
    assert (step.json()["purpose"], step.json()["guesses"], step.json()["sends"]) == ("sign_up", 5, 1)
    assert step.json()["again_at"].endswith("Z")
    answer = confirm_step(server, "POST /signup/phone/confirm", step.json())
    assert answer.status_code == 200
    assert answer.json()["login"] == number == logged_in_as(server, key_in(answer))
    assert answer.json()["user_info"] == {"first_name": "Nina", "last_name": "Simone"}
    assert answer.json()["token"] == key_in(answer).partition(".")[0], "with a cookie, the key is in it alone"
    assert can_log_in(server, logged_in_user(answer), PASSWORD)


def test_a_last_name_may_be_left_out(server):
    form = sign_up_form(fresh_number())
    del form["last_name"]

    assert call(server, "POST /signup/phone", form).status_code == 202


def test_signing_up_takes_the_place_of_the_session_there_was(server, alice):
    step = call(server, "POST /signup/phone", sign_up_form(fresh_number()), who=alice).json()

    answer = confirm_step(server, "POST /signup/phone/confirm", step, who=alice)

    assert answer.status_code == 200
    assert logged_in_as(server, alice.key) == ""


NOT_GOOD = [
    ({"phone": "12"}, (422, "BadInput", "phone")),
    ({"phone": ""}, (422, "BadInput", "phone")),
    ({"first_name": " "}, (422, "BadInput", "first_name")),
    ({"last_name": "x" * 81}, (422, "BadInput", "last_name")),
    ({"password": "short"}, (422, "WeakPassword", "password")),
    ({"password": "nina simone nina"}, (422, "WeakPassword", "password")),
]


@pytest.mark.parametrize(("more", "refusal"), NOT_GOOD, ids=lambda one: ascii(one)[:30])
def test_the_fields_of_a_sign_up_are_checked(server, more, refusal):
    before, number = rows(server), fresh_number()

    answer = call(server, "POST /signup/phone", sign_up_form(number) | more)

    assert refusal_in(answer) == refusal
    assert rows(server) == before


def test_a_number_that_is_known_or_gets_no_texts_is_answered_as_one_that_is_not(server):
    for begin, confirm, form in (
        ("POST /signup/phone", "POST /signup/phone/confirm", sign_up_form),
        ("POST /recover/phone", "POST /recover/phone/confirm", lambda number: {"phone": number}),
    ):
        told = []
        for number in (fresh_number(), with_number(newcomer("Carol")), barred_number()):
            step = call(server, begin, form(number))
            guess = call(server, confirm, {"step": step.json()["step"], "code": "000000"})
            told.append((step.status_code, sorted(step.json()), sorted(step.headers), guess.status_code, guess.text))
            assert cookies(guess) == []

        assert told[0] == told[1] == told[2], begin


@pytest.mark.parametrize("what", ["/signup/phone", "/recover/phone"])
def test_a_code_is_guessed_at_five_times(server, what):
    number = with_number(newcomer("Carol")) if what == "/recover/phone" else fresh_number()
    form = {"phone": number} if what == "/recover/phone" else sign_up_form(number)
    step = call(server, f"POST {what}", form).json()["step"]
    code = code_to(number)

    for left, guess in zip((4, 3, 2, 1, 0), wrong_codes(code), strict=False):
        refused = call(server, f"POST {what}/confirm", {"step": step, "code": guess})
        assert refusal_in(refused) == (401, "WrongCode", "code")
        assert (f"{left} attempt" in refused.json()["message"]) == (left > 0)

    refused = call(server, f"POST {what}/confirm", {"step": step, "code": code})
    assert refusal_in(refused) == (410, "CodeNotFoundOrExpired", "code")


@pytest.mark.parametrize("what", ["/signup/phone", "/recover/phone"])
def test_a_step_that_was_made_up_leads_nowhere(server, what):
    for step in ("", "x", "A" * 16 + "." + "A" * 43):
        assert refusal_in(call(server, f"POST {what}/confirm", {"step": step, "code": "123456"})) == STEP_GONE


def test_a_code_serves_what_it_was_sent_for_and_once(server):
    number = fresh_number()
    step = call(server, "POST /signup/phone", sign_up_form(number)).json()

    assert refusal_in(confirm_step(server, "POST /recover/phone/confirm", step)) == STEP_GONE
    assert confirm_step(server, "POST /signup/phone/confirm", step).status_code == 200
    assert refusal_in(confirm_step(server, "POST /signup/phone/confirm", step)) == STEP_GONE


def test_a_number_that_another_user_took_first_is_refused(server, bob):
    number = fresh_number()
    step = call(server, "POST /signup/phone", sign_up_form(number)).json()
    do(lambda db: db.add(Phone(user_id=bob.user_id, number=number, confirmed_at=clock.now())))

    refused = confirm_step(server, "POST /signup/phone/confirm", step)

    assert refusal_in(refused) == (409, "NumberTaken", "code")
    assert cookies(refused) == []
    assert login_identifiers(bob) == [bob.email, number]


def test_a_code_by_text_leads_back_in_and_ends_every_other_session(server, alice):
    number = with_number(alice)
    step = call(server, "POST /recover/phone", {"phone": number})

    assert step.status_code == 202
    answer = confirm_step(server, "POST /recover/phone/confirm", step.json())

    assert logged_in_as(server, key_in(answer)) == number
    assert logged_in_as(server, alice.key) == ""
    form = {"password": NEW_PASSWORD, "confirmation": NEW_PASSWORD}
    assert call(server, "PUT /account/password", form, who=logged_in_user(answer)).status_code == 200
    assert can_log_in(server, alice, NEW_PASSWORD)


def test_a_link_that_recovers_leads_back_in(server, alice):
    call(server, "POST /recover", {"email": alice.email})

    answer = call(server, "POST /links/follow", {"key": link_to(alice.email)})

    assert answer.json()["session"]["login"] == alice.email == logged_in_as(server, key_in(answer))
    assert logged_in_as(server, alice.key) == ""


def test_the_account_says_who_is_signed_in_and_with_what(server, alice):
    number = with_number(alice)

    answer = call(server, "GET /account", who=alice)

    assert answer.status_code == 200
    said = answer.json()
    assert clock.now().isoformat() < said.pop("fresh_until")
    assert said == {
        "user_id": str(alice.user_id),
        "login": alice.email,
        "first_name": "Alice",
        "last_name": alice.me.last_name,
        "identifiers": [alice.email, number],
        "has_password": True,
        "avatar": "",
        "language": "",
        "method": "link",
    }


def test_names_are_set_and_missing_fields_stay(server, alice):
    answer = call(server, "PATCH /account", {"first_name": " Alicia "}, who=alice)

    assert (answer.json()["first_name"], answer.json()["last_name"]) == ("Alicia", alice.me.last_name)
    answer = call(server, "PATCH /account", {"last_name": ""}, who=alice)
    assert (answer.json()["first_name"], answer.json()["last_name"]) == ("Alicia", "")
    assert do(sessions.resume, alice.key).first_name == "Alicia"


@pytest.mark.parametrize("name", ["x" * 81, "a\x00b", "a\x07b", "\u3164"], ids=ascii)
@pytest.mark.parametrize("field", ["first_name", "last_name"])
def test_a_name_that_cannot_be_used_is_refused(server, alice, field, name):
    before = rows(server)

    assert refusal_in(call(server, "PATCH /account", {field: name}, who=alice)) == (422, "BadInput", field)

    assert rows(server) == before


def test_a_new_password_ends_every_other_session_and_gives_this_one_another_key(server, alice):
    other = another_session(alice)
    form = {"password": NEW_PASSWORD, "confirmation": NEW_PASSWORD}

    answer = call(server, "PUT /account/password", form, who=alice)

    assert answer.status_code == 200
    assert answer.json()["token"] == alice.me.session_id == key_in(answer).partition(".")[0]
    assert [logged_in_as(server, key) for key in (alice.key, other.key)] == ["", ""]
    assert logged_in_as(server, key_in(answer)) == alice.email
    assert can_log_in(server, alice, NEW_PASSWORD)
    assert not can_log_in(server, alice, PASSWORD)


@pytest.mark.parametrize("form", [("short", "short"), (NEW_PASSWORD, "another one"), ("", ""), ("x" * 257, "x" * 257)])
def test_a_password_against_the_policy_is_refused_and_nothing_changes(server, alice, form):
    before = rows(server)

    refused = call(
        server, "PUT /account/password", dict(zip(("password", "confirmation"), form, strict=True)), who=alice
    )

    assert refusal_in(refused)[:2] == (422, "WeakPassword")
    assert cookies(refused) == []
    assert rows(server) == before


def test_closing_ends_every_session_and_logging_in_brings_the_account_back(server, alice):
    other = another_session(alice)

    answer = call(server, "DELETE /account", who=alice)

    assert answer.status_code == 200
    assert answer.json()["until"] > clock.now().isoformat()
    assert 'authapp=""' in cookies(answer)[0]
    assert [logged_in_as(server, key) for key in (alice.key, other.key)] == ["", ""]
    assert refusal_in(call(server, "GET /account", who=alice)) == LOGGED_OUT
    assert can_log_in(server, alice, PASSWORD)


SERIOUS = {
    "PUT /account/password": {"password": NEW_PASSWORD, "confirmation": NEW_PASSWORD},
    "DELETE /account": None,
}


@pytest.mark.parametrize("what", SERIOUS)
def test_serious_changes_ask_for_a_proof_first(server, alice, what):
    grow_stale(alice)
    before = rows(server)

    refused = call(server, what, SERIOUS[what], who=alice)

    assert refusal_in(refused) == STALE
    assert cookies(refused) == []
    assert rows(server) == before
    assert logged_in_as(server, alice.key) == alice.email


def test_names_need_no_such_proof(server, alice):
    grow_stale(alice)

    assert call(server, "PATCH /account", {"first_name": "Alicia"}, who=alice).status_code == 200


def test_texts_are_bounded(strict):
    number = fresh_number()
    assert call(strict, "POST /recover/phone", {"phone": number}, headers=from_new_ip()).status_code == 202

    refused = call(strict, "POST /recover/phone", {"phone": number}, headers=from_new_ip())

    assert refusal_in(refused)[:2] == (429, "TooManyRequests")
    assert 1 <= int(refused.headers["retry-after"]) <= 30
    assert len(written_to(number)) == 1
