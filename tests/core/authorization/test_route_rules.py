"""Canonical paths, and paths that browsers request by themselves."""

import pytest

from authapp.core.authorization.route_rules import is_asked_by_browsers, is_straight


@pytest.mark.parametrize(
    "path", ["/", "/shelf", "/shelf/", "//shelf", "/a.b/..c/d..", "/...", "/.well-known/x", "/.env"]
)
def test_a_path_may_have_dots_in_its_names(path):
    assert is_straight(path)


@pytest.mark.parametrize("path", ["/..", "/.", "/a/../b", "/a/./b", "/a/..", "..", "", "a", "/a\0b"])
def test_a_path_leads_nowhere_but_where_it_says(path):
    assert not is_straight(path)


def test_browsers_ask_for_few_things_by_themselves():
    asked = ["/favicon.ico", "/robots.txt", "/apple-touch-icon.png", "/apple-touch-icon-120x120-precomposed.png"]
    assert all(map(is_asked_by_browsers, [*asked, "/.well-known/security.txt"]))
    assert not any(map(is_asked_by_browsers, ["/", "/favicon.ico/x", "/shop/robots.txt", "/apple-touch-icon/x"]))
