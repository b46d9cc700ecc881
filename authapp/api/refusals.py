"""Refusals over HTTP: the exception handlers, and the documentation of refusals."""

from collections import defaultdict
from typing import Any

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import iter_route_contexts
from starlette.applications import Starlette
from starlette.routing import Match

from authapp.api.requests import log_denied
from authapp.core.base.errors import (
    BadInput,
    Busy,
    ChallengeNotFoundOrExpired,
    CrossOrigin,
    InternalError,
    InvalidSession,
    MethodNotAllowed,
    NotAllowed,
    NotFound,
    ProofOfWorkNeeded,
    Refusal,
    SessionExpired,
    StepUpNeeded,
    TooManyRequests,
    WeakPassword,
    WrongCode,
)
from authapp.i18n.locales import ENGLISH
from authapp.i18n.texts import into, t
from authapp.wire.common import Refused

EVERYWHERE: tuple[type[Refusal], ...] = (InvalidSession, CrossOrigin, BadInput, TooManyRequests, InternalError, Busy)


# Examples of refusals that have no message, or no details, before they are raised.
HAPPENED: tuple[Refusal, ...] = (
    TooManyRequests(40),
    WrongCode(4),
    WeakPassword(t("Use at least 12 characters.")),
    InvalidSession("the token is malformed"),
    ChallengeNotFoundOrExpired("Zk0c2bQ7r4d1gT8y"),
    ProofOfWorkNeeded("eyJwYXJhbWV0ZXJzIjp7ImFsZ29yaXRobSI6IlNIQS0yNTYi…"),
)
_WAIT = {"Retry-After": {"description": "Seconds.", "schema": {"type": "integer"}}}


def documented(*refusals: type[Refusal]) -> dict[int | str, dict[str, Any]]:
    """Return the refusals of an endpoint for FastAPI's `responses`: by status, with an example of each."""
    by_status: defaultdict[int, list[type[Refusal]]] = defaultdict(list)
    for refusal in (*EVERYWHERE, *refusals):
        by_status[refusal.status].append(refusal)
    return {
        status: {
            "model": Refused,
            "description": " ".join(f"`{kind.code}`: {(kind.__doc__ or '').splitlines()[0]}" for kind in kinds),
            "content": {"application/json": {"examples": {kind.code: {"value": _example(kind)} for kind in kinds}}},
            **({"headers": _WAIT} if status in (TooManyRequests.status, Busy.status) else {}),
        }
        for status, kinds in sorted(by_status.items())
    }


def handle(api: Starlette) -> None:
    """Register the handlers that give every refusal and every other error the same form."""
    api.add_exception_handler(Refusal, refused)
    api.add_exception_handler(RequestValidationError, _misread)
    for status in (400, 413):  # 400: FastAPI cannot read the body; 413: the guard stopped reading it
        api.add_exception_handler(status, _unreadable)
    api.add_exception_handler(404, _not_found)
    api.add_exception_handler(405, _wrong_method)
    api.add_exception_handler(Exception, _broke)


async def refused(request: Request, refusal: Exception) -> JSONResponse:
    """Return the response to a refusal."""
    assert isinstance(refusal, Refusal)
    if isinstance(refusal, (SessionExpired, NotAllowed, CrossOrigin, StepUpNeeded, InvalidSession)):
        log_denied("call", refusal.code, request.scope, request.scope.get("authapp.principal"))
    wait = {"Retry-After": str(refusal.wait), "Access-Control-Expose-Headers": "Retry-After"} if refusal.wait else {}
    return JSONResponse(_body(refusal, request.scope.get("authapp.language", ENGLISH)), refusal.status, wait)


def _body(refusal: Refusal | type[Refusal], language: str = ENGLISH) -> dict[str, str]:
    return {
        "error": refusal.code,
        "message": into(refusal.message, language),
        "field": refusal.field,
        **refusal.details,
    }


def _example(refusal: type[Refusal]) -> dict[str, str]:
    body = _body(next((example for example in HAPPENED if isinstance(example, refusal)), refusal))
    return {name: text.replace("{label}", "Google") for name, text in body.items()}


async def _broke(request: Request, _: Exception) -> JSONResponse:
    return await refused(request, InternalError())


async def _not_found(request: Request, _: Exception) -> JSONResponse:
    return await refused(request, NotFound())


async def _wrong_method(request: Request, _: Exception) -> JSONResponse:
    response = await refused(request, MethodNotAllowed())
    response.headers["Allow"] = ", ".join(sorted(_methods(request)))  # RFC 9110, 15.5.6: all allowed methods
    return response


def _methods(request: Request) -> set[str]:
    """Return the allowed methods of a path."""
    matching = [
        route for route in iter_route_contexts(request.app.routes) if route.matches(request.scope)[0] != Match.NONE
    ]
    return {method for route in matching for method in route.methods or ()}


async def _unreadable(request: Request, _: Exception) -> JSONResponse:
    return await refused(request, BadInput(t("The body is not valid JSON, or is too long.")))


async def _misread(request: Request, exception: Exception) -> JSONResponse:
    assert isinstance(exception, RequestValidationError)
    problems = {_misread_part(error) for error in exception.errors() if error.get("type") != "json_invalid"} - {""}
    if not problems:
        return await refused(
            request, BadInput(t("The body must be JSON (Content-Type: application/json), as documented."))
        )
    return await refused(
        request, BadInput(t("The body does not have the expected form: {wrong}.", wrong="; ".join(sorted(problems))))
    )


def _misread_part(error: Any) -> str:
    """Describe what is wrong with one part of a body, without repeating what was sent."""
    place = ".".join(str(part) for part in error["loc"][1:])
    if not place:
        return ""
    problem = {"missing": "is missing", "extra_forbidden": "is unknown"}.get(error.get("type"))
    return f"{place} {problem}" if problem else f"{place}: {error.get('msg', '').removeprefix('Value error, ').lower()}"
