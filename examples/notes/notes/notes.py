"""The product: a Reflex app with accounts, in which everything needs a login unless it is marked open."""

from pathlib import Path

import reflex as rx

import authapp
from notes.pages import login_page
from notes.theme import SLOTS, THEME

HERE = Path(__file__).parent

app = authapp.install(
    rx.App(html_lang="en", stylesheets=["/notes.css"]),
    default="closed",
    home=None,
    login=login_page,
    theme=THEME,
    slots=SLOTS,
    mails=HERE.parent / "mails",
    migrations=HERE / "migrations",
    languages=HERE.parent / "languages",
)
