"""Commands of the package in a process of their own."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.kit.processes.servers import ROOT


def run_outside(*words: object, cwd: Path = ROOT, **more: Any) -> subprocess.CompletedProcess[str]:
    """Run `python -m authapp …` in a separate process with this environment."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **more.pop("env", {})}
    command = [sys.executable, "-m", "authapp", *(str(word) for word in words)]
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=300, **more)
