"""One app and one browser for all stories, a fresh profile for each story, and no unexpected message in any console."""

import uuid
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect, sync_playwright

from authapp.testing import Configure
from tests.kit import users
from tests.kit.apps import share_database
from tests.kit.browser.actions import signed_in
from tests.kit.browser.profile import FLAGS, PATIENCE, Open, chromium, watched
from tests.kit.processes.servers import Server, running


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


@pytest.fixture
def page(open_browser: Open) -> Page:
    """Open a tab of a visitor who is not logged in."""
    return open_browser().new_page()


@pytest.fixture
def inside(configure: Configure, server: Server) -> Server:
    """Run the app's rules in this process too, on its database, for steps that would take long in the browser."""
    return share_database(server, configure)


@pytest.fixture
def fresh() -> Callable[[str], str]:
    """Return a function for an unused email address."""
    return lambda name: f"{name}-{uuid.uuid4().hex[:10]}@example.com"


@pytest.fixture
def fresh_number(inside: Server) -> Callable[[], str]:
    """Return a function for an unused phone number. `inside` gives access to the texts sent to it."""
    return lambda: f"+49 1512 {uuid.uuid4().int % 10**7:07}"


@pytest.fixture
def alice(inside: Server, fresh: Callable[[str], str]) -> users.Person:
    """Return Alice, who has an account, and a session that no browser has yet."""
    return users.join(fresh("alice"), first_name="Alice", last_name="Liddell")


@pytest.fixture
def bob(inside: Server, fresh: Callable[[str], str]) -> users.Person:
    return users.join(fresh("bob"), first_name="Bob", last_name="Dylan")


@pytest.fixture
def home(open_browser: Open, server: Server, alice: users.Person) -> BrowserContext:
    """Open Alice's browser, logged in."""
    return signed_in(open_browser(), server, alice)
