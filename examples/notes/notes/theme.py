"""Look of Fieldnotes: all design tokens in one place, and the product's own texts around the forms."""

import reflex as rx

import authapp
from authapp import ui
from notes.pages import navigation

THEME = authapp.Theme(
    product_name="Fieldnotes",
    logo="/logo.svg",
    accent="#0f766e",
    accent_dark="#5eead4",
    page="#faf7f2",
    page_dark="#12110f",
    card_dark="#1c1a17",
    line_dark="#38342e",
    radius="0.375rem",
    font='"Iowan Old Style", "Palatino Linotype", Palatino, "URW Palladio L", P052, Georgia, serif',
)


def promise() -> rx.Component:
    """Return the text below the sign-up form."""
    return ui.paragraph(ui.t("Only your team can read what you write."))


def colophon() -> rx.Component:
    """Return the text at the end of every page."""
    # A product may use any id. These two are also names of orders that authapp sends to its own scripts.
    words = rx.el.span(ui.t("Fieldnotes, an example for authapp."), id="code")
    return rx.el.p(words, id="restart", class_name="colophon")


SLOTS = {"header": navigation, "sign_up.below": promise, "footer": colophon}
