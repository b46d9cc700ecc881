"""Pytest fixtures for the tests of a product: `pytest_plugins = ["authapp.testing"]` in its conftest.py.

Each test has a fresh, migrated database, the rate limits of production, and cheap password hashes.
"""

import asyncio
import importlib
import inspect
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

import httpx2
import pytest
import reflex as rx
from sqlmodel import SQLModel, col, select
from starlette.applications import Starlette
from starlette.responses import Response

from authapp import migrations
from authapp.client import Client
from authapp.config import Settings, settings
from authapp.core import Db
from authapp.core.admin import people
from authapp.core.admin.people import NewUser
from authapp.core.authentication import accounts
from authapp.core.authorization import access, groups
from authapp.core.authorization.actors import Actor
from authapp.core.base import clock as core_clock
from authapp.core.base import hooks, tokens
from authapp.core.base.callers import Caller as Place
from authapp.core.base.errors import ProofOfWorkNeeded, Refusal, StepUpNeeded
from authapp.core.base.hooks import Hook
from authapp.core.base.process_state import reset
from authapp.core.credentials import scram
from authapp.core.sessions import sessions
from authapp.core.sessions.sessions import NewSession, Principal, SessionRef
from authapp.db import transaction
from authapp.db.engines import engine
from authapp.guards import context, hidden, registry
from authapp.installation import reflex_seams
from authapp.installation.app import histories, public_surface
from authapp.installation.reflex_seams import RegisteredEventHandler, RegistrationContext
from authapp.models import Message

__all__ = ["Answer", "Clock", "Mail", "Outbox", "Person", "public_surface"]

PASSWORD = "correct horse battery staple"  # noqa: S105 - of people who do not exist
HOME = Place("192.0.2.1", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")
KEY = "a key of the tests that everybody knows"
# Cheap password hashes, and no proofs of work: these tests have no browser that computes them.
_FAST = {"AUTHAPP_SECRET_KEY": KEY, "AUTHAPP_PASSWORD_ROUNDS": 4096, "AUTHAPP_PROOF_OF_WORK": 0}
Configure = Callable[..., None]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the pytest setting `authapp_app`, which names the product."""
    parser.addini("authapp_app", "The product to test, like shop.shop:app.", default="")


def forget() -> None:
    """Close the database and clear every cache, as if the process had just started."""
    reset()


class Clock:
    """Stopped clock. Each reading advances it by a microsecond, so that later events have later times."""

    def __init__(self) -> None:
        self._now: datetime = core_clock.now()

    def now(self) -> datetime:
        """Return the time that every rule sees."""
        self._now += timedelta(microseconds=1)
        return self._now

    def advance(self, by: timedelta) -> None:
        """Move the time forward."""
        self._now += by


@dataclass(frozen=True)
class Mail:
    """Mail or text in the outbox."""

    to: str
    subject: str
    text: str

    @property
    def link(self) -> str:
        """Return the first URL in the text; empty without a URL."""
        match = re.search(r"https?://\S+", self.text)
        return match[0] if match else ""

    @property
    def code(self) -> str:
        """Return the one-time code in the text; empty without a code."""
        match = re.search(r"(?<!\d)\d{6}(?!\d)", self.text)
        return match[0] if match else ""


class Outbox:
    """Mails and texts of a test, the newest last."""

    def __iter__(self) -> Iterator[Mail]:
        with transaction() as db:
            rows = db.exec(select(Message).where(Message.state != "unsent").order_by(col(Message.written_at))).all()
        return iter([Mail(row.recipient, row.subject, row.text) for row in rows])

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def to(self, recipient: str) -> list[Mail]:
        """Return the messages to an email address or number."""
        return [mail for mail in self if mail.to == recipient]

    @property
    def last(self) -> Mail:
        """Return the newest message.

        Raises:
            AssertionError: the outbox is empty.
        """
        mails = list(self)
        assert mails, "the outbox is empty"
        return mails[-1]


class Answer(NamedTuple):
    """Result of an event."""

    code: str  # code of the refusal, like `NotAllowed`; empty: the event was not refused
    refused: str  # message of the refusal, as the page shows it
    returned: Any  # the return value of the event, or a list of the values it yielded
    vars: dict[str, Any]  # vars of its state, as the page sees them afterwards


@dataclass
class Person:
    """User of a test, signed in; the fixture `nobody` is a visitor who is not."""

    email: str = ""
    user_id: UUID | None = None
    key: str = ""
    password: str = PASSWORD
    _states: dict[str, rx.State] = field(default_factory=dict, repr=False)

    @property
    def me(self) -> Principal | None:
        """Return the principal of this user; None when the session ended."""
        with transaction() as db:
            return sessions.resume(db, self.key)

    def run(self, event: Any, *args: Any, **more: Any) -> Answer:
        """Run an event of a state as this user, in one tab, with its access rule: `run(Shop.pay, 3)`.

        Args:
            event: the event as a page names it: `StateClass.event`.
            args: arguments from the page.
            more: arguments by name.
        """
        return asyncio.run(self._run(event, args, more))

    def sees(self, state: type[rx.State]) -> dict[str, Any]:
        """Return the vars of a state as the page of this user would have them."""
        return asyncio.run(self._sees(state))

    def enter(self, group: str) -> None:
        """Add the user to a group. Create the group when it does not exist."""
        assert self.user_id is not None
        with transaction() as db:
            groups.ensure(db, group)
            groups.add(db, self.user_id, group)

    def leave(self, group: str) -> None:
        """Remove the user from a group."""
        assert self.user_id is not None
        with transaction() as db:
            groups.remove(db, self.user_id, group)

    async def _run(self, event: Any, args: tuple[Any, ...], more: dict[str, Any]) -> Answer:
        handler, name = _handler_of(event)
        owner, me = handler.states[0], await self._asks()
        if refusal := self._kept_out() or await access.refusal(me, registry.of_handler(handler)):
            _run_hook(hooks.on_denied, self.me, refusal, name)
            return Answer(refusal.code, refusal.message, None, await self._sees(owner))
        state: Any = await self._tab().get_state(owner)
        context.running.set(None)  # there is no page that could send it again
        context.ended_by.set(None)
        result = handler.handler.fn(state, *args, **more)
        if inspect.isasyncgen(result):
            result = [item async for item in result]
        elif inspect.isawaitable(result):
            result = await result
        refusal = context.ended_by.get()
        asks_page = isinstance(refusal, StepUpNeeded | ProofOfWorkNeeded)  # and shows nothing
        message = refusal.message if refusal and asks_page else str(getattr(state, "refusal", ""))
        code = refusal.code if refusal and asks_page else Refusal.code if message else ""
        return Answer(code, message, result, await self._sees(owner))

    async def _sees(self, owner: type[rx.State]) -> dict[str, Any]:
        closed = owner.get_full_name() in await hidden.closed_to(await self._asks())
        state = await self._tab().get_state(owner)
        hidden.forget_computed(state)
        values = {}
        for name in registry.vars_of(owner):
            is_hidden = closed and not hidden.is_own(owner, name)
            value = hidden.first_value(owner, name) if is_hidden else getattr(state, name)
            values[name] = await value if inspect.isawaitable(value) else value
        return values

    async def _asks(self) -> Principal | None:
        me = None if self._kept_out() else self.me
        context.asking.set(me)
        return me

    def _kept_out(self) -> Refusal | None:
        return _run_hook(hooks.on_connected_request, self.me) if self.me else None

    @property
    def _line(self) -> str:
        return f"tab of {self.email}"

    def _tab(self) -> rx.State:
        if "root" not in self._states:
            self._states["root"] = reflex_seams.new_state()
        root, key = self._states["root"], tokens.parse(self.key)
        headers = {"authorization": str(SessionRef.of(key)) if key else "", "user-agent": HOME.user_agent}
        reflex_seams.connect(root, headers=headers, token=self._line, ip=HOME.ip)
        return root


def _run_hook(hook: Hook, *args: Any) -> Refusal | None:
    try:
        with transaction() as db:
            hook.run(db, *args)
    except Refusal as refusal:
        return refusal
    return None


def _handler_of(event: Any) -> tuple[RegisteredEventHandler, str]:
    handlers = RegistrationContext.get().event_handlers
    found = next((name for name, handler in handlers.items() if handler.handler.fn is event.fn), None)
    if found is None:
        raise ValueError(f"{event!r} is not an event of a state")
    return handlers[found], found


class _InProcess(httpx2.BaseTransport):
    """Transport of httpx2 that calls an ASGI app in this process, from the IP address of the test user."""

    def __init__(self, app: Any) -> None:
        self._way = httpx2.ASGITransport(app, client=(HOME.ip, 0))

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        async def ask() -> httpx2.Response:
            request.stream = httpx2.ByteStream(request.read())
            response = await self._way.handle_async_request(request)
            return httpx2.Response(response.status_code, headers=response.headers, content=await response.aread())

        return asyncio.run(ask())


@pytest.fixture(scope="session")
def app(pytestconfig: pytest.Config) -> Any:
    """Return the product that the pytest setting `authapp_app` names. Override it when an import is not enough."""
    setting = str(pytestconfig.getini("authapp_app"))
    if not setting:
        pytest.fail("Name the product to test in the settings of pytest: authapp_app = shop.shop:app")
    module, _, name = setting.partition(":")
    return getattr(importlib.import_module(module), name or "app")


@pytest.fixture(scope="session")
def _migrated(tmp_path_factory: pytest.TempPathFactory, app: Any) -> Path:
    path = tmp_path_factory.mktemp("authapp") / "migrated.db"
    with pytest.MonkeyPatch.context() as patch:
        _set(patch, DATABASE_URL=f"sqlite:///{path}")
        folder = histories.get(id(app), "")
        migrations.apply(folder)
        if not folder:  # the product creates its tables in some other way
            SQLModel.metadata.create_all(engine())
        forget()
    return path


def _set(patch: pytest.MonkeyPatch, **variables: object) -> None:
    patch.setitem(Settings.model_config, "env_file", None)  # a developer's own `.env` must not affect tests
    for name, value in {**_FAST, **variables}.items():
        patch.setenv(name, str(value))
    forget()


@pytest.fixture
def configure(monkeypatch: pytest.MonkeyPatch) -> Iterator[Configure]:
    """Change settings, as if the process had started with them: `configure(AUTHAPP_SIGN_UP="closed")`."""
    yield lambda **variables: _set(monkeypatch, **variables)
    forget()


@pytest.fixture
def database(configure: Configure, tmp_path: Path, _migrated: Path) -> str:
    """Create a database with all tables, yours and ours, and without users; return its URL. Other fixtures use it."""
    url = f"sqlite:///{shutil.copy(_migrated, tmp_path / 'authapp.db')}"
    configure(DATABASE_URL=url)
    return url


@pytest.fixture
def db(database: str) -> Iterator[Db]:
    """Open a transaction for rules of the product; it commits at the end."""
    with transaction() as session:
        yield session


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Stop the time that every rule sees; `advance` moves it."""
    stopped_clock = Clock()
    monkeypatch.setattr(core_clock, "now", stopped_clock.now)
    return stopped_clock


@pytest.fixture
def outbox(database: str) -> Outbox:
    """Return the mails and texts of the test."""
    return Outbox()


@pytest.fixture
def person(database: str, app: Any) -> Callable[..., Person]:
    """Create signed-in users: `ann = person("ann@example.com", "staff", first_name="Ann")`."""

    def make(email: str = "ann@example.com", *names: str, first_name: str = "", last_name: str = "") -> Person:
        with transaction() as db:
            user_id = people.create(db, Actor(None, HOME), NewUser(email, first_name, last_name), tell=False)
            accounts.keep_password(db, user_id, *scram.make(PASSWORD, user_id, scram.current_of(db, user_id)))
            opened = sessions.open(db, NewSession(user_id, email, "password"), HOME)
        user = Person(email, user_id, opened.key)
        for name in names:
            user.enter(name)
        return user

    return make


@pytest.fixture
def nobody(database: str, app: Any) -> Person:
    """Return a visitor who is not signed in."""
    return Person()


@pytest.fixture
def client(database: str, app: Any) -> Iterator[Callable[..., Client]]:
    """Create API clients of the product, in this process: `client(ann)` is signed in, `client()` is a visitor."""
    clients: list[Client] = []

    def make(who: Person | None = None) -> Client:
        inner: Any = Response(status_code=404)
        for transformer in app.api_transformer:
            inner = transformer if isinstance(transformer, Starlette) else transformer(inner)
        api_client = Client(settings().url, token=who.key if who else "", transport=_InProcess(inner))
        clients.append(api_client)
        return api_client

    yield make
    for api_client in clients:
        api_client.close()
