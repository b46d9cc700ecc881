"""Session of a request: its user and its caller, and the cookies of the answer."""

from typing import Annotated, Any

from fastapi import Depends, Request, Response

from authapp.api.requests import blocked_cookie_name, caller_of, cookie_name, device_cookie_name
from authapp.config import settings
from authapp.core.base import rate_limits
from authapp.core.base.callers import COOKIE_LIFE, Caller, counted_as
from authapp.core.base.errors import (
    SessionExpired,
)
from authapp.core.sessions import sessions, tickets
from authapp.core.sessions.sessions import Opened, Principal
from authapp.core.sessions.tickets import BlockedLogin
from authapp.db import read
from authapp.wire.login import (
    AuthOk,
    LoginOk,
    LoginWait,
    Renewal,
)


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
        TooManyRequests: too many calls from this IP address, or from this known browser.
    """
    if request.scope["authapp.principal"] is None:
        rate_limits.throttle_calls(rate_limits.ANONYMOUS, counted_as(caller_of(request.scope)))


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
    return await facts(me, opened.key if by_header else opened.session_id)


async def facts(me: Principal, token: str) -> dict[str, Any]:
    """Return the facts about the user of a session, as a login answers them."""
    teller = sessions.teller()
    user_info = await read(teller, me) if teller else {"first_name": me.first_name, "last_name": me.last_name}
    return {"login": me.identifier, "user_id": str(me.user_id), "token": token, "user_info": user_info}
