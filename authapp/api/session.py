"""Connect, log in, log out, and the trade of a ticket for the cookie."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictStr

from authapp.api.requests import client_of, cookie_name, device_cookie_name, identities
from authapp.config import settings
from authapp.core import limits, login, sessions
from authapp.core.devices import COOKIE_LIFE, Client
from authapp.core.errors import LoggedOut
from authapp.core.sessions import Opened, Principal
from authapp.db import call, look

router = APIRouter()


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ConnectBody(_Body):
    """Who wants to log in, and SCRAM's client nonce."""

    user: Annotated[StrictStr, Field(max_length=254)]
    nonce: Annotated[StrictStr, Field(max_length=128)]
    again: StrictBool = False  # ask even somebody who is signed in: for a step-up


class LoginBody(_Body):
    """The answer to a challenge: SCRAM's client-final-message."""

    user: Annotated[StrictStr, Field(max_length=254)]
    challenge_id: Annotated[StrictStr, Field(max_length=4000)]
    challenge_reply: Annotated[StrictStr, Field(max_length=1000)]


class TicketBody(_Body):
    """What a page was handed at the end of a flow, and the tab it was handed to."""

    ticket: Annotated[StrictStr, Field(max_length=100)]
    tab: Annotated[StrictStr, Field(max_length=100)]


class AuthOk(BaseModel):
    """The session is good. `token` is its public id; the key stays in the cookie."""

    login: str
    user_id: str
    token: str
    user_info: dict[str, str]


class LoginOk(AuthOk):
    """Logged in; `signature` proves that the server knows the password's verifier."""

    signature: str


class AuthNeeded(BaseModel):
    """SCRAM's server-first-message; empty when only the plain password will do."""

    challenge_id: str
    challenge: str


async def principal(request: Request) -> Principal | None:
    """Who the guard found behind the cookie."""
    found: Principal | None = request.scope["authapp.principal"]
    return found


async def client(request: Request) -> Client:
    """Where the request comes from."""
    return client_of(request.scope)


async def bounded(request: Request) -> None:
    """Whoever has no session may call so often, and no more.

    Raises:
        TooManyRequests: more than 60 calls in a minute from this client.
    """
    if request.scope["authapp.principal"] is None:
        limits.throttle_calls(limits.ANONYMOUS, client_of(request.scope).address)


Me = Annotated[Principal | None, Depends(principal)]
From = Annotated[Client, Depends(client)]


async def member(me: Me) -> Principal:
    """Who asks, where nobody may be nobody.

    Raises:
        LoggedOut: nobody is signed in.
    """
    if me is None:
        raise LoggedOut
    return me


Member = Annotated[Principal, Depends(member)]


async def check(request: Request) -> Response:
    """Say whose session this is. A plain Starlette endpoint: it is asked far more often than all others."""
    me = request.scope["authapp.principal"]
    await bounded(request)
    return JSONResponse(_facts(me) if me else {"challenge_id": "", "challenge": ""})


router.add_route("/connect", check, methods=["GET"])


@router.post("/connect")
async def connect(body: ConnectBody, me: Me, client: From) -> AuthOk | AuthNeeded:
    """Ask for a challenge."""
    if me and not body.again and me.identifier == body.user.strip().lower():
        return _ok(me)
    asked = await look(login.challenge, body.user, body.nonce, client)
    return AuthNeeded(challenge_id=asked.id, challenge=asked.first or "")


@router.post("/login")
async def log_in(body: LoginBody, response: Response, me: Me, client: From) -> LoginOk:
    """Answer a challenge; the session's key comes as a cookie."""
    old = me.session_id if me else None
    answer = (body.challenge_id, body.challenge_reply)
    signed_in = await call(login.open_session, *answer, client=client, old_session_id=old)
    set_cookie(response, signed_in.opened)
    opened = signed_in.opened
    return LoginOk(
        login=opened.identifier,
        user_id=str(opened.user_id),
        token=opened.session_id,
        user_info={},
        signature=signed_in.signature,
    )


@router.post("/logout")
async def log_out(response: Response, me: Me, client: From) -> AuthNeeded:
    """End the session. Whoever has none is logged out already."""
    if me:
        await call(sessions.log_out, me, client)
    response.delete_cookie(cookie_name(), path="/", secure=settings().https, httponly=True, samesite="lax")
    return AuthNeeded(challenge_id="", challenge="")


@router.post("/session")
async def claim(body: TicketBody, request: Request, response: Response, me: Me, client: From) -> AuthOk:
    """Trade a ticket for the cookie."""
    tabs = identities(request.scope["authapp.session_id"], body.tab)
    opened = await call(login.claim, body.ticket, tabs, client, me.session_id if me else None)
    set_cookie(response, opened)
    return AuthOk(login=opened.identifier, user_id=str(opened.user_id), token=opened.session_id, user_info={})


def set_cookie(response: Response, opened: Opened) -> None:
    """The one place that says what our cookies look like: the session's key, and whom the browser remembers."""
    kept: list[tuple[str, str, int | None]] = [(cookie_name(), opened.key, opened.max_age)]
    if opened.device:
        kept.append((device_cookie_name(), opened.device, COOKIE_LIFE))
    for name, value, max_age in kept:
        response.set_cookie(
            name, value, max_age=max_age, path="/", secure=settings().https, httponly=True, samesite="lax"
        )


def _ok(me: Principal) -> AuthOk:
    return AuthOk.model_validate(_facts(me))


def _facts(me: Principal) -> dict[str, object]:
    return {
        "login": me.identifier,
        "user_id": str(me.user_id),
        "token": me.session_id,
        "user_info": {"first_name": me.first_name, "last_name": me.last_name},
    }
