"""Targets of the attacks: the built app on loopback, and a product on top of it."""

from collections.abc import Iterator

import pytest

from authapp.testing import Configure
from tests.kit.apps import COOKIES, alice, attacked, bob, limited, logged, server, share_database, strict
from tests.kit.processes.servers import Server, running

__all__ = ["alice", "attacked", "bob", "limited", "logged", "server", "strict"]


@pytest.fixture(scope="session")
def extended(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Run a product on top of the app that keeps the states of its tabs in files."""
    folder = tmp_path_factory.mktemp("extended")
    kept = {**COOKIES, "REFLEX_STATE_MANAGER_MODE": "disk", "REFLEX_STATES_WORKDIR": str(folder / "states")}
    with running(folder, app="tests.kit.products.background:app", **kept) as server:
        yield server


@pytest.fixture
def product(extended: Server, configure: Configure) -> Server:
    return share_database(extended, configure)
