"""The callback of a provider at odd times: after a finished login, and with an error that names no login attempt."""

from collections.abc import Iterator
from urllib.parse import urlencode
from uuid import uuid4

import pytest

from tests.kit.apps import COOKIES, share_database
from tests.kit.processes.servers import Server, running
from tests.kit.providers.browser import CALLBACK, Browser, code_of
from tests.kit.providers.issuer import Issuer
from tests.kit.providers.oidc import origins
from tests.kit.web.http import cookies, key_in, log_out, logged_in_as

FLOW = "authapp-foreign"


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    with Issuer() as running:
        yield running


@pytest.fixture(scope="module")
def started(tmp_path_factory, issuer: Issuer) -> Iterator[Server]:
    entries = origins(issuer.origin(), issuer.origin("posts", "Posts", response_mode="form_post"))
    with running(tmp_path_factory.mktemp("returns"), **COOKIES, AUTHAPP_PROVIDERS=entries) as server:
        yield server


@pytest.fixture
def server(started: Server, configure) -> Server:
    return share_database(started, configure)


@pytest.fixture(autouse=True)
def somebody(issuer: Issuer) -> str:
    """Let a new user answer at the provider."""
    issuer.sub = f"ann-{uuid4().hex[:8]}"
    issuer.forgets_state = False
    return issuer.sub


def callback(fields: dict[str, str]) -> str:
    return f"{CALLBACK}?{urlencode(fields)}"


# --- back after a finished login ----------------------------------------------------------------------------------


def test_the_same_callback_again_leads_where_the_login_led(server, issuer):
    browser = Browser(server)
    url = callback(issuer.agree(browser.begin(next="/settings?tab=2")))
    browser.goes_on(url)

    again = browser.goes_on(url)

    assert (again.status_code, again.headers["location"]) == (303, "/settings?tab=2")
    assert cookies(again) == []


def test_a_new_answer_for_the_same_state_is_not_asked_about(server, issuer):
    """Going back to the page of the provider and logging in there again gives a new code with the old state."""
    browser = Browser(server)
    url = browser.begin(next="/settings")
    browser.goes_on(callback(issuer.agree(url)))
    asked = len(issuer.asked)

    for fields in (issuer.agree(url), issuer.refuse(url)):
        assert browser.goes_on(callback(fields)).headers["location"] == "/settings"
    assert len(issuer.asked) == asked


def test_a_posted_answer_again_leads_on_too(server, issuer):
    browser = Browser(server)
    path = CALLBACK.replace("/odd/", "/posts/")
    fields = issuer.agree(browser.begin("posts", next="/settings"))

    for _ in range(2):
        posted = browser.posts(issuer, fields, path)
        assert browser.goes_on(posted.headers["location"]).headers["location"] == "/settings"


def test_a_waiting_login_leads_back_to_its_page(server, issuer, somebody):
    issuer.people[somebody] = {"email": f"{somebody}@example.com", "email_verified": False}
    browser = Browser(server)
    url = callback(issuer.agree(browser.begin(next="/settings")))
    first = browser.goes_on(url).headers["location"]
    assert first.startswith("/waiting")

    assert browser.goes_on(url).headers["location"] == first


def test_a_user_who_logged_out_since_is_not_let_in_again(server, issuer):
    browser = Browser(server)
    url = callback(issuer.agree(browser.begin(next="/settings")))
    browser.goes_on(url)
    log_out(server, browser.jar.pop("authapp"))

    again = browser.goes_on(url)

    assert code_of(again) == "FlowNotFoundOrExpired"
    assert cookies(again) == []


def test_another_browser_or_another_state_is_refused_as_before(server, issuer):
    browser, other = Browser(server), Browser(server)
    url = callback(issuer.agree(browser.begin(next="/settings")))
    browser.goes_on(url)
    other.goes_on(callback(issuer.agree(other.begin(next="/"))))

    assert code_of(other.goes_on(url)) == "FlowNotFoundOrExpired"
    assert code_of(browser.goes_on(callback(issuer.agree(Browser(server).begin())))) == "FlowNotFoundOrExpired"


def test_a_later_login_attempt_is_not_confused_with_the_finished_one(server, issuer):
    browser = Browser(server)
    browser.goes_on(callback(issuer.agree(browser.begin(next="/settings"))))
    issuer.sub = "another"

    answer = browser.goes_on(callback(issuer.agree(browser.begin(next="/"))))

    assert answer.headers["location"] == "/"
    assert logged_in_as(server, key_in(answer))


@pytest.mark.parametrize("value", ["x", "AAAA", ""])
def test_a_made_up_return_leads_nowhere(server, issuer, value):
    browser = Browser(server)
    url = callback(issuer.agree(browser.begin()))
    browser.jar["authapp-foreign-return"] = value

    assert key_in(browser.goes_on(url))


# --- errors without a state ---------------------------------------------------------------------------------------


def test_an_error_without_a_state_says_that_the_login_was_cancelled(server, issuer):
    issuer.forgets_state = True
    browser = Browser(server)
    url = browser.begin(next="/settings")

    answer = browser.goes_on(callback(issuer.refuse(url)))

    assert code_of(answer) == "LoginCancelled"
    assert answer.headers["location"] == "/login?refused=LoginCancelled&origin=odd&next=%2Fsettings"


def test_an_error_without_a_state_ends_no_login_because_anybody_can_send_it(server, issuer):
    browser = Browser(server)
    url = browser.begin(next="/settings")

    assert code_of(browser.goes_on(f"{CALLBACK}?error=%3Cb%3Ecall+0900")) == "LoginCancelled"
    assert FLOW in browser.jar

    assert browser.goes_on(callback(issuer.agree(url))).headers["location"] == "/settings"


@pytest.mark.parametrize("query", ["error=access_denied", "error=", "error=x&error_description=%3Cb%3Ecall+0900"])
def test_an_error_in_a_browser_that_began_nothing_is_shown_too(server, query):
    for path, location in (
        (CALLBACK, "/login?refused=LoginCancelled&origin=odd"),
        (CALLBACK.replace("/odd/", "/none/"), "/login?refused=LoginCancelled"),
    ):
        answer = Browser(server).goes_on(f"{path}?{query}")
        assert answer.headers["location"] == location


def test_an_error_with_a_foreign_state_is_refused_as_before(server, issuer):
    browser = Browser(server)
    browser.begin()

    assert code_of(browser.goes_on(f"{CALLBACK}?error=access_denied&state=x")) == "FlowNotFoundOrExpired"
