"""Phone numbers over HTTP: added by a code, made the main one, removed. Users reach only their own."""

from uuid import uuid4

import pytest

from authapp.core.base import clock
from authapp.core.base.phone_numbers import format_phone
from authapp.models import Phone
from tests.kit.contacts import barred_number, fresh_number, login_identifiers, with_number
from tests.kit.messages import code_to, written_to
from tests.kit.rules import do
from tests.kit.tables import rows
from tests.kit.users import grow_stale, newcomer
from tests.kit.web.api import STALE, STEP_GONE, call, confirm_step, refusal_in
from tests.kit.web.http import from_new_ip

NOT_THERE = (422, "BadInput", "")


def added(server, who, number=""):
    number = number or fresh_number()
    step = call(server, "POST /phones", {"new_phone": number}, who=who).json()
    answer = confirm_step(server, "POST /phones/confirm", step, who=who)
    assert answer.status_code == 200, answer.text
    return number, next(row["id"] for row in answer.json()["phones"] if row["number"] == number)


def shown(answer):
    return [(row["number"], row["is_main"]) for row in answer.json()["phones"]]


def test_a_number_is_added_by_its_code(server, alice):
    number = fresh_number()
    assert call(server, "GET /phones", who=alice).json() == {"phones": []}

    step = call(server, "POST /phones", {"new_phone": format_phone(number)}, who=alice)

    assert (step.status_code, step.json()["purpose"], step.json()["target"]) == (202, "add_phone", format_phone(number))
    assert call(server, "GET /phones", who=alice).json() == {"phones": []}, "not before the code came back"
    answer = confirm_step(server, "POST /phones/confirm", step.json(), who=alice)
    assert (answer.status_code, shown(answer)) == (200, [(number, True)])
    (row,) = answer.json()["phones"]
    assert set(row) == {"id", "number", "dialled", "is_main", "confirmed_at", "undelivered"}
    assert row["dialled"] == format_phone(number)
    assert login_identifiers(alice) == [alice.email, number]


def test_a_number_that_is_known_or_gets_no_texts_is_answered_as_one_that_is_not(server, alice, bob):
    told = []
    for number in (fresh_number(), with_number(bob), barred_number()):
        step = call(server, "POST /phones", {"new_phone": number}, who=alice)
        guess = call(server, "POST /phones/confirm", {"step": step.json()["step"], "code": "000000"}, who=alice)
        told.append((step.status_code, sorted(step.json()), sorted(step.headers), guess.status_code, guess.text))

    assert told[0] == told[1] == told[2]


@pytest.mark.parametrize("text", ["", "12", "+49 1512 0000", "x" * 100, "HER OWN"])
def test_a_number_that_cannot_be_added_is_refused_in_words(server, alice, text):
    own = with_number(alice)
    before = rows(server)

    refused = call(server, "POST /phones", {"new_phone": own if text == "HER OWN" else text}, who=alice)

    assert refusal_in(refused) == (422, "BadInput", "new_phone")
    assert rows(server) == before


def test_another_users_code_adds_nothing(server, alice, bob):
    number = fresh_number()
    step = call(server, "POST /phones", {"new_phone": number}, who=bob).json()
    body = {"step": step["step"], "code": code_to(number)}

    assert refusal_in(call(server, "POST /phones/confirm", body, who=alice)) == STEP_GONE

    assert login_identifiers(alice) == [alice.email]
    assert call(server, "POST /phones/confirm", body, who=bob).status_code == 200
    assert refusal_in(call(server, "POST /phones/confirm", body, who=bob)) == STEP_GONE


def test_wrong_and_malformed_codes_are_refused(server, alice):
    step = call(server, "POST /phones", {"new_phone": fresh_number()}, who=alice).json()["step"]

    refused = call(server, "POST /phones/confirm", {"step": step, "code": "12"}, who=alice)
    assert refusal_in(refused) == (422, "BadInput", "code")
    for _ in range(5):
        refused = call(server, "POST /phones/confirm", {"step": step, "code": "000000"}, who=alice)
        assert refusal_in(refused) == (401, "WrongCode", "code")
    refused = call(server, "POST /phones/confirm", {"step": step, "code": "000000"}, who=alice)
    assert refusal_in(refused) == (410, "CodeNotFoundOrExpired", "code")

    assert login_identifiers(alice) == [alice.email]


def test_a_number_that_another_user_took_first_is_refused(server, alice, bob):
    number = fresh_number()
    step = call(server, "POST /phones", {"new_phone": number}, who=alice).json()
    do(lambda db: db.add(Phone(user_id=bob.user_id, number=number, confirmed_at=clock.now())))

    assert refusal_in(confirm_step(server, "POST /phones/confirm", step, who=alice)) == (409, "NumberTaken", "code")

    assert login_identifiers(alice) == [alice.email]


def test_another_number_is_made_the_main_one_and_one_is_removed(server, alice):
    (first, first_id), (second, second_id) = added(server, alice), added(server, alice)

    answer = call(server, f"POST /phones/{second_id}/main", who=alice)
    assert (answer.status_code, shown(answer)) == (200, [(second, True), (first, False)])
    answer = call(server, f"DELETE /phones/{second_id}", who=alice)
    assert (answer.status_code, shown(answer)) == (200, [(first, True)])
    answer = call(server, f"DELETE /phones/{first_id}", who=alice)
    assert (answer.status_code, shown(answer)) == (200, [])


@pytest.mark.parametrize("what", ["POST /phones/{id}/main", "DELETE /phones/{id}"])
def test_another_users_number_is_refused_like_an_unknown_one(server, alice, bob, what):
    _, his = added(server, bob)
    before = rows(server)

    told = set()
    for id in (his, uuid4()):
        refused = call(server, what.format(id=id), who=alice)
        assert refusal_in(refused) == NOT_THERE
        told.add(refused.text)

    assert len(told) == 1
    assert refusal_in(call(server, what.format(id="x"), who=alice))[:2] == (404, "NotFound")
    assert rows(server) == before


def test_adding_and_removing_ask_for_a_proof_first(server, alice):
    number, id = added(server, alice)
    grow_stale(alice)
    before = rows(server)

    assert refusal_in(call(server, "POST /phones", {"new_phone": fresh_number()}, who=alice)) == STALE
    assert refusal_in(call(server, f"DELETE /phones/{id}", who=alice)) == STALE

    assert rows(server) == before
    assert len(written_to(number)) >= 1
    assert call(server, f"POST /phones/{id}/main", who=alice).status_code == 200


def test_codes_are_bounded(strict):
    carol, number = newcomer("Carol"), fresh_number()
    assert call(strict, "POST /phones", {"new_phone": number}, who=carol, headers=from_new_ip()).status_code == 202

    refused = call(strict, "POST /phones", {"new_phone": number}, who=carol, headers=from_new_ip())

    assert refusal_in(refused)[:2] == (429, "TooManyRequests")
    assert len(written_to(number)) == 1
