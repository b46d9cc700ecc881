"""The API documentation: our own page and document, with refusals in the form of the API."""

import pytest

from tests.kit.web.api import refusal_in
from tests.kit.web.http import ask

NOT_THERE = (404, "NotFound", "")
WRONG = (405, "MethodNotAllowed", "")


@pytest.mark.parametrize("path", ["/api/docs", "/api/docs/"])
def test_the_page_loads_nothing_from_other_hosts(server, path):
    page = ask(server, "GET", path)

    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")
    assert "http" not in page.text.replace("<!doctype html>", "")
    assert "img-src 'self' data: blob:" in page.headers["content-security-policy"]
    assert "blob:" not in ask(server, "GET", "/login").headers["content-security-policy"]


@pytest.mark.parametrize("file", ["start.js", "swagger-ui-bundle.js", "swagger-ui.css"])
def test_the_files_of_the_docs_page_exist(server, file):
    assert ask(server, "GET", f"/api/docs/{file}").status_code == 200


@pytest.mark.parametrize("path", ["nothing", "%ff", "../openapi.json", "..%2f..%2fetc/passwd", "a/b"])
def test_an_unknown_path_gets_the_usual_refusal(server, logged, path):
    answer = ask(server, "GET", f"/api/docs/{path}")

    assert answer.status_code == 200 if path == "../openapi.json" else refusal_in(answer) == NOT_THERE
    assert logged() == ""


@pytest.mark.parametrize("path", ["/api/docs", "/api/docs/", "/api/docs/start.js", "/api/openapi.json"])
def test_nothing_is_written_there(server, logged, path):
    assert refusal_in(ask(server, "POST", path)) == WRONG
    assert logged() == ""
