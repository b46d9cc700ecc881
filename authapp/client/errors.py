"""What a client raises: the refusals of the server, by their code, and what goes wrong before one can be heard."""

from collections.abc import Iterator
from typing import Any

from authapp.core import errors
from authapp.core.errors import Refusal


class ClientError(Exception):
    """No answer of ours was heard, so it is not known what was done."""


class NoAnswer(ClientError):
    """The server was not reached, or did not answer in time."""


class NotOurs(ClientError):
    """Something answered that is not our API: a proxy, another program, or nobody who can be understood."""


class Impostor(ClientError):
    """The server could not prove that it knows the password's verifier, or asked for what ours would never ask for."""


class PasswordKept(ClientError):
    """The server asks for the password itself, and it may not be sent.

    The line is not encrypted, `plain` is off, or this client logged the same user in before without sending it.
    """


def refusal(status: int, said: dict[str, Any], wait: int) -> Refusal:
    """The very refusal that the server's rule raised; one that we do not know is a plain `Refusal` with its code."""
    code, field = str(said["error"]), str(said.get("field", ""))
    known = _BY_CODE.get(code, Refusal)
    no = known.__new__(known)
    no.code = code
    Refusal.__init__(no, str(said.get("message", "")), field=field)  # theirs ask for what only a rule knows
    no.status, no.wait = status, wait
    no.details = {name: str(told) for name, told in said.items() if name not in ("error", "message", "field")}
    return no


def _all(kind: type[Refusal]) -> Iterator[type[Refusal]]:
    for one in kind.__subclasses__():
        yield one
        yield from _all(one)


_BY_CODE = {one.code: one for one in _all(Refusal) if one.__module__ == errors.__name__}
