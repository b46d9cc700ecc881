"""A product on top of authapp, as its team would write it: links of its own, and what it does not let happen."""

import reflex as rx

import authapp
from authapp.core import identifiers
from authapp.models import User

app = authapp.install(rx.App(toaster=None, html_lang="en"))


@authapp.action_link("gift", heading="A gift for you", button="Take the gift")
def gift(db, link):
    """For the person it was sent to, as long as there are any."""
    if not link.data["points"]:
        raise authapp.Refusal("The gifts are all gone.")
    return f"/?points={link.data['points']}"


@authapp.action_link("greet", heading="Somebody greets you", button="Greet back", needs_log_in=False)
def greet(db, link):
    """For whoever has it."""
    return link.data["path"]


class NotAtNight(authapp.Refusal):
    """Some people are let in at daytime only."""

    code, status, message = "NotAtNight", 403, "Please come back at daytime."


@authapp.before_log_in
def not_at_night(db, user_id, client):
    """Whoever is called Night stays outside."""
    if db.get(User, user_id).first_name == "Night":
        raise NotAtNight


@authapp.on_identifier_added
def no_throwaways(db, user_id, identifier):
    """Not every address is welcome."""
    if identifier.startswith("throwaway"):
        raise authapp.Refusal("Please use an address that you keep.")


@authapp.user_info
def facts(db, me):
    """What clients of the API are told of who is signed in."""
    return {"greeting": f"Hello {me.first_name}", "ways": len(identifiers.ways_in(db, me.user_id))}


@authapp.verifier("game", label="The game")
async def player(token):
    """A token of the game is the player's name, and a seal that nobody else can make."""
    name, _, seal = token.partition(":")
    return authapp.Claims(name, about=name, first_name=name.title()) if seal == "of the game" else None
