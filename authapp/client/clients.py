"""Sync and async client: each sends the requests of the same `Conversation` in its own way."""

import asyncio
import logging
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any, Self, TypeVar, overload

import httpx2
from pydantic import BaseModel

from authapp.client.conversation import Ask, Conversation, Json, Talk
from authapp.client.errors import NoAnswer
from authapp.wire.login import AuthNeeded, AuthOk, Fresh, LoginOk, LoginWait

T = TypeVar("T")
Sent = BaseModel | Json | bytes


class _Base:
    """Client of the account system over HTTP, for one user.

    Every call raises a `Refusal` of `authapp.core.base.errors` when the server refuses, of the same class as on the
    server, and a `ClientError` when no answer of the API arrived.

    Args:
        url: URL of the server, like `https://example.com`.
        token: an earlier value of `token`, to continue its session.
        path: path of the API (setting `AUTHAPP_RPC_PATH` of the server).
        plain: whether the password itself may be sent if the server asks for it. Needs https or localhost.
        origin: `AUTHAPP_URL` of the server, if `url` is another route to it and it keeps sessions in cookies.
        timeout: seconds without a byte after which a call fails.
        options: options of httpx2's client, like `verify` or `proxy`.
    """

    def __init__(
        self,
        url: str,
        *,
        token: str = "",
        path: str = "/api/v1",
        plain: bool = True,
        origin: str | None = None,
        timeout: float = 30,
        **options: Any,
    ) -> None:
        home = httpx2.URL(url)
        if home.scheme not in ("http", "https") or not home.host or home.path != "/":
            raise ValueError("url must be http:// or https:// and a host; pass the path as `path`")
        if not (token.isascii() and token.isprintable()):
            raise ValueError("token is malformed")
        self._home = f"{home.scheme}://{home.netloc.decode()}"
        self._talk = Conversation(home, token, plain, origin)
        # The conversation keeps the cookies, so that no cookie of an impostor is kept.
        no_jar = CookieJar(DefaultCookiePolicy(allowed_domains=()))
        self._open(base_url=home.copy_with(path=path, query=None), timeout=timeout, cookies=no_jar, **options)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self._home}>"

    @property
    def token(self) -> str:
        """Return the secret to store for continuing this session later: `Client(url, token=…)`."""
        return self._talk.token

    def _open(self, **options: Any) -> None:
        """Open the HTTP client, sync or async."""
        raise NotImplementedError

    def _silent(self, cause: str) -> NoAnswer:
        return NoAnswer(f"{self._home} could not be reached, or did not answer in time ({cause}).")


class Client(_Base):
    __doc__ = f"{_Base.__doc__}\n    For plain code; `AsyncClient` is the same in async code.\n    "

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection. The session stays open; `logout` ends it."""
        self._http.close()

    def connect(self) -> AuthOk | AuthNeeded:
        """Return the current session, or a challenge if there is no session."""
        return self._run(self._talk.connect())

    def login(self, user: str, password: str, *, keep: bool = False) -> LoginOk | LoginWait:
        """Log in by SCRAM: the password is proved and not sent, and the server must prove that it has the SCRAM record.

        Args:
            user: an email address or phone number.
            password: the password as typed.
            keep: whether to stay logged in for weeks.

        Raises:
            BadUserOrPassword: unknown user or wrong password.
            Impostor: the server failed its proof; nothing of its answer is kept.
            PasswordKept: the server asks for the password itself, and it may not be sent.
        """
        return self._run(self._talk.login(user, password, keep))

    def login_with_provider(
        self, origin: str, token: str, challenge_id: str | None = None, *, keep: bool = False
    ) -> LoginOk | LoginWait:
        """Log in with a token of an identity provider that the server trusts."""
        return self._run(self._talk.login_with_provider(origin, token, challenge_id, keep))

    def logout(self) -> AuthNeeded:
        """End the session."""
        return self._run(self._talk.logout())

    def step_up(self, password: str) -> Fresh:
        """Prove the password again, for calls that `StepUpNeeded` refuses. The session gets a new `token`.

        Raises:
            SessionExpired: there is no session.
            BadUserOrPassword: the password is wrong.
        """
        return self._run(self._talk.step_up(password))

    @overload
    def call(self, method: str, path: str, body: Sent = None) -> Any: ...
    @overload
    def call(self, method: str, path: str, body: Sent = None, *, answer: type[T]) -> T: ...
    def call(self, method: str, path: str, body: Sent = None, *, answer: Any = None) -> Any:
        """Call any endpoint of the API: `client.call("GET", "/data")`. The client keeps a session that the call opens.

        When the server asks for a proof of work, the client computes it and calls again.

        Args:
            method: the HTTP method: GET, POST and so on.
            path: the path below that of the API, like `/avatar`.
            body: a body of `authapp.wire`, any JSON value, or bytes, which are sent unchanged.
            answer: the type of the answer, like `AuthOk`, or `bytes`; without it, the plain JSON value.
        """
        return self._run(self._talk.call(method, path, body, answer))

    def _open(self, **options: Any) -> None:
        self._http = httpx2.Client(**options)

    def _run(self, talk: Talk[T]) -> T:
        result: Any = None
        while True:
            try:
                step = talk.send(result)
            except StopIteration as stop:
                return stop.value  # type: ignore[no-any-return]  # what a talk returns is a T
            result = self._make(step) if isinstance(step, Ask) else step.do()

    def _make(self, ask: Ask) -> httpx2.Response | None:
        cause = ""
        for _ in range(ask.tries):
            try:
                return self._http.request(ask.method, ask.path, content=ask.content, headers=ask.headers)
            except httpx2.HTTPError as error:
                cause = type(error).__name__
        if ask.optional:
            return None
        raise self._silent(cause)  # not from the error, which holds the request with its secrets


class AsyncClient(_Base):
    __doc__ = (
        f"{_Base.__doc__}\n    For async code; `Client` is the same in plain code, and says what each call does.\n    "
    )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connection, as `Client.close` does."""
        await self._http.aclose()

    async def connect(self) -> AuthOk | AuthNeeded:
        """Return the current session, or a challenge if there is no session."""
        return await self._run(self._talk.connect())

    async def login(self, user: str, password: str, *, keep: bool = False) -> LoginOk | LoginWait:
        """Log in, as `Client.login` does. A thread computes the proof, so that it does not block the event loop."""
        return await self._run(self._talk.login(user, password, keep))

    async def login_with_provider(
        self, origin: str, token: str, challenge_id: str | None = None, *, keep: bool = False
    ) -> LoginOk | LoginWait:
        """Log in with a token of an identity provider, as `Client.login_with_provider` does."""
        return await self._run(self._talk.login_with_provider(origin, token, challenge_id, keep))

    async def logout(self) -> AuthNeeded:
        """End the session."""
        return await self._run(self._talk.logout())

    async def step_up(self, password: str) -> Fresh:
        """Prove the password again, as `Client.step_up` does."""
        return await self._run(self._talk.step_up(password))

    @overload
    async def call(self, method: str, path: str, body: Sent = None) -> Any: ...
    @overload
    async def call(self, method: str, path: str, body: Sent = None, *, answer: type[T]) -> T: ...
    async def call(self, method: str, path: str, body: Sent = None, *, answer: Any = None) -> Any:
        """Call any endpoint of the API, as `Client.call` does."""
        return await self._run(self._talk.call(method, path, body, answer))

    def _open(self, **options: Any) -> None:
        self._http = httpx2.AsyncClient(**options)

    async def _run(self, talk: Talk[T]) -> T:
        result: Any = None
        while True:
            try:
                step = talk.send(result)
            except StopIteration as stop:
                return stop.value  # type: ignore[no-any-return]  # what a talk returns is a T
            result = await (self._make(step) if isinstance(step, Ask) else asyncio.to_thread(step.do))

    async def _make(self, ask: Ask) -> httpx2.Response | None:
        cause = ""
        for _ in range(ask.tries):
            try:
                return await self._http.request(ask.method, ask.path, content=ask.content, headers=ask.headers)
            except httpx2.HTTPError as error:
                cause = type(error).__name__
        if ask.optional:
            return None
        raise self._silent(cause)


def _tells_no_cookie(record: logging.LogRecord) -> bool:
    return "set-cookie" not in record.getMessage().lower()


for _line in ("httpcore2.http11", "httpcore2.http2"):  # at level DEBUG they log every header of an answer
    logging.getLogger(_line).addFilter(_tells_no_cookie)
