"""Targets of the attacks: the built app on loopback, and users in its database, made by the real rules."""

import sqlite3
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests import people
from tests.attacks.intruder import PATIENCE
from tests.conftest import Configure
from tests.servers import SECRET, Server, running

# Tables that even an attempt without effect may write to: rate limits, the audit log, spent challenges.
COUNTED = ("auth_tally", "auth_spent", "auth_entry", "auth_alembic_version")
# Columns that change by themselves: when a user was last seen, and the delivery of a mail.
RESTLESS = ("last_seen_at", "state", "attempts", "due_at", "sent_at", "problem")
COOKIES = {"AUTHAPP_TOKEN_KIND": "cookie"}  # with cookies, an attack could use the browser's key without having it


@pytest.fixture(scope="session")
def attacked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("attacked"), **COOKIES) as server:
        yield server


@pytest.fixture(scope="session")
def limited(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Run the app as in production: rate limits on, no outbox page, and a proxy in front that reports the client.

    It waits only one second for a locked database.
    """
    settings = {**COOKIES, "AUTHAPP_LIMITS": "true", "AUTHAPP_OUTBOX_PAGE": "false"}
    settings |= {"AUTHAPP_TRUSTED_PROXIES": "1", "AUTHAPP_BUSY_SECONDS": "1"}
    with running(tmp_path_factory.mktemp("limited"), **settings) as server:
        yield server


@pytest.fixture(scope="session")
def extended(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Run a product on top of the app that keeps the states of its tabs in files."""
    folder = tmp_path_factory.mktemp("extended")
    kept = {**COOKIES, "REFLEX_STATE_MANAGER_MODE": "disk", "REFLEX_STATES_WORKDIR": str(folder / "states")}
    with running(folder, app="tests.attacks.product:app", **kept) as server:
        yield server


@pytest.fixture
def server(attacked: Server, configure: Configure) -> Server:
    return at_home(attacked, configure)


@pytest.fixture
def strict(limited: Server, configure: Configure) -> Server:
    return at_home(limited, configure)


@pytest.fixture
def product(extended: Server, configure: Configure) -> Server:
    return at_home(extended, configure)


def at_home(server: Server, configure: Configure) -> Server:
    """Let the rules in this process work on the server's own database."""
    own = {"DATABASE_URL": server.database_url, "AUTHAPP_URL": server.url, "AUTHAPP_SECRET_KEY": SECRET}
    configure(**own, AUTHAPP_LIMITS="false")
    return server


def newcomer(name: str) -> people.Person:
    """Return a new user with a session, unknown to other tests."""
    unlike = uuid4().hex[:8]
    return people.join(f"{name.lower()}-{unlike}@example.com", first_name=name, last_name=f"Liddell-{unlike}")


@pytest.fixture
def alice(server: Server) -> people.Person:
    return newcomer("Alice")


@pytest.fixture
def bob(server: Server) -> people.Person:
    return newcomer("Bob")


def database(server: Server) -> sqlite3.Connection:
    """Open the server's database directly."""
    return sqlite3.connect(server.database_url.removeprefix("sqlite:///"), timeout=120, isolation_level=None)


def change(server: Server, statement: str, *values: object) -> None:
    """Change one row behind the server's back, as time or another process would."""
    held = database(server)
    assert held.execute(statement, values).rowcount == 1
    held.close()


class Rows(dict[str, list[tuple[Any, ...]]]):
    """Rows by table, each after its expiry. Expired rows may be deleted at any moment, so comparisons ignore them."""

    def __init__(self) -> None:
        self.at = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")  # in the database's format

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Rows) and self.lasting(max(self.at, other.at)) == other.lasting(max(self.at, other.at))

    def lasting(self, at: str) -> list[tuple[str, list[tuple[Any, ...]]]]:
        return [(table, [row for row in held if row[0] is None or row[0] > at]) for table, held in self.items()]


def rows(server: Server) -> Rows:
    """Return all rows of the database, except what an attempt without effect may write and what changes by itself."""
    held = database(server)
    tables = [name for (name,) in held.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    kept = Rows()
    for table in sorted(set(tables) - set(COUNTED)):
        columns = [column[1] for column in held.execute(f"PRAGMA table_info({table})") if column[1] not in RESTLESS]
        end = "expires_at" if "expires_at" in columns else "NULL"
        kept[table] = sorted(held.execute(f"SELECT {', '.join([end, *columns])} FROM {table}"), key=repr)
    held.close()
    return kept


@pytest.fixture
def logged(server: Server) -> Callable[[], str]:
    """Return a function for what the server logged since the test began."""
    before = len(server.logged())
    return lambda: server.logged()[before:]


def eventually(met: Callable[[], Any], within: float = PATIENCE) -> None:
    """Wait until a condition is true."""
    deadline = time.monotonic() + within
    while not met():
        assert time.monotonic() < deadline, f"this did not come to be within {within} s"
        time.sleep(0.05)


def files_of(server: Server) -> list[Path]:
    """Return all files that the server wrote, except the copy of the build."""
    return [path for path in server.log.parent.rglob("*") if path.is_file() and "web-" not in str(path)]
