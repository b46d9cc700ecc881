"""FastAPI dependency that protects a product's own routes with an access rule."""

from collections.abc import Awaitable, Callable

from starlette.exceptions import WebSocketException
from starlette.requests import HTTPConnection
from starlette.status import WS_1008_POLICY_VIOLATION

from authapp.api.requests import note_denied
from authapp.core.authorization import guards
from authapp.core.authorization.guards import MEMBERS, Allow
from authapp.core.base.errors import LoggedOut, NotAllowed, Refusal
from authapp.core.sessions.sessions import Principal

_LOOKS = ("GET", "HEAD", "OPTIONS")


def needs(allow: Allow = MEMBERS) -> Callable[[HTTPConnection], Awaitable[Principal]]:
    """Protect a route of your own FastAPI app: `me: authapp.Principal = Depends(authapp.needs("board"))`.

    Visitors get 401. Users without access get 403, and so do requests that a page of another origin made (CSRF). A
    websocket does not open in these cases.

    Args:
        allow: `MEMBERS`, a group, a tuple of groups (any of them), or a function of the principal, sync or async.
    """
    from fastapi import HTTPException  # imported late: takes long, and a product with such routes has it already

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
