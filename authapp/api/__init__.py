"""The rules over HTTP: the app, its one handler of refusals, and the check that our own pages ask."""

from typing import Any

from fastapi import Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from authapp.api import avatar, data, session
from authapp.api.requests import is_ours
from authapp.core.errors import BadInput, NotAllowed, NotThere, Refusal, Trouble, WrongMethod

PREFIX = "/api/v1"


async def from_our_site(request: Request) -> None:
    """What changes something must come from our own pages.

    Raises:
        NotAllowed: a foreign or absent Origin.
    """
    if request.method not in ("GET", "HEAD", "OPTIONS") and not is_ours(request.headers):
        raise NotAllowed


def build() -> FastAPI:
    """The HTTP API: an app of its own, so that an unknown call is its to refuse, and not a page that is missing."""
    bare: dict[str, Any] = {"docs_url": None, "redoc_url": None, "openapi_url": None}
    api = FastAPI(title="authapp", redirect_slashes=False, **bare)
    for router in (session.router, avatar.router, data.router):
        api.include_router(router, dependencies=[Depends(from_our_site), Depends(session.bounded)])
    api.add_exception_handler(Refusal, _refused)
    api.add_exception_handler(RequestValidationError, _misread)
    for status in (400, 413):  # FastAPI could not read the body; the guard would not read it to its end
        api.add_exception_handler(status, _unreadable)
    api.add_exception_handler(404, _not_found)
    api.add_exception_handler(405, _wrong_method)
    api.add_exception_handler(Exception, _broke)
    app = FastAPI(title="authapp", **bare)
    app.mount(PREFIX, api)
    return app


async def _refused(_: Request, no: Exception) -> JSONResponse:
    assert isinstance(no, Refusal)
    headers = {"Retry-After": str(no.wait)} if no.wait else {}
    return JSONResponse({"error": no.code, "message": no.message, "field": no.field}, no.status, headers)


async def _broke(request: Request, _: Exception) -> JSONResponse:
    return await _refused(request, Trouble())


async def _not_found(request: Request, _: Exception) -> JSONResponse:
    return await _refused(request, NotThere())


async def _wrong_method(request: Request, wrong: Exception) -> JSONResponse:
    assert isinstance(wrong, HTTPException)
    answer = await _refused(request, WrongMethod())
    answer.headers.update(wrong.headers or {})  # Allow: RFC 9110, 15.5.6
    return answer


async def _unreadable(request: Request, _: Exception) -> JSONResponse:
    return await _refused(request, BadInput("The body cannot be read as JSON, or is too long."))


async def _misread(request: Request, wrong: Exception) -> JSONResponse:
    assert isinstance(wrong, RequestValidationError)
    places = {".".join(str(part) for part in error["loc"][1:]) for error in wrong.errors()}
    return await _refused(request, BadInput(f"The body is not of the expected form: {', '.join(sorted(places))}."))
