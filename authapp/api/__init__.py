"""The rules over HTTP: the app, its documentation, and the checks that every call passes."""

from fastapi import Depends, FastAPI, Request
from starlette.routing import Mount, Router

from authapp.api import avatar, data, docs, foreign, refusals, session
from authapp.config import settings
from authapp.core.errors import InvalidSession, NotAllowed


async def from_known_site(request: Request) -> None:
    """What changes something must come from our own pages, from those of an allowed origin, or from no page at all.

    Raises:
        NotAllowed: a foreign Origin, or none where a browser would say one.
    """
    if request.method not in ("GET", "HEAD", "OPTIONS") and not request.scope["authapp.may_change"]:
        raise NotAllowed


async def with_one_session(request: Request) -> None:
    """Whose session it is must be clear.

    Raises:
        InvalidSession: the token in the header is cut, or differs from the cookie.
    """
    if wrong := request.scope["authapp.shown"].wrong:
        raise InvalidSession(wrong)


def build() -> Router:
    """The HTTP API: an app of its own, so that an unknown call is its to refuse, and not a page that is missing."""
    api = FastAPI(title="authapp", redirect_slashes=False, docs_url=None, redoc_url=None, openapi_url=None)
    checks = [Depends(with_one_session), Depends(from_known_site), Depends(session.bounded)]
    for router in (session.router, foreign.router, avatar.router, data.router):
        api.include_router(router, dependencies=checks)
    refusals.handle(api)
    return Router([*docs.routes(api), Mount(settings().rpc_path, api)], redirect_slashes=False)
