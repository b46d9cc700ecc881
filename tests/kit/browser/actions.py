"""Actions of a user in the browser, in the words of the stories."""

import re
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.kit import users
from tests.kit.processes.servers import Server

SECRET = "ein langes Geheimnis 🔑 für uns"

# The server's HTML can be clicked before the script behind it runs. A user is slower than a test.
AWAKE = """() => {
  // React takes over the header before the content of the page
  const parts = ["header a", "main button[type=submit], main a"];
  const shown = parts.map((part) => document.querySelector(part)).filter(Boolean);
  return shown.length > 0 && shown.every((one) => Object.keys(one).some((key) => key.startsWith("__reactProps")));
}"""


def eventually(page: Page, met: Callable[[], object], within: float = 60) -> None:
    """Wait until a condition outside the page is true, while the page goes on."""
    latest = time.monotonic() + within
    while not met():
        assert time.monotonic() < latest, f"this did not come to be within {within} s"
        page.wait_for_timeout(50)


def visit(page: Page, path: str) -> Page:
    """Open a page and wait until its script handles clicks."""
    page.goto(path)
    page.wait_for_function(AWAKE)
    return page


def signed_in(context: BrowserContext, server: Server, person: users.Person) -> BrowserContext:
    """Put the key of a user's session into a browser, as a login does."""
    cookie: Any = {"name": f"authapp-{urlsplit(server.url).port}", "value": person.key, "url": server.url}
    cookie |= {"httpOnly": True, "sameSite": "Lax"}
    context.add_cookies([cookie])
    return context


def falls_asleep(page: Page) -> None:
    """Close the connection, as a phone does with a hidden page."""
    page.evaluate("""() => {
      Object.defineProperty(document, "visibilityState", { value: "hidden", configurable: true });
      window.dispatchEvent(new Event("pagehide"));
    }""")


def wakes(page: Page) -> None:
    """Show the page again."""
    page.evaluate("""() => {
      delete document.visibilityState;
      document.dispatchEvent(new Event("visibilitychange"));
    }""")


def heading(page: Page, words: str) -> Locator:
    """Return the heading of the visible page."""
    return page.get_by_role("heading", name=words, exact=True)


def sees(page: Page, words: str) -> None:
    """Wait for a heading."""
    expect(heading(page, words)).to_be_visible()


def press(page: Page | Locator, words: str) -> None:
    """Press a button. The name of a button in a row also has the object of the row, after the visible words."""
    button = page.get_by_role("button")
    shown = button.filter(has_text=re.compile(f"^{re.escape(words)}$"))
    page.get_by_role("button", name=words, exact=True).or_(shown).click()


def type_in(page: Page | Locator, **fields: str) -> None:
    """Fill in fields by their labels; `first_name` stands for "First name"."""
    for name, words in fields.items():
        label = {"identifier": "Email or phone"}.get(name, name.replace("_", " ").capitalize())
        page.get_by_label(label, exact=True).fill(words)


def sign_up(page: Page, email: str) -> None:
    """Ask for an account, up to "Check your mail"."""
    visit(page, "/signup")
    type_in(page, email=email)
    press(page, "Sign up")
    sees(page, "Check your email")


def mail(page: Page, email: str) -> Locator:
    """Return the newest mail to a recipient, in the outbox."""
    visit(page, "/outbox")
    found = page.get_by_role("listitem").filter(has_text=f"To {email} ").first
    expect(found).to_be_visible()
    return found


def set_password(page: Page, password: str) -> None:
    """Set a password on the settings page."""
    type_in(page, new_password=password)
    press(page, "Set password")
    expect(page.get_by_text("Your password is set.")).to_be_visible()


def choose(page: Page, data: bytes, name: str = "me.jpg") -> None:
    """Choose a picture on the settings page, up to the dialog that crops it."""
    page.get_by_label(re.compile("^(Choose a|Change) picture$")).set_input_files(
        {"name": name, "mimeType": "image/jpeg", "buffer": data}
    )
    expect(page.get_by_role("application", name="Visible part")).to_be_focused()


def fill_login(form: Page | Locator, identifier: str, password: str, *, keep: bool = False) -> None:
    """Fill in a login form and submit it."""
    form.get_by_label("Email or phone", exact=True).fill(identifier)
    form.get_by_label("Password", exact=True).fill(password)
    form.get_by_label("Keep me logged in").set_checked(keep)
    press(form, "Log in")


def log_in(page: Page, identifier: str, password: str = users.PASSWORD, *, keep: bool = False) -> None:
    """Log in on the login page and arrive at the main page."""
    visit(page, "/login")
    fill_login(page, identifier, password, keep=keep)
    expect(page.get_by_text("Logged in as")).to_be_visible()


def cookie_of(context: BrowserContext) -> Any:
    """Return the session cookie of a browser, or None."""
    return next((cookie for cookie in context.cookies() if re.fullmatch(r".*authapp(-\d+)?", cookie["name"])), None)


def refusal_of(page: Page | Locator, label: str) -> Locator:
    """Return the message beside a field."""
    field = page.get_by_label(label, exact=True)
    described = field.get_attribute("aria-describedby") or ""
    return page.locator(f"[id='{described.split()[0]}']")
