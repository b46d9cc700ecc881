"""The cookie that remembers which users logged in with a browser before."""

import re

from tests.kit.messages import mails_to
from tests.kit.web.http import challenged, cookies, post

STRANGE = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0"}


def told(person):
    return [mail for mail in mails_to(person.email) if "New login" in mail.subject]


def log_in(server, person, **headers):
    return post(server, "/login", challenged(server, person.email)[1], headers={**STRANGE, **headers})


def test_it_is_kept_for_a_year_and_holds_nothing_that_can_be_read(server, alice):
    (cookie,) = cookies(log_in(server, alice), "authapp-device")

    assert re.fullmatch(r"authapp-device=[\w-]+; HttpOnly; Max-Age=31536000; Path=/; SameSite=lax", cookie)
    assert alice.user_id.hex not in cookie


def test_a_browser_that_has_it_is_no_news_and_one_without_it_is(server, alice):
    answer = log_in(server, alice)
    assert len(told(alice)) == 1
    (cookie,) = cookies(answer, "authapp-device")

    log_in(server, alice, Cookie=cookie.partition(";")[0], **{"User-Agent": "something else"})
    assert len(told(alice)) == 1
    log_in(server, alice, **{"User-Agent": "Mozilla/5.0 (Macintosh) Version/17 Safari/605"})
    assert len(told(alice)) == 2


def test_another_users_device_cookie_does_not_count(server, alice, bob):
    (cookie,) = cookies(log_in(server, bob), "authapp-device")

    log_in(server, alice, Cookie=cookie.partition(";")[0])
    assert len(told(alice)) == 1
