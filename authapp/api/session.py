"""Sessions over HTTP: connect, log in, log out, and trade a ticket for the cookie."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse

from authapp.api import plain
from authapp.api.refusals import documented
from authapp.api.requests import blocked_cookie_name, caller_of, cookie_name, device_cookie_name, identities
from authapp.config import settings
from authapp.core.authentication import login, provider_login
from authapp.core.base import rate_limits
from authapp.core.base.callers import COOKIE_LIFE, Caller
from authapp.core.base.errors import (
    BadUserOrPassword,
    ChallengeNotFoundOrExpired,
    InvitationNeeded,
    LinkNeeded,
    ProviderUnavailable,
    RenewalNotFoundOrExpired,
    SessionExpired,
    TicketNotFoundOrExpired,
    Unverified,
    UserNotRegistered,
)
from authapp.core.credentials import scram
from authapp.core.sessions import sessions, tickets
from authapp.core.sessions.sessions import Opened, Principal, SessionRef
from authapp.core.sessions.tickets import BlockedLogin
from authapp.db import read, run, run_inline
from authapp.providers import logins
from authapp.wire.login import (
    AuthNeeded,
    AuthOk,
    ConnectBody,
    LoginBody,
    LoginOk,
    LoginWait,
    ProviderLoginBody,
    Renewal,
    RenewalBody,
    TicketBody,
)

router = APIRouter(tags=["session"])


async def principal(request: Request) -> Principal | None:
    """Return the principal that the guard found for the session key; None for visitors."""
    me: Principal | None = request.scope["authapp.principal"]
    return me


async def caller(request: Request) -> Caller:
    """Return the caller: IP address, browser and languages."""
    return caller_of(request.scope)


async def bounded(request: Request) -> None:
    """Apply the rate limit of calls without a session.

    Raises:
        TooManyRequests: more than 60 calls in a minute from this IP address.
    """
    if request.scope["authapp.principal"] is None:
        rate_limits.throttle_calls(rate_limits.ANONYMOUS, caller_of(request.scope).ip)


Me = Annotated[Principal | None, Depends(principal)]
From = Annotated[Caller, Depends(caller)]


async def member(me: Me) -> Principal:
    """Return the principal of the signed-in user.

    Raises:
        SessionExpired: nobody is signed in.
    """
    if me is None:
        raise SessionExpired
    return me


Member = Annotated[Principal, Depends(member)]


async def check(request: Request) -> Response:
    """Return the current session. Without a session, return a nonce for a login at an identity provider."""
    me = await plain.admit(request)
    if me:
        return JSONResponse(await _facts(me, _token_of(request, me)))
    await bounded(request)
    nonce = login.provider_nonce()
    return JSONResponse({"challenge_id": nonce.id, "challenge": nonce.first})


async def connect(request: Request) -> Response:
    """Request a login challenge: SCRAM's server-first-message, or an empty one if the password itself is needed."""
    me = await plain.admit(request)
    await bounded(request)
    body = await plain.read(request, ConnectBody)
    if me and not body.again and me.identifier == body.user.strip().lower():
        # Not from the cache: a page whose session just ended in another process needs a challenge.
        me = await read(sessions.alive, me)
        if me:
            return JSONResponse(await _facts(me, _token_of(request, me)))
    challenge = await read(login.challenge, body.user, body.nonce, caller_of(request.scope))
    return JSONResponse({"challenge_id": challenge.id, "challenge": challenge.first or ""})


async def log_in(request: Request) -> Response:
    """Log in by answering a challenge, or with a token of a provider. The session key is the `token`, or a cookie."""
    me = await plain.admit(request)
    await bounded(request)
    body = await plain.read(request, LoginBody, auth_origin=ProviderLoginBody)
    options: Any = {"keep": body.keep, "caller": caller_of(request.scope), "old_session_id": me and me.session_id}
    result, proof = await (
        _log_in_with_token(body, options)
        if isinstance(body, ProviderLoginBody)
        else _log_in_with_challenge(body, options)
    )
    cookies = Response()
    return plain.answer(await let_in(result, request, cookies, **proof), cookies)


async def _log_in_with_challenge(body: LoginBody, options: Any) -> tuple[Opened | BlockedLogin, dict[str, Any]]:
    reply = login.Reply(body.challenge_id, body.challenge_reply, body.user, body.password)
    runner = run_inline if body.password is None else run  # hashing the password takes long
    result = await runner(login.open_session, reply, **options)
    if isinstance(result, BlockedLogin):
        return result, {}
    renewal = Renewal(**result.renewal._asdict()) if result.renewal else None
    return result.opened, {"signature": result.signature, "renewal": renewal}


async def _log_in_with_token(body: ProviderLoginBody, options: Any) -> tuple[Opened | BlockedLogin, dict[str, Any]]:
    nonce = await run(login.spend_nonce, body.challenge_id) if body.challenge_id else None
    claims = await logins.claims_of(body.auth_origin, body.token, nonce)
    return await run(provider_login.log_in, claims, **options), {}


plain.add(router, "GET", "/connect", check, response_model=AuthOk | AuthNeeded, responses=documented())
plain.add(
    router, "POST", "/connect", connect, body=ConnectBody, response_model=AuthOk | AuthNeeded, responses=documented()
)
plain.add(
    router,
    "POST",
    "/login",
    log_in,
    body=LoginBody | ProviderLoginBody,
    response_model=LoginOk | LoginWait,
    responses=documented(
        BadUserOrPassword,
        ChallengeNotFoundOrExpired,
        InvitationNeeded,
        LinkNeeded,
        SessionExpired,
        ProviderUnavailable,
        UserNotRegistered,
        Unverified,
    ),
)


@router.post("/logout", responses=documented())
async def log_out(response: Response, me: Me, caller: From) -> AuthNeeded:
    """End the session. A caller without a session is logged out already."""
    if me:
        await run(sessions.log_out, me, caller)
    forget_cookies(response)
    nonce = login.provider_nonce()
    return AuthNeeded(challenge_id=nonce.id, challenge=nonce.first or "")


@router.post("/renewal", status_code=204, responses=documented(RenewalNotFoundOrExpired))
async def renew(body: RenewalBody) -> Response:
    """Store a SCRAM record that was derived with the `renewal` of a login. Its salt is then like that of any name."""
    await run(scram.renew, body.token, body.stored_key, body.server_key)
    return Response(status_code=204)


@router.post("/session", responses=documented(TicketNotFoundOrExpired, SessionExpired))
async def claim(body: TicketBody, request: Request, response: Response, caller: From) -> AuthOk | LoginWait:
    """Trade a ticket for the session cookie. For browsers, at the end of a flow."""
    ref: SessionRef | None = request.scope["authapp.key"].ref
    tabs = identities(ref.session_id if ref else None, body.tab)
    return await enter(await run(login.claim, body.ticket, tabs, caller, ref), response)


@router.post("/wait", responses=documented(TicketNotFoundOrExpired, SessionExpired))
async def go_on(request: Request, response: Response, me: Me, caller: From) -> AuthOk | LoginWait:
    """Finish a waiting login when its wait is over. For browsers, which have a cookie for it."""
    key = request.scope["authapp.waiting"]
    return await enter(await run(login.go_on, key, caller, me.session_id if me else None), response)


async def let_in(
    entered: Opened | BlockedLogin,
    request: Request,
    response: Response,
    signature: str = "",
    renewal: Renewal | None = None,
) -> LoginOk | LoginWait:
    """Answer a finished login. The session key goes into the `token` or the cookie, as the client keeps its key."""
    sent_key = request.scope["authapp.key"]
    if sent_key.by_header or (settings().key_in_header and not sent_key.key):
        if isinstance(entered, BlockedLogin):
            return LoginWait(user_id=str(entered.user_id), reason=entered.reason)
        return LoginOk(**await _facts_of(entered, by_header=True), signature=signature, renewal=renewal)
    auth = await enter(entered, response)
    return auth if isinstance(auth, LoginWait) else LoginOk(**auth.model_dump(), signature=signature, renewal=renewal)


async def enter(entered: Opened | BlockedLogin, response: Response) -> AuthOk | LoginWait:
    """Answer a finished login of a browser: set the session cookie, or the cookie of a waiting login."""
    if isinstance(entered, BlockedLogin):
        keep_cookie(response, blocked_cookie_name(), entered.key, int(tickets.WAIT_LIFE.total_seconds()))
        return LoginWait(user_id=str(entered.user_id), reason=entered.reason)
    set_cookie(response, entered)
    forget_cookie(response, blocked_cookie_name())
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
    for name in (cookie_name(), blocked_cookie_name()):
        forget_cookie(response, name)


def forget_cookie(response: Response, name: str) -> None:
    """Delete one of our cookies."""
    response.delete_cookie(name, path="/", secure=settings().https, httponly=True, samesite="lax")


async def _facts_of(opened: Opened, by_header: bool) -> dict[str, Any]:
    me = await read(sessions.resume, opened.key)
    if me is None:
        raise SessionExpired  # the session ended during this request
    return await _facts(me, opened.key if by_header else opened.session_id)


def _token_of(request: Request, me: Principal) -> str:
    sent_key = request.scope["authapp.key"]
    return str(sent_key.key) if sent_key.by_header else me.session_id


async def _facts(me: Principal, token: str) -> dict[str, Any]:
    teller = sessions.teller()
    user_info = await read(teller, me) if teller else {"first_name": me.first_name, "last_name": me.last_name}
    return {"login": me.identifier, "user_id": str(me.user_id), "token": token, "user_info": user_info}
