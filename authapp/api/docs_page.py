"""Page of the API documentation: HTML rendered from the OpenAPI document, without scripts."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import jinja2

Json = Mapping[str, Any]
_CODE = re.compile(r"`([^`]+)`")
_REFUSAL = re.compile(r"`(\w+)`: (.*?)(?= `\w+`: |$)")
_LIMITS = {
    "minLength": "at least {} characters",
    "maxLength": "at most {} characters",
    "minimum": "at least {}",
    "maximum": "at most {}",
    "default": "default {}",
}
_SAMPLES: dict[str, Any] = {"string": "…", "integer": 1, "number": 1, "boolean": True, "object": {}}
_DEPTH = 5  # of a sample, in case a schema contains itself


class Piece(NamedTuple):
    """Part of a type: words, and the schema that they link to."""

    words: str
    schema: str = ""


class Field(NamedTuple):
    """Row of a table of fields or parameters."""

    name: str
    is_required: bool
    type: list[Piece]
    about: str


class Body(NamedTuple):
    """Request body or answer."""

    media: str
    type: list[Piece]
    schemas: list[tuple[str, list[Field]]]
    sample: str


class Refusal(NamedTuple):
    """Refusal of a call: status, code, when it is raised, and an example of its message."""

    status: str
    code: str
    about: str
    message: str
    more: str


class Call(NamedTuple):
    """Operation: method and path."""

    id: str
    tag: str
    method: str
    path: str
    about: str
    access: str
    parameters: list[Field]
    bodies: list[Body]
    answers: list[tuple[str, list[Body]]]
    refusals: list[Refusal]


def render(document: Json, paths: Mapping[str, str]) -> str:
    """Return the page of an OpenAPI document.

    Args:
        document: the OpenAPI document.
        paths: the paths of the page's `stylesheet`, and of the `document`.
    """
    schemas: Json = document["components"]["schemas"]
    calls = list(_calls(document))
    common = [row for row in calls[0].refusals if all(row in call.refusals for call in calls)] if calls else []
    groups: dict[str, list[Call]] = {}
    for call in calls:
        rows = [row for row in call.refusals if row not in common]
        groups.setdefault(call.tag, []).append(call._replace(refusals=rows))
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=jinja2.StrictUndefined
    )
    return environment.get_template("docs.html").render(
        title=f"API of {document['info']['title']}",
        about=document["info"].get("description", "").split("\n\n"),
        security=document["components"].get("securitySchemes", {}),
        groups=groups,
        common=common,
        schemas=[(name, schema.get("description", ""), _fields(schema)) for name, schema in schemas.items()],
        parts=parts,
        **paths,
    )


def parts(text: str) -> list[str]:
    """Split a text of the document at its backticks: every second part is code."""
    return _CODE.split(" ".join(text.split()))


def _calls(document: Json) -> Iterator[Call]:
    schemas: Json = document["components"]["schemas"]
    prefix = document["servers"][0]["url"]
    for path, verbs in document["paths"].items():
        for verb, call in verbs.items():
            security = call.get("security", [])
            answers: list[tuple[str, list[Body]]] = []
            refusals: list[Refusal] = []
            for status, response in call["responses"].items():
                if status < "400":
                    answers.append((status, list(_bodies(response.get("content", {}), schemas))))
                else:
                    refusals += _refusals(status, response)
            yield Call(
                call["operationId"],
                call["tags"][0] if call.get("tags") else "other",
                verb.upper(),
                f"{prefix}{path}",
                call.get("description", call["summary"]),
                "Session required" if security and {} not in security else "Session optional" if security else "",
                [_field(one["name"], one["schema"], one.get("required", False)) for one in call.get("parameters", [])],
                list(_bodies(call.get("requestBody", {}).get("content", {}), schemas)),
                answers,
                refusals,
            )


def _bodies(content: Json, schemas: Json) -> Iterator[Body]:
    for media, body in content.items():
        schema = body.get("schema", {})
        names = [piece.schema for piece in _type(schema) if piece.schema]
        is_json = media == "application/json"
        sample = json.dumps(_sample(schema, schemas), indent=2, ensure_ascii=False) if is_json else ""
        yield Body(media, _type(schema), [(name, _fields(schemas[name])) for name in names], sample)


def _refusals(status: str, response: Json) -> Iterator[Refusal]:
    description: str = response["description"]
    about: dict[str, str] = dict(_REFUSAL.findall(description))
    examples: Json = response.get("content", {}).get("application/json", {}).get("examples", {"": {"value": {}}})
    for code, example in examples.items():
        body: Json = example["value"]
        more = ", ".join(name for name in body if name not in ("error", "message", "field"))
        yield Refusal(status, code, about.get(code, description), body.get("message", ""), more)


def _fields(schema: Json) -> list[Field]:
    required = schema.get("required", [])
    return [_field(name, one, name in required) for name, one in schema.get("properties", {}).items()]


def _field(name: str, schema: Json, is_required: bool) -> Field:
    limited = {key: value for one in [*schema.get("anyOf", []), schema] for key, value in one.items()}
    limits = [words.format(json.dumps(limited[key])) for key, words in _LIMITS.items() if key in limited]
    sentences = [schema.get("description", ""), f"{', '.join(limits).capitalize()}." if limits else ""]
    return Field(name, is_required, _type(schema), " ".join(filter(None, sentences)))


def _type(schema: Json) -> list[Piece]:
    """Return the type of a schema in words, with links to other schemas."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return [Piece(name, name)]
    if alternatives := schema.get("anyOf", schema.get("oneOf")):
        pieces: list[Piece] = []
        for alternative in alternatives:
            pieces += [Piece(" or "), *_type(alternative)] if pieces else _type(alternative)
        return pieces
    if "enum" in schema or "const" in schema:
        return [Piece(" or ".join(json.dumps(value) for value in schema.get("enum", [schema.get("const")])))]
    if schema.get("type") == "array":
        return [Piece("list of "), *_type(schema.get("items", {}))]
    words = schema.get("type", "anything")
    return [Piece(f"{words} ({schema['format']})" if "format" in schema else words)]


def _sample(schema: Json, schemas: Json, depth: int = _DEPTH) -> Any:
    """Return a value that fits a schema, from its examples where there are some."""
    if "$ref" in schema:
        return _sample(schemas[schema["$ref"].rpartition("/")[2]], schemas, depth - 1) if depth else {}
    for known in ("examples", "enum"):
        if schema.get(known):
            return schema[known][0]
    if "const" in schema:
        return schema["const"]
    if alternatives := schema.get("anyOf", schema.get("oneOf")):
        return _sample(alternatives[0], schemas, depth)
    if schema.get("type") == "array":
        return [_sample(schema.get("items", {}), schemas, depth - 1)] if depth else []
    if properties := schema.get("properties"):
        return {name: _sample(one, schemas, depth - 1) for name, one in properties.items()} if depth else {}
    return schema.get("default", _SAMPLES.get(schema.get("type", "")))
