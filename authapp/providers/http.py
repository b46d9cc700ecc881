"""Careful HTTP to providers: bounded time and size, no redirects, and JSON answers that are checked."""

import json
import ssl
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from authapp.extras import lazy

if TYPE_CHECKING:
    import httpx2
else:
    httpx2 = lazy("httpx2")


TIMEOUT = 5  # seconds for one request to a provider; a user waits for the answer
LONGEST = 1_000_000  # bytes of a response


class Away(Exception):
    """Raised when the response of a provider is unusable."""


async def _bounded(response: "httpx2.Response") -> None:
    if int(response.headers.get("content-length") or 0) > LONGEST or response.is_redirect:
        raise Away


def careful() -> dict[str, Any]:
    """Return the options of the HTTP client: no redirects (only configured hosts), short timeouts, small responses."""
    hooks = {"response": [_bounded]}
    return {"verify": trusted(), "timeout": TIMEOUT, "follow_redirects": False, "event_hooks": hooks}


@lru_cache(maxsize=1)
def trusted() -> ssl.SSLContext:
    """Return the trusted certificates. Created once, because it takes a tenth of a second."""
    return httpx2.create_ssl_context()


async def fetch(url: str) -> dict[str, Any]:
    """Fetch a public JSON document, of at most `LONGEST` bytes."""
    data = bytearray()
    async with httpx2.AsyncClient(**careful()) as client, client.stream("GET", url) as response:
        if response.status_code != 200:
            raise Away
        async for part in response.aiter_bytes():
            data += part
            if len(data) > LONGEST:
                raise Away
    return _object(bytes(data))


def json_object(response: "httpx2.Response") -> dict[str, Any]:
    """Return the JSON object of a response."""
    if response.status_code != 200:
        raise Away
    return _object(response.content)


def json_list(response: "httpx2.Response") -> list[dict[str, Any]]:
    """Return a list of objects; an empty list when the provider denies access to it."""
    try:
        rows = json.loads(response.content) if response.status_code == 200 else []
    except ValueError:
        raise Away from None
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def _object(data: bytes) -> dict[str, Any]:
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        raise Away from None
    if not isinstance(document, dict):
        raise Away
    return document


def text_of(claims: Mapping[str, Any], name: str) -> str:
    """Return a claim that is a text; empty when it is absent or of another type."""
    value = claims.get(name)
    return value if isinstance(value, str) else ""
