"""Nothing the app says tells whether an address is known: not in words, codes, headers or what is kept on the page."""

import re

import pytest

from tests.attacks.caller import challenged, elsewhere, post
from tests.attacks.conftest import newcomer
from tests.attacks.intruder import Intruder

CHANGING = {"date", "content-length"}


@pytest.fixture
def names(server):
    """One address that is known, and one of the same length that is not."""
    known = newcomer("Carol").email
    return known, known.replace("carol", "derek")


def told(answer, name):
    headers = {key: value for key, value in answer.headers.items() if key not in CHANGING}
    return answer.status_code, headers, answer.text.replace(name, "NAME")


def test_connect(server, names):
    known, unknown = (post(server, "/connect", {"user": name, "nonce": "n" * 24}) for name in names)

    assert told(known, "")[:2] == told(unknown, "")[:2]
    assert len(known.json()["challenge"]) == len(unknown.json()["challenge"])
    assert re.sub(r"[\w+/=-]{16,}", "X", known.text) == re.sub(r"[\w+/=-]{16,}", "X", unknown.text)


def test_a_wrong_answer_to_a_challenge(server, names):
    answers = [post(server, "/login", challenged(server, name, "a wrong password")[1]) for name in names]

    assert told(answers[0], names[0]) == told(answers[1], names[1])


def on_page(server, path, handler, form, name):
    """What one flow leaves on the page, without the name and what differs between any two tabs."""
    with Intruder(server, tab=f"same {path} {name}", path=path, headers=list(elsewhere().items())) as tab:
        heard = len(tab.heard)
        tab.call(handler, form={key: name if value == "NAME" else value for key, value in form.items()})
        tab.settle()
        return [packet.replace(name, "NAME") for packet in tab.heard[heard:]]


FLOWS = {
    "/signup": ("sign_up.sign_up_state.submit", {"email": "NAME"}),
    "/forgot": ("forgot.forgot_state.submit", {"email": "NAME"}),
    "/login": ("login.login_state.answer", {"identifier": "NAME", "password": "a wrong password", "keep": False}),
}


@pytest.mark.parametrize("path", FLOWS)
def test_pages(server, names, path):
    known, unknown = (on_page(server, path, *FLOWS[path], name) for name in names)

    assert known == unknown


def test_waiting_after_failures(strict):
    known = newcomer("Carol").email
    refusals = []
    for name in (known, known.replace("carol", "derek")):
        for _ in range(7):
            client = elsewhere()
            refused = post(strict, "/login", challenged(strict, name, "wrong", headers=client)[1], headers=client)
        refusals.append(told(refused, name))

    assert refusals[0] == refusals[1]
    assert refusals[0][0] == 429


def test_the_limit_of_mails_to_one_address(strict):
    known = newcomer("Carol").email
    heard = []
    for name in (known, known.replace("carol", "derek")):
        asked = [on_page(strict, "/forgot", *FLOWS["/forgot"], name) for _ in range(5)]
        heard.append(asked[-1])

    assert heard[0] == heard[1]
