"""What there is to compare with: a bare endpoint, and a server that verifies passwords itself."""

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
    """An answer of the size of a session check's, for nothing."""
    return JSONResponse(_ANSWER)


async def verify(request: Request) -> JSONResponse:
    """What a server does that is sent the password: all the work of PBKDF2, off the event loop, and nothing else."""
    password = (await request.json())["password"].encode()
    derived = await run_in_threadpool(hashlib.pbkdf2_hmac, "sha256", password, _SALT, ROUNDS)
    return JSONResponse({"right": derived[:4].hex()})


app = Starlette(routes=[Route("/bare", bare), Route("/verify", verify, methods=["POST"])])
