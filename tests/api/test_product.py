"""Settings of a product: facts for its clients, token verifiers, and the path of the API."""

import pytest
from scramp import ScramClient

from authapp.core.authentication import accounts
from tests.kit.apps import share_database
from tests.kit.messages import link_to
from tests.kit.processes.servers import running
from tests.kit.rules import do
from tests.kit.tables import rows
from tests.kit.users import HOME, PASSWORD, newcomer
from tests.kit.web.api import refusal_in
from tests.kit.web.http import ask


@pytest.fixture(scope="module")
def started(tmp_path_factory):
    with running(
        tmp_path_factory.mktemp("product"), app="tests.kit.products.links:app", AUTHAPP_RPC_PATH="/rpc"
    ) as server:
        yield server


@pytest.fixture
def server(started, configure):
    return share_database(started, configure)


def rpc(server, method, call, body=None, token=""):
    more = {} if body is None else {"json": body}
    return ask(server, method, f"/rpc{call}", headers={"X-Csrf-Token": token} if token else {}, **more)


def log_in(server, user):
    client = ScramClient(["SCRAM-SHA-256"], user, PASSWORD)
    nonce = client.get_client_first().partition(",r=")[2]
    asked = rpc(server, "POST", "/connect", {"user": user, "nonce": nonce}).json()
    client.set_server_first(asked["challenge"])
    reply = {"challenge_id": asked["challenge_id"], "challenge_reply": client.get_client_final()}
    return rpc(server, "POST", "/login", {"user": user, **reply})


def play(server, token):
    return rpc(server, "POST", "/login", {"auth_origin": "game", "token": token})


def test_clients_are_told_what_the_product_says(server):
    alice = newcomer("Alice")

    answer = rpc(server, "GET", "/connect", token=alice.key)

    assert answer.json()["user_info"] == {"greeting": "Hello Alice", "ways": 1}
    assert answer.json()["token"] == alice.key


def test_the_api_is_where_the_settings_say_and_nowhere_else(server):
    assert rpc(server, "GET", "/connect").status_code == 200
    assert ask(server, "GET", "/api/v1/connect").status_code == 404
    assert ask(server, "GET", "/api/openapi.json").json()["servers"] == [{"url": "/rpc"}]


def test_an_origin_of_the_product_registers_and_logs_in(server):
    first, second = play(server, "ann:of the game"), play(server, "ann:of the game")

    assert (first.status_code, second.status_code) == (200, 200)
    assert first.json()["user_id"] == second.json()["user_id"]
    assert first.json()["login"] == "ann"
    assert first.json()["user_info"] == {"greeting": "Hello Ann", "ways": 0}
    assert rpc(server, "GET", "/connect", token=second.json()["token"]).json()["login"] == "ann"
    assert play(server, "bob:of the game").json()["user_id"] != first.json()["user_id"]


@pytest.mark.parametrize("token", ["ann", "ann:", "ann:of another game", "", ":of the game"])
def test_a_token_that_the_verifier_rejects_is_refused(server, token):
    before = rows(server)

    assert refusal_in(play(server, token)) == (400, "unverified", "")
    assert rows(server) == before


def test_an_account_of_the_product_s_origin_is_linked_and_then_logs_in(server):
    alice = newcomer("Alice")
    body = {"auth_origin": "game", "token": "alice:of the game"}

    (row,) = rpc(server, "POST", "/identities", body, alice.key).json()["identities"]

    assert (row["auth_origin"], row["label"], row["about"]) == ("game", "The game", "alice")
    assert play(server, "alice:of the game").json()["user_id"] == str(alice.user_id)
    taken = rpc(server, "POST", "/identities", body, newcomer("Bob").key)
    assert (taken.status_code, taken.json()["error"]) == (409, "IdentityTaken")


def test_a_login_with_a_token_ends_the_clients_earlier_session(server):
    old = play(server, "carl:of the game").json()["token"]

    again = rpc(server, "POST", "/login", {"auth_origin": "game", "token": "carl:of the game"}, old)

    assert "login" not in rpc(server, "GET", "/connect", token=old).json()
    assert rpc(server, "GET", "/connect", token=again.json()["token"]).json()["login"] == "carl"


def test_a_refusal_of_a_hook_is_answered_with_its_message(server):
    ned = newcomer("Ned")
    do(accounts.set_names, ned.me, "Night", "", HOME)

    for answer in (log_in(server, ned.email), play(server, "night:of the game")):
        assert refusal_in(answer) == (403, "NotAtNight", "")
        assert answer.json()["message"] == "Please come back at daytime."
    asked = rpc(server, "POST", "/signup", {"email": "throwaway@example.com"})
    key = link_to("throwaway@example.com")
    refused = rpc(server, "POST", "/links/follow", {"key": key})

    assert (asked.status_code, refused.json()["message"]) == (202, "Please use an address that you keep.")
