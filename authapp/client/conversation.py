"""Calls as generators, shared by both clients: they yield requests and work, and are sent the results."""

import json
import re
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, TypeVar

import httpx2
from pydantic import BaseModel

from authapp.client.answers import cookies_of, key_in, read
from authapp.client.errors import Impostor, PasswordKept
from authapp.client.proof import solve
from authapp.client.scram import derive, new_nonce, prove
from authapp.core.base.errors import ProofOfWorkNeeded
from authapp.wire.account import Account
from authapp.wire.common import PROOF_HEADER
from authapp.wire.login import (
    AuthNeeded,
    AuthOk,
    ConnectBody,
    Fresh,
    LoginBody,
    LoginOk,
    LoginWait,
    ProviderLoginBody,
    Renewal,
    RenewalBody,
    StepUpBody,
)
from authapp.wire.sessions import TOKEN_HEADER

T = TypeVar("T")
Json = Mapping[str, Any] | list[Any] | None
COOKIES = ("authapp", "__Host-authapp")  # prefixes of our cookie names
_SESSION_COOKIE = re.compile(r"(__Host-)?authapp(-\d+)?")  # a port is part of the name
_HERE = ("localhost", "127.0.0.1", "::1")
# Calls that replace the session's key. The server repeats its answer to the same request, so that a lost answer logs
# nobody out.
_REPEATED = ("step-up", "step-up/code/confirm")


@dataclass(frozen=True, repr=False)
class Ask:
    """Request to be sent."""

    method: str
    path: str
    content: bytes | None
    headers: dict[str, str]
    optional: bool = False  # whether a missing answer does not matter
    tries: int = 1  # attempts while no answer comes


@dataclass(frozen=True, repr=False)
class Work:
    """Slow work, to be done where it blocks nothing else."""

    do: Callable[[], Any]


Talk = Generator[Ask | Work, Any, T]
Check = Callable[[str], None]


def _no_check(_: str) -> None:
    """Accept any signature: a login without a challenge has no signature."""


class Conversation:
    """State of a client between calls, and its calls."""

    def __init__(self, url: httpx2.URL, token: str, plain: bool, origin: str | None) -> None:
        name, is_cookie, value = token.rpartition("=")
        self._key = "" if is_cookie else token
        self._cookies = {name: value} if is_cookie else {}
        self._plain = plain and (url.scheme == "https" or url.host in _HERE)
        self._proved_users: set[str] = set()  # users who logged in without sending the password
        self._origin = origin or f"{url.scheme}://{url.netloc.decode()}"

    @property
    def token(self) -> str:
        """Return what continues the session later: its key, or the cookie that holds the key."""
        cookies = [f"{name}={value}" for name, value in self._cookies.items() if _SESSION_COOKIE.fullmatch(name)]
        return cookies[0] if cookies else self._key

    def connect(self) -> Talk[AuthOk | AuthNeeded]:
        """Return the current session, or a challenge if there is no session."""
        answer: AuthOk | AuthNeeded = yield from self.call("GET", "/connect", None, AuthOk | AuthNeeded)
        return answer

    def login(self, user: str, password: str, keep: bool) -> Talk[LoginOk | LoginWait]:
        """Prove the password, and check that the server has its SCRAM record."""
        fields, check = yield from self._prove(user, password)
        answer = yield from self._log_in(LoginBody.model_construct(user=user, keep=keep, **fields), check)
        if isinstance(answer, LoginOk) and answer.signature:
            self._proved_users.add(user)
            yield from self._renew(password, answer.renewal)
        return answer

    def login_with_provider(
        self, origin: str, token: str, challenge_id: str | None, keep: bool
    ) -> Talk[LoginOk | LoginWait]:
        """Log in with a token of an identity provider."""
        body = ProviderLoginBody.model_construct(auth_origin=origin, token=token, challenge_id=challenge_id, keep=keep)
        return (yield from self._log_in(body))

    def logout(self) -> Talk[AuthNeeded]:
        """End the session."""
        answer: AuthNeeded = yield from self.call("POST", "/logout", {}, AuthNeeded)
        self._forget()
        return answer

    def step_up(self, password: str) -> Talk[Fresh]:
        """Prove the password of the signed-in user again."""
        me: Account = yield from self.call("GET", "/account", None, Account)
        fields, _ = yield from self._prove(me.login, password)
        answer: Fresh = yield from self.call("POST", "/step-up", StepUpBody.model_construct(**fields), Fresh)
        return answer

    def call(self, method: str, path: str, body: BaseModel | Json | bytes, form: Any) -> Talk[Any]:
        """Call any endpoint, and read its answer as `form` requests. Solves a proof of work once, if one is needed."""
        response = yield self._ask(method, path, body)
        try:
            answer = read(response, form)
        except ProofOfWorkNeeded as refusal:
            proof = yield Work(partial(solve, refusal.details.get("challenge", "")))
            if not proof:
                raise
            response = yield self._ask(method, path, body, {PROOF_HEADER: proof})
            answer = read(response, form)
        self._remember(response)
        return answer

    def _prove(self, user: str, password: str) -> Talk[tuple[Any, Check]]:
        """Request a challenge. Returns the fields that answer it, and the check of the server's signature."""
        if not (isinstance(user, str) and isinstance(password, str)):
            raise TypeError("user and password must be str")
        nonce = new_nonce()
        body = ConnectBody.model_construct(user=user, nonce=nonce, again=True)
        answer: AuthNeeded = yield from self.call("POST", "/connect", body, AuthNeeded)
        if not answer.challenge:
            return {"challenge_id": answer.challenge_id, "password": self._plain_password(user, password)}, _no_check
        proof = yield Work(partial(prove, user, password, nonce, answer.challenge))
        return {"challenge_id": answer.challenge_id, "challenge_reply": proof.reply}, proof.check

    def _log_in(self, body: BaseModel, check: Check = _no_check) -> Talk[LoginOk | LoginWait]:
        response = yield self._ask("POST", "/login", body)
        answer: LoginOk | LoginWait = read(response, LoginOk | LoginWait)
        if isinstance(answer, LoginOk):
            check(answer.signature)  # before any of the answer is kept
        self._remember(response)
        return answer

    def _renew(self, password: str, renewal: Renewal | None) -> Talk[None]:
        """Send a new SCRAM record if the server asks for one. A failure does not affect the login."""
        if renewal is None:
            return
        try:
            keys = yield Work(partial(derive, password, renewal.salt, renewal.iterations))
        except Impostor:
            return
        yield replace(self._ask("POST", "/renewal", RenewalBody(token=renewal.token, **keys)), optional=True)

    def _plain_password(self, user: str, password: str) -> str:
        if not self._plain:
            raise PasswordKept(
                "The server asks for the password itself. It is sent over https only, and this connection is not https."
            )
        if user in self._proved_users:
            raise PasswordKept("The server asks for the password itself, although it did not need it before.")
        return password

    def _ask(
        self, method: str, path: str, body: BaseModel | Json | bytes, extra: Mapping[str, str] | None = None
    ) -> Ask:
        headers = {"Accept": "application/json, */*", **(extra or {})}
        if self._key:
            headers[TOKEN_HEADER] = self._key
        if self._cookies:
            headers["Cookie"] = "; ".join(map("=".join, self._cookies.items()))
        if any(name.startswith(COOKIES) for name in self._cookies):
            headers["Origin"] = self._origin  # without it, our cookie looks like a forged request (CSRF)
        if body is not None and not isinstance(body, bytes):
            headers["Content-Type"] = "application/json"
            body = _as_json(body)
        path = path.removeprefix("/")
        return Ask(method, f"/{path}", body, headers, tries=2 if path in _REPEATED else 1)

    def _remember(self, response: httpx2.Response) -> None:
        """Store the key of a session that an answer of any call opened or renewed."""
        for line in response.headers.get_list("set-cookie"):
            for name, value in cookies_of(line):
                self._cookies.pop(name, None)
                if value:
                    self._cookies[name] = value
        self._key = key_in(response) or self._key

    def _forget(self) -> None:
        self._key = ""
        self._cookies = {name: value for name, value in self._cookies.items() if not _SESSION_COOKIE.fullmatch(name)}


def _as_json(body: BaseModel | Json) -> bytes:
    data = body.model_dump(mode="json", exclude_none=True) if isinstance(body, BaseModel) else body
    return json.dumps(data).encode()
