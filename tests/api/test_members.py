"""Refusals for callers without access, for every documented call, so that the tests miss none."""

from typing import Any

import pytest

from tests.kit.tables import rows
from tests.kit.web.api import LOGGED_OUT, call, refusal_in
from tests.kit.web.http import ask, cookies

FOREIGN = (403, "CrossOrigin", "")
PARTS = dict.fromkeys(("id", "user_id"), "00000000-0000-4000-8000-000000000000") | {"name": "google"}
METHODS = {"GET", "POST", "PUT", "PATCH", "DELETE"}


@pytest.fixture
def document(server) -> dict[str, Any]:
    found: dict[str, Any] = ask(server, "GET", "/api/openapi.json").json()
    return found


def calls_of(document, *, of_members=False):
    """Return the documented calls, as the README writes them, with their example bodies."""
    for path, verbs in document["paths"].items():
        for verb, operation in verbs.items():
            if not of_members or {} not in operation.get("security", [{}]):
                yield f"{verb.upper()} {path.format(**PARTS)}", body_of(document, operation)


def body_of(document, operation):
    """Return a body of the right form; None if the call takes no body, or a picture."""
    schema = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    schema = schema.get("anyOf", [schema])[0]
    if "$ref" not in schema:
        return None
    form = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return (
        {
            name: (part.get("examples") or part.get("enum") or ["x"])[0]
            for name, part in form["properties"].items()
            if name in form["required"]
        }
        if "required" in form
        else {}
    )


def test_most_calls_are_for_members(document):
    assert len(list(calls_of(document, of_members=True))) > 20
    assert set(document["components"]["securitySchemes"]) == {"cookie"}


def test_a_visitor_is_refused_and_nothing_changes(server, alice, document):
    cut = alice.key[:-1] + ("A" if alice.key[-1] != "A" else "B")
    before = rows(server)

    for what, body in calls_of(document, of_members=True):
        for key in ("", "nonsense", cut):
            refused = call(server, what, body, headers={"Cookie": f"authapp={key}"})
            assert refusal_in(refused) == LOGGED_OUT, what
            assert cookies(refused) == [], what
        refused = call(server, f"{what}?authapp={alice.key}&token={alice.key}", body)
        assert refusal_in(refused) == LOGGED_OUT, what

    assert rows(server) == before


def test_a_logged_out_user_is_a_visitor(server, alice, document):
    call(server, "POST /logout", {}, who=alice)
    before = rows(server)

    for what, body in calls_of(document, of_members=True):
        assert refusal_in(call(server, what, body, who=alice)) == LOGGED_OUT, what

    assert rows(server) == before


def test_a_foreign_page_changes_nothing(server, alice, document):
    before = rows(server)

    for what, body in calls_of(document):
        if not what.startswith("GET"):
            for origin in ("https://evil.example", "null", ""):
                refused = call(server, what, body, who=alice, origin=origin)
                assert refusal_in(refused) == FOREIGN, what
                assert cookies(refused) == [], what

    assert rows(server) == before


def test_another_method_is_refused_with_those_that_are_there(server, alice, document):
    before, known = rows(server), {}
    for what, _ in calls_of(document):
        method, path = what.split()
        known.setdefault(path, set()).add(method)

    for path, methods in known.items():
        for method in METHODS - methods:
            refused = call(server, f"{method} {path}", who=alice)
            assert refused.status_code == 405, (method, path)
            assert set(refused.headers["allow"].split(", ")) - {"HEAD"} == methods, (method, path)
            assert refused.json()["error"] == "MethodNotAllowed"

    assert rows(server) == before


def test_answers_are_kept_nowhere(server, alice, document):
    for what, body in calls_of(document):
        if what.startswith("GET"):
            assert call(server, what, body, who=alice).headers["cache-control"] == "no-store", what


def test_every_call_has_a_name_a_tag_and_words(document):
    operations = [operation for verbs in document["paths"].values() for operation in verbs.values()]
    names = [operation["operationId"] for operation in operations]

    assert len(set(names)) == len(names)
    for operation in operations:
        assert all(operation[part] for part in ("tags", "summary", "description")), operation["operationId"]
        for status, answer in operation["responses"].items():
            assert answer["description"], (operation["operationId"], status)


def test_every_refusal_is_documented_as_it_is_said(document):
    for verbs in document["paths"].values():
        for operation in verbs.values():
            for status, answer in operation["responses"].items():
                if int(status) >= 400:
                    for code, example in answer["content"]["application/json"]["examples"].items():
                        assert example["value"]["error"] == code
                        assert example["value"]["message"], code
                    assert ("Retry-After" in answer.get("headers", {})) == (status in ("429", "503"))
