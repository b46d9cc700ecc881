"""What came back, read: an answer of the expected form, a refusal, or something that is not ours."""

from collections.abc import Iterator
from http.cookies import CookieError, SimpleCookie
from typing import Any

import httpx
from pydantic import TypeAdapter, ValidationError

from authapp.client.errors import NotOurs, refusal


def read(came: httpx.Response, form: Any) -> Any:
    """An answer as `form` says: a type, `bytes` for the body as it is, or None for whatever the JSON holds.

    Raises:
        Refusal: the server's *no*, of the class that its rule raised.
        NotOurs: an answer that our API does not give.
    """
    if came.is_success and form is bytes:
        return came.content
    said = _json(came)
    if not came.is_success:
        raise _refusal(came, said)
    return said if form is None else _formed(came, said, form)


def cookies_of(line: str) -> Iterator[tuple[str, str]]:
    """The names and values of a Set-Cookie header; one that is over has no value."""
    try:
        found = SimpleCookie(line)
    except CookieError:
        return
    for name, cookie in found.items():
        yield name, "" if cookie["max-age"] == "0" or not cookie.value.isascii() else cookie.value


def key_in(came: httpx.Response) -> str:
    """The key of a session that an answer opened or renewed; empty where there is none, or a cookie keeps it."""
    said = _json(came) if _is_json(came) and b'"token"' in came.content else None
    for one in (said, said.get("session")) if isinstance(said, dict) else ():
        token = one.get("token") if isinstance(one, dict) and "login" in one else None
        if isinstance(token, str) and "." in token and token.isascii() and token.isprintable():
            return token
    return ""


def _refusal(came: httpx.Response, said: Any) -> Exception:
    if not isinstance(said, dict) or not isinstance(said.get("error"), str):
        return _not_ours(came)
    wait = came.headers.get("retry-after", "")
    return refusal(came.status_code, said, int(wait) if wait.isdecimal() else 0)


# What is raised below is raised after its cause was handled: a cause that goes with it would hold what was said.
def _json(came: httpx.Response) -> Any:
    if not came.content and came.is_success:
        return None
    if _is_json(came):
        try:
            return came.json()
        except (ValueError, RecursionError):
            pass
    raise _not_ours(came)


def _is_json(came: httpx.Response) -> bool:
    kind: str = came.headers.get("content-type", "")
    return kind.partition(";")[0].strip() == "application/json"


def _formed(came: httpx.Response, said: Any, form: Any) -> Any:
    try:
        return TypeAdapter(form).validate_python(said)
    except ValidationError:
        pass
    raise _not_ours(came)


def _not_ours(came: httpx.Response) -> NotOurs:
    return NotOurs(f"This answer is not of our API (status {came.status_code}). Is the address right?")
