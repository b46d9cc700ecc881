"""The two clients: each makes the requests of the same talk in its own way."""

import asyncio
import logging
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any, Self, TypeVar, overload

import httpx
from pydantic import BaseModel

from authapp.client.conversation import Ask, Conversation, Json, Talk
from authapp.client.errors import NoAnswer
from authapp.wire import AuthNeeded, AuthOk, Fresh, LoginOk, LoginWait

T = TypeVar("T")
Sent = BaseModel | Json | bytes


class _Base:
    """The account system over HTTP, as one user.

    Every call raises a `Refusal` of `authapp.core.errors` when the server says no, of the class that its rule raised,
    and a `ClientError` when no answer of ours was heard.

    Args:
        url: where the server is, like `https://example.com`.
        token: what `token` was before, to go on with a session.
        path: where its API is (its setting `AUTHAPP_RPC_PATH`).
        plain: whether the password itself may be sent where the server asks for it, over https or on this computer.
        origin: the server's `AUTHAPP_URL`, where `url` is another way to it and it keeps sessions in cookies.
        timeout: seconds without a byte after which a server is silent.
        options: of httpx's client, like `verify` or `proxy`.
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
        home = httpx.URL(url)
        if home.scheme not in ("http", "https") or not home.host or home.path != "/":
            raise ValueError("url must be http:// or https://, a host and nothing after it; for the rest there is path")
        if not (token.isascii() and token.isprintable()):
            raise ValueError("token is none of ours")
        self._home = f"{home.scheme}://{home.netloc.decode()}"
        self._talk = Conversation(home, token, plain, origin)
        # Cookies are kept by the talk: none of a server that turned out to be an impostor.
        no_jar = CookieJar(DefaultCookiePolicy(allowed_domains=()))
        self._open(base_url=home.copy_with(path=path, query=None), timeout=timeout, cookies=no_jar, **options)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self._home}>"

    @property
    def token(self) -> str:
        """What is to be kept, as a secret, to go on with this session later: `Client(url, token=…)`."""
        return self._talk.token

    def _open(self, **options: Any) -> None:
        """Each of the two has a line of its own kind."""
        raise NotImplementedError

    def _silent(self, why: str) -> NoAnswer:
        return NoAnswer(f"{self._home} was not reached, or did not answer in time ({why}).")


class Client(_Base):
    __doc__ = f"{_Base.__doc__}\n    For plain code; `AsyncClient` is the same in async code.\n    "

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Hang up. The session goes on; `logout` ends it."""
        self._http.close()

    def connect(self) -> AuthOk | AuthNeeded:
        """Ask whose session this is."""
        return self._run(self._talk.connect())

    def login(self, user: str, password: str, *, keep: bool = False) -> LoginOk | LoginWait:
        """Log in; the password is proved and not sent, and the server must prove that it knows its verifier.

        Args:
            user: an email address or phone number.
            password: what was typed.
            keep: whether to stay logged in for weeks.

        Raises:
            WrongCredentials: unknown user or wrong password.
            Impostor: the server is not who it says it is; nothing of its answer was kept.
            PasswordKept: the server asks for the password itself, and it may not be sent.
        """
        return self._run(self._talk.login(user, password, keep))

    def login_foreign(
        self, origin: str, token: str, challenge_id: str | None = None, *, keep: bool = False
    ) -> LoginOk | LoginWait:
        """Log in with what another origin, which the server trusts, says of somebody."""
        return self._run(self._talk.login_foreign(origin, token, challenge_id, keep))

    def logout(self) -> AuthNeeded:
        """End the session."""
        return self._run(self._talk.logout())

    def step_up(self, password: str) -> Fresh:
        """Prove the password once more, for what is refused with `StepUpNeeded`. The session has a new `token` then.

        Raises:
            LoggedOut: this is nobody's session.
            WrongCredentials: the password is wrong.
        """
        return self._run(self._talk.step_up(password))

    @overload
    def call(self, method: str, path: str, body: Sent = None) -> Any: ...
    @overload
    def call(self, method: str, path: str, body: Sent = None, *, answer: type[T]) -> T: ...
    def call(self, method: str, path: str, body: Sent = None, *, answer: Any = None) -> Any:
        """Make any call of the API: `client.call("GET", "/data")`. A session that it opens or renews is this client's.

        Args:
            method: GET, POST and so on.
            path: below the API's own, like `/avatar`.
            body: a body of `authapp.wire`, whatever JSON can hold, or bytes, which are sent as they are.
            answer: the type of what comes back, like `AuthOk`, or `bytes`; without it, whatever the JSON holds.
        """
        return self._run(self._talk.call(method, path, body, answer))

    def _open(self, **options: Any) -> None:
        self._http = httpx.Client(**options)

    def _run(self, talk: Talk[T]) -> T:
        came: Any = None
        while True:
            try:
                step = talk.send(came)
            except StopIteration as end:
                return end.value  # type: ignore[no-any-return]  # what a talk returns is a T
            came = self._make(step) if isinstance(step, Ask) else step.do()

    def _make(self, ask: Ask) -> httpx.Response | None:
        why = ""
        for _ in range(ask.tries):
            try:
                return self._http.request(ask.method, ask.path, content=ask.content, headers=ask.headers)
            except httpx.HTTPError as error:
                why = type(error).__name__
        if ask.optional:
            return None
        raise self._silent(why)  # not from the error, which holds all that was sent


class AsyncClient(_Base):
    __doc__ = (
        f"{_Base.__doc__}\n    For async code; `Client` is the same in plain code, and says what each call does.\n    "
    )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Hang up, as `Client.close` does."""
        await self._http.aclose()

    async def connect(self) -> AuthOk | AuthNeeded:
        """Ask whose session this is."""
        return await self._run(self._talk.connect())

    async def login(self, user: str, password: str, *, keep: bool = False) -> LoginOk | LoginWait:
        """Log in, as `Client.login` does; the proof is made in a thread, so that nothing else waits for it."""
        return await self._run(self._talk.login(user, password, keep))

    async def login_foreign(
        self, origin: str, token: str, challenge_id: str | None = None, *, keep: bool = False
    ) -> LoginOk | LoginWait:
        """Log in as `Client.login_foreign` does."""
        return await self._run(self._talk.login_foreign(origin, token, challenge_id, keep))

    async def logout(self) -> AuthNeeded:
        """End the session."""
        return await self._run(self._talk.logout())

    async def step_up(self, password: str) -> Fresh:
        """Prove the password once more, as `Client.step_up` does."""
        return await self._run(self._talk.step_up(password))

    @overload
    async def call(self, method: str, path: str, body: Sent = None) -> Any: ...
    @overload
    async def call(self, method: str, path: str, body: Sent = None, *, answer: type[T]) -> T: ...
    async def call(self, method: str, path: str, body: Sent = None, *, answer: Any = None) -> Any:
        """Make any call of the API, as `Client.call` does."""
        return await self._run(self._talk.call(method, path, body, answer))

    def _open(self, **options: Any) -> None:
        self._http = httpx.AsyncClient(**options)

    async def _run(self, talk: Talk[T]) -> T:
        came: Any = None
        while True:
            try:
                step = talk.send(came)
            except StopIteration as end:
                return end.value  # type: ignore[no-any-return]  # what a talk returns is a T
            came = await (self._make(step) if isinstance(step, Ask) else asyncio.to_thread(step.do))

    async def _make(self, ask: Ask) -> httpx.Response | None:
        why = ""
        for _ in range(ask.tries):
            try:
                return await self._http.request(ask.method, ask.path, content=ask.content, headers=ask.headers)
            except httpx.HTTPError as error:
                why = type(error).__name__
        if ask.optional:
            return None
        raise self._silent(why)


def _tells_no_cookie(record: logging.LogRecord) -> bool:
    return "set-cookie" not in record.getMessage().lower()


for _line in ("httpcore.http11", "httpcore.http2"):  # at level DEBUG they tell every header of an answer
    logging.getLogger(_line).addFilter(_tells_no_cookie)
