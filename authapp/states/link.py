"""An action link: look at it, then follow it with the button."""

import reflex as rx

from authapp.core import accounts, identifiers, links
from authapp.core.links import ACTIVATED, CUSTOM_LOG_IN, CUSTOM_SIGN_UP, GOOD, INVALID, NO_SUCH, OTHER_USER
from authapp.db import call, look
from authapp.routes import route
from authapp.states.account import leave, restart
from authapp.states.flow import Flow

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
    async def look(self):
        """Say what the link does; this spends nothing."""
        self.sent, self.refusal = False, ""
        return await self._show()

    async def _show(self):
        about = await look(links.look, self._key(), await self._visitor())
        self.outcome, self.heading, self.button = about.outcome, about.heading, about.button
        self.says, self.log_in_as = about.says, about.log_in_as
        self.email = identifiers.dialled(about.email)
        self.live, self.connects = about.live, about.connects
        self.repeats = about.action in accounts.SENT_AGAIN
        if about.outcome == links.ALREADY_IN:
            return rx.redirect(route("home"), replace=True)
        return None

    @rx.event
    async def follow(self):
        """Do what the link says; one that connects ends in a restart."""
        with self._shows_refusal():
            done = await call(links.follow, self._key(), await self._visitor(), tab=self._tab(), client=self._client())
            if done.ticket:
                return restart(done.path, done.ticket)
            return leave(done.path) if done.ended else rx.redirect(done.path)
        return await self._show()  # the link may be dead now; the words of the refusal stay

    @rx.event
    async def send_again(self):
        """Mail another link, to where this one was sent."""
        with self._shows_refusal():
            await call(accounts.send_again, self._key(), self._client())
            self.sent = True

    @rx.event
    async def sign_up(self):
        """Mail a sign-up link, to where this link was sent; it leads back here."""
        with self._shows_refusal():
            await call(accounts.sign_up_for, self._key(), self._client())
            self.sent = True

    @rx.event
    async def switch(self):
        """Go on as the person the link is for."""
        return LinkState.follow if self.live and self.connects else leave(f"{route('link')}/{self._key()}")

    @rx.event
    async def stay(self):
        """Keep the account that is signed in; the link stays as it is."""
        return rx.redirect(route("home"))

    def _key(self) -> str:
        return str(self.router.url.path).rstrip("/").rpartition("/")[2]
