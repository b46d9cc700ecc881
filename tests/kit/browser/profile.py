"""The browser of the stories: its program and flags, its profiles, and the complaints in its console."""

import os
import re
import shutil
from collections.abc import Callable

from playwright.sync_api import BrowserContext

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
FLAGS += ["--disable-background-networking", "--disable-component-update", "--disable-sync"]


PATIENCE = 40_000  # milliseconds, for a busy machine


# Messages of the browser about a socket that was closed, by the server or with its page, while there was data to send.
HUNG_UP = re.compile(
    "WebSocket is already in CLOSING or CLOSED|WebSocket is closed before the connection is established"
)


Open = Callable[..., BrowserContext]


def chromium() -> str:
    """Return the path of the browser. The headless shell opens a profile in a quarter of the time of full Chromium."""
    for name in ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"):
        if found := os.environ.get("CHROMIUM") or shutil.which(name):
            return found
    raise RuntimeError("No Chromium was found. Run `make test`, which installs Debian's, or name one in CHROMIUM.")


def watched(context: BrowserContext, odd: list[str]) -> BrowserContext:
    """Collect every complaint: script errors, refused resources, violations of the CSP, unexpected dialogs."""
    context.set_default_timeout(PATIENCE)
    context.on(
        "console",
        lambda said: said.type in ("error", "warning") and not HUNG_UP.search(said.text) and odd.append(said.text),
    )
    context.on("weberror", lambda error: odd.append(str(error.error)))
    context.on("dialog", lambda dialog: (odd.append(f"a dialog: {dialog.message}"), dialog.dismiss()))
    return context


class CableOut(list):
    """A list of complaints that ignores those of a browser without a connection."""

    def append(self, said):
        if "net::ERR_" not in said:
            super().append(said)
