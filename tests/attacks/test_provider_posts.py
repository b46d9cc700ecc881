"""Attacks on answers that a provider posts: a post, which comes without cookies, must not log anybody in."""

from collections.abc import Iterator
from urllib.parse import urlencode, urlsplit

import pytest
from joserfc.jwk import ECKey

from tests.kit.apps import COOKIES, share_database
from tests.kit.processes.servers import Server, running
from tests.kit.providers.browser import CALLBACK, Browser, code_of
from tests.kit.providers.issuer import Issuer, credentials
from tests.kit.providers.oidc import flow_of, origins
from tests.kit.tables import rows
from tests.kit.web.http import API, cookies, key_in, logged_in_as, post

FLOW, ANSWER = "authapp-foreign", "authapp-foreign-answer"
PEM = ECKey.generate_key("P-256").as_pem(private=True).decode()
SIGNED = {"team_id": "TEAM", "key_id": "KEY1", "private_key": PEM}


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    with Issuer() as running:
        running.about["token_endpoint_auth_methods_supported"] = ["client_secret_post"]
        yield running


@pytest.fixture(scope="module")
def attacked_here(tmp_path_factory, issuer: Issuer) -> Iterator[Server]:
    entry = {name: value for name, value in issuer.origin(**SIGNED).items() if name != "client_secret"}
    entries = origins(entry | {"response_mode": "form_post"}, issuer.origin("plain", "Plain"))
    with running(tmp_path_factory.mktemp("posts"), **COOKIES, AUTHAPP_PROVIDERS=entries) as started:
        yield started


@pytest.fixture
def server(attacked_here: Server, configure) -> Server:
    return share_database(attacked_here, configure)


def test_a_posted_answer_logs_in_the_browser_that_began(server, issuer):
    browser = Browser(server)
    fields = issuer.agree(browser.begin(next="/settings"))
    posted = browser.posts(issuer, fields)
    assert (posted.status_code, cookies(posted)) == (303, []), "the post itself logs nobody in"

    answer = browser.goes_on(posted.headers["location"])

    assert (answer.status_code, answer.headers["location"]) == (303, "/settings")
    assert logged_in_as(server, key_in(answer))
    assert not {FLOW, ANSWER} & browser.jar.keys(), "both are used up"


@pytest.mark.parametrize("origin", ["null", "https://appleid.apple.com", "", "https://evil.example"])
def test_the_origin_of_the_post_does_not_matter_because_it_acts_for_nobody(server, issuer, alice, origin):
    browser = Browser(server, alice.key)
    url = browser.begin()
    fields = issuer.agree(url)
    before = rows(server)

    # a browser that sends the cookies all the same, as one without SameSite would
    posted = browser.posts(
        issuer, fields, origin=origin, headers={"Cookie": "; ".join(map("=".join, browser.jar.items()))}
    )

    assert posted.headers["location"] == f"{server.url}{CALLBACK}"
    assert [header.partition("=")[0] for header in posted.headers.get_list("set-cookie")] == [f"{ANSWER}-{server.port}"]
    assert rows(server) == before
    assert logged_in_as(server, alice.key) == alice.email


def test_the_answer_is_in_no_url_and_in_no_log(server, issuer, attacked_here):
    browser = Browser(server)
    url = browser.begin()
    fields = issuer.agree(url)
    posted = browser.posts(issuer, fields)
    answer = browser.goes_on(posted.headers["location"])
    (cookie,) = cookies(posted, ANSWER)
    secret = credentials(issuer.asked[-1])[1]
    assert secret.count(".") == 2

    assert urlsplit(posted.headers["location"]).query == ""
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Max-Age=60" in cookie
    told = attacked_here.logged() + posted.headers["location"] + answer.headers["location"] + posted.text + cookie
    key = PEM.splitlines()[1]
    for hidden in (fields["code"], fields["state"], secret, secret.rpartition(".")[2], key, key_in(answer)):
        assert hidden not in told


def test_the_attackers_answer_in_the_browser_of_a_victim_is_refused(server, issuer):
    """Login CSRF: a hostile page posts the attacker's own code and state, with and without a flow of the victim."""
    forged = issuer.agree(Browser(server).begin())
    visitor, victim = Browser(server), Browser(server)
    url = victim.begin()

    for browser in (visitor, victim):
        answer = browser.comes(issuer, forged)
        assert code_of(answer) == "FlowNotFoundOrExpired"
        assert cookies(answer) == []
        assert ANSWER not in browser.jar

    assert key_in(victim.comes(issuer, issuer.agree(url))), "what the victim began goes on"


@pytest.mark.parametrize("state", ["", "x", "A" * 43, "é"])
def test_a_foreign_state_is_refused(server, issuer, state):
    browser = Browser(server)
    fields = issuer.agree(browser.begin())

    for wrong in (fields | {"state": state}, {"code": fields["code"]}):
        answer = browser.comes(issuer, wrong)
        assert code_of(answer) == "FlowNotFoundOrExpired"
        assert cookies(answer) == []


def test_a_replayed_post_is_refused(server, issuer):
    browser = Browser(server)
    fields = issuer.agree(browser.begin())
    flow_cookies = dict(browser.jar)
    assert key_in(browser.comes(issuer, fields))

    thief = Browser(server)
    assert code_of(thief.comes(issuer, fields)) == "FlowNotFoundOrExpired"
    thief.jar = flow_cookies  # even with the cookie of the flow
    answer = thief.comes(issuer, fields)
    assert code_of(answer) == "FlowNotFoundOrExpired"
    assert cookies(answer) == []


def test_a_post_without_the_cookies_of_the_browser_logs_nobody_in(server, issuer):
    fields = issuer.agree(Browser(server).begin())
    stranger = Browser(server)

    posted = stranger.posts(issuer, fields)
    answer = stranger.goes_on(posted.headers["location"])

    assert cookies(posted) == cookies(answer) == []
    assert code_of(answer) == "FlowNotFoundOrExpired"


def test_a_flow_that_was_begun_with_a_session_ends_with_it(server, issuer, alice, bob):
    """Linking CSRF: without Lax cookies the post has no session, so the redirect has to compare it."""
    issuer.sub = "attacker"
    attacker = Browser(server, bob.key)
    fields = issuer.agree(attacker.begin(mode="link"))
    victim = Browser(server, alice.key)
    victim.jar |= {FLOW: attacker.jar[FLOW]}

    assert code_of(victim.comes(issuer, fields)) == "SessionExpired"
    issuer.sub = "ann"


@pytest.mark.parametrize("path", [f"{API}/foreign/plain/callback", f"{API}/foreign/none/callback"])
def test_only_a_provider_that_posts_may_post(server, issuer, path):
    answer = Browser(server).posts(issuer, {"code": "c", "state": "s"}, path)

    assert (answer.status_code, answer.json()["error"]) == (404, "NotFound")
    assert answer.headers.get_list("set-cookie") == []


def test_an_answer_for_one_provider_is_not_taken_for_another(server, issuer):
    browser = Browser(server)
    browser.begin("odd")
    browser.posts(issuer, issuer.agree(browser.begin("plain")))

    assert code_of(browser.goes_on(f"{API}/foreign/plain/callback")) == "FlowNotFoundOrExpired"


@pytest.mark.parametrize("kind", ["application/json", "multipart/form-data; boundary=x", "text/plain", ""])
def test_a_body_of_another_form_is_no_answer(server, issuer, kind):
    browser = Browser(server)
    fields = issuer.agree(browser.begin())

    posted = browser.posts(issuer, fields, headers={"Content-Type": kind})

    assert ANSWER not in browser.jar
    assert code_of(browser.goes_on(posted.headers["location"])) == "FlowNotFoundOrExpired"


def test_a_repeated_or_endless_parameter_is_no_answer(server, issuer):
    browser = Browser(server)
    fields = urlencode(issuer.agree(browser.begin()))

    for body in (f"{fields}&code=other", f"{fields}&x=1&x=2", f"{fields}&user={'x' * 5000}", "&".join(["a=1"] * 90)):
        posted = browser.posts(issuer, body)
        assert ANSWER not in browser.jar
        assert code_of(browser.goes_on(posted.headers["location"])) == "FlowNotFoundOrExpired"
    assert browser.posts(issuer, "x" * 70_000).status_code in (413, 422)

    assert key_in(browser.comes(issuer, dict(flow_of(f"?{fields}")))), "what the browser began goes on"


def test_further_parameters_do_not_fill_the_cookie(server, issuer):
    browser = Browser(server)
    fields = issuer.agree(browser.begin())

    assert key_in(browser.comes(issuer, fields | {"id_token": "x" * 3000, "session_state": "y" * 500}))


@pytest.mark.parametrize("wrong", ["x", "AAAA", "x" * 3000])
def test_a_made_up_answer_cookie_is_refused(server, issuer, wrong):
    browser = Browser(server)
    browser.begin()
    browser.jar[ANSWER] = wrong

    assert code_of(browser.goes_on()) == "FlowNotFoundOrExpired"


def test_refusing_by_post_is_shown(server, issuer):
    browser = Browser(server)

    answer = browser.comes(issuer, issuer.refuse(browser.begin()))

    assert answer.headers["location"] == "/login?refused=LoginCancelled&origin=odd"
    assert FLOW not in browser.jar


def test_a_foreign_page_still_begins_nothing(server, issuer):
    answer = post(server, "/foreign/odd", {}, origin=issuer.url)

    assert (answer.status_code, answer.json()["error"]) == (403, "CrossOrigin")
