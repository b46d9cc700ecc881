"""Sessions over HTTP: connect, log in, log out, and trade a ticket for the cookie."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse

from authapp.api import plain
from authapp.api.refusals import documented
from authapp.api.requests import client_of, cookie_name, device_cookie_name, identities, wait_cookie_name
from authapp.config import settings
from authapp.core.authentication import foreign, login
from authapp.core.base import limits
from authapp.core.base.devices import COOKIE_LIFE, Client
from authapp.core.base.errors import (
    ChallengeGone,
    InvitationNeeded,
    LinkNeeded,
    LoggedOut,
    OriginAway,
    RenewalGone,
    SignUpClosed,
    TicketGone,
    Unverified,
    WrongCredentials,
)
from authapp.core.credentials import scram
from authapp.core.sessions import sessions, tickets
from authapp.core.sessions.sessions import Opened, Principal, SessionRef
from authapp.core.sessions.tickets import Waiting
from authapp.db import call, look, swift
from authapp.providers import logins
from authapp.wire.login import (
    AuthNeeded,
    AuthOk,
    ConnectBody,
    ForeignBody,
    LoginBody,
    LoginOk,
    LoginWait,
    Renewal,
    RenewalBody,
    TicketBody,
)

router = APIRouter(tags=["session"])


async def principal(request: Request) -> Principal | None:
    """Return the principal that the guard found for the session key; None for visitors."""
    found: Principal | None = request.scope["authapp.principal"]
    return found


async def client(request: Request) -> Client:
    """Return the caller: IP address, browser and languages."""
    return client_of(request.scope)


async def bounded(request: Request) -> None:
    """Apply the rate limit of calls without a session.

    Raises:
        TooManyRequests: more than 60 calls in a minute from this IP address.
    """
    if request.scope["authapp.principal"] is None:
        limits.throttle_calls(limits.ANONYMOUS, client_of(request.scope).address)


Me = Annotated[Principal | None, Depends(principal)]
From = Annotated[Client, Depends(client)]


async def member(me: Me) -> Principal:
    """Return the principal of the signed-in user.

    Raises:
        LoggedOut: nobody is signed in.
    """
    if me is None:
        raise LoggedOut
    return me


Member = Annotated[Principal, Depends(member)]


async def check(request: Request) -> Response:
    """Return the current session. Without a session, return a nonce for a login at an identity provider."""
    me = await plain.admit(request)
    if me:
        return JSONResponse(await _facts(me, _token_of(request, me)))
    await bounded(request)
    nonce = login.greet()
    return JSONResponse({"challenge_id": nonce.id, "challenge": nonce.first})


async def connect(request: Request) -> Response:
    """Request a login challenge: SCRAM's server-first-message, or an empty one if the password itself is needed."""
    me = await plain.admit(request)
    await bounded(request)
    body = await plain.read(request, ConnectBody)
    if me and not body.again and me.identifier == body.user.strip().lower():
        # Not from the cache: a page whose session just ended in another process needs a challenge.
        me = await look(sessions.alive, me)
        if me:
            return JSONResponse(await _facts(me, _token_of(request, me)))
    asked = await look(login.challenge, body.user, body.nonce, client_of(request.scope))
    return JSONResponse({"challenge_id": asked.id, "challenge": asked.first or ""})


async def log_in(request: Request) -> Response:
    """Log in by answering a challenge, or with a token of a provider. The session key is the `token`, or a cookie."""
    me = await plain.admit(request)
    await bounded(request)
    body = await plain.read(request, LoginBody, auth_origin=ForeignBody)
    facts: Any = {"keep": body.keep, "client": client_of(request.scope), "old_session_id": me and me.session_id}
    entered, proof = await (_foreign(body, facts) if isinstance(body, ForeignBody) else _answered(body, facts))
    cookies = Response()
    return plain.answer(await let_in(entered, request, cookies, **proof), cookies)


async def _answered(body: LoginBody, facts: Any) -> tuple[Opened | Waiting, dict[str, Any]]:
    answer: Any = (body.user, body.challenge_id, body.challenge_reply)
    if body.password is None:
        found = await swift(login.open_session, *answer, **facts)
    else:  # hashing the password takes long
        found = await call(login.open_session, *answer, password=body.password, **facts)
    if isinstance(found, Waiting):
        return found, {}
    renewal = Renewal(**found.renewal._asdict()) if found.renewal else None
    return found.opened, {"signature": found.signature, "renewal": renewal}


async def _foreign(body: ForeignBody, facts: Any) -> tuple[Opened | Waiting, dict[str, Any]]:
    nonce = await call(login.greeted, body.challenge_id) if body.challenge_id else None
    claims = await logins.claims_of(body.auth_origin, body.token, nonce)
    return await call(foreign.log_in, claims, **facts), {}


plain.add(router, "GET", "/connect", check, response_model=AuthOk | AuthNeeded, responses=documented())
plain.add(
    router, "POST", "/connect", connect, body=ConnectBody, response_model=AuthOk | AuthNeeded, responses=documented()
)
plain.add(
    router,
    "POST",
    "/login",
    log_in,
    body=LoginBody | ForeignBody,
    response_model=LoginOk | LoginWait,
    responses=documented(
        WrongCredentials, ChallengeGone, InvitationNeeded, LinkNeeded, LoggedOut, OriginAway, SignUpClosed, Unverified
    ),
)


@router.post("/logout", responses=documented())
async def log_out(response: Response, me: Me, client: From) -> AuthNeeded:
    """End the session. A caller without a session is logged out already."""
    if me:
        await call(sessions.log_out, me, client)
    forget_cookies(response)
    nonce = login.greet()
    return AuthNeeded(challenge_id=nonce.id, challenge=nonce.first or "")


@router.post("/renewal", status_code=204, responses=documented(RenewalGone))
async def renew(body: RenewalBody) -> Response:
    """Store a SCRAM record that was derived with the `renewal` of a login. Its salt is then like that of any name."""
    await call(scram.renew, body.token, body.stored_key, body.server_key)
    return Response(status_code=204)


@router.post("/session", responses=documented(TicketGone, LoggedOut))
async def claim(body: TicketBody, request: Request, response: Response, client: From) -> AuthOk | LoginWait:
    """Trade a ticket for the session cookie. For browsers, at the end of a flow."""
    shown: SessionRef | None = request.scope["authapp.ref"]
    tabs = identities(shown.session_id if shown else None, body.tab)
    return await enter(await call(login.claim, body.ticket, tabs, client, shown), response)


@router.post("/wait", responses=documented(TicketGone, LoggedOut))
async def go_on(request: Request, response: Response, me: Me, client: From) -> AuthOk | LoginWait:
    """Finish a waiting login when its wait is over. For browsers, which have a cookie for it."""
    key = request.scope["authapp.waiting"]
    return await enter(await call(login.go_on, key, client, me.session_id if me else None), response)


async def let_in(
    entered: Opened | Waiting,
    request: Request,
    response: Response,
    signature: str = "",
    renewal: Renewal | None = None,
) -> LoginOk | LoginWait:
    """Answer a finished login. The session key goes into the `token` or the cookie, as the client keeps its key."""
    shown = request.scope["authapp.shown"]
    if shown.by_header or (settings().key_in_header and not shown.key):
        if isinstance(entered, Waiting):
            return LoginWait(user_id=str(entered.user_id), reason=entered.reason)
        return LoginOk(**await _facts_of(entered, by_header=True), signature=signature, renewal=renewal)
    told = await enter(entered, response)
    return told if isinstance(told, LoginWait) else LoginOk(**told.model_dump(), signature=signature, renewal=renewal)


async def enter(entered: Opened | Waiting, response: Response) -> AuthOk | LoginWait:
    """Answer a finished login of a browser: set the session cookie, or the cookie of a waiting login."""
    if isinstance(entered, Waiting):
        keep_cookie(response, wait_cookie_name(), entered.key, int(tickets.WAIT_LIFE.total_seconds()))
        return LoginWait(user_id=str(entered.user_id), reason=entered.reason)
    set_cookie(response, entered)
    forget_cookie(response, wait_cookie_name())
    return AuthOk(**await _facts_of(entered, by_header=False))


def set_cookie(response: Response, opened: Opened) -> None:
    """Set the session cookie, and the cookie that remembers the users of this browser."""
    keep_cookie(response, cookie_name(), opened.key, opened.max_age)
    if opened.device:
        keep_cookie(response, device_cookie_name(), opened.device, COOKIE_LIFE)


def keep_cookie(response: Response, name: str, value: str, max_age: int | None) -> None:
    """Set one of our cookies. All of them get their attributes here."""
    response.set_cookie(name, value, max_age=max_age, path="/", secure=settings().https, httponly=True, samesite="lax")


def forget_cookies(response: Response) -> None:
    """Delete the session cookie and the cookie of a waiting login."""
    for name in (cookie_name(), wait_cookie_name()):
        forget_cookie(response, name)


def forget_cookie(response: Response, name: str) -> None:
    """Delete one of our cookies."""
    response.delete_cookie(name, path="/", secure=settings().https, httponly=True, samesite="lax")


async def _facts_of(opened: Opened, by_header: bool) -> dict[str, Any]:
    me = await look(sessions.resume, opened.key)
    if me is None:
        raise LoggedOut  # the session ended during this request
    return await _facts(me, opened.key if by_header else opened.session_id)


def _token_of(request: Request, me: Principal) -> str:
    shown = request.scope["authapp.shown"]
    return str(shown.key) if shown.by_header else me.session_id


async def _facts(me: Principal, token: str) -> dict[str, Any]:
    tell = sessions.teller()
    told = await look(tell, me) if tell else {"first_name": me.first_name, "last_name": me.last_name}
    return {"login": me.identifier, "user_id": str(me.user_id), "token": token, "user_info": told}
