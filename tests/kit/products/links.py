"""A product on top of authapp, as its team would write it: its own action links, and hooks that refuse some actions."""

import reflex as rx

import authapp
from authapp.core.base import identifiers
from authapp.models import User

app = authapp.install(rx.App(toaster=None, html_lang="en"))


@authapp.action_link("gift", heading="A gift for you", button="Take the gift")
def gift(db, link):
    """Runs for the recipient of the mail, as long as there are gifts."""
    if not link.data["points"]:
        raise authapp.Refusal("The gifts are all gone.")
    return f"/?points={link.data['points']}"


@authapp.action_link("greet", heading="Somebody greets you", button="Greet back", needs_log_in=False)
def greet(db, link):
    """Runs for any holder of the link."""
    return link.data["path"]


class NotAtNight(authapp.Refusal):
    """Raised when a user who may log in only in the daytime logs in."""

    code, status, message = "NotAtNight", 403, "Please come back at daytime."


@authapp.before_log_in
def not_at_night(db, user_id, caller):
    """Refuse users whose first name is Night."""
    if db.get(User, user_id).first_name == "Night":
        raise NotAtNight


@authapp.on_identifier_added
def no_throwaways(db, user_id, identifier):
    """Refuse throwaway email addresses."""
    if identifier.startswith("throwaway"):
        raise authapp.Refusal("Please use an address that you keep.")


@authapp.user_info
def facts(db, me):
    """Return what API clients learn about the logged-in user."""
    return {"greeting": f"Hello {me.first_name}", "ways": len(identifiers.login_identifiers(db, me.user_id))}


@authapp.token_verifier("game", label="The game")
async def player(token):
    """Verify a token of the game: the player's name and a signature that only the game can make."""
    name, _, seal = token.partition(":")
    return authapp.Claims(name, about=name, first_name=name.title()) if seal == "of the game" else None
