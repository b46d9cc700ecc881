"""Page access in the guard: the first answer is the right one, so that no page flashes before another one."""

import pytest

from tests.kit.web.http import ask


def seen(server, path, cookie="", **more):
    answer = ask(server, "GET", path, cookie=cookie, **more)
    return answer.status_code, answer.headers.get("location", "")


@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("/settings", "/login?next=/settings"),
        ("/settings/", "/login?next=/settings/"),
        ("/settings?set=password", "/login?next=/settings%3Fset%3Dpassword"),
        ("/settings?next=//evil.example", "/login?next=/settings%3Fnext%3D//evil.example"),
        ("/%73ettings", "/login?next=/settings"),
    ],
)
def test_a_visitor_of_a_members_page_is_led_to_the_login_and_back(server, alice, path, target):
    assert seen(server, path) == (303, target)
    assert seen(server, path, alice.key)[0] == 200
    assert ask(server, "HEAD", path).status_code == 303


@pytest.mark.parametrize("page", ["/login", "/signup", "/login/"])
def test_a_member_has_no_business_on_a_visitors_page(server, alice, page):
    assert seen(server, page)[0] == 200
    assert seen(server, page, alice.key) == (303, "/")
    assert seen(server, f"{page}?next=/settings", alice.key) == (303, "/settings")
    assert seen(server, f"{page}?next=/settings%3Fset%3Dpassword", alice.key) == (303, "/settings?set=password")


@pytest.mark.parametrize("page", ["/", "/forgot", "/link", "/outbox"])
def test_pages_for_everybody_are_shown_to_everybody(server, alice, page):
    assert seen(server, page)[0] == 200
    assert seen(server, page, alice.key)[0] == 200


def test_no_guarded_content_is_in_a_page_as_it_is_built(server, alice):
    for path in ("/settings/index.html", "/settings.html", "//settings", "/settings//", "/index.html"):
        answer = ask(server, "GET", path)
        assert "First name" not in answer.text
        assert "New password" not in answer.text
        assert alice.email not in ask(server, "GET", path, cookie=alice.key).text


def test_another_name_of_this_server_leads_to_the_one_in_the_settings(server):
    for host in ("127.0.0.1:1", "evil.example", "localhost"):
        assert seen(server, "/login?next=/settings", headers={"Host": host}) == (
            303,
            f"{server.url}/login?next=/settings&authapp-host=1",
        )
        assert seen(server, "/", headers={"Host": host}) == (303, f"{server.url}/?authapp-host=1")


def test_a_request_of_a_page_under_another_name_is_not_led_away(server):
    assert seen(server, "/", headers={"Host": f"127.0.0.1:{server.port}", "Sec-Fetch-Dest": "empty"})[0] == 200


def test_pages_that_need_nobody_are_given_while_a_cookie_is_wrong(server):
    assert seen(server, "/", "nonsense")[0] == 200
    assert seen(server, "/login", "nonsense")[0] == 200
