"""An action link: look at it, then follow it with the button.

The page keeps the key and sends it with each event. The state never does: a tab's token, which proxies log, would be
worth as much as the link.
"""

from typing import Any

import reflex as rx

from authapp.core import accounts, identifiers, links
from authapp.core.links import ACTIVATED, CUSTOM_LOG_IN, CUSTOM_SIGN_UP, GOOD, INVALID, NO_SUCH, OTHER_USER
from authapp.db import call, look
from authapp.routes import route
from authapp.states.account import leave, restart
from authapp.states.flow import Flow, field

# The outcomes that have a screen of their own, for the page to tell apart.
__all__ = ["ACTIVATED", "CUSTOM_LOG_IN", "CUSTOM_SIGN_UP", "GOOD", "INVALID", "NO_SUCH", "OTHER_USER", "LinkState"]


class LinkState(Flow, rx.State):
    """What the link of this page would do."""

    outcome: str = ""  # one of the outcomes in `core/links.py`; empty until we looked
    heading: str = ""
    button: str = ""
    says: str = ""
    email: str = ""
    log_in_as: str = ""
    live: bool = False
    connects: bool = False
    repeats: bool = False  # whether we can mail another one
    sent: bool = False

    @rx.event
    async def enter(self):
        """Begin anew: the page sends the key of its link next."""
        self.reset()

    @rx.event
    async def look(self, key: str):
        """Say what the link does; this spends nothing."""
        self.sent, self.refusal = False, ""
        return await self._show(key)

    async def _show(self, key: Any):
        about = await look(links.look, key, await self._visitor())
        self.outcome, self.heading, self.button = about.outcome, about.heading, about.button
        self.says, self.log_in_as = about.says, about.log_in_as
        self.email = identifiers.dialled(about.email)
        self.live, self.connects = about.live, about.connects
        self.repeats = about.action in accounts.SENT_AGAIN
        if about.outcome == links.ALREADY_IN:
            return rx.redirect(route("home"), replace=True)
        return None

    @rx.event
    async def follow(self, form: dict[str, Any]):
        """Do what the link says; one that connects ends in a restart."""
        key = field(form, "key")
        with self._shows_refusal():
            done = await call(links.follow, key, await self._visitor(), tab=self._tab(), client=self._client())
            if done.ticket:
                return restart(done.path, done.ticket, link=done.link)
            return leave(done.path) if done.ended else rx.redirect(done.path)
        return await self._show(key)  # the link may be dead now; the words of the refusal stay

    @rx.event
    async def send_again(self, form: dict[str, Any]):
        """Mail another link, to where this one was sent."""
        with self._shows_refusal():
            await call(accounts.send_again, field(form, "key"), self._client())
            self.sent = True

    @rx.event
    async def sign_up(self, form: dict[str, Any]):
        """Mail a sign-up link, to where this link was sent; it leads back here."""
        with self._shows_refusal():
            await call(accounts.sign_up_for, field(form, "key"), self._client())
            self.sent = True

    @rx.event
    async def switch(self, form: dict[str, Any]):
        """Go on as the person the link is for. The page keeps the key while it is loaded afresh."""
        return LinkState.follow(form) if self.live and self.connects else leave(route("link"))

    @rx.event
    async def stay(self):
        """Keep the account that is signed in; the link stays as it is."""
        return rx.redirect(route("home"))
