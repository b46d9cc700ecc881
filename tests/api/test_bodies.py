"""Unexpected bodies, types and methods: the API answers with one form of refusal, and changes nothing."""

import re
import socket

import pytest

from tests.kit.processes.servers import PATIENCE
from tests.kit.tables import rows
from tests.kit.web.api import refused_status
from tests.kit.web.flows import unclaimed_ticket
from tests.kit.web.http import API, ask, challenged, logged_in_as, post

RIGHT = {
    "/connect": {"user": "a@example.com", "nonce": "n" * 20},
    "/login": {"user": "a@example.com", "challenge_id": "x", "challenge_reply": "x"},
    "/session": {"ticket": "x", "tab": "x"},
}
RAW = [b"", b"null", b"{", b"[]", b'"text"', b"7", b"NaN", b"\x00", b"\xff\xfe", b"1" * 5_000, b'{"user": "\\ud800"}']
RAW += [b"[" * 50_000, b'{"a":' * 10_000 + b"1" + b"}" * 10_000, b'{"user": "' + b"x" * 50_000 + b'"}']


@pytest.mark.parametrize("call", RIGHT)
def test_a_body_that_is_no_json_of_ours_is_refused(server, call):
    before = rows(server)

    for raw in RAW:
        answer = ask(server, "POST", API + call, content=raw, headers={"Content-Type": "application/json"})
        assert refused_status(answer) in (400, 413, 422), raw[:40]

    assert rows(server) == before


@pytest.mark.parametrize("call", RIGHT)
def test_a_body_without_end_is_refused_before_it_ends(server, call):
    head = f"POST {API}{call} HTTP/1.1\r\nHost: {server.host}\r\nOrigin: {server.url}\r\n"
    head += "Content-Type: application/json\r\nContent-Length: 1000000000\r\n\r\n"
    with socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE) as line:
        line.sendall(head.encode() + b"[" * 1_000_000)

        assert line.recv(12).decode() in ("HTTP/1.1 400", "HTTP/1.1 413", "HTTP/1.1 422")


@pytest.mark.parametrize("call", RIGHT)
def test_a_field_that_is_missing_wrong_or_too_many_is_refused_by_name(server, call):
    before = rows(server)

    for name in RIGHT[call]:
        for wrong in (None, 7, True, [], {}, ["x"], {"x": "x"}, "x" * 10_000):
            answer = post(server, call, {**RIGHT[call], name: wrong})
            assert refused_status(answer) == 422
            assert name in answer.json()["message"]
        answer = post(server, call, {key: value for key, value in RIGHT[call].items() if key != name})
        assert refused_status(answer) == 422
        assert name in answer.json()["message"]
    for extra in ("keep", "user_id", "cookie", "", "__proto__"):
        assert refused_status(post(server, call, {**RIGHT[call], extra: "x"})) == 422

    assert rows(server) == before


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "application/xml", "", "json"])
def test_another_content_type_is_refused(server, alice, kind):
    ticket = unclaimed_ticket(server, alice)
    body = f'{{"ticket": "{ticket}", "tab": "hers"}}'.encode()

    answer = ask(server, "POST", f"{API}/session", content=body, headers={"Content-Type": kind})

    assert refused_status(answer) in (415, 422)
    assert post(server, "/session", {"ticket": ticket, "tab": "hers"}).status_code == 200


METHODS = {"/connect": ("PUT", "DELETE"), "/login": ("GET", "PUT"), "/session": ("GET", "PATCH"), "/logout": ("GET",)}


@pytest.mark.parametrize("call", METHODS)
def test_another_method_does_nothing(server, alice, call):
    before = rows(server)

    for method in METHODS[call]:
        answer = ask(server, method, API + call, cookie=alice.key)
        assert refused_status(answer) == 405
        assert answer.json()["error"] == "MethodNotAllowed"
        assert method not in answer.headers["allow"].split(", ")

    assert rows(server) == before
    assert logged_in_as(server, alice.key) == alice.email


def test_query_parameters_are_not_a_body(server, alice):
    _, login = challenged(server, alice.email)

    answer = ask(server, "POST", f"{API}/login", params=login)

    assert refused_status(answer) == 422
    assert alice.email not in answer.text


def test_an_address_that_the_api_does_not_have_is_not_found(server):
    for path in ("/api", "/api/", API, "/api/v2/connect", "/openapi.json", "/docs", "/redoc"):
        assert ask(server, "GET", path).status_code == 404, path
        assert ask(server, "POST", path, json={}).status_code in (403, 404, 405), path


@pytest.mark.parametrize("path", ["/nothing", "/", "/connect/", "/connect/x", "/openapi.json", "/docs", "/%2e%2e/x"])
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_a_call_that_the_api_does_not_have_is_refused_like_every_other(server, path, method):
    answer = ask(server, method, API + path)

    assert refused_status(answer) == 404
    assert answer.json() == {"error": "NotFound", "message": "Not found.", "field": ""}


def test_head_and_options_of_a_call_that_is_not_there_are_not_answered_with_a_page(server):
    for method in ("HEAD", "OPTIONS"):
        answer = ask(server, method, f"{API}/nothing")
        assert answer.status_code == 404
        assert answer.headers["content-type"] == "application/json"


NOBODYS = "00000000-0000-4000-8000-000000000000"  # an id in URLs that belongs to no row


def forms(server):
    """Return every call that takes JSON, as the OpenAPI document describes it: method, path and fields."""
    document = ask(server, "GET", "/api/openapi.json").json()
    schemas = document["components"]["schemas"]
    for path, calls in document["paths"].items():
        for method, call in calls.items():
            content = call.get("requestBody", {}).get("content", {}).get("application/json")
            for form in kinds(content["schema"] if content else {}, schemas):
                yield method.upper(), API + re.sub(r"\{\w+\}", NOBODYS, path), form


def kinds(schema, schemas):
    if "$ref" in schema:
        yield schemas[schema["$ref"].rpartition("/")[2]]
    for one in schema.get("anyOf", schema.get("oneOf", [])):
        yield from kinds(one, schemas)


WRONG = {"string": (7, True, [], {}, ["x"], "x" * 60_000), "boolean": ("true", 1, [], {}, "")}
RIGHT_ONE = {"string": "x", "boolean": False}


def type_of(field):
    found = {one.get("type") for one in field.get("anyOf", [field])} - {"null"}
    return found.pop() if len(found) == 1 else None


def test_every_call_refuses_unexpected_json(server, alice):
    before = rows(server)

    for method, path, _ in forms(server):
        for raw in RAW:
            headers = {"Content-Type": "application/json"}
            answer = ask(server, method, path, content=raw, headers=headers, cookie=alice.key)
            assert refused_status(answer) in (400, 413, 422), (path, raw[:40])

    assert rows(server) == before


def test_every_call_refuses_fields_of_another_type_and_fields_it_does_not_know(server, alice):
    before, tried = rows(server), 0

    for method, path, form in forms(server):
        fields = form.get("properties", {})
        right = {name: RIGHT_ONE.get(type_of(fields[name])) for name in form.get("required", [])}
        for name, field in fields.items():
            for wrong in WRONG.get(type_of(field), ()):
                answer = ask(server, method, path, json={**right, name: wrong}, cookie=alice.key)
                assert (refused_status(answer), name in answer.json()["message"]) == (422, True), (path, name, wrong)
                tried += 1
        for extra in ("user_id", "", "__proto__", "ünknown"):
            answer = ask(server, method, path, json={**right, extra: "x"}, cookie=alice.key)
            assert refused_status(answer) == 422, (path, extra)

    assert tried > 50
    assert rows(server) == before


def test_every_call_refuses_a_body_of_another_kind(server, alice):
    before = rows(server)

    for method, path, _ in forms(server):
        for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""):
            answer = ask(server, method, path, content=b"{}", headers={"Content-Type": kind}, cookie=alice.key)
            assert refused_status(answer) in (415, 422), (path, kind)

    assert rows(server) == before


@pytest.mark.parametrize(
    ("raw", "kind"),
    [(b"email=a@example.com", "application/x-www-form-urlencoded"), (b"{}", "text/plain"), (b"{", "application/json")],
)
def test_invalid_json_is_named_in_the_refusal(server, raw, kind):
    answer = ask(server, "POST", f"{API}/signup", content=raw, headers={"Content-Type": kind})

    assert answer.json()["message"] == "The body must be JSON (Content-Type: application/json), as documented."


def test_the_refusal_names_the_error_of_each_field(server):
    said = post(server, "/signup/phone/confirm", {"stepp": "x", "code": 123456}).json()["message"]

    form = "The body does not have the expected form: "
    assert said == form + "code: input should be a valid string; step is missing; stepp is unknown."
