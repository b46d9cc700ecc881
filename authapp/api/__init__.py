"""The rules over HTTP: the app, its documentation, and the checks that every call passes."""

from fastapi import Depends, FastAPI
from starlette.routing import Mount, Router

from authapp.api import avatar, data, docs, foreign, module, plain, refusals, session
from authapp.config import settings


def build() -> Router:
    """The HTTP API: an app of its own, so that an unknown call is its to refuse, and not a page that is missing."""
    api = FastAPI(title="authapp", redirect_slashes=False, docs_url=None, redoc_url=None, openapi_url=None)
    checks = [Depends(plain.with_one_session), Depends(plain.from_known_site), Depends(session.bounded)]
    for router in (session.router, foreign.router, avatar.router, data.router, module.router):
        api.include_router(router, dependencies=checks)
    refusals.handle(api)
    return Router([*docs.routes(api), Mount(settings().rpc_path, api)], redirect_slashes=False)
