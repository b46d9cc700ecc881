"""Fixtures of the built app on loopback, one for each way of running it, and of users in its database."""

from collections.abc import Callable, Iterator

import pytest

from authapp.testing import Configure
from tests.kit import users
from tests.kit.processes.servers import SECRET, Server, running

COOKIES = {"AUTHAPP_TOKEN_KIND": "cookie"}  # with cookies, an attack could use the browser's key without having it
PUBLIC = "https://accounts.example"


def share_database(server: Server, configure: Configure) -> Server:
    """Let the rules in this process work on the server's own database, like a second process of the app."""
    own = {"DATABASE_URL": server.database_url, "AUTHAPP_URL": server.url, "AUTHAPP_SECRET_KEY": SECRET}
    configure(**own, AUTHAPP_RATE_LIMITS="false")
    return server


@pytest.fixture(scope="session")
def attacked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Run the app with cookies."""
    with running(tmp_path_factory.mktemp("attacked"), **COOKIES) as server:
        yield server


@pytest.fixture(scope="session")
def limited(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Run the app as in production: rate limits on, no outbox page, and a proxy in front that reports the client.

    It waits only one second for a locked database.
    """
    settings = {**COOKIES, "AUTHAPP_RATE_LIMITS": "true", "AUTHAPP_OUTBOX_PAGE": "false"}
    settings |= {"AUTHAPP_TRUSTED_PROXIES": "1", "AUTHAPP_BUSY_SECONDS": "1"}
    with running(tmp_path_factory.mktemp("limited"), **settings) as server:
        yield server


@pytest.fixture
def server(attacked: Server, configure: Configure) -> Server:
    """Return the app with cookies; rules in this process work on its database."""
    return share_database(attacked, configure)


@pytest.fixture
def strict(limited: Server, configure: Configure) -> Server:
    """Return the app as in production; rules in this process work on its database."""
    return share_database(limited, configure)


@pytest.fixture
def alice(server: Server) -> users.Person:
    """Return a new user with a session."""
    return users.newcomer("Alice")


@pytest.fixture
def bob(server: Server) -> users.Person:
    """Return another new user with a session."""
    return users.newcomer("Bob")


@pytest.fixture
def logged(server: Server) -> Callable[[], str]:
    """Return a function for what the server logged since the test began."""
    before = len(server.logged())
    return lambda: server.logged()[before:]
