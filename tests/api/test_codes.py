"""Steps over HTTP: resume, send another code, give up. A caller without the step's key finds nothing."""

import pytest

from tests.kit.contacts import fresh_number, with_number
from tests.kit.messages import CODE, written_to
from tests.kit.tables import rows
from tests.kit.users import PASSWORD, newcomer
from tests.kit.web.api import LOGGED_OUT, STEP_GONE, call, confirm_step, refusal_in
from tests.kit.web.flows import pass_the_pause
from tests.kit.web.http import from_new_ip

MADE_UP = "A" * 16 + "." + "A" * 43
PURPOSES = ["sign_up", "recovery", "add_phone", "step_up"]
OF_MEMBERS = {"add_phone", "step_up"}


def begun(server, purpose, who):
    """Begin a step that waits for a code. Returns the step, and the number that the code went to."""
    number = with_number(who) if purpose in ("recovery", "step_up") else fresh_number()
    names = {"first_name": "Nina", "last_name": "Simone"}
    what, body = {
        "sign_up": ("POST /signup/phone", {"phone": number, **names, "password": PASSWORD}),
        "recovery": ("POST /recover/phone", {"phone": number}),
        "add_phone": ("POST /phones", {"new_phone": number}),
        "step_up": ("POST /step-up/code", None),
    }[purpose]
    answer = call(server, what, body, who=who if purpose in OF_MEMBERS else None)
    assert answer.status_code == 202, answer.text
    return answer.json(), number


def named(step):
    return {"purpose": step["purpose"], "step": step["step"]}


@pytest.mark.parametrize("purpose", PURPOSES)
def test_a_step_is_seen_again(server, alice, purpose):
    step, _ = begun(server, purpose, alice)

    answer = call(server, "POST /codes/look", named(step), who=alice)

    assert (answer.status_code, answer.json()) == (200, step)


@pytest.mark.parametrize("purpose", PURPOSES)
def test_another_code_takes_the_place_of_the_one_before(server, alice, purpose):
    step, number = begun(server, purpose, alice)
    assert refusal_in(call(server, "POST /codes/send", named(step), who=alice))[:2] == (429, "TooManyRequests")
    pass_the_pause(server, number)

    answer = call(server, "POST /codes/send", named(step), who=alice)

    assert answer.status_code == 202
    assert (answer.json()["sends"], answer.json()["step"]) == (2, step["step"])
    assert answer.json()["again_at"] > step["again_at"]
    assert len(written_to(number)) == 2
    assert CODE.search(written_to(number)[1])


@pytest.mark.parametrize("purpose", PURPOSES)
def test_a_step_that_is_given_up_is_over(server, alice, purpose):
    step, _ = begun(server, purpose, alice)

    for _ in range(2):
        answer = call(server, "POST /codes/give-up", named(step), who=alice)
        assert (answer.status_code, answer.content) == (204, b"")

    for what in ("look", "send"):
        assert refusal_in(call(server, f"POST /codes/{what}", named(step), who=alice)) == STEP_GONE


@pytest.mark.parametrize("purpose", PURPOSES)
def test_another_users_step_is_refused_like_an_unknown_one(server, alice, bob, purpose):
    step, _ = begun(server, purpose, alice)
    others = [MADE_UP, "x", "", step["step"][:17] + "A" * 43]
    if purpose in OF_MEMBERS:
        others.append(step["step"])
    before = rows(server)

    for what in ("look", "send"):
        for key in others:
            body = {"purpose": purpose, "step": key}
            assert refusal_in(call(server, f"POST /codes/{what}", body, who=bob)) == STEP_GONE
    for key in others:
        assert call(server, "POST /codes/give-up", {"purpose": purpose, "step": key}, who=bob).status_code == 204

    assert rows(server) == before
    assert call(server, "POST /codes/look", named(step), who=alice).json() == step


@pytest.mark.parametrize("purpose", PURPOSES)
def test_a_step_is_of_its_purpose(server, alice, purpose):
    step, _ = begun(server, purpose, alice)

    for other in PURPOSES:
        if other != purpose:
            body = {"purpose": other, "step": step["step"]}
            assert refusal_in(call(server, "POST /codes/look", body, who=alice)) == STEP_GONE


@pytest.mark.parametrize("purpose", sorted(OF_MEMBERS))
def test_steps_of_members_need_one(server, alice, purpose):
    step, _ = begun(server, purpose, alice)

    for what in ("look", "send", "give-up"):
        assert refusal_in(call(server, f"POST /codes/{what}", named(step))) == LOGGED_OUT

    assert call(server, "POST /codes/look", named(step), who=alice).status_code == 200


def test_a_purpose_of_a_product_is_its_own(server, alice):
    refused = call(server, "POST /codes/look", {"purpose": "gift", "step": MADE_UP}, who=alice)

    assert refusal_in(refused) == (422, "BadInput", "")


def test_wrong_guesses_are_seen(server, alice):
    step, number = begun(server, "recovery", alice)
    call(server, "POST /recover/phone/confirm", {"step": step["step"], "code": "000000"})

    assert call(server, "POST /codes/look", named(step)).json()["guesses"] == 4
    assert confirm_step(server, "POST /recover/phone/confirm", step).status_code == 200
    assert refusal_in(call(server, "POST /codes/look", named(step))) == STEP_GONE
    assert written_to(number)


def test_codes_to_one_number_are_bounded(strict):
    carol = newcomer("Carol")
    number = with_number(carol)
    step = call(strict, "POST /recover/phone", {"phone": number}, headers=from_new_ip()).json()
    for _ in range(4):
        pass_the_pause(strict, number)
        assert call(strict, "POST /codes/send", named(step), headers=from_new_ip()).status_code == 202
    pass_the_pause(strict, number)

    refused = call(strict, "POST /codes/send", named(step), headers=from_new_ip())

    assert refusal_in(refused)[:2] == (429, "TooManyRequests")
    assert int(refused.headers["retry-after"]) > 60
    assert len(written_to(number)) == 5
