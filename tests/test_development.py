"""`reflex run` with a SQLite file beside the app: from the second start on, the server does not restart by itself."""

import os
import shutil
import signal
import subprocess
import sys
import time

import httpx
import pytest

from tests.kit.processes.servers import ROOT, SECRET, free_port

WAITS_FOR = 300  # seconds until a start counts as failed
APP = "import reflex as rx\nimport authapp\n\napp = authapp.install(rx.App())\n"


@pytest.mark.slow
def test_the_second_start_of_the_development_server_starts_once(tmp_path):
    """Reflex watches the files beside the app when it starts. A server that ends leaves no `-wal` and `-shm` there."""
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "shop.py").write_text(APP)
    (tmp_path / "shop" / "__init__.py").write_text("")
    shutil.copy(ROOT / "rxconfig.py", tmp_path)
    config = tmp_path / "rxconfig.py"
    config.write_text(config.read_text().replace('app_name="authapp"', 'app_name="shop"'))

    _run(tmp_path, signal.SIGINT, 1)
    assert not [*tmp_path.glob("shop.db-*")]

    said = _run(tmp_path, signal.SIGKILL, 30)  # seconds, enough for two or three reloads
    assert said.count("is ready: open") == 1, said

    assert [*tmp_path.glob("shop.db-wal")]
    said = _run(tmp_path, signal.SIGINT, 30)
    assert said.count("is ready: open") <= 2, said  # leftover files are merged and removed once


def _run(folder, how, seconds):
    """Start the backend, let it run for so many seconds, end it, and return its output."""
    port, log = free_port(), folder / "output.log"
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("AUTHAPP_", "DATABASE_"))}
    environment |= {"PYTHONPATH": str(ROOT), "DATABASE_URL": "sqlite:///shop.db", "AUTHAPP_SECRET_KEY": SECRET}
    command = [sys.executable, "-m", "reflex", "run", "--backend-only", "--backend-port", str(port)]
    with log.open("wb") as output:
        started = subprocess.Popen(
            command, cwd=folder, env=environment, stdout=output, stderr=output, start_new_session=True
        )
    try:
        until = time.monotonic() + WAITS_FOR
        while not _answers(port):
            assert started.poll() is None, log.read_text()
            assert time.monotonic() < until, log.read_text()
            time.sleep(0.2)
        time.sleep(seconds)
    finally:
        os.killpg(started.pid, how)
        started.wait()
    return log.read_text()


def _answers(port):
    try:
        return httpx.get(f"http://127.0.0.1:{port}/ping", timeout=5).status_code == 200
    except httpx.TransportError:
        return False
