"""Login over HTTP: connect, log in, log out, and trade a ticket for the cookie."""

from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from authapp.api import plain
from authapp.api.refusals import documented
from authapp.api.requests import caller_of, identities
from authapp.api.session import From, Me, bounded, enter, facts, forget_cookies, let_in
from authapp.core.authentication import challenges, login, proofs, provider_login
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
from authapp.core.sessions import sessions
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


async def check(request: Request) -> Response:
    """Return the current session. Without a session, return a nonce for a login at an identity provider."""
    me = await plain.admit(request)
    if me:
        return JSONResponse(await facts(me, _token_of(request, me)))
    await bounded(request)
    nonce = challenges.provider_nonce()
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
            return JSONResponse(await facts(me, _token_of(request, me)))
    challenge = await read(challenges.challenge, body.user, body.nonce, caller_of(request.scope))
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
    reply = proofs.Reply(body.challenge_id, body.challenge_reply, body.user, body.password)
    runner = run_inline if body.password is None else run  # hashing the password takes long
    result = await runner(login.open_session, reply, **options)
    if isinstance(result, BlockedLogin):
        return result, {}
    renewal = Renewal(**result.renewal._asdict()) if result.renewal else None
    return result.opened, {"signature": result.signature, "renewal": renewal}


async def _log_in_with_token(body: ProviderLoginBody, options: Any) -> tuple[Opened | BlockedLogin, dict[str, Any]]:
    nonce = await run(challenges.spend_nonce, body.challenge_id) if body.challenge_id else None
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
    nonce = challenges.provider_nonce()
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


def _token_of(request: Request, me: Principal) -> str:
    sent_key = request.scope["authapp.key"]
    return str(sent_key.key) if sent_key.by_header else me.session_id
