"""`GET /client.js` and `/proof.js`: the JavaScript client of the API, for pages of other origins."""

import pytest

from tests.kit.processes.servers import ROOT
from tests.kit.web.http import API, ask, from_new_ip

FOLDER = ROOT / "authapp" / "ui" / "browser" / "shared"
MODULE = (FOLDER / "client.js").read_bytes()


@pytest.mark.parametrize("name", ["client.js", "proof.js"])
def test_it_is_a_module_that_is_kept_for_a_moment(server, name):
    answer = ask(server, "GET", f"{API}/{name}", origin="")

    assert (answer.status_code, answer.content) == (200, (FOLDER / name).read_bytes())
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    assert answer.headers["cache-control"] == "public, max-age=300"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "origin" in answer.headers["vary"].lower()  # a copy cached for our own page does not allow other origins
    assert "set-cookie" not in answer.headers


def test_a_cached_module_is_not_sent_again(server):
    tag = ask(server, "GET", f"{API}/client.js").headers["etag"]

    for known in (tag, f"W/{tag}", f'"another", {tag}'):
        answer = ask(server, "GET", f"{API}/client.js", headers={"If-None-Match": known})
        assert (answer.status_code, answer.content) == (304, b"")
        assert answer.headers["etag"] == tag
    for other in ('"another"', "", tag.strip('"'), "*x"):
        assert ask(server, "GET", f"{API}/client.js", headers={"If-None-Match": other}).status_code == 200


def test_the_module_does_not_depend_on_the_user(server, alice):
    assert ask(server, "GET", f"{API}/client.js", cookie=alice.key).content == MODULE


def test_it_counts_for_no_limit(strict):
    flood = from_new_ip()

    assert {ask(strict, "GET", f"{API}/client.js", headers=flood).status_code for _ in range(130)} == {200}


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_it_can_only_be_read(server, method):
    answer = ask(server, method, f"{API}/client.js")

    assert (answer.status_code, answer.json()["error"]) == (405, "MethodNotAllowed")


def test_it_needs_nothing_else():
    text = MODULE.decode()

    assert "\nimport " not in text
    assert "document" not in text
    assert "window" not in text
