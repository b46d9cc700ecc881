"""Exceptions of a client: the refusals of the server by their code, and failures before an answer of the API."""

from collections.abc import Iterator
from typing import Any

from authapp.core.base import errors
from authapp.core.base.errors import Refusal


class ClientError(Exception):
    """Raised when no answer of the API arrived, so that the outcome is unknown."""


class NoAnswer(ClientError):
    """Raised when the server cannot be reached, or does not answer in time."""


class NotOurs(ClientError):
    """Raised when the answer is not from the API: from a proxy, from another program, or unreadable."""


class Impostor(ClientError):
    """Raised when the server cannot prove that it has the SCRAM record, or asks for what our server never asks for."""


class PasswordKept(ClientError):
    """Raised when the server asks for the password itself, and it may not be sent.

    The connection is not encrypted, `plain` is off, or this client logged the same user in before without sending it.
    """


def refusal(status: int, body: dict[str, Any], wait: int) -> Refusal:
    """Return the refusal that the server's rule raised. An unknown code becomes a plain `Refusal` with this code."""
    code, field = str(body["error"]), str(body.get("field", ""))
    kind = _BY_CODE.get(code, Refusal)
    error = kind.__new__(kind)
    error.code = code
    Refusal.__init__(error, str(body.get("message", "")), field=field)  # subclasses need arguments that only a rule has
    error.status, error.wait = status, wait
    error.details = {name: str(value) for name, value in body.items() if name not in ("error", "message", "field")}
    return error


def _all(kind: type[Refusal]) -> Iterator[type[Refusal]]:
    for subclass in kind.__subclasses__():
        yield subclass
        yield from _all(subclass)


_BY_CODE = {kind.code: kind for kind in _all(Refusal) if kind.__module__ == errors.__name__}
