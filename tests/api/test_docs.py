"""The API documentation: our own page and document, with refusals in the form of the API."""

import gzip
import json
import re
from html.parser import HTMLParser
from itertools import pairwise

import httpx
import pytest

from authapp.api import docs, docs_page
from authapp.core.base.theme import Theme
from tests.kit.web.api import documented_calls, refusal_in
from tests.kit.web.http import ask

NOT_THERE = (404, "NotFound", "")
WRONG = (405, "MethodNotAllowed", "")
FILES = {"/api/docs": "text/html", "/api/docs/": "text/html", "/api/docs/docs.css": "text/css"}
FILES |= {"/api/openapi.json": "application/json"}
PLAIN = {"Accept-Encoding": "identity"}


class Parsed(HTMLParser):
    """Elements of the page, and the words in each element with an id; every element must be closed."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in ("meta", "link", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def values(self, name: str) -> list[str]:
        return [str(attributes[name]) for _, attributes in self.elements if name in attributes]


def document(server) -> dict:
    return ask(server, "GET", "/api/openapi.json").json()


def words(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def article(html: str, id: str) -> str:
    """Return the words of the article of a call or a schema."""
    return words(html.partition(f'<article aria-labelledby="{id}">')[2].partition("</article>")[0])


def section(html: str, id: str) -> str:
    return words(html.partition(f'<section aria-labelledby="{id}">')[2].partition("</section>")[0])


def rendered(**changes) -> str:
    call = {"tags": ["a"], "summary": "S", "description": "D", "operationId": "a_b", "responses": {}}
    of = {"info": {"title": "Shop"}, "servers": [{"url": "/v1"}], "components": {"schemas": {}}, "paths": {}}
    paths = {"paths": {"/x": {"get": call | changes.pop("call", {})}}}
    return docs_page.render(of | paths | changes, {"stylesheet": "/s.css", "document": "/o.json"})


@pytest.mark.parametrize("path", ["/api/docs", "/api/docs/"])
def test_the_page_is_html_without_scripts_that_loads_one_stylesheet_of_ours(server, path):
    page = ask(server, "GET", path)
    parsed = Parsed(page.text)

    assert page.status_code == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert {tag for tag, _ in parsed.elements} & {"script", "style", "img", "iframe", "form", "object"} == set()
    assert parsed.values("src") + parsed.values("style") == []
    assert not [name for _, attributes in parsed.elements for name in attributes if name.startswith("on")]
    assert {link for link in parsed.values("href") if not link.startswith("#")} == {"/api/docs/docs.css", docs.DOCUMENT}
    assert page.headers["content-security-policy"].startswith("default-src 'self'; script-src 'self'")


def test_the_stylesheet_has_the_theme_in_light_and_dark_and_loads_nothing(server):
    css = ask(server, "GET", "/api/docs/docs.css").text

    assert css.startswith(Theme().css(""))
    assert "prefers-color-scheme: dark" in css
    assert "@media print" in css
    assert "@import" not in css
    assert set(re.findall(r"url\(([^)]*)\)", css)) == {'""'}
    assert set(re.findall(r"var\((--[\w-]+)\)", css)) <= set(re.findall(r"(--[\w-]+):", Theme().css("")))


def test_every_call_is_on_the_page_with_its_refusals(server):
    page, of = ask(server, "GET", "/api/docs").text, document(server)
    everywhere = section(page, "refusals")
    shown = set()
    for path, verbs in of["paths"].items():
        for verb, call in verbs.items():
            said = article(page, call["operationId"])
            assert said.startswith(f"{verb.upper()} {of['servers'][0]['url']}{path}")
            shown.add(f"{verb.upper()} {of['servers'][0]['url']}{path}")
            assert "Session required" in said or {} in call.get("security", [{}])
            for status, response in call["responses"].items():
                body = response.get("content", {}).get("application/json", {})
                assert f"Answer {status}" in said or status >= "400"
                for code in body.get("examples", {}):
                    assert f"{status} {code}" in said + everywhere, (path, code)
    assert shown == documented_calls()


def test_every_schema_is_on_the_page_with_every_field(server):
    page, of = ask(server, "GET", "/api/docs").text, document(server)

    assert len(of["components"]["schemas"]) > 40
    for name, schema in of["components"]["schemas"].items():
        said = article(page, f"schema-{name}")
        assert said.startswith(name)
        for field in schema.get("properties", {}):
            required = " required" if field in schema.get("required", []) else ""
            assert f" {field}{required} " in said, (name, field)


def test_the_fields_of_a_request_and_an_example_are_beside_the_call(server):
    said = article(ask(server, "GET", "/api/docs").text, "accounts_sign_up_by_phone")

    assert "Request PhoneSignUpBody application/json" in said
    assert "phone required string" in said
    assert "&#34;phone&#34;: &#34;" in said
    assert "Answer 202 Step application/json" in said
    assert "403 InvitationNeeded" in said
    assert "TooManyRequests" not in said  # it is among the refusals of every call


def test_every_link_on_the_page_leads_somewhere_and_no_id_is_there_twice(server):
    parsed = Parsed(ask(server, "GET", "/api/docs").text)
    ids = parsed.values("id")

    assert len(ids) == len(set(ids))
    assert {link[1:] for link in parsed.values("href") if link.startswith("#")} <= set(ids)
    assert set(parsed.values("aria-labelledby")) <= set(ids)


def test_the_headings_of_the_page_skip_no_level(server):
    levels = [int(level) for level in re.findall(r"<h(\d)", ask(server, "GET", "/api/docs").text)]

    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


@pytest.mark.parametrize("evil", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{ 7 * 7 }}"])
def test_nothing_in_the_document_is_markup_of_the_page(evil):
    schema = {"description": evil, "properties": {evil: {"type": evil, "description": f"`{evil}`", "examples": [evil]}}}
    call = {"description": evil, "tags": ["a"], "responses": {"400": {"description": f"`A`: {evil}"}}}
    call["parameters"] = [{"name": evil, "schema": {"enum": [evil]}}]
    call["requestBody"] = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/E"}}}}
    html = rendered(call=call, components={"schemas": {"E": schema}}, info={"title": evil, "description": evil})

    assert "<script" not in html
    assert "<img" not in html
    assert "49" not in html
    Parsed(html)


def test_each_kind_of_schema_has_words_and_a_sample():
    schema = {
        "properties": {
            "choice": {"enum": ["a", "b"]},
            "always": {"const": 7},
            "rows": {"type": "array", "items": {"$ref": "#/components/schemas/Row"}},
            "maybe": {"anyOf": [{"type": "string", "maxLength": 9}, {"type": "null"}]},
            "id": {"type": "string", "format": "uuid"},
            "any": {},
        }
    }
    schemas = {"Row": {"properties": {"next": {"$ref": "#/components/schemas/Row"}}}, "All": schema}
    body = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/All"}}}}
    html = rendered(call={"requestBody": body}, components={"schemas": schemas})
    said = words(html.replace("&#34;", '"'))

    for expected in (
        'choice "a" or "b"',
        "always 7",
        "rows list of Row",
        "maybe string or null At most 9 characters.",
        "id string (uuid)",
        "any anything",
        '"choice": "a", "always": 7, "rows": [ { "next": {',
        '"maybe": "…", "id": "…", "any": null',
    ):
        assert expected in said


@pytest.mark.parametrize(("path", "media"), FILES.items())
def test_a_file_is_sent_compressed_to_clients_that_accept_it(server, path, media):
    plain = ask(server, "GET", path, headers=PLAIN)
    packed = ask(server, "GET", path, headers={"Accept-Encoding": "br;q=1.0, GZIP;q=0.8"})

    assert plain.headers["content-type"].startswith(media)
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert {"Accept-Encoding"} <= {*plain.headers["vary"].split(", ")} & {*packed.headers["vary"].split(", ")}
    assert packed.content == plain.content  # the client decompresses
    assert int(packed.headers["content-length"]) < len(plain.content) / 2
    assert int(packed.headers["content-length"]) < 20_000
    assert int(plain.headers["content-length"]) == len(plain.content)


@pytest.mark.parametrize(
    "accepted", ["", "identity", "br", "gzip;q=0", "gzip; q=0.000", "x-gzip-like", "gzipped, *;q=0"]
)
def test_a_client_that_does_not_accept_gzip_gets_plain_content(server, accepted):
    answer = ask(server, "GET", "/api/openapi.json", headers={"Accept-Encoding": accepted})

    assert "content-encoding" not in answer.headers
    assert answer.json()["openapi"].startswith("3.")


def test_the_compressed_bytes_are_made_once(server):
    def raw() -> bytes:
        address = f"http://127.0.0.1:{server.port}/api/openapi.json"
        with httpx.stream("GET", address, headers={"Host": server.host, "Accept-Encoding": "gzip"}) as answer:
            return b"".join(answer.iter_raw())

    assert raw() == raw()
    assert json.loads(gzip.decompress(raw())) == document(server)


@pytest.mark.parametrize("path", FILES)
def test_a_head_request_has_the_headers_and_no_content(server, path):
    answer = ask(server, "HEAD", path)

    assert (answer.status_code, answer.content) == (200, b"")


@pytest.mark.parametrize("path", ["nothing", "%ff", "../openapi.json", "..%2f..%2fetc/passwd", "a/b", "docs.html"])
def test_an_unknown_path_gets_the_usual_refusal(server, logged, path):
    answer = ask(server, "GET", f"/api/docs/{path}")

    assert answer.status_code == 200 if path == "../openapi.json" else refusal_in(answer) == NOT_THERE
    assert logged() == ""


@pytest.mark.parametrize("path", FILES)
def test_nothing_is_written_there(server, logged, path):
    assert refusal_in(ask(server, "POST", path)) == WRONG
    assert logged() == ""
