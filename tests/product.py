"""A product on top of authapp, as its team would write it: two kinds of links of its own."""

import reflex as rx

import authapp

app = authapp.install(rx.App(toaster=None, html_lang="en", stylesheets=["/authapp.css"]))


@authapp.action_link("gift", heading="A gift for you", button="Take the gift")
def gift(db, link):
    """For the person it was sent to."""
    return f"/?points={link.data['points']}"


@authapp.action_link("greet", heading="Somebody greets you", button="Greet back", needs_log_in=False)
def greet(db, link):
    """For whoever has it."""
    return link.data["path"]
