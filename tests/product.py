"""A product on top of authapp, as its team would write it: two kinds of links of its own."""

import reflex as rx

import authapp
from authapp.core import identifiers

app = authapp.install(rx.App(toaster=None, html_lang="en"))


@authapp.action_link("gift", heading="A gift for you", button="Take the gift")
def gift(db, link):
    """For the person it was sent to."""
    return f"/?points={link.data['points']}"


@authapp.action_link("greet", heading="Somebody greets you", button="Greet back", needs_log_in=False)
def greet(db, link):
    """For whoever has it."""
    return link.data["path"]


@authapp.user_info
def facts(db, me):
    """What clients of the API are told of who is signed in."""
    return {"greeting": f"Hello {me.first_name}", "ways": len(identifiers.ways_in(db, me.user_id))}


@authapp.verifier("game", label="The game")
async def player(token):
    """A token of the game is the player's name, and a seal that nobody else can make."""
    name, _, seal = token.partition(":")
    return authapp.Claims(name, about=name, first_name=name.title()) if seal == "of the game" else None
