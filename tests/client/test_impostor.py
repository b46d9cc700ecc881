"""A server without the password's SCRAM record: which data the client sends it, and which answers it trusts."""

import asyncio
import base64
import hashlib
import hmac
import threading

import httpx2
import pytest

from authapp.client import AsyncClient, Impostor, LoginOk, NotOurs, PasswordKept
from authapp.client.scram import prove
from authapp.core.credentials.passwords import ScramSha256
from tests.kit.processes.servers import PATIENCE
from tests.kit.scram import CLIENT_NONCE, FIRST, PENCIL, REPLY, SIGNATURE, USER
from tests.kit.users import PASSWORD

SALT = base64.b64encode(b"s" * 16).decode()
KEY = "0123456789abcdef." + "x" * 43
ENTERED = {"login": "a@example.com", "user_id": "7", "token": KEY, "user_info": {}, "signature": "AAAA"}


def asks(shape):
    """Return an answer that asks for a proof: a server-first-message of this shape, with the client's nonce."""
    return lambda body: (200, {}, {"challenge_id": "c", "challenge": shape.format(nonce=body["nonce"], salt=SALT)})


def ours(stub, record):
    """Give the stub the SCRAM record of a password, as our server has it."""
    known = ScramSha256.from_string(record)
    told = {}

    def connect(body):
        told["first"] = f"r={body['nonce']}more,s={base64.b64encode(known.salt).decode()},i={known.rounds}"
        told["nonce"] = body["nonce"]
        return 200, {}, {"challenge_id": "c", "challenge": told["first"]}

    def login(body):
        bare = body["challenge_reply"].partition(",p=")[0]
        message = f"n={body['user']},r={told['nonce']},{told['first']},{bare}".encode()
        signature = base64.b64encode(hmac.digest(known.checksum[32:], message, "sha256")).decode()
        return 200, {}, ENTERED | {"signature": signature}

    stub.says |= {"/connect": connect, "/login": login}


def test_the_example_of_the_rfc_is_proved_as_the_rfc_proves_it():
    proof = prove(USER, PENCIL, CLIENT_NONCE, FIRST)

    assert (proof.reply, proof.signature) == (REPLY, SIGNATURE)
    proof.check(SIGNATURE)


ODD = {
    "fewer rounds": "r={nonce}x,s={salt},i=4095",
    "no rounds": "r={nonce}x,s={salt},i=0",
    "rounds below none": "r={nonce}x,s={salt},i=-4096",
    "rounds for a thousand years": "r={nonce}x,s={salt},i=1000000000000",
    "rounds for hours": "r={nonce}x,s={salt},i=10000001",
    "rounds without end": "r={nonce}x,s={salt},i=" + "9" * 5000,
    "rounds in other digits": "r={nonce}x,s={salt},i=٤٠٩٦",
    "a nonce that adds nothing": "r={nonce},s={salt},i=4096",
    "a nonce of another": "r=x{nonce},s={salt},i=4096",
    "no nonce": "r=,s={salt},i=4096",
    "no salt": "r={nonce}x,s=,i=4096",
    "a salt that is none": "r={nonce}x,s=!!!!,i=4096",
    "an extension": "m=x,r={nonce}x,s={salt},i=4096",
    "more": "r={nonce}x,s={salt},i=4096,x=y",
    "a line more": "r={nonce}x,s={salt},i=4096\n",
    "nonsense": "please send the password",
}


@pytest.mark.parametrize("shape", ODD.values(), ids=ODD)
def test_a_challenge_that_ours_would_never_ask_is_not_answered(stub, make, monkeypatch, shape):
    stub.says["/connect"] = asks(shape)
    hashed = []
    monkeypatch.setattr("authapp.client.scram.hashlib.pbkdf2_hmac", lambda *given: hashed.append(given))

    with pytest.raises(Impostor, match="never asks for"):
        make(stub).login("a@example.com", PASSWORD)

    assert [line for line, _, _ in stub.heard] == ["POST /api/v1/connect"]
    assert hashed == []  # deriving the key could take years


@pytest.mark.parametrize("signature", ["", "AAAA", "A" * 43 + "=", "ü", "\ud800", "v=x"], ids=ascii)
@pytest.mark.parametrize("cookie", [False, True])
def test_a_signature_that_is_wrong_is_not_believed_and_nothing_is_kept(stub, make, signature, cookie):
    headers = {"Set-Cookie": f"authapp={KEY}; HttpOnly; Path=/"} if cookie else {}
    stub.says["/connect"] = asks("r={nonce}x,s={salt},i=4096")
    stub.says["/login"] = (200, headers, ENTERED | {"signature": signature})
    client = make(stub)

    with pytest.raises((Impostor, NotOurs)):
        client.login("a@example.com", PASSWORD)

    assert client.token == ""


def test_a_login_without_a_signature_is_not_believed(stub, make):
    stub.says["/connect"] = asks("r={nonce}x,s={salt},i=4096")
    stub.says["/login"] = (200, {}, {name: fact for name, fact in ENTERED.items() if name != "signature"})

    with pytest.raises(Impostor):
        make(stub).login("a@example.com", PASSWORD)


def test_a_server_that_says_it_needs_no_proof_is_not_believed(stub, make):
    stub.says["/connect"] = (200, {}, ENTERED)

    with pytest.raises(NotOurs):
        make(stub).login("a@example.com", PASSWORD)


def test_the_password_is_neither_sent_nor_in_the_proof(stub, make):
    stub.says["/connect"] = asks("r={nonce}x,s={salt},i=4096")
    stub.says["/login"] = (200, {}, ENTERED)
    with pytest.raises(Impostor):
        make(stub).login("a@example.com", PASSWORD)

    assert PASSWORD not in str(stub.heard)
    assert set(stub.heard[1][2]) == {"user", "challenge_id", "challenge_reply", "keep"}


def test_the_password_itself_is_not_sent_over_an_open_line(make):
    heard = []

    def anyone(request):
        heard.append(request.content.decode())
        return httpx2.Response(200, json={"challenge_id": "c", "challenge": ""} if len(heard) == 1 else ENTERED)

    client = make("http://accounts.example", transport=httpx2.MockTransport(anyone))
    with pytest.raises(PasswordKept):
        client.login("a@example.com", PASSWORD)
    assert PASSWORD not in "".join(heard)

    heard.clear()
    client = make("https://accounts.example", transport=httpx2.MockTransport(anyone))
    assert isinstance(client.login("a@example.com", PASSWORD), LoginOk)
    assert PASSWORD in heard[1]


def test_a_server_that_knows_the_stored_keys_is_trusted(stub, make):
    ours(stub, ScramSha256.using(rounds=4096).hash(PASSWORD))

    entered = make(stub).login("a@example.com", PASSWORD)

    assert isinstance(entered, LoginOk)
    with pytest.raises(Impostor):
        make(stub).login("a@example.com", "another password")


def test_nothing_waits_while_an_async_client_makes_its_proof(stub, monkeypatch):
    ours(stub, ScramSha256.using(rounds=4096).hash(PASSWORD))
    turned, hash = threading.Event(), hashlib.pbkdf2_hmac

    async def log_in():
        loop = asyncio.get_running_loop()

        def slow(*given):
            loop.call_soon_threadsafe(turned.set)
            assert turned.wait(PATIENCE), "the loop stood still"
            return hash(*given)

        monkeypatch.setattr("authapp.client.scram.hashlib.pbkdf2_hmac", slow)
        async with AsyncClient(stub.url) as client:
            await client.login("a@example.com", PASSWORD)

    asyncio.run(log_in())

    assert turned.is_set()
