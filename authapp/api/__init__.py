"""HTTP API: the FastAPI app, its documentation, and the checks that run before every endpoint."""

from typing import Any, NamedTuple

from starlette.applications import Starlette
from starlette.routing import Mount, Router

from authapp import extras
from authapp.config import settings


class Built(NamedTuple):
    """API router and documentation app."""

    calls: Router
    docs: Starlette


def build() -> Built:
    """Build the HTTP API as an app of its own, so that an unknown path gets an API error and not a missing page."""
    # Imported here: FastAPI and the endpoints take long, and only a server needs them.
    from fastapi import Depends, FastAPI

    from authapp.api import (
        accounts,
        approvals,
        audit,
        avatar,
        codes,
        data,
        docs,
        emails,
        identities,
        language,
        links,
        login,
        module,
        phones,
        plain,
        provider_login,
        refusals,
        session,
        sessions,
        step_up,
        webhooks,
    )

    abilities = [
        login,
        provider_login,
        accounts,
        links,
        codes,
        step_up,
        emails,
        phones,
        identities,
        sessions,
        audit,
        data,
        avatar,
        approvals,
        language,
        module,
        webhooks,
    ]
    options: dict[str, Any] = {"docs_url": None, "redoc_url": None, "openapi_url": None}
    api = FastAPI(title="authapp", redirect_slashes=False, generate_unique_id_function=plain.named, **options)
    checks = [Depends(plain.with_one_session), Depends(plain.from_known_site), Depends(session.bounded)]
    routers = [ability.router for ability in abilities]
    if extras.installed("avatars"):
        routers.append(avatar.uploads)
    for router in routers:
        api.include_router(router, dependencies=checks)
    # Pages of providers post here. Neither a key nor our own Origin is asked for, because it acts for nobody.
    api.include_router(provider_login.answers, dependencies=[Depends(session.bounded)])
    refusals.handle(api)
    docs_app = Starlette(routes=docs.routes(api))
    refusals.handle(docs_app)
    return Built(Router([Mount(settings().rpc_path, api)], redirect_slashes=False), docs_app)
