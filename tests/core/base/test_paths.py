"""Paths that a login may redirect to."""

import pytest

from authapp.core.base import paths

ATTACKS = [
    "https://evil.example",
    "http:evil.example",
    "https:/evil.example",
    "HtTpS://evil.example",
    "//evil.example",
    "///evil.example",
    "////evil.example/%2e%2e",
    "/\\evil.example",
    "\\\\evil.example",
    "\\/evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "/\r/evil.example",
    "\t//evil.example",
    " //evil.example",
    " https://evil.example",
    "/ /evil.example",
    "/\x00/evil.example",
    "/\x7f",
    "/.//evil.example",
    "/..//evil.example",
    "/settings//evil.example",
    "javascript:alert(1)",
    "JavaScript:alert(1)",
    "java\tscript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:msgbox(1)",
    "blob:https://evil.example/1",
    "evil.example",
    "@evil.example",
    "settings",
    "?next=/",
    "#top",
    "",
    "//[",
    "//[::1]",
    "http://[",
    "//\u2100.example",
    "/\ud800",
    "/" + "a" * 2000,
    "/" + "a" * 10_000,
    None,
    0,
    b"/settings",
    {"path": "/settings"},
    ["/settings"],
]
OURS = [
    "/",
    "/settings",
    "/settings?set=password",
    "/settings?next=https://evil.example/#top",
    "/search?q=%2F%2Fevil",
    "/a/b/c#d",
    "/@alice",
    "/mailto:alice",
    "/日本",
    "/%2f%2fevil.example",
    "/%5cevil.example",
    "/x" * 1000,
]


@pytest.mark.parametrize("path", ATTACKS, ids=lambda path: ascii(path)[:40])
def test_a_path_that_may_leave_our_origin_leads_home(path):
    assert ascii(paths.safe(path)) == "'/'"  # ascii, because half a surrogate pair cannot be written to a report
    assert ascii(paths.safe(path, "/settings")) == "'/settings'"


@pytest.mark.parametrize("path", OURS, ids=lambda path: ascii(path)[:40])
def test_a_path_of_ours_stays_as_it_is(path):
    assert paths.safe(path) == path


def test_the_login_page_leads_on_to_the_whole_path():
    assert paths.login_then("/settings?a=1&b=2#c") == "/login?next=/settings%3Fa%3D1%26b%3D2%23c"


@pytest.mark.parametrize("path", ["/", "", "//evil.example", "javascript:alert(1)", "/\ud800"], ids=ascii)
def test_the_login_page_leads_nowhere_else(path):
    assert paths.login_then(path) == "/login"
