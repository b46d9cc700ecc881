"""`POST /login` accepts an ID token of an identity provider, here of a real one."""

from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest

from authapp.api.provider_login import _refused
from authapp.core.base import paths
from authapp.core.base.errors import Refusal
from tests.kit.apps import COOKIES, share_database
from tests.kit.processes.servers import Server, running
from tests.kit.providers.oidc import OTHER, OTHER_SECRET, Provider, origins, providing
from tests.kit.users import newcomer
from tests.kit.web.http import API, ask, from_new_ip, key_in, logged_in_as, post


@pytest.fixture(scope="module")
def work() -> Iterator[Provider]:
    with providing("http://localhost:9/callback", in_token=True) as provider:
        yield provider


@pytest.fixture(scope="module")
def foreign(tmp_path_factory, work: Provider) -> Iterator[Server]:
    gone = {"name": "gone", "label": "Gone", "issuer": "http://127.0.0.1:9", "client_id": "ours"}
    entries = origins(work.origin(), gone)
    with running(tmp_path_factory.mktemp("foreign"), **COOKIES, AUTHAPP_PROVIDERS=entries) as started:
        yield started


@pytest.fixture(scope="module")
def closed(tmp_path_factory, work: Provider) -> Iterator[Server]:
    entries = origins(work.origin())
    more = {"AUTHAPP_PROVIDERS": entries, "AUTHAPP_SIGN_UP": "closed"}  # with the key in a header
    with running(tmp_path_factory.mktemp("closed"), **more) as started:
        yield started


@pytest.fixture
def server(foreign: Server, configure) -> Server:
    return share_database(foreign, configure)


@pytest.fixture
def ann(work: Provider) -> str:
    sub = f"ann-{uuid4().hex[:8]}"
    work.knows(sub, email=f"{sub}@example.com", email_verified=True, given_name="Ann", family_name="Onymous")
    return sub


def log_in(server: Server, token: object, name: str = "work", **more: object):
    return post(server, "/login", {"auth_origin": name, "token": token, **more})


def no(answer, error: str, status: int) -> None:
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert answer.headers.get_list("set-cookie") == []


def test_the_first_time_registers_and_the_second_time_logs_in(server, work, ann):
    first = log_in(server, work.id_token(ann))
    asked = ask(server, "GET", f"{API}/connect").json()  # its nonce keeps two tokens of one second apart
    second = log_in(server, work.id_token(ann, asked["challenge"]), challenge_id=asked["challenge_id"])

    assert first.status_code == second.status_code == 200
    assert first.json()["login"] == f"{ann}@example.com" == logged_in_as(server, key_in(first))
    assert first.json()["user_id"] == second.json()["user_id"]
    assert first.json()["user_info"] == {"first_name": "Ann", "last_name": "Onymous"}


def test_a_token_is_good_once(server, work, ann):
    token = work.id_token(ann)
    log_in(server, token)

    no(log_in(server, token), "unverified", 400)


def test_a_token_can_be_made_for_a_challenge(server, work, ann):
    asked = ask(server, "GET", f"{API}/connect").json()
    token = work.id_token(ann, nonce=asked["challenge"])

    assert log_in(server, token, challenge_id=asked["challenge_id"]).status_code == 200


def test_a_token_for_another_challenge_or_a_challenge_that_was_used_is_refused(server, work, ann):
    one, other = (ask(server, "GET", f"{API}/connect").json() for _ in range(2))
    no(log_in(server, work.id_token(ann, one["challenge"]), challenge_id=other["challenge_id"]), "unverified", 400)

    again = log_in(server, work.id_token(ann, other["challenge"]), challenge_id=other["challenge_id"])
    assert again.json()["error"] == "ChallengeNotFoundOrExpired"


def test_a_token_that_was_made_for_a_challenge_is_refused_without_it(server, work, ann):
    asked = ask(server, "GET", f"{API}/connect").json()
    token = work.id_token(ann, asked["challenge"])

    no(log_in(server, token), "unverified", 400)
    no(log_in(server, token, challenge_id=""), "unverified", 400)

    assert log_in(server, token, challenge_id=asked["challenge_id"]).status_code == 200


def test_a_token_for_another_client_is_refused(server, work, ann):
    no(log_in(server, work.id_token(ann, client=OTHER, secret=OTHER_SECRET)), "unverified", 400)


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "e30.e30.e30", "\x00", "é" * 100, "x" * 15_000])
def test_a_malformed_token_is_refused(server, token):
    no(log_in(server, token), "unverified", 400)


def test_a_token_that_was_cut_is_refused(server, work, ann):
    no(log_in(server, work.id_token(ann)[:-20]), "unverified", 400)


@pytest.mark.parametrize("name", ["evil", "", "Work", "../work", "google"])
def test_an_origin_that_nobody_registered_is_refused(server, work, ann, name):
    no(log_in(server, work.id_token(ann), name), "unverified", 400)


def test_an_origin_that_is_away_is_said(server, work, ann):
    answer = log_in(server, work.id_token(ann), "gone")

    no(answer, "ProviderUnavailable", 503)
    assert answer.headers["retry-after"]


def test_an_address_with_an_account_has_to_be_linked_by_its_owner(server, work):
    alice = newcomer("Alice")
    work.knows("alice elsewhere", email=alice.email, email_verified=True)

    no(log_in(server, work.id_token("alice elsewhere")), "LinkNeeded", 409)


def test_an_address_that_is_not_verified_waits(server, work):
    sub = f"new-{uuid4().hex[:8]}"
    work.knows(sub, email=f"{sub}@example.com", email_verified=False)

    answer = log_in(server, work.id_token(sub))

    assert answer.status_code == 200
    assert answer.json()["reason"] == "email"
    assert set(answer.json()) == {"user_id", "reason"}


def test_where_sign_up_is_closed_nobody_new_gets_in(closed, work, ann):
    no(log_in(closed, work.id_token(ann)), "UserNotRegistered", 400)


@pytest.mark.parametrize("body", [{"token": "x"}, {"auth_origin": "work"}, {"auth_origin": 7, "token": "x"}])
def test_a_body_of_another_form_is_refused(server, body):
    assert post(server, "/login", body, headers=from_new_ip()).status_code == 422


def test_a_refusal_of_the_product_is_shown_on_the_page_after_social_login(configure):
    configure(AUTHAPP_PROVIDERS=None)

    answer = _refused(Refusal("Please come back at daytime."), "google", None, None)

    query = parse_qs(urlsplit(answer.headers["location"]).query)
    assert "daytime" not in answer.headers["location"]
    assert paths.reason_in_words(query["refused"][0], "") == "Please come back at daytime."
