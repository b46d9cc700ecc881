"""Targets of the attacks: the built app on loopback, and a product on top of it."""

from collections.abc import Iterator

import pytest

from authapp.core.account import phones
from authapp.core.authentication import recovery, sign_up, step_up
from authapp.testing import Configure
from tests.kit.apps import COOKIES, alice, attacked, bob, limited, logged, server, share_database, strict
from tests.kit.contacts import fresh_number, with_number
from tests.kit.messages import code_to
from tests.kit.processes.servers import Server, running
from tests.kit.rules import do
from tests.kit.users import HOME, PASSWORD
from tests.kit.web.flows import (
    FORGOT,
    PHONES,
    SIGN_UP,
    STEP_UP,
    pass_the_pause,
)
from tests.kit.web.handlers import NAMES

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


@pytest.fixture
def steps(server, alice):
    """Begin one waiting step of each kind, with its key and its code: two of Alice, two of new users."""
    hers, new = with_number(alice), [fresh_number() for _ in range(2)]
    begun = {
        PHONES: (do(phones.add, alice.me, new[0], HOME), new[0]),
        SIGN_UP: (do(sign_up.sign_up_by_phone, new[1], sign_up.NewUser(*NAMES.values(), PASSWORD), HOME), new[1]),
        FORGOT: (do(recovery.recover_by_phone, hers, HOME), hers),
    }
    kept = {flow: (step.key, code_to(number)) for flow, (step, number) in begun.items()}
    pass_the_pause(server, hers)
    kept[STEP_UP] = (do(step_up.send_code, alice.me, HOME).key, code_to(hers))
    return kept
