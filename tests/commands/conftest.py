"""Runners for commands: `run` invokes them in this process, `outside` in a separate one."""

from collections.abc import Callable

import pytest
from click.testing import CliRunner, Result

from authapp.commands import commands

Run = Callable[..., Result]


@pytest.fixture
def run(database: str) -> Run:
    """Return a function that runs a command with these words; `input` is the typed text."""

    def invoke(*words: object, input: str | None = None) -> Result:
        return CliRunner().invoke(commands, [str(word) for word in words], input=input)

    return invoke
