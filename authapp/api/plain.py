"""Plain Starlette endpoints for the most frequent calls. FastAPI's request parsing would take longer than the rules."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from fastapi import APIRouter
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import BaseModel, ValidationError
from pydantic_core import from_json
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from authapp.core.base.errors import CrossOrigin, InvalidSession
from authapp.core.sessions.sessions import Principal

B = TypeVar("B", bound=BaseModel)
C = TypeVar("C", bound=BaseModel)
Endpoint = Callable[[Request], Awaitable[Response]]
_documented: list[APIRoute] = []


def add(router: APIRouter, method: str, path: str, endpoint: Endpoint, *, body: Any = None, **documented: Any) -> None:
    """Add an endpoint that parses its request itself.

    Args:
        body: the model of its body, for the documentation.
        documented: arguments of FastAPI's routes, like `response_model` and `responses`.
    """
    router.add_route(path, endpoint, methods=[method])
    documented_endpoint = _with_body(endpoint, body) if body else endpoint
    options: Any = {"tags": router.tags, "generate_unique_id_function": named, **documented}
    _documented.append(APIRoute(path, documented_endpoint, methods=[method], name=endpoint.__name__, **options))


def documented_routes() -> list[APIRoute]:
    """Return these endpoints as FastAPI routes, which only the documentation uses."""
    return _documented


def named(route: APIRoute) -> str:
    """Return the operation id of a route: its tags and its function name."""
    return "_".join(str(part) for part in (*route.tags, route.name)).replace("-", "_")


async def admit(request: Request) -> Principal | None:
    """Run the checks of every call: session key and origin. Returns the caller, or None for a visitor."""
    await with_one_session(request)
    await from_known_site(request)
    me: Principal | None = request.scope["authapp.principal"]
    return me


async def with_one_session(request: Request) -> None:
    """Require that the request has at most one session key, and that it is well-formed.

    Raises:
        InvalidSession: the token in the header is malformed, or there are two tokens that differ.
    """
    if problem := request.scope["authapp.key"].wrong:
        raise InvalidSession(problem)


async def from_known_site(request: Request) -> None:
    """Require that a request that changes something comes from our own pages, an allowed origin, or no browser.

    Raises:
        CrossOrigin: the Origin is not allowed, or it is missing where a browser would send it (CSRF).
    """
    if request.method not in ("GET", "HEAD", "OPTIONS") and not request.scope["authapp.may_change"]:
        raise CrossOrigin


async def read(request: Request, model: type[B], **others: type[C]) -> B | C:
    """Read and validate the body of a request.

    Args:
        model: the model of the body.
        others: other models, each under the name of a field that only this model has.

    Raises:
        RequestValidationError: the body is not JSON, or does not fit the model.
    """
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise RequestValidationError([{"loc": ("body",)}])
    content = await request.body()
    try:
        fields = from_json(content) if others else {}
        matching: type[B] | type[C] = next(
            (other for name, other in others.items() if isinstance(fields, dict) and name in fields), model
        )
        return matching.model_validate_json(content)
    except ValidationError as invalid:
        errors = invalid.errors(include_input=False, include_url=False, include_context=False)
        raise RequestValidationError([{**error, "loc": ("body", *error["loc"])} for error in errors]) from None
    except ValueError:  # not JSON at all
        raise RequestValidationError([{"loc": ("body",)}]) from None


def answer(body: BaseModel, cookies: Response) -> Response:
    """Return a JSON response with the cookies of another response."""
    response = JSONResponse(body.model_dump(mode="json"))
    response.raw_headers += [pair for pair in cookies.raw_headers if pair[0] == b"set-cookie"]
    return response


def _with_body(endpoint: Endpoint, model: Any) -> Callable[..., Any]:
    def described(body: Any) -> None: ...

    described.__annotations__["body"] = model
    described.__doc__ = endpoint.__doc__
    return described
