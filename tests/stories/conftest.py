"""One app and one browser for all stories, a fresh profile for each story, and no unexpected message in any console."""

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


# Package scope: Playwright's event loop must end before tests in other folders start one of their own.
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
    """Collect the messages of the consoles. A story that provokes a message on purpose removes it."""
    return []


@pytest.fixture
def open_browser(browser: Browser, server: Server, odd: list[str]) -> Iterator[Open]:
    """Return a function that opens a browser profile, which shares no cookies, storage or tabs with others."""
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
    """Collect every complaint: script errors, refused resources, violations of the CSP, unexpected dialogs."""
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
    """Open a tab of a visitor who is not logged in."""
    return open_browser().new_page()


@pytest.fixture
def inside(configure: Configure, server: Server) -> Server:
    """Run the app's rules in this process too, on its database, for steps that would take long in the browser."""
    return share(configure, server)


def share(configure: Configure, server: Server) -> Server:
    """Make this process a second process of that app."""
    configure(
        DATABASE_URL=server.database_url, AUTHAPP_URL=server.url, AUTHAPP_SECRET_KEY=SECRET, AUTHAPP_LIMITS="false"
    )
    return server


@pytest.fixture
def fresh() -> Callable[[str], str]:
    """Return a function for an unused email address."""
    return lambda name: f"{name}-{uuid.uuid4().hex[:10]}@example.com"


@pytest.fixture
def fresh_number(inside: Server) -> Callable[[], str]:
    """Return a function for an unused phone number. `inside` gives access to the texts sent to it."""
    return lambda: f"+49 1512 {uuid.uuid4().int % 10**7:07}"


@pytest.fixture
def alice(inside: Server, fresh: Callable[[str], str]) -> people.Person:
    """Return Alice, who has an account, and a session that no browser has yet."""
    return people.join(fresh("alice"), first_name="Alice", last_name="Liddell")


@pytest.fixture
def bob(inside: Server, fresh: Callable[[str], str]) -> people.Person:
    return people.join(fresh("bob"), first_name="Bob", last_name="Dylan")


@pytest.fixture
def home(open_browser: Open, server: Server, alice: people.Person) -> BrowserContext:
    """Open Alice's browser, logged in."""
    return signed_in(open_browser(), server, alice)
