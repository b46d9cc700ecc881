"""Endpoints for the calls made most: without FastAPI's way of reading them, which takes longer than the rules."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from fastapi import APIRouter
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import BaseModel, ValidationError
from pydantic_core import from_json
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from authapp.core.errors import InvalidSession, NotAllowed
from authapp.core.sessions import Principal

B = TypeVar("B", bound=BaseModel)
C = TypeVar("C", bound=BaseModel)
Endpoint = Callable[[Request], Awaitable[Response]]
_DOCUMENTED: list[APIRoute] = []


def add(router: APIRouter, method: str, path: str, endpoint: Endpoint, *, body: Any = None, **documented: Any) -> None:
    """Add an endpoint that reads its request itself.

    Args:
        body: the model it reads, for the documentation.
        documented: what FastAPI's routes take: `response_model`, `responses`.
    """
    router.add_route(path, endpoint, methods=[method])
    shown = _with_body(endpoint, body) if body else endpoint
    facts: Any = {"tags": router.tags, "generate_unique_id_function": named, **documented}
    _DOCUMENTED.append(APIRoute(path, shown, methods=[method], name=endpoint.__name__, **facts))


def documented_routes() -> list[APIRoute]:
    """The same endpoints as FastAPI would serve them, for the documentation alone."""
    return _DOCUMENTED


def named(route: APIRoute) -> str:
    """What a call is named in the documentation: its ability, and the verb."""
    return "_".join(str(part) for part in (*route.tags, route.name)).replace("-", "_")


async def admit(request: Request) -> Principal | None:
    """What every call passes: its site may do this, and whose session it is is clear. Returns who asks."""
    await with_one_session(request)
    await from_known_site(request)
    found: Principal | None = request.scope["authapp.principal"]
    return found


async def with_one_session(request: Request) -> None:
    """Whose session it is must be clear.

    Raises:
        InvalidSession: the token in the header is cut, or differs from the cookie.
    """
    if wrong := request.scope["authapp.shown"].wrong:
        raise InvalidSession(wrong)


async def from_known_site(request: Request) -> None:
    """What changes something must come from our own pages, from those of an allowed origin, or from no page at all.

    Raises:
        NotAllowed: a foreign Origin, or none where a browser would say one.
    """
    if request.method not in ("GET", "HEAD", "OPTIONS") and not request.scope["authapp.may_change"]:
        raise NotAllowed


async def read(request: Request, model: type[B], **others: type[C]) -> B | C:
    """The body of a request.

    Args:
        model: its form.
        others: other forms, each by the name of a field that it alone has.

    Raises:
        RequestValidationError: it is not JSON, or not of this form.
    """
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise RequestValidationError([{"loc": ("body",)}])
    raw = await request.body()
    try:
        fields = from_json(raw) if others else {}
        meant: type[B] | type[C] = next(
            (other for name, other in others.items() if isinstance(fields, dict) and name in fields), model
        )
        return meant.model_validate_json(raw)
    except ValidationError as wrong:
        found = wrong.errors(include_input=False, include_url=False, include_context=False)
        raise RequestValidationError([{**error, "loc": ("body", *error["loc"])} for error in found]) from None
    except ValueError:  # no JSON at all
        raise RequestValidationError([{"loc": ("body",)}]) from None


def answer(told: BaseModel, cookies: Response) -> Response:
    """What is told as JSON, with the cookies of another answer."""
    made = JSONResponse(told.model_dump(mode="json"))
    made.raw_headers += [pair for pair in cookies.raw_headers if pair[0] == b"set-cookie"]
    return made


def _with_body(endpoint: Endpoint, model: Any) -> Callable[..., Any]:
    def described(body: Any) -> None: ...

    described.__annotations__["body"] = model
    described.__doc__ = endpoint.__doc__
    return described
