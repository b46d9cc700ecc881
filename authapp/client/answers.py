"""Parsing of responses: an answer of the expected type, a refusal, or a response that is not from the API."""

from collections.abc import Iterator
from http.cookies import CookieError, SimpleCookie
from typing import Any

import httpx2
from pydantic import TypeAdapter, ValidationError

from authapp.client.errors import NotOurs, refusal


def read(came: httpx2.Response, form: Any) -> Any:
    """Return an answer as `form` requests: a type, `bytes` for the raw body, or None for the plain JSON value.

    Raises:
        Refusal: the server refused; of the same class as on the server.
        NotOurs: the response is not from the API.
    """
    if came.is_success and form is bytes:
        return came.content
    body = _json(came)
    if not came.is_success:
        raise _refusal(came, body)
    return body if form is None else _formed(came, body, form)


def cookies_of(line: str) -> Iterator[tuple[str, str]]:
    """Yield the names and values of a Set-Cookie header. A deleted cookie has an empty value."""
    try:
        cookies = SimpleCookie(line)
    except CookieError:
        return
    for name, cookie in cookies.items():
        yield name, "" if cookie["max-age"] == "0" or not cookie.value.isascii() else cookie.value


def key_in(came: httpx2.Response) -> str:
    """Return the key of a session that an answer opened or renewed; empty without one, or if a cookie holds it."""
    body = _json(came) if _is_json(came) and b'"token"' in came.content else None
    for part in (body, body.get("session")) if isinstance(body, dict) else ():
        token = part.get("token") if isinstance(part, dict) and "login" in part else None
        if isinstance(token, str) and "." in token and token.isascii() and token.isprintable():
            return token
    return ""


def _refusal(response: httpx2.Response, body: Any) -> Exception:
    if not isinstance(body, dict) or not isinstance(body.get("error"), str):
        return _not_ours(response)
    wait = response.headers.get("retry-after", "")
    return refusal(response.status_code, body, int(wait) if wait.isdecimal() else 0)


# The errors below are raised outside of the `except` block: their cause would hold the answer, with its secrets.
def _json(response: httpx2.Response) -> Any:
    if not response.content and response.is_success:
        return None
    if _is_json(response):
        try:
            return response.json()
        except (ValueError, RecursionError):
            pass
    raise _not_ours(response)


def _is_json(response: httpx2.Response) -> bool:
    kind: str = response.headers.get("content-type", "")
    return kind.partition(";")[0].strip() == "application/json"


def _formed(response: httpx2.Response, body: Any, form: Any) -> Any:
    try:
        return TypeAdapter(form).validate_python(body)
    except ValidationError:
        pass
    raise _not_ours(response)


def _not_ours(response: httpx2.Response) -> NotOurs:
    return NotOurs(f"This response is not from the authapp API (status {response.status_code}). Check the URL.")
