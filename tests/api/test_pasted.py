"""Pasted email addresses and phone numbers, in every call that takes one."""

from uuid import uuid4

import pytest

from tests.kit.contacts import fresh_number
from tests.kit.messages import subjects_to
from tests.kit.users import PASSWORD
from tests.kit.web.api import call, refusal_in
from tests.kit.web.http import challenged


def pasted(address: str) -> str:
    return f"\ufeffSomebody <mailto:{address.upper()}>."


def dialled(number: str) -> str:
    return f"\u202atel:{number[:3]}-{number[3:]}\u202c,"


@pytest.mark.parametrize("path", ["/signup", "/recover", "/preregister"])
def test_a_call_that_mails_takes_an_address_as_it_is_pasted(server, path):
    address = f"pasted-{uuid4().hex[:8]}@münchen.de"

    assert call(server, f"POST {path}", {"email": pasted(address)}).status_code == 202
    assert len(subjects_to(address)) == 1


def test_a_call_that_texts_takes_a_number_as_it_is_pasted(server, alice):
    numbers = [fresh_number() for _ in range(3)]
    someone = {"first_name": "Nina", "last_name": "Simone", "password": PASSWORD}
    steps = [
        call(server, "POST /signup/phone", {"phone": dialled(numbers[0]), **someone}),
        call(server, "POST /recover/phone", {"phone": dialled(numbers[1])}),
        call(server, "POST /phones", {"new_phone": dialled(numbers[2])}, who=alice),
    ]

    assert ["+" + "".join(filter(str.isdecimal, step.json()["target"])) for step in steps] == numbers


def test_an_address_is_added_and_logged_in_with_as_it_is_pasted(server, alice):
    address = f"pasted-{uuid4().hex[:8]}@example.com"
    added = call(server, "POST /emails", {"new_email": pasted(address)}, who=alice)
    assert address in [row["address"] for row in added.json()["emails"]]

    typed = pasted(alice.email).removeprefix("\ufeff")  # SASLprep (RFC 4013) drops it in an independent client
    _, reply = challenged(server, typed, alice.password)
    assert call(server, "POST /login", reply).json()["login"] == alice.email


@pytest.mark.parametrize("typed", ["alice", "0151 23", "alice@example"])
def test_an_unreadable_identifier_has_its_own_message(server, typed):
    answer = call(server, "POST /connect", {"user": typed, "nonce": "n" * 20})

    assert refusal_in(answer) == (422, "BadInput", "identifier")
