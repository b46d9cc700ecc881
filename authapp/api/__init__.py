"""The rules over HTTP: the app, its one handler of refusals, and the check that our own pages ask."""

from fastapi import Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse

from authapp.api import avatar, session
from authapp.api.requests import is_ours
from authapp.core.errors import BadInput, NotAllowed, Refusal, TooManyRequests, Trouble

PREFIX = "/api/v1"


async def from_our_site(request: Request) -> None:
    """What changes something must come from our own pages.

    Raises:
        NotAllowed: a foreign or absent Origin.
    """
    if request.method not in ("GET", "HEAD", "OPTIONS") and not is_ours(request.headers):
        raise NotAllowed


def build() -> FastAPI:
    """The HTTP API."""
    app = FastAPI(title="authapp", docs_url=None, redoc_url=None, openapi_url=None)
    for part in (session, avatar):
        app.include_router(part.router, prefix=PREFIX, dependencies=[Depends(from_our_site)])
    app.add_exception_handler(Refusal, _refused)
    app.add_exception_handler(RequestValidationError, _misread)
    for status in (400, 413):  # FastAPI could not read the body; the guard would not read it to its end
        app.add_exception_handler(status, _unreadable)
    app.add_exception_handler(Exception, _broke)
    return app


async def _refused(_: Request, no: Exception) -> JSONResponse:
    assert isinstance(no, Refusal)
    headers = {"Retry-After": str(no.wait)} if isinstance(no, TooManyRequests) else {}
    return JSONResponse({"error": no.code, "message": no.message, "field": no.field}, no.status, headers)


async def _broke(request: Request, _: Exception) -> JSONResponse:
    return await _refused(request, Trouble())


async def _unreadable(request: Request, _: Exception) -> JSONResponse:
    return await _refused(request, BadInput("The body cannot be read as JSON, or is too long."))


async def _misread(request: Request, wrong: Exception) -> JSONResponse:
    assert isinstance(wrong, RequestValidationError)
    places = {".".join(str(part) for part in error["loc"][1:]) for error in wrong.errors()}
    return await _refused(request, BadInput(f"The body is not of the expected form: {', '.join(sorted(places))}."))
