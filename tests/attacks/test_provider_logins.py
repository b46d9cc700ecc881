"""Attacks on social login: nobody enters another account, or gets a victim into theirs, by data in a browser."""

from collections.abc import Iterator
from urllib.parse import parse_qs, quote, unquote, urlsplit
from uuid import uuid4

import httpx
import pytest

from authapp.core.account import identities
from authapp.core.sessions import sessions
from tests.kit.apps import COOKIES, share_database
from tests.kit.processes.servers import Server, free_port, running
from tests.kit.providers.oidc import Provider, callback, flow_of, origins, providing
from tests.kit.rules import do
from tests.kit.tables import change
from tests.kit.web.http import API, EVIL, ask, cookies, key_in, logged_in_as, post, stays

FLOW = "authapp-foreign"


@pytest.fixture(scope="module")
def port() -> int:
    return free_port()


@pytest.fixture(scope="module")
def work(port: int) -> Iterator[Provider]:
    with providing(callback(f"http://localhost:{port}")) as provider:
        yield provider


@pytest.fixture(scope="module")
def play(port: int) -> Iterator[Provider]:
    """Run another provider, which the attacker may well own."""
    with providing(callback(f"http://localhost:{port}", "play")) as provider:
        yield provider


@pytest.fixture(scope="module")
def attacked_here(tmp_path_factory, port: int, work: Provider, play: Provider) -> Iterator[Server]:
    entries = origins(work.origin(), play.origin("play", "Play"))
    with running(tmp_path_factory.mktemp("foreign"), port=port, **COOKIES, AUTHAPP_PROVIDERS=entries) as started:
        yield started


@pytest.fixture
def server(attacked_here: Server, configure) -> Server:
    return share_database(attacked_here, configure)


class Browser:
    """A browser, with or without a session, as far as a social login needs it."""

    def __init__(self, server: Server, key: str = "") -> None:
        self.server, self.key, self.flow = server, key, ""

    def begin(self, name: str = "work", **body: object) -> str:
        answer = post(self.server, f"/foreign/{name}", body, cookie=self.key)
        assert answer.status_code == 200, answer.text
        self.flow = key_in(answer, FLOW)
        return str(answer.json()["url"])

    def comes(self, url: str) -> httpx.Response:
        parts = urlsplit(url)
        jar = "; ".join(f"{name}={value}" for name, value in (("authapp", self.key), (FLOW, self.flow)) if value)
        return ask(self.server, "GET", f"{parts.path}?{parts.query}", headers={"Cookie": jar} if jar else {}, origin="")

    def comes_in(self, provider: Provider, sub: str, name: str = "work", **body: object) -> httpx.Response:
        return self.comes(provider.code(sub, self.begin(name, **body)))


def somebody() -> str:
    return f"somebody-{uuid4().hex[:8]}"


def code_of(answer: httpx.Response) -> str:
    """Return the reason with which a user was sent back to one of our pages."""
    assert answer.status_code == 303
    return parse_qs(urlsplit(answer.headers["location"]).query).get("refused", [""])[0]


def nobody_is_in(answer: httpx.Response) -> bool:
    return cookies(answer) == []


def linked(user_id) -> list[str]:
    return [one.subject for one in do(identities.listed, user_id)]


def test_the_way_there_and_back(server, work):
    sub = somebody()
    work.knows(sub, given_name="Some", family_name="Body")

    answer = Browser(server).comes_in(work, sub, next="/settings")

    assert (answer.status_code, answer.headers["location"]) == (303, "/settings")
    assert logged_in_as(server, key_in(answer)) == "Some Body"
    (cookie,) = cookies(answer, FLOW)
    assert "Max-Age=0" in cookie


def test_state_nonce_and_challenge_are_new_each_time_and_hide_the_pkce_verifier(server, work):
    browser = Browser(server)

    one, other = flow_of(browser.begin()), flow_of(browser.begin())

    assert (one["response_type"], one["code_challenge_method"]) == ("code", "S256")
    assert one["redirect_uri"] == callback(server.url)
    assert set(one["scope"].split()) == {"openid", "email", "profile"}
    assert not {one[name] for name in ("state", "nonce", "code_challenge")} & {
        other[name] for name in ("state", "nonce", "code_challenge")
    }


def test_the_cookie_of_a_flow_is_sealed_and_for_the_browser_alone(server):
    answer = post(server, "/foreign/work", {"next": "/somewhere-special"})

    (cookie,) = cookies(answer, FLOW)
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Max-Age=600" in cookie
    state = flow_of(answer.json()["url"])["state"]
    assert state not in cookie
    assert "somewhere" not in cookie


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://localhost:1"])
@pytest.mark.parametrize("mode", ["login", "link", "prove"])
def test_a_foreign_site_begins_nothing(server, alice, origin, mode):
    answer = post(server, "/foreign/work", {"mode": mode}, cookie=alice.key, origin=origin)

    assert answer.status_code == 403
    assert cookies(answer, FLOW) == []


def test_linking_cannot_be_begun_by_a_link(server, alice):
    for path in ("/foreign/work", "/foreign/work?mode=link"):
        assert ask(server, "GET", API + path, cookie=alice.key).status_code == 405


def test_an_answer_without_a_flow_is_refused(server, work):
    url = work.code(somebody(), Browser(server).begin())

    answer = Browser(server).comes(url)

    assert code_of(answer) == "FlowNotFoundOrExpired"
    assert nobody_is_in(answer)


def test_the_answer_to_another_browsers_flow_is_refused(server, work):
    """Login CSRF: the attacker's own code, in the victim's browser."""
    attacker, victim = Browser(server), Browser(server)
    url = work.code("attacker", attacker.begin())
    victim.begin()

    answer = victim.comes(url)

    assert code_of(answer) == "FlowNotFoundOrExpired"
    assert nobody_is_in(answer)
    assert cookies(answer, FLOW) == [], "what the victim began goes on"


@pytest.mark.parametrize("state", ["", "x", "%00", "A" * 43, "%C3%A9"])
def test_a_forged_state_is_refused(server, work, state):
    browser = Browser(server)
    url = work.code(somebody(), browser.begin())
    (right,) = parse_qs(urlsplit(url).query)["state"]

    for wrong in (url.replace(right, state), url.replace(f"state={right}", ""), f"{url}&state={state}"):
        answer = browser.comes(wrong)
        assert code_of(answer) == "FlowNotFoundOrExpired", wrong
        assert nobody_is_in(answer)


def test_an_answer_is_good_once(server, work):
    browser = Browser(server)
    url = work.code(somebody(), browser.begin())
    assert key_in(browser.comes(url))

    answer = browser.comes(url)

    assert code_of(answer) == "FlowNotFoundOrExpired"
    assert nobody_is_in(answer)


def test_a_flow_is_spent_also_by_an_answer_that_was_refused(server, work):
    browser = Browser(server)
    url = work.code(somebody(), browser.begin())
    (code,) = parse_qs(urlsplit(url).query)["code"]
    assert code_of(browser.comes(url.replace(quote(code), "made-up"))) == "unverified"

    assert code_of(browser.comes(url)) == "FlowNotFoundOrExpired"


@pytest.mark.parametrize("wrong", ["", "x", "AAAA", "x" * 3000, "%00"])
def test_a_made_up_flow_is_refused(server, wrong):
    browser = Browser(server)
    browser.flow = wrong

    assert code_of(browser.comes(f"{API}/foreign/work/callback?code=c&state=s")) == "FlowNotFoundOrExpired"


def test_the_code_of_another_flow_is_refused(server, work):
    """Code injection: a stolen code in the attacker's own flow. PKCE and the nonce bind a code to its browser."""
    victim, attacker = Browser(server), Browser(server)
    stolen = parse_qs(urlsplit(work.code(somebody(), victim.begin())).query)["code"][0]
    own = work.code("attacker", attacker.begin())
    code = parse_qs(urlsplit(own).query)["code"][0]

    answer = attacker.comes(own.replace(quote(code), quote(stolen)))

    assert code_of(answer) == "unverified"
    assert nobody_is_in(answer)


def test_the_answer_of_one_origin_is_not_taken_for_that_of_another(server, work, play):
    """Mix-up, RFC 9207: our server must not send a code of the provider `work` to the provider `play`."""
    browser = Browser(server)
    browser.begin("play")
    state = flow_of(browser.begin("play"))["state"]
    stolen = work.code(somebody(), Browser(server).begin())
    code = parse_qs(urlsplit(stolen).query)["code"][0]
    place = f"{API}/foreign/play/callback?code={quote(code)}&state={state}"

    assert code_of(browser.comes(f"{place}&iss={quote(work.url)}")) == "unverified"


def test_an_answer_that_does_not_say_whose_it_is_is_refused(server, work):
    browser = Browser(server)
    url = work.code(somebody(), browser.begin())

    assert code_of(browser.comes(url.partition("&iss=")[0])) == "unverified"


def test_the_flow_of_one_origin_does_not_end_at_another(server, work):
    browser = Browser(server)
    url = work.code(somebody(), browser.begin())

    assert code_of(browser.comes(url.replace("work/", "play/", 1))) == "FlowNotFoundOrExpired"


def test_the_same_subject_at_another_origin_is_another_person(server, work, play):
    sub = somebody()
    for provider in (work, play):
        provider.knows(sub, email=f"{sub}@example.com", email_verified=True)
    key = key_in(Browser(server).comes_in(work, sub))

    answer = Browser(server).comes_in(play, sub, "play")

    assert logged_in_as(server, key) == f"{sub}@example.com"
    assert code_of(answer) == "LinkNeeded"
    assert nobody_is_in(answer)


def test_linking_ends_in_the_session_that_began_it(server, work, alice, bob):
    """Linking CSRF: the attacker's identity must not get into the victim's account."""
    attacker = Browser(server, bob.key)
    url = work.code("attacker", attacker.begin(mode="link"))
    victim = Browser(server, alice.key)
    assert code_of(victim.comes(url)) == "FlowNotFoundOrExpired"

    victim.flow = attacker.flow  # even with the attacker's own cookie
    assert code_of(victim.comes(url)) == "SessionExpired"

    assert linked(alice.user_id) == linked(bob.user_id) == []


def test_an_attempt_to_log_in_links_nothing_and_an_attempt_to_link_logs_nobody_in(server, work, alice):
    sub = somebody()
    browser = Browser(server, alice.key)
    url = work.code(sub, browser.begin(mode="link"))
    browser.key = ""

    answer = browser.comes(url)

    assert code_of(answer) == "SessionExpired"
    assert nobody_is_in(answer)


def test_linking_and_proving_need_a_logged_in_user(server):
    for mode in ("link", "prove"):
        assert post(server, "/foreign/work", {"mode": mode}).status_code == 440


def test_linking_needs_a_fresh_proof(server, work, alice):
    change(server, "UPDATE auth_session SET proved_at = '2020-01-01 00:00:00' WHERE id = ?", alice.me.session_id)

    assert post(server, "/foreign/work", {"mode": "link"}, cookie=alice.key).json()["error"] == "StepUpNeeded"


def test_an_identity_that_is_not_linked_proves_nothing(server, work, alice):
    answer = Browser(server, alice.key).comes_in(work, somebody(), mode="prove")

    assert code_of(answer) == "WrongIdentity"


def test_a_step_up_without_auth_time_proves_nothing(server, work):
    """An attacker at an unlocked browser changes the URL, so that the provider does not ask for the password."""
    sub = somebody()
    work.knows(sub, given_name="Some", family_name="Body")
    browser = Browser(server)
    browser.key = key_in(browser.comes_in(work, sub))
    session_id = do(sessions.resume, browser.key).session_id
    change(server, "UPDATE auth_session SET proved_at = '2020-01-01 00:00:00' WHERE id = ?", session_id)
    url = httpx.URL(browser.begin(mode="prove"))
    url = url.copy_remove_param("max_age").copy_remove_param("prompt")

    answer = browser.comes(work.code(sub, str(url)))

    assert code_of(answer) == "unverified"
    assert post(server, "/foreign/work", {"mode": "link"}, cookie=browser.key).json().get("error") == "StepUpNeeded"


def test_a_proof_is_asked_for_anew(server, alice):
    asked = flow_of(Browser(server, alice.key).begin(mode="prove"))

    assert (asked["prompt"], asked["max_age"]) == ("login", "0")


def test_a_proof_gives_the_browser_a_new_key_and_a_lost_answer_is_repeated(server, work, alice):
    sub = somebody()
    Browser(server, alice.key).comes_in(work, sub, mode="link")
    browser = Browser(server, alice.key)
    back = work.code(sub, browser.begin(mode="prove"))

    new = key_in(browser.comes(back))

    assert (logged_in_as(server, new), logged_in_as(server, alice.key)) == (alice.email, "")
    assert key_in(browser.comes(back)) == new
    thief = Browser(server, alice.key)  # has the key, but not the cookie of the flow
    assert nobody_is_in(thief.comes(back))
    assert logged_in_as(server, new) == alice.email


@pytest.mark.parametrize("evil", [*EVIL, "", "/" + "x" * 1990], ids=ascii)
def test_the_callback_redirects_only_to_our_own_pages(server, evil):
    browser = Browser(server)
    url = urlsplit(browser.begin(next=evil))
    state = flow_of(url.geturl())["state"]

    answer = browser.comes(f"{API}/foreign/work/callback?error=access_denied&state={state}")

    assert answer.status_code == 303
    assert stays(answer.headers["location"], server)


@pytest.mark.parametrize("long", ["/" + "x" * 1990, "/" + "\U0001f511" * 990])
def test_a_next_that_is_too_long_for_a_cookie_leads_home(server, work, long):
    browser = Browser(server)
    answer = browser.comes_in(work, somebody(), next=long)

    assert answer.headers["location"] == "/"
    assert len(browser.flow) < 3800


def test_a_next_may_be_long_and_of_any_script(server, work):
    path = "/settings?a=" + "ж" * 700
    answer = Browser(server).comes_in(work, somebody(), next=path)

    assert unquote(answer.headers["location"]) == path


def test_a_next_that_leads_away_leads_home(server, work):
    answer = Browser(server).comes_in(work, somebody(), next="https://evil.example")

    assert answer.headers["location"] == "/"


@pytest.mark.parametrize("name", ["none", "..", "%2e%2e", "work%2F..", "x" * 500, "%00", "é"])
def test_an_origin_that_nobody_registered_is_refused(server, name):
    answer = post(server, f"/foreign/{name}", {})

    assert answer.status_code in (400, 404, 405)


@pytest.mark.parametrize("body", [{"mode": "steal"}, {"mode": 7}, {"next": 7}, {"keep": "yes"}, {"more": 1}, [], None])
def test_a_body_of_another_form_is_refused(server, body):
    answer = ask(server, "POST", f"{API}/foreign/work", json=body)

    assert (answer.status_code, answer.json()["error"]) == (422, "BadInput")


def test_the_error_text_of_a_provider_is_not_shown(server, work):
    browser = Browser(server)
    state = flow_of(browser.begin())["state"]
    said = "error=%3Cscript%3E&error_description=call%200900&error_uri=https://evil.example"

    answer = browser.comes(f"{API}/foreign/work/callback?{said}&state={state}&iss={quote(work.url)}")

    assert code_of(answer) == "LoginCancelled"
    assert answer.headers["location"] == "/login?refused=LoginCancelled&origin=work"


def test_no_secret_of_a_flow_is_logged(server, work, attacked_here):
    browser = Browser(server)
    url = browser.begin()
    back = work.code(somebody(), url)
    code = parse_qs(urlsplit(back).query)["code"][0]
    key = key_in(browser.comes(back))
    browser.comes(back)

    logged = attacked_here.logged()
    asked = flow_of(url)
    for secret in (asked["state"], asked["nonce"], browser.flow, code, key, "a secret of the tests"):
        assert secret not in logged
