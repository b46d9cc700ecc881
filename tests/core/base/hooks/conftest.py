"""Hooks that record what runs, and that are forgotten after each test."""

from collections.abc import Iterator

import pytest

from authapp.core.base import hooks
from tests.kit.hooks import Heard


@pytest.fixture(autouse=True)
def _forgotten_afterwards() -> Iterator[None]:
    yield
    for hook in hooks.HOOKS:
        hook.forget()


@pytest.fixture
def heard(database: str) -> Heard:
    """Return the names of the hooks that ran, in order. `heard.given` holds the last arguments of each."""
    return Heard()
