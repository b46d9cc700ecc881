"""User of a tab, as its page may see them, and the orders that change the user of a browser."""

from typing import Any

import reflex as rx

from authapp.config import settings
from authapp.core.account import identities
from authapp.core.authorization import groups
from authapp.core.base import paths, phone_numbers
from authapp.core.base.errors import InternalError
from authapp.core.base.routes import route
from authapp.core.credentials.scram import Renewal
from authapp.core.sessions import sessions
from authapp.core.sessions.sessions import Principal
from authapp.db import read
from authapp.guards import context, hidden, registry
from authapp.guards.context import language_of, session_of
from authapp.i18n.texts import into
from authapp.installation import reflex_seams
from authapp.states.flow import change
from authapp.wire.identities import ProviderRow


class Account(rx.State):
    """User data that the page may show."""

    known: bool = False  # whether the user of the tab is resolved
    who: str = ""  # the user id; empty for a visitor
    name: str = ""
    identifier: str = ""  # the email address or number of this session
    is_admin: bool = False
    has_password: bool = False
    reachable: bool = True  # has an email address or a number: passwords work, and codes arrive
    providers: list[ProviderRow] = []  # the providers with a login page
    language: str = ""  # the language of the settings; empty: the browser decides
    avatar: str = ""  # the path of the picture; empty without one
    initials: str = ""
    trouble: str = ""  # the message of an internal error
    page: str = ""  # the last checked route; `page_open`: whether the user may open it
    page_open: bool = False
    line: str = ""  # changes whenever the page reconnects
    _line: str = ""  # the socket of the last event
    _asked_as: str = ""  # the user and groups at the last event
    _kept_out: bool = False  # the product refuses every event of this user

    @rx.event
    async def log_out(self):
        """End the session and go to the main page."""
        return leave(route("home"))

    @rx.event
    async def look_again(self):
        """Do nothing: the middleware has already checked the user, as before every event."""

    @rx.event
    async def report_trouble(self):
        """Show that an error occurred. Nothing was changed: every rule is one transaction."""
        self.trouble = into(InternalError.message, language_of(self))

    @rx.event
    async def dismiss_trouble(self):
        """Close the message."""
        self.trouble = ""

    def _seen(self, me: Principal | None) -> Principal | None:
        """Return the principal for access rules. A user that the product blocks sees what visitors see."""
        return None if self._kept_out else me

    def _is(self, me: Principal | None) -> None:
        facts: dict[str, Any] = {"known": True, "who": "", "name": "", "identifier": "", "has_password": False}
        facts["is_admin"] = me is not None and groups.ADMIN in me.groups
        facts |= {"avatar": "", "initials": "", "reachable": True, "providers": provider_rows()}
        facts["language"] = me.language if me else ""
        if me:
            facts |= {
                "who": str(me.user_id),
                "name": me.name,
                "identifier": me.identifier,
                "has_password": me.has_password,
                "reachable": "@" in me.identifier or phone_numbers.is_number(me.identifier),
            }
            facts |= {"avatar": me.avatar and f"{settings().rpc_path}/avatar?v={me.avatar}", "initials": me.initials}
        change(self, **facts)


def provider_rows(*, step_up: bool = False) -> list[ProviderRow]:
    """Return the providers with a login page, for a login or for a step-up."""
    return [
        ProviderRow.of(provider)
        for provider in identities.providers().values()
        if provider.has_page and (provider.can_step_up or not step_up)
    ]


async def _delta(self: rx.State) -> Any:
    """Replace Reflex's method: every delta shows only what its recipient may see, even after events of other users."""
    me = await _principal_of(self) if registry.guards_vars() else None
    token = context.asking.set(me)
    try:
        delta = await reflex_seams.plain_delta(self)
    finally:
        context.asking.reset(token)
    if not any(state.get_full_name() in delta for state in registry.guarded_states()):
        return delta
    return hidden.withhold(delta, await hidden.closed_to(me or await _principal_of(self)))


async def _principal_of(state: rx.State) -> Principal | None:
    root = reflex_seams.root_of(state)
    ref = session_of(root)
    me = await read(sessions.alive, ref) if ref else None
    return (await root.get_state(Account))._seen(me)


def _dict(self: rx.State, include_computed: bool = True, initial: bool = False, **options: Any) -> dict[str, Any]:
    """Replace Reflex's method: the complete state, as a page gets it when it opens."""
    if initial and not self.parent_state:
        hidden.empty_first_values()
    full_state = reflex_seams.plain_dict(self, include_computed=include_computed, initial=initial, **options)
    return full_state if initial or self.parent_state else hidden.withhold(full_state, context.closed.get())


def watch_what_leaves() -> None:
    """Hide from each page what its user may not see."""
    registry.use()
    reflex_seams.replace_state_output(_delta, _dict)


def restart(path: str, ticket: str = "", signature: str = "", *, link: str = "", renewal: Renewal | None = None) -> Any:
    """Exchange the ticket for the session cookie and reload the page at a path. Every change of the user ends here.

    The order goes to the page as a one-time event. It is never a var, so it is neither stored nor sent again. The page
    stores the key of a link for the page of the link. With a renewal, the page first sends a new record of the
    password, which it still has in memory.
    """
    order = {"path": paths.safe(path), "ticket": ticket, "signature": signature}
    order |= {"link": link} if link else {}
    return reflex_seams.order("restart", order | ({"renewal": renewal._asdict()} if renewal else {}))


def renew(ticket: str) -> Any:
    """Exchange the ticket of a step-up for the new session cookie. The page stays, and sends the waiting event."""
    return reflex_seams.order("renew", {"ticket": ticket})


def leave(path: str) -> Any:
    """Log out and reload the page at a path."""
    return reflex_seams.order("restart", {"path": paths.safe(path), "logOut": True})
