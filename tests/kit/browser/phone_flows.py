"""The three flows with codes by text: sign-up, an additional number, recovery."""

import re
from dataclasses import dataclass

from playwright.sync_api import Locator, Page, expect

from authapp.core.account import phones
from tests.kit import users
from tests.kit.browser.actions import (
    SECRET,
    press,
    sees,
    type_in,
    visit,
)
from tests.kit.rules import do


@dataclass
class Flow:
    """One of the three flows, from its form to its end."""

    page: Page
    number: str
    asks: str  # the label of the field for the number
    sends: str  # the text of the button

    @property
    def dialog(self) -> Locator:
        """Return the popup that asks for the code."""
        return self.page.get_by_role("dialog", name="Enter the code")

    def open(self) -> None:
        """Open the form."""

    def fill(self, number: str = "") -> None:
        """Fill in the form."""
        self.page.get_by_label(self.asks, exact=True).fill(number or self.number)

    def ask(self, number: str = "") -> None:
        """Fill in the form and send it, so that a code is sent."""
        self.fill(number)
        press(self.page, self.sends)
        expect(self.dialog).to_be_visible()

    def type(self, code: str) -> None:
        """Type a code and confirm it."""
        self.dialog.get_by_label("Code", exact=True).fill(code)
        press(self.dialog, "Confirm")

    def is_done(self) -> None:
        """Check that the flow reached its end."""


class SignUp(Flow):
    """Sign-up with a phone number."""

    def open(self) -> None:
        visit(self.page, "/signup")
        self.page.get_by_role("tab", name="With phone").click()

    def fill(self, number: str = "") -> None:
        type_in(self.page, first_name="Ann", last_name="Öztürk", password=SECRET)
        super().fill(number)

    def is_done(self) -> None:
        expect(self.page.get_by_text("Logged in as Ann Öztürk")).to_be_visible()
        expect(self.page).to_have_url("/")


class Extra(Flow):
    """An additional number, added in the settings."""

    def open(self) -> None:
        visit(self.page, "/settings")
        expect(self.page.get_by_label("First name")).to_have_value("Alice")

    def is_done(self) -> None:
        expect(
            self.page.locator("#phones").get_by_role("listitem").filter(has_text=spelled(self.number))
        ).to_be_visible()
        expect(self.page.get_by_text("Phone number added.")).to_be_visible()
        expect(self.dialog).to_have_count(0)


class Recovery(Flow):
    """Recovery of an account by phone."""

    def open(self) -> None:
        visit(self.page, "/forgot")
        self.page.get_by_role("tab", name="With phone").click()

    def is_done(self) -> None:
        sees(self.page, "Settings")
        expect(self.page).to_have_url("/settings?set=password")
        expect(self.page.get_by_text("If someone may know your password")).to_be_in_viewport()
        expect(self.page.get_by_label("New password")).to_be_focused()


def spelled(number: str) -> re.Pattern[str]:
    """Return a pattern of a phone number with any spaces."""
    return re.compile(r"\+" + r"\s*".join(re.sub(r"\D", "", number)))


def stored(number: str) -> str:
    """Return a phone number as the tables store it."""
    return "+" + re.sub(r"\D", "", number)


def give_number(person: users.Person, number: str) -> str:
    """Give a user a phone number, as a confirmed code does."""
    do(phones.claim, person.user_id, stored(number))
    return stored(number)
