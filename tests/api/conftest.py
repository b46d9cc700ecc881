"""Servers and users of the API tests: those of the attacks, and apps with HTTPS, header tokens or approval."""

from collections.abc import Iterator

import pytest

from tests.kit.apps import COOKIES, PUBLIC, alice, attacked, bob, limited, logged, server, share_database, strict
from tests.kit.processes.servers import Server, running

__all__ = ["alice", "attacked", "bob", "limited", "logged", "server", "strict"]


@pytest.fixture(scope="session")
def encrypted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Run the app behind a proxy that speaks HTTPS to browsers and plain HTTP to the app."""
    proxied = {**COOKIES, "AUTHAPP_URL": PUBLIC, "AUTHAPP_TRUSTED_PROXIES": "1", "AUTHAPP_OUTBOX_PAGE": "true"}
    with running(tmp_path_factory.mktemp("encrypted"), **proxied) as running_server:
        yield running_server


@pytest.fixture
def secure(encrypted, configure) -> Server:
    share_database(encrypted, configure)
    return encrypted


@pytest.fixture(scope="session")
def headed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Run the app with its default token kind: programs keep their key themselves and send it in a header."""
    with running(tmp_path_factory.mktemp("headed")) as running_server:
        yield running_server


@pytest.fixture
def keyed(headed, configure) -> Server:
    share_database(headed, configure)
    return headed


@pytest.fixture(scope="session")
def choosy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Run the app with new users waiting for an administrator."""
    settings = {"AUTHAPP_APPROVAL": "true", "AUTHAPP_ADMINS": "admin@example.com"}
    with running(tmp_path_factory.mktemp("choosy"), **settings) as running_server:
        yield running_server


@pytest.fixture
def guarded(choosy, configure) -> Server:
    share_database(choosy, configure)
    return choosy
