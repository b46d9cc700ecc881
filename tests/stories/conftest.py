"""One app and one browser for all stories, a fresh profile for each of them, and nothing odd in any console."""

import os
import re
import shutil
import uuid
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect, sync_playwright

from tests import people
from tests.conftest import Configure
from tests.servers import SECRET, Server, running
from tests.stories.person import signed_in

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
FLAGS += ["--disable-background-networking", "--disable-component-update", "--disable-sync"]
PATIENCE = 40_000  # milliseconds, for a machine that does other things too
# What the browser says of a socket that was closed, by the server or with its page, while something was to be sent.
HUNG_UP = re.compile(
    "WebSocket is already in CLOSING or CLOSED|WebSocket is closed before the connection is established"
)

Open = Callable[..., BrowserContext]


def chromium() -> str:
    """The path of the browser. The headless shell opens a new profile in a quarter of the time of a whole Chromium."""
    for name in ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"):
        if found := os.environ.get("CHROMIUM") or shutil.which(name):
            return found
    raise RuntimeError("No Chromium was found. Run `make test`, which installs Debian's, or name one in CHROMIUM.")


# Package scope: Playwright's event loop must be gone before tests elsewhere start one of their own.
@pytest.fixture(scope="package")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as started:
        expect.set_options(timeout=PATIENCE)
        yield started


@pytest.fixture(scope="package")
def browser(playwright: Playwright) -> Iterator[Browser]:
    launched = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
    yield launched
    launched.close()


@pytest.fixture(scope="package")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("app")) as started:
        yield started


@pytest.fixture
def odd() -> list[str]:
    """What the consoles complained of. A story that means to provoke something takes it out."""
    return []


@pytest.fixture
def open_browser(browser: Browser, server: Server, odd: list[str]) -> Iterator[Open]:
    """A browser of its own: cookies, storage and tabs are shared with nobody."""
    opened = []

    def open(**options: object) -> BrowserContext:
        context = browser.new_context(**{"base_url": server.url, **options})
        opened.append(context)
        return watched(context, odd)

    yield open
    for context in opened:
        context.close()
    assert odd == []


def watched(context: BrowserContext, odd: list[str]) -> BrowserContext:
    """Hear every complaint: script errors, refused resources, violations of the CSP, dialogs nobody of us opens."""
    context.set_default_timeout(PATIENCE)
    context.on(
        "console",
        lambda said: said.type in ("error", "warning") and not HUNG_UP.search(said.text) and odd.append(said.text),
    )
    context.on("weberror", lambda error: odd.append(str(error.error)))
    context.on("dialog", lambda dialog: (odd.append(f"a dialog: {dialog.message}"), dialog.dismiss()))
    return context


@pytest.fixture
def page(open_browser: Open) -> Page:
    """A visitor nobody knows."""
    return open_browser().new_page()


@pytest.fixture
def inside(configure: Configure, server: Server) -> Server:
    """The app's rules in this process too, over its database: for what would take long by hand."""
    return share(configure, server)


def share(configure: Configure, server: Server) -> Server:
    """Let this process be a second one of that app."""
    configure(
        DATABASE_URL=server.database_url, AUTHAPP_URL=server.url, AUTHAPP_SECRET_KEY=SECRET, AUTHAPP_LIMITS="false"
    )
    return server


@pytest.fixture
def fresh() -> Callable[[str], str]:
    """An address nobody used before."""
    return lambda name: f"{name}-{uuid.uuid4().hex[:10]}@example.com"


@pytest.fixture
def fresh_number(inside: Server) -> Callable[[], str]:
    """A number nobody used before; where its texts go, `inside` sees."""
    return lambda: f"+49 1512 {uuid.uuid4().int % 10**7:07}"


@pytest.fixture
def alice(inside: Server, fresh: Callable[[str], str]) -> people.Person:
    """Has an account, and a session that no browser has yet."""
    return people.join(fresh("alice"), first_name="Alice", last_name="Liddell")


@pytest.fixture
def bob(inside: Server, fresh: Callable[[str], str]) -> people.Person:
    return people.join(fresh("bob"), first_name="Bob", last_name="Dylan")


@pytest.fixture
def home(open_browser: Open, server: Server, alice: people.Person) -> BrowserContext:
    """Alice's browser, signed in."""
    return signed_in(open_browser(), server, alice)
