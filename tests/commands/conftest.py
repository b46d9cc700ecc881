"""Runners for commands: `run` invokes them in this process, `outside` in a separate one."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from authapp.commands import commands

ROOT = Path(__file__).parent.parent.parent
Run = Callable[..., Result]


@pytest.fixture
def run(database: str) -> Run:
    """Return a function that runs a command with these words; `input` is the typed text."""

    def invoke(*words: object, input: str | None = None) -> Result:
        return CliRunner().invoke(commands, [str(word) for word in words], input=input)

    return invoke


def outside(*words: object, cwd: Path = ROOT, **more: Any) -> subprocess.CompletedProcess[str]:
    """Run `python -m authapp …` in a separate process with this environment."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **more.pop("env", {})}
    command = [sys.executable, "-m", "authapp", *(str(word) for word in words)]
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=300, **more)
