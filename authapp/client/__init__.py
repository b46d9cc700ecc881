"""Python clients of the HTTP API: `Client` for sync code, `AsyncClient` for async code, their errors and answers."""

from authapp.client.clients import AsyncClient, Client
from authapp.client.errors import ClientError, Impostor, NoAnswer, NotOurs, PasswordKept
from authapp.wire.login import AuthNeeded, AuthOk, LoginOk, LoginWait

__all__ = [
    "AsyncClient",
    "AuthNeeded",
    "AuthOk",
    "Client",
    "ClientError",
    "Impostor",
    "LoginOk",
    "LoginWait",
    "NoAnswer",
    "NotOurs",
    "PasswordKept",
]
