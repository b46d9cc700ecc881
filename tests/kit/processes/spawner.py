"""Start servers quickly: this process imports the libraries once, and each server is a fork of it.

Each line of standard input starts a server. It is a JSON object with `folder`, `environment`, `arguments` of granian
and `log`. The answer is a line with the process id. Servers end with this process, which ends with its input.
"""

import gc
import importlib
import json
import os
import runpy
import signal
import sys
from typing import Any

# Imports that take long. Only libraries: authapp reads the settings of its server, and Reflex those of `rxconfig.py`.
LIBRARIES = [
    "granian.cli",
    "reflex.app",
    "alembic.command",
    "authlib.integrations.httpx_client",
    "jinja2",
    "phonenumbers",
    "PIL.Image",
    "resend",
    "sqlmodel",
    "twilio.rest",
    "ua_parser",
]


def main() -> None:
    """Start a server for each line of standard input."""
    for name in LIBRARIES:
        importlib.import_module(name)
    assert "rxconfig" not in sys.modules, "the settings of Reflex were read before there was a server"
    gc.freeze()  # the imported objects stay, and all servers share their memory
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # this process does not wait for its children
    servers = []
    for line in sys.stdin:
        server = os.fork()
        if server == 0:
            become(**json.loads(line))
        servers.append(server)
        print(server, flush=True)
    for server in servers:
        try:
            os.killpg(server, signal.SIGKILL)
        except ProcessLookupError:
            continue


def become(folder: str, environment: dict[str, str], arguments: list[str], log: str) -> Any:
    """Turn this process into `python -m granian …`."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.setsid()
    output, nothing = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT), os.open(os.devnull, os.O_RDONLY)
    for new, old in ((nothing, 0), (output, 1), (output, 2)):
        os.dup2(new, old)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.path[:1] = [folder, *environment["PYTHONPATH"].split(os.pathsep)]
    sys.argv[1:] = arguments
    runpy.run_module("granian", run_name="__main__", alter_sys=True)
    sys.exit(0)


if __name__ == "__main__":
    main()
