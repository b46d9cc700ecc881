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
            "description": " ".join(f"`{one.code}`: {(one.__doc__ or '').splitlines()[0]}" for one in same),
            "content": {"application/json": {"examples": {one.code: {"value": _example(one)} for one in same}}},
            **({"headers": _WAIT} if status in (TooManyRequests.status, Busy.status) else {}),
        }
        for status, same in sorted(by_status.items())
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


async def refused(request: Request, no: Exception) -> JSONResponse:
    """Return the response to a refusal."""
    assert isinstance(no, Refusal)
    if isinstance(no, (SessionExpired, NotAllowed, CrossOrigin, StepUpNeeded, InvalidSession)):
        log_denied("call", no.code, request.scope, request.scope.get("authapp.principal"))
    headers = {"Retry-After": str(no.wait), "Access-Control-Expose-Headers": "Retry-After"} if no.wait else {}
    return JSONResponse(_said(no, request.scope.get("authapp.language", ENGLISH)), no.status, headers)


def _said(no: Refusal | type[Refusal], language: str = ENGLISH) -> dict[str, str]:
    return {"error": no.code, "message": into(no.message, language), "field": no.field, **no.details}


def _example(refusal: type[Refusal]) -> dict[str, str]:
    said = _said(next((one for one in HAPPENED if isinstance(one, refusal)), refusal))
    return {name: words.replace("{label}", "Google") for name, words in said.items()}


async def _broke(request: Request, _: Exception) -> JSONResponse:
    return await refused(request, InternalError())


async def _not_found(request: Request, _: Exception) -> JSONResponse:
    return await refused(request, NotFound())


async def _wrong_method(request: Request, _: Exception) -> JSONResponse:
    answer = await refused(request, MethodNotAllowed())
    answer.headers["Allow"] = ", ".join(sorted(_methods(request)))  # RFC 9110, 15.5.6: all allowed methods
    return answer


def _methods(request: Request) -> set[str]:
    """Return the allowed methods of a path."""
    there = [one for one in iter_route_contexts(request.app.routes) if one.matches(request.scope)[0] != Match.NONE]
    return {method for one in there for method in one.methods or ()}


async def _unreadable(request: Request, _: Exception) -> JSONResponse:
    return await refused(request, BadInput(t("The body is not valid JSON, or is too long.")))


async def _misread(request: Request, wrong: Exception) -> JSONResponse:
    assert isinstance(wrong, RequestValidationError)
    found = {_misread_part(error) for error in wrong.errors() if error.get("type") != "json_invalid"} - {""}
    if not found:
        return await refused(
            request, BadInput(t("The body must be JSON (Content-Type: application/json), as documented."))
        )
    return await refused(
        request, BadInput(t("The body does not have the expected form: {wrong}.", wrong="; ".join(sorted(found))))
    )


def _misread_part(error: Any) -> str:
    """Describe what is wrong with one part of a body, without repeating what was sent."""
    place = ".".join(str(part) for part in error["loc"][1:])
    if not place:
        return ""
    said = {"missing": "is missing", "extra_forbidden": "is unknown"}.get(error.get("type"))
    return f"{place} {said}" if said else f"{place}: {error.get('msg', '').removeprefix('Value error, ').lower()}"
