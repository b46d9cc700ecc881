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
    said = _json(came)
    if not came.is_success:
        raise _refusal(came, said)
    return said if form is None else _formed(came, said, form)


def cookies_of(line: str) -> Iterator[tuple[str, str]]:
    """Yield the names and values of a Set-Cookie header. A deleted cookie has an empty value."""
    try:
        found = SimpleCookie(line)
    except CookieError:
        return
    for name, cookie in found.items():
        yield name, "" if cookie["max-age"] == "0" or not cookie.value.isascii() else cookie.value


def key_in(came: httpx2.Response) -> str:
    """Return the key of a session that an answer opened or renewed; empty without one, or if a cookie holds it."""
    said = _json(came) if _is_json(came) and b'"token"' in came.content else None
    for one in (said, said.get("session")) if isinstance(said, dict) else ():
        token = one.get("token") if isinstance(one, dict) and "login" in one else None
        if isinstance(token, str) and "." in token and token.isascii() and token.isprintable():
            return token
    return ""


def _refusal(came: httpx2.Response, said: Any) -> Exception:
    if not isinstance(said, dict) or not isinstance(said.get("error"), str):
        return _not_ours(came)
    wait = came.headers.get("retry-after", "")
    return refusal(came.status_code, said, int(wait) if wait.isdecimal() else 0)


# The errors below are raised outside of the `except` block: their cause would hold the answer, with its secrets.
def _json(came: httpx2.Response) -> Any:
    if not came.content and came.is_success:
        return None
    if _is_json(came):
        try:
            return came.json()
        except (ValueError, RecursionError):
            pass
    raise _not_ours(came)


def _is_json(came: httpx2.Response) -> bool:
    kind: str = came.headers.get("content-type", "")
    return kind.partition(";")[0].strip() == "application/json"


def _formed(came: httpx2.Response, said: Any, form: Any) -> Any:
    try:
        return TypeAdapter(form).validate_python(said)
    except ValidationError:
        pass
    raise _not_ours(came)


def _not_ours(came: httpx2.Response) -> NotOurs:
    return NotOurs(f"This response is not from the authapp API (status {came.status_code}). Check the URL.")
