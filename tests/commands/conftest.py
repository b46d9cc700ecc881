"""Commands, run in this process as their users would; `outside` runs the real thing."""

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
    """Runs a command with these words; `input` is what is typed."""

    def invoke(*words: object, input: str | None = None) -> Result:
        return CliRunner().invoke(commands, [str(word) for word in words], input=input)

    return invoke


def outside(*words: object, cwd: Path = ROOT, **more: Any) -> subprocess.CompletedProcess[str]:
    """`python -m authapp …` in a process of its own, with the environment of this one."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **more.pop("env", {})}
    command = [sys.executable, "-m", "authapp", *(str(word) for word in words)]
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=300, **more)
