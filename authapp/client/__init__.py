"""The HTTP API from Python: `Client` for plain code, `AsyncClient` for async code, and what they raise and answer."""

from authapp.client.clients import AsyncClient, Client
from authapp.client.errors import ClientError, Impostor, NoAnswer, NotOurs, PasswordKept
from authapp.wire import AuthNeeded, AuthOk, LoginOk, LoginWait

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
