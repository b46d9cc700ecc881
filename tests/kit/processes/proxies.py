"""Real reverse proxies from Debian, on loopback ports of their own, in front of a test server."""

import os
import re
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from tests.kit.processes.servers import ROOT, Server, free_port

README = (ROOT / "README.md").read_text(encoding="utf-8")
PATIENCE = 60.0  # seconds
_GOES_WITH_US = ["setpriv", "--pdeathsig=TERM"]  # ends the proxy with the tests, also when the tests are killed
APP = "127.0.0.1:3000"  # address of the app in the configurations of the README


@dataclass
class Proxied(Server):
    """A server behind a proxy. Browsers address it by its public name."""

    @property
    def host(self) -> str:
        """Return the public host, as a browser sends it."""
        return urlsplit(self.url).netloc


def program(name: str) -> str:
    """Return the path of a program that the tests need."""
    found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    assert found, f"These tests need {name}. On Debian: apt-get install {name}"
    return found


def documented(language: str) -> str:
    """Return a configuration from the README."""
    (block,) = re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)
    return str(block)


@contextmanager
def nginx(folder: Path, server: Server, http: str) -> Iterator[Proxied]:
    """Run nginx with this content of its `http` block; a free port replaces `listen 80`."""
    port = free_port()
    temporary = "".join(f"{kind}_temp_path {folder}/{kind};" for kind in ("proxy", "fastcgi", "uwsgi", "scgi"))
    temporary += f"client_body_temp_path {folder}/body; access_log off;"
    http = http.replace("listen 80;", f"listen 127.0.0.1:{port};").replace(APP, f"127.0.0.1:{server.port}")
    config = folder / "nginx.conf"
    config.write_text(
        f"daemon off; pid {folder}/nginx.pid; error_log {folder}/nginx.log;\n"
        f"user root; worker_processes 1; events {{}}\nhttp {{ {temporary}\n{http}\n}}\n"
    )
    with _running([program("nginx"), "-e", str(folder / "nginx.log"), "-c", str(config)], folder, port):
        yield _through(server, port)


@contextmanager
def haproxy(folder: Path, server: Server, config: str) -> Iterator[Proxied]:
    """Run HAProxy with this configuration; a free port replaces `bind :80`."""
    port = free_port()
    file = folder / "haproxy.cfg"
    file.write_text(config.replace("bind :80", f"bind 127.0.0.1:{port}").replace(APP, f"127.0.0.1:{server.port}"))
    with _running([program("haproxy"), "-db", "-f", str(file)], folder, port):
        yield _through(server, port)


@contextmanager
def caddy(folder: Path, server: Server, config: str) -> Iterator[Proxied]:
    """Run Caddy with this configuration; a free port without a certificate replaces `shop.example`."""
    port = free_port()
    file = folder / "Caddyfile"
    site = config.replace("shop.example", f"http://:{port}").replace(APP, f"127.0.0.1:{server.port}")
    file.write_text(f"{{\n    admin off\n    auto_https off\n}}\n{site}")
    with _running([program("caddy"), "run", "--config", str(file), "--adapter", "caddyfile"], folder, port):
        yield _through(server, port)


def _through(server: Server, port: int) -> Proxied:
    return Proxied(port, server.url, server.database_url, server.log, server.process)


@contextmanager
def _running(command: list[str], folder: Path, port: int) -> Iterator[None]:
    log = folder / "output.log"
    environment = {**os.environ, "HOME": str(folder)}
    with log.open("ab") as output:
        process = subprocess.Popen(
            [*_GOES_WITH_US, *command], cwd=folder, env=environment, stdout=output, stderr=output
        )
    try:
        until = time.monotonic() + PATIENCE
        while True:
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < until, log.read_text()
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                time.sleep(0.05)
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()
