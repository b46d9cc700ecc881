"""Login page: its weight, the time until it is usable, and the time from "Log in" to the settings."""

import shutil
import statistics
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from benchmarks import crowd
from benchmarks.bare import ROUNDS
from benchmarks.figures import Figure
from tests.kit.processes.servers import BUILT_FOR, Server, running

TIMES = 10
TIMES_SLOW = 3
PAUSE = 400  # milliseconds from the last key to the click, for a fast user
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
FLAGS += ["--disable-background-networking", "--disable-component-update", "--disable-sync"]

# "Slow 4G" as in the browser's own developer tools, and a processor four times as slow.
SLOW_4G = {
    "offline": False,
    "latency": 562.5,
    "downloadThroughput": 1.6e6 * 0.9 / 8,
    "uploadThroughput": 0.75e6 * 0.9 / 8,
}
SLOWER = 4

# The form is usable once it is in the page and the page itself handles a submit. A dispatched submit event does not
# send the form, so the script can try it again and again.
USABLE = """
const watch = () => {
  const form = document.querySelector("form");
  const awake = form?.querySelector("[name=identifier]") && Object.keys(form).some((k) => k.startsWith("__reactProps"));
  const submit = new SubmitEvent("submit", { bubbles: true, cancelable: true });
  if (awake && !form.dispatchEvent(submit)) window.usableAfter = performance.now();
  else setTimeout(watch, 1);
};
if (location.pathname.startsWith("/login")) watch();
"""

# The time from the click to the first frame that shows the heading. The clock is the same before and after the reload.
ARRIVED = """
const now = () => performance.timeOrigin + performance.now();
addEventListener("click", () => sessionStorage.setItem("clicked", now()), { capture: true, once: true });
const look = () => {
  const heading = [...document.querySelectorAll("h1")].find((one) => one.textContent === "Settings");
  if (heading?.checkVisibility()) window.arrivedAfter = now() - Number(sessionStorage.getItem("clicked"));
  else requestAnimationFrame(look);
};
if (location.pathname.startsWith("/settings")) look();
"""


def measure(folder: Path) -> list[Figure]:
    """Measure with a fresh profile and an empty cache for each visit.

    The server runs on the port of the build, so all files stay as they were built.
    """
    port, settings = int(BUILT_FOR.rpartition(":")[2]), {"AUTHAPP_PASSWORD_ROUNDS": str(ROUNDS)}
    with running(folder, app="benchmarks.app:app", port=port, **settings) as server, _browser() as browser:
        people = crowd.gather(server, TIMES + 1)
        _log_in(browser, server, people.pop())  # the first login also pays for what both sides prepare once
        usable = [_usable(browser, server) for _ in range(TIMES)]
        slow = [_usable(browser, server, slow=True) for _ in range(TIMES_SLOW)]
        weight, chunks = _weigh(browser, server)
        arrived = [_log_in(browser, server, person) for person in people]
        paused = [_log_in(browser, server, person, PAUSE) for person in people]
    return [
        Figure("login page on the wire, cold", weight / 1000, "KB", at_most=190),
        *(Figure(f"  {name}", size / 1000, "KB") for name, size in chunks),
        Figure("form usable, cold", statistics.median(usable), "ms", at_most=300),
        Figure("form usable, cold, slow 4G and 4x slower processor", statistics.median(slow), "ms", at_most=2400),
        Figure('click on "Log in" to settings visible', statistics.median(arrived), "ms", at_most=300),
        Figure("  the slowest", max(arrived), "ms"),
        Figure(f"  the same, clicked {PAUSE} ms after the last key", statistics.median(paused), "ms"),
    ]


@contextmanager
def _browser() -> Iterator[Browser]:
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=FLAGS)
        yield browser
        browser.close()


@contextmanager
def _visitor(browser: Browser, server: Server, script: str = "") -> Iterator[tuple[BrowserContext, Page]]:
    context = browser.new_context(base_url=server.url)
    context.add_init_script(f"(() => {{ {script} }})()")
    yield context, context.new_page()
    context.close()


def _usable(browser: Browser, server: Server, *, slow: bool = False) -> float:
    with _visitor(browser, server, USABLE) as (context, page):
        if slow:
            tools = context.new_cdp_session(page)
            tools.send("Network.enable")
            tools.send("Network.emulateNetworkConditions", SLOW_4G)
            tools.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
        page.goto("/login", wait_until="commit")
        return float(page.wait_for_function("() => window.usableAfter").json_value())


def _weigh(browser: Browser, server: Server) -> tuple[float, list[tuple[str, float]]]:
    """Return the bytes on the wire (headers and encoded bodies), in total and per file."""
    with _visitor(browser, server, USABLE) as (context, page):
        tools, names, sizes = context.new_cdp_session(page), {}, {}

        def begun(event: dict[str, Any]) -> None:
            names[event["requestId"]] = event["response"]["url"].removeprefix(server.url)

        def finished(event: dict[str, Any]) -> None:
            sizes[event["requestId"]] = event["encodedDataLength"]

        tools.on("Network.responseReceived", begun)
        tools.on("Network.loadingFinished", finished)
        tools.send("Network.enable")
        page.goto("/login", wait_until="networkidle")
        page.wait_for_function("() => window.usableAfter")
    chunks = sorted(((names[one], size) for one, size in sizes.items()), key=lambda chunk: -chunk[1])
    return sum(sizes.values()), chunks


def _log_in(browser: Browser, server: Server, person: crowd.Person, pause: int = 0) -> float:
    """Return the milliseconds from the click to the settings. The browser derives the key, at the default rounds."""
    with _visitor(browser, server, ARRIVED) as (_, page):
        page.goto("/login?next=/settings", wait_until="networkidle")
        page.get_by_label("Email or phone").fill(person.email)
        page.get_by_label("Password", exact=True).fill(crowd.PASSWORD)
        page.wait_for_timeout(pause)
        page.get_by_role("button", name="Log in", exact=True).click()
        return float(page.wait_for_function("() => window.arrivedAfter").json_value())
