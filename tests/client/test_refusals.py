"""Exceptions of the client: the server's refusals by their names, and one clear exception for each other failure."""

import asyncio
import inspect
import json
import logging
import traceback
from collections import defaultdict
from contextlib import suppress

import pytest
from starlette.requests import Request

from authapp.api.refusals import refused
from authapp.client import ClientError, NoAnswer, NotOurs
from authapp.core.base import errors
from authapp.core.base.errors import BadInput, BadUserOrPassword, NotFound, Refusal, TooManyRequests
from authapp.wire.login import LoginBody, ProviderLoginBody, TicketBody
from tests.kit.apps import share_database
from tests.kit.processes.servers import free_port, running
from tests.kit.users import PASSWORD, newcomer

KINDS = [one for _, one in inspect.getmembers(errors, inspect.isclass) if issubclass(one, Refusal)]


def one_of(kind):
    """Return a refusal of a class, with an argument if it needs one."""
    try:
        return kind()
    except TypeError:
        return kind(3)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.code)
def test_every_refusal_is_raised_as_the_rule_raised_it(stub, make, kind):
    no = one_of(kind)
    answer = asyncio.run(refused(Request({"type": "http"}), no))
    wait = {"Retry-After": answer.headers["retry-after"]} if no.wait else {}
    stub.says["/connect"] = (answer.status_code, wait, json.loads(answer.body))

    with pytest.raises(Refusal) as heard:
        make(stub).connect()

    assert type(heard.value) is kind
    facts = ("code", "status", "field", "message", "wait")
    assert [getattr(heard.value, fact) for fact in facts] == [getattr(no, fact) for fact in facts]
    assert dict(heard.value.details) == {name: str(told) for name, told in no.details.items()}


def test_a_refusal_of_a_later_server_is_a_refusal_too(stub, make):
    stub.says["/connect"] = (418, {}, {"error": "Teapot", "message": "No coffee.", "field": "pot", "reason": "tea"})

    with pytest.raises(Refusal) as heard:
        make(stub).connect()

    assert type(heard.value) is Refusal
    assert (heard.value.code, heard.value.status, heard.value.message) == ("Teapot", 418, "No coffee.")
    assert (heard.value.field, dict(heard.value.details), heard.value.wait) == ("pot", {"reason": "tea"}, 0)
    assert str(heard.value) == "Teapot"


def test_one_refusal_does_not_change_those_that_follow(stub, make):
    stub.says["/connect"] = (499, {"Retry-After": "7"}, {"error": "BadInput", "message": "Odd.", "field": "x"})
    with pytest.raises(BadInput):
        make(stub).connect()

    assert (BadInput.status, BadInput().message, BadInput().wait) == (422, "Check what you entered.", 0)


@pytest.mark.parametrize("wait", ["", "soon", "-1", "Wed, 21 Oct 2026 07:28:00 GMT"])
def test_a_wait_that_is_no_number_of_seconds_is_none(stub, make, wait):
    stub.says["/connect"] = (429, {"Retry-After": wait}, {"error": "TooManyRequests", "message": "Wait.", "field": ""})

    with pytest.raises(TooManyRequests) as heard:
        make(stub).connect()

    assert heard.value.wait == 0


def guess(client, user, times):
    for _ in range(times):
        with suppress(BadUserOrPassword):
            client.login(user, "not the password")


def test_too_many_failures_say_how_long_to_wait(tmp_path, configure, make):
    with running(tmp_path, AUTHAPP_RATE_LIMITS="true") as strict:
        share_database(strict, configure)
        alice, client = newcomer("Alice"), make(strict)
        with pytest.raises(TooManyRequests) as heard:
            guess(client, alice.email, times=12)

    assert heard.value.wait >= 1
    assert "Wait" in heard.value.message


HTML = "<!doctype html><title>502 Bad Gateway</title>"
FOREIGN = {
    "a page": (200, {"Content-Type": "text/html"}, HTML),
    "a proxy's refusal": (502, {"Content-Type": "text/html"}, HTML),
    "a redirect": (302, {"Location": "http://127.0.0.1:1/elsewhere", "Content-Type": "text/html"}, ""),
    "a page that says it is JSON": (200, {}, HTML),
    "nothing": (200, {}, ""),
    "nothing, refused": (500, {}, ""),
    "JSON of somebody else": (200, {}, {"ok": True}),
    "JSON of the wrong types": (200, {}, {"challenge_id": 7, "challenge": None}),
    "a list": (200, {}, []),
    "null": (200, {}, "null"),
    "a refusal without a name": (403, {}, {"detail": "Forbidden"}),
    "a refusal that is a text": (403, {}, '"no"'),
    "a refusal whose name is none": (403, {}, {"error": ["x"]}),
    "a deep nest": (200, {}, "[" * 100_000),
    "half": (200, {}, '{"challenge_id": "x'),
    "no letters": (200, {"Content-Type": "application/json; charset=nonsense"}, '{"a": "\\ud800"}'),
}


@pytest.mark.parametrize("says", FOREIGN.values(), ids=FOREIGN)
def test_an_answer_that_is_not_of_our_api_is_one_clear_exception(stub, make, says):
    stub.says["/connect"] = says

    with pytest.raises(NotOurs, match=rf"This response is not from the authapp API \(status {says[0]}\)"):
        make(stub).connect()


def test_a_redirect_is_not_followed_with_the_token(stub, make):
    stub.says["/connect"] = (307, {"Location": "/api/v1/elsewhere"}, {})

    with pytest.raises(NotOurs):
        make(stub, token="id.secret").connect()

    assert [line for line, _, _ in stub.heard] == ["GET /api/v1/connect"]


@pytest.mark.parametrize("path", ["https://evil.example/x", "//evil.example/x", "@evil.example/x", "../../x", "?x"])
def test_a_call_never_leaves_its_server(stub, make, path):
    stub.says = defaultdict(lambda: (404, {}, {"error": "NotFound"}))

    with pytest.raises(NotFound):
        make(stub, token="id.secret").call("GET", path)

    assert len(stub.heard) == 1


@pytest.mark.parametrize("token", ["a\r\nX-Evil: 1", "\ud800", "ü", "\x00"], ids=ascii)
def test_a_token_that_cannot_be_is_a_mistake_of_the_program(make, token):
    with pytest.raises(ValueError, match="token is malformed") as heard:
        make("http://localhost", token=token)

    assert token not in everything(heard.value)


def test_a_server_that_is_silent_is_given_up(stub, make):
    stub.says["/connect"] = lambda _: stub.patience.wait(10) and (200, {}, {})

    with pytest.raises(NoAnswer, match=r"did not answer in time \(ReadTimeout\)"):
        make(stub, timeout=0.2).connect()


def test_a_server_that_is_not_there_is_one_clear_exception(make):
    with pytest.raises(NoAnswer, match=r"127\.0\.0\.1:.* could not be reached"):
        make(f"http://127.0.0.1:{free_port()}").connect()
    with pytest.raises(NoAnswer, match=r"nowhere\.invalid could not be reached"):
        make("http://nowhere.invalid").connect()


def everything(error):
    """Return everything that an exception shows: messages, tracebacks, and those of its causes."""
    seen, told = error, []
    while seen is not None:
        told += [str(seen), repr(seen), repr(vars(seen)), *traceback.format_exception(seen)]
        seen = seen.__cause__ or seen.__context__
    return "\n".join(told)


def test_no_exception_contains_a_secret(stub, make):
    secret, key = "a password that is secret", "an-id-of-a-key12.its-secret-half"
    stub.says["/connect"] = (200, {}, {"challenge_id": "x", "challenge": ""})
    answers = [*FOREIGN.values(), (401, {}, {"error": "BadUserOrPassword", "message": "No.", "field": "password"})]
    answers += [(200, {}, {"login": "x", "token": key, "user_id": 7}), lambda _: stub.patience.wait(1)]

    for says in answers:
        stub.says["/login"] = says
        client = make(stub, token=key, timeout=0.2)
        with pytest.raises((ClientError, Refusal)) as heard:
            client.login("a@example.com", secret)
        told = everything(heard.value)
        assert not [word for word in (secret, key, "its-secret-half") if word in told]
        assert heard.value.__context__ is None


def test_no_repr_or_log_contains_a_secret(server, make, caplog, capfd):
    caplog.set_level(logging.DEBUG)
    alice, client = newcomer("Alice"), make(server)
    before = len(caplog.text)

    entered = client.login(alice.email, PASSWORD)
    found = client.connect()
    client.call("GET", "/data")
    key = client.token.rpartition("=")[2]
    client.logout()

    half = key.partition(".")[2]
    told = caplog.text[before:] + repr((client, entered, found)) + str(entered) + "".join(capfd.readouterr())
    assert len(half) == 43
    assert not [word for word in (PASSWORD, key, half, "p=") if word in told]
    assert repr(client).endswith(f"lient of {server.url}>")


def test_the_repr_of_a_body_hides_secrets():
    shown = repr(LoginBody(user="a", challenge_id="b", password="secret"))
    shown += repr(LoginBody(user="a", challenge_id="b", challenge_reply="secret"))
    shown += repr(ProviderLoginBody(auth_origin="a", token="secret")) + repr(TicketBody(ticket="secret", tab="secret"))

    assert "secret" not in shown
