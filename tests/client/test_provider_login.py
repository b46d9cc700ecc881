"""Social login from a program: it shows the app the ID token of a real provider."""

import uuid
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from authapp.client import AuthNeeded, LoginOk, LoginWait
from authapp.core.base.errors import ChallengeNotFoundOrExpired, Refusal
from tests.kit.apps import share_database
from tests.kit.processes.servers import Server, running
from tests.kit.providers.oidc import OTHER, OTHER_SECRET, Provider, origins, providing


@pytest.fixture(scope="module")
def work() -> Iterator[Provider]:
    with providing("http://127.0.0.1:1/a-phone", in_token=True) as provider:
        yield provider


@pytest.fixture(scope="module")
def linked(work: Provider, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Server]]:
    """Run the app with both kinds of token, and with the provider registered."""
    told = {"AUTHAPP_PROVIDERS": origins(work.origin())}
    with ExitStack() as stack:
        yield {
            kind: stack.enter_context(running(tmp_path_factory.mktemp(kind), AUTHAPP_TOKEN_KIND=kind, **told))
            for kind in ("header", "cookie")
        }


@pytest.fixture(params=["header", "cookie"])
def server(request, linked, configure) -> Server:
    return share_database(linked[request.param], configure)


@pytest.fixture
def ann(work: Provider) -> str:
    """Return a user of the provider with a verified email address."""
    sub = f"ann-{uuid.uuid4().hex[:8]}"
    work.knows(sub, email=f"{sub}@example.com", email_verified=True, given_name="Ann", family_name="Onymous")
    return sub


def test_the_first_time_registers_and_the_session_is_the_clients(server, make, work, ann):
    client = make(server)

    first = client.login_with_provider("work", work.id_token(ann))
    other = make(server)
    asked = other.connect()
    second = other.login_with_provider("work", work.id_token(ann, asked.challenge), asked.challenge_id, keep=True)

    assert isinstance(first, LoginOk)
    assert first.user_id == second.user_id
    assert client.connect().user_id == first.user_id
    client.logout()
    assert isinstance(client.connect(), AuthNeeded)


def test_a_token_that_carries_the_nonce_of_a_challenge_is_good_once(server, make, work, ann):
    client = make(server)
    asked = client.connect()
    token = work.id_token(ann, nonce=asked.challenge)

    assert isinstance(client.login_with_provider("work", token, asked.challenge_id), LoginOk)

    thief = make(server)
    with pytest.raises(ChallengeNotFoundOrExpired):
        thief.login_with_provider("work", token, asked.challenge_id)
    assert thief.token == ""


def test_a_token_that_the_server_rejects_raises_a_refusal(server, make, work, ann):
    client = make(server)
    asked = client.connect()
    strange = [("nowhere", "x"), ("work", "x"), ("work", work.id_token(ann, client=OTHER, secret=OTHER_SECRET))]

    for origin, token in strange:
        with pytest.raises(Refusal) as heard:
            client.login_with_provider(origin, token)
        assert heard.value.code != "Refused"
        assert token == "x" or token not in repr(vars(heard.value))
    with pytest.raises(Refusal):
        client.login_with_provider("work", work.id_token(ann, nonce="another"), asked.challenge_id)
    with pytest.raises(Refusal):
        client.login_with_provider("work", work.id_token(ann, nonce="another"))
    assert client.token == ""


def test_a_user_with_an_unverified_email_waits(server, make, work):
    sub = f"bo-{uuid.uuid4().hex[:8]}"
    work.knows(sub, email=f"{sub}@example.com", email_verified=False)

    blocked_by = make(server).login_with_provider("work", work.id_token(sub))

    assert isinstance(blocked_by, LoginWait)
    assert blocked_by.reason == "email"
