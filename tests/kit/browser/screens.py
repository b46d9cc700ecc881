"""Screenshots of every page, wide and narrow, light and dark: `python -m tests.kit.browser.screens FOLDER`."""

import os
import sys
import tempfile
import uuid
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, sync_playwright

from authapp.testing import forget
from tests.kit import users
from tests.kit.browser.profile import FLAGS, chromium
from tests.kit.browser.views import VIEWS, Stage
from tests.kit.processes.servers import SECRET, Server, running

SIZES = {1280: 900, 320: 640}  # pixels
SCHEMES = ("light", "dark")
LONGEST = 1800  # pixels, for very long pages


def photograph(folder: Path) -> None:
    """Save one picture for each view, size and scheme."""
    folder.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as temporary,
        running(Path(temporary)) as server,
        sync_playwright() as playwright,
    ):
        os.environ.update(DATABASE_URL=server.database_url, AUTHAPP_URL=server.url, AUTHAPP_SECRET_KEY=SECRET)
        os.environ["AUTHAPP_RATE_LIMITS"] = "false"
        forget()
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        for scheme in SCHEMES:
            for name in VIEWS:
                print(f"{name}, {scheme}", flush=True)
                _save(browser, server, name, scheme, folder)
        browser.close()


def _save(browser: Browser, server: Server, name: str, scheme: Any, folder: Path) -> None:
    alice, bob = _join("alice", "Alice", "Liddell"), _join("bob", "Bob", "Dylan")
    context = browser.new_context(base_url=server.url, color_scheme=scheme, viewport={"width": 1280, "height": 900})
    page = VIEWS[name](Stage(server, lambda: context, alice, bob))
    for width, height in SIZES.items():
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_timeout(100)
        long = page.evaluate("document.documentElement.scrollHeight")
        clip: Any = {"x": 0, "y": 0, "width": width, "height": min(long, LONGEST)}
        page.screenshot(path=folder / f"{name}-{width}-{scheme}.png", full_page=True, clip=clip)
    context.close()


def _join(name: str, first: str, last: str) -> users.Person:
    return users.join(f"{name}-{uuid.uuid4().hex[:6]}@example.com", first_name=first, last_name=last)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit("usage: python -m tests.kit.browser.screens FOLDER")
    photograph(Path(sys.argv[1]))
