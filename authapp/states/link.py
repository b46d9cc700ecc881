"""Page of an action link: shows its effect, then follows it when the user presses the button.

The page stores the key and sends it with each event. The state never stores it: proxies log the token of a tab, and
the token would then be worth as much as the link.
"""

from typing import Any

import reflex as rx

from authapp.core.authentication import recovery
from authapp.core.authentication import sign_up as sign_up_rules
from authapp.core.base import phone_numbers
from authapp.core.base.routes import route
from authapp.core.credentials import links
from authapp.core.credentials.links import ACTIVATED, CUSTOM_LOG_IN, CUSTOM_SIGN_UP, GOOD, INVALID, NO_SUCH, OTHER_USER
from authapp.db import read, run
from authapp.guards.declare import event
from authapp.states.account import leave, restart
from authapp.states.flow import Flow, field

# The outcomes with their own screen.
__all__ = ["ACTIVATED", "CUSTOM_LOG_IN", "CUSTOM_SIGN_UP", "GOOD", "INVALID", "NO_SUCH", "OTHER_USER", "LinkState"]


class LinkState(Flow, rx.State):
    """State of the page of an action link: what the link would do."""

    outcome: str = ""  # one of the outcomes in `core/credentials/links.py`; empty until it is checked
    heading: str = ""
    button: str = ""
    says: str = ""
    email: str = ""
    log_in_as: str = ""
    live: bool = False
    connects: bool = False
    repeats: bool = False  # whether we can mail another link
    sent: bool = False

    @rx.event
    async def enter(self):
        """Reset the state. The page sends the key of its link next."""
        self.reset()

    @rx.event
    async def look(self, key: str):
        """Show what the link does, without using it up."""
        self.sent, self.refusal = False, ""
        return await self._show(key)

    async def _show(self, key: Any):
        preview = await read(links.peek, key, await self._visitor())
        self.outcome, self.heading, self.button = preview.outcome, preview.heading, preview.button
        self.says, self.log_in_as = preview.says, preview.log_in_as
        self.email = phone_numbers.format_phone(preview.email)
        self.live, self.connects = preview.live, preview.connects
        self.repeats = preview.action in recovery.SENT_AGAIN
        if preview.outcome == links.ALREADY_IN:
            return rx.redirect(route("home"), replace=True)
        return None

    @rx.event
    async def follow(self, form: dict[str, Any]):
        """Follow the link. A link that logs in ends in a restart."""
        key = field(form, "key")
        with self._shows_refusal():
            result = await run(links.follow, key, await self._visitor(), tab=self._tab(), caller=self._caller())
            if result.ticket:
                return restart(result.path, result.ticket, link=result.link)
            return leave(result.path) if result.ended else rx.redirect(result.path)
        return await self._show(key)  # the link may be dead now; the message of the refusal stays

    @event()
    async def send_again(self, form: dict[str, Any]):
        """Mail another link to the address of this one."""
        await run(recovery.send_again, field(form, "key"), self._caller(form))
        self.sent = True

    @event()
    async def sign_up(self, form: dict[str, Any]):
        """Mail a sign-up link to the address of this link; it leads back here."""
        await run(sign_up_rules.sign_up_for, field(form, "key"), self._caller(form))
        self.sent = True

    @rx.event
    async def switch(self, form: dict[str, Any]):
        """Continue as the user that the link is for. The page keeps the key during the reload."""
        return LinkState.follow(form) if self.live and self.connects else leave(route("link"))

    @rx.event
    async def stay(self):
        """Stay signed in with the current account; the link stays unused."""
        return rx.redirect(route("home"))
