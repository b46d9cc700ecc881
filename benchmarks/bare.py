"""Baselines for comparison: a bare endpoint, and a server that verifies passwords itself."""

import hashlib

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

ROUNDS = 600_000
_SALT = b"a salt for tests"
_ANSWER = {
    "login": "ann1234@example.com",
    "user_id": "0123456789abcdef0123456789abcdef0123",
    "token": "0123456789abcdef",
    "user_info": {"first_name": "Ann", "last_name": "Example"},
}


async def bare(_: Request) -> JSONResponse:
    """Return an answer as large as that of a session check, without doing any work."""
    return JSONResponse(_ANSWER)


async def verify(request: Request) -> JSONResponse:
    """Verify a password on the server: only the full PBKDF2 derivation, off the event loop."""
    password = (await request.json())["password"].encode()
    derived = await run_in_threadpool(hashlib.pbkdf2_hmac, "sha256", password, _SALT, ROUNDS)
    return JSONResponse({"right": derived[:4].hex()})


app = Starlette(routes=[Route("/bare", bare), Route("/verify", verify, methods=["POST"])])
