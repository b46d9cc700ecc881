"""What the routes of a product ask: who calls, and whether they may."""

from collections.abc import Awaitable, Callable

from fastapi import HTTPException
from starlette.exceptions import WebSocketException
from starlette.requests import HTTPConnection
from starlette.status import WS_1008_POLICY_VIOLATION

from authapp.api.requests import note_denied
from authapp.core import guards
from authapp.core.errors import LoggedOut, NotAllowed, Refusal
from authapp.core.guards import MEMBERS, Allow
from authapp.core.sessions import Principal

_LOOKS = ("GET", "HEAD", "OPTIONS")


def needs(allow: Allow = MEMBERS) -> Callable[[HTTPConnection], Awaitable[Principal]]:
    """For a route of your own FastAPI app: `me: authapp.Principal = Depends(authapp.needs("board"))`.

    Answers 401 to visitors, and 403 to whoever may not, or whose request a foreign page made. A websocket does not
    open for them.

    Args:
        allow: `MEMBERS`, a group, a tuple of groups (any of them), or a function of the principal, sync or async.
    """
    law = guards.checked(allow)

    async def principal(request: HTTPConnection) -> Principal:
        me: Principal | None = request.scope.get("authapp.principal")
        no: Refusal | None = LoggedOut() if me is None else await guards.refusal(me, law)
        if no is None and request.scope.get("method") not in _LOOKS and not request.scope.get("authapp.may_change"):
            no = NotAllowed()
        if no:
            note_denied("request", no.code, request.scope, me)
        if (no or me is None) and request.scope["type"] == "websocket":
            raise WebSocketException(WS_1008_POLICY_VIOLATION)
        if no or me is None:
            raise HTTPException(401 if isinstance(no, LoggedOut) else 403, no.message if no else "")
        return me

    return principal
