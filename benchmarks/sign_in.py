"""Logins by challenge and response, 16 clients at once, compared with a server that verifies the password itself."""

import base64
import hmac
import itertools
import secrets
from pathlib import Path

from benchmarks import crowd
from benchmarks.bare import ROUNDS
from benchmarks.figures import Figure
from benchmarks.load import Deed, get, interleaved, load, post
from tests.kit.processes.servers import Server, running

USERS = 1000
CLIENTS = 16
SECONDS = 6
TURNS = 3


def measure(folder: Path) -> list[Figure]:
    """Measure each way three times and return the medians."""
    with running(folder, app="benchmarks.app:app", AUTHAPP_PASSWORD_ROUNDS=str(ROUNDS)) as server:
        everyone = itertools.cycle(crowd.gather(server, USERS))
        keys = crowd.keys()
        ours, theirs, bare = interleaved(
            TURNS,
            lambda: load(server.port, CLIENTS, lambda: sign_in(server, next(everyone), keys), SECONDS),
            lambda: load(server.port, CLIENTS, lambda: _verify(server), SECONDS),
            lambda: load(server.port, CLIENTS, lambda: _bare(server), SECONDS / 3),
        )
    return [
        Figure("sign-ins by challenge", ours.rate, "a second", at_least=800),
        Figure("  p50", ours.p50, "ms"),
        Figure("  p99", ours.p99, "ms", at_most=50),
        Figure(f"server verifies the password itself (PBKDF2, {ROUNDS:,})", theirs.rate, "a second"),
        Figure("  p50", theirs.p50, "ms"),
        Figure("  p99", theirs.p99, "ms"),
        Figure("sign-ins, times the rate of that", ours.rate / theirs.rate, at_least=20),
        Figure("load client: share of a core it used for sign-ins", ours.busy, at_most=0.5),
        Figure("load client: bare requests it can make of the same server", bare.rate, "a second"),
    ]


def sign_in(server: Server, person: crowd.Person, keys: crowd.Keys) -> Deed:
    nonce = secrets.token_urlsafe(18)
    asked = (yield post(server.host, "/api/v1/connect", {"user": person.email, "nonce": nonce})).data()
    first = asked["challenge"]
    final = f"c=biws,{first.partition(',')[0]}"
    message = f"n={person.email},r={nonce},{first},{final}".encode()
    mask = hmac.digest(keys.stored, message, "sha256")
    proof = base64.b64encode(bytes(one ^ other for one, other in zip(keys.client, mask, strict=True))).decode()
    reply = {"user": person.email, "challenge_id": asked["challenge_id"], "challenge_reply": f"{final},p={proof}"}
    answer = (yield post(server.host, "/api/v1/login", reply)).data()
    if base64.b64decode(answer["signature"]) != hmac.digest(keys.server, message, "sha256"):
        raise RuntimeError("The server's signature is wrong.")


def _verify(server: Server) -> Deed:
    (yield post(server.host, "/verify", {"password": crowd.PASSWORD})).data()


def _bare(server: Server) -> Deed:
    (yield get(server.host, "/bare")).data()
