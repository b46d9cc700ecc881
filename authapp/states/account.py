"""Who a tab is for: known before its first state leaves the server, and asked again at every event."""

from typing import Any

import reflex as rx
from reflex.middleware import Middleware
from reflex_base.event import Event

from authapp import texts
from authapp.config import settings
from authapp.core import clock, groups, identifiers, identities, paths, sessions
from authapp.core.errors import Trouble
from authapp.core.guards import refusal
from authapp.core.sessions import TOUCH_EVERY, Principal
from authapp.db import announce, later, look
from authapp.routes import route
from authapp.states import guards
from authapp.texts import into

LANGUAGE_HEADER = "x-authapp-language"  # of the handshake; the guard writes it
_HYDRATES = {f"{rx.State.get_full_name()}.{name}" for name in ("hydrate", "hydrate_and_load")}


class Account(rx.State):
    """What the page may know of its visitor."""

    known: bool = False  # whether we have looked yet
    who: str = ""  # the user's id; empty when nobody is signed in
    name: str = ""
    identifier: str = ""  # the address or number of this session
    is_admin: bool = False
    has_password: bool = False
    reachable: bool = True  # there is an address or a number: a password works, and codes arrive
    origins: list[dict[str, str]] = []  # who else a browser can log in with
    language: str = ""  # that was chosen in the settings; empty: as the browser says
    avatar: str = ""  # the path of the picture; empty when there is none
    initials: str = ""
    trouble: str = ""  # something broke on our side
    _line: str = ""  # the socket that was heard last

    @rx.event
    async def log_out(self):
        """End the session and go to the main page."""
        return leave(route("home"))

    @rx.event
    async def look_again(self):
        """Nothing is left to do: the doorkeeper has looked, as before every event."""

    @rx.event
    async def report_trouble(self):
        """Say that something broke. Nothing was changed: every rule is one transaction."""
        self.trouble = into(Trouble.message, language_of(self))

    @rx.event
    async def dismiss_trouble(self):
        """Put the message away."""
        self.trouble = ""

    def _is(self, me: Principal | None) -> None:
        facts: dict[str, Any] = {"known": True, "who": "", "name": "", "identifier": "", "has_password": False}
        facts["is_admin"] = me is not None and groups.ADMIN in me.groups
        facts |= {"avatar": "", "initials": "", "reachable": True, "origins": origins_shown()}
        facts["language"] = me.language if me else ""
        if me:
            facts |= {
                "who": str(me.user_id),
                "name": me.name,
                "identifier": me.identifier,
                "has_password": me.has_password,
                "reachable": "@" in me.identifier or identifiers.is_number(me.identifier),
            }
            facts |= {"avatar": me.avatar and f"{settings().rpc_path}/avatar?v={me.avatar}", "initials": me.initials}
        for var, value in facts.items():
            if getattr(self, var) != value:
                setattr(self, var, value)


def origins_shown() -> list[dict[str, str]]:
    """The origins that a browser can be sent to."""
    return [{"name": one.name, "label": one.label} for one in identities.origins().values() if one.has_page]


class Doorkeeper(Middleware):
    """Runs before every event: an event of a session that is over does not run."""

    async def preprocess(self, app: rx.App, state: rx.State, event: Any) -> Any:
        """Resolve who asks; drop the event when the session has ended meanwhile."""
        if event.name.endswith(".setvar"):  # Reflex gives it to every state; it would call any `set_…` of a product
            return rx.state.StateUpdate()
        session_id = session_of(state)
        me = await look(sessions.alive, session_id) if session_id else None
        root, account, line = state._get_root_state(), await state.get_state(Account), state.router.session.session_id
        if me is None and (event.name in _HYDRATES or line != account._line):
            root.reset()  # a tab's token, which proxies log, is no right to what was typed in it
            root.dirty_vars.update(root.base_vars)  # nor to learn, by what is not sent again, that anything was
        if line != account._line:
            account._line = line
        account._is(me)
        asked_by_page = event.name.endswith(".refresh")  # a page that is open is not a person who uses it
        if me and not asked_by_page and clock.now() - me.last_seen_at > TOUCH_EVERY:
            later(sessions.touch, [session_id])
        if session_id and me is None and event.name not in _HYDRATES:
            announce({session_id})  # closes the socket; the tab reconnects and learns it
            return rx.state.StateUpdate()
        guards.asking.set(me)
        guards.running.set(event)
        guards.goes_on.set(False)
        return await self._denied(state, event, me)

    async def _denied(self, state: rx.State, event: Event, me: Principal | None) -> rx.state.StateUpdate | None:
        """What the page is told of an event that is not for who asks; None: it is."""
        known = guards.handler(event.name)
        no = await refusal(me, guards.of_handler(known)) if known else None
        if known is None or no is None:
            return None
        owner, root = await state.get_state(known.states[0]), state._get_root_state()
        if "answers" in owner.base_vars:  # the form that waits for it
            owner.answers += 1
        delta = await root._get_resolved_delta()
        root._clean()
        return rx.state.StateUpdate(delta=delta, events=Event.from_event_type(guards.told(no.message)))


def session_of(state: rx.State) -> str:
    """The session a state belongs to: the guard wrote it into the handshake, over whatever a client sent."""
    return str(state.router.headers.raw_headers.get("authorization") or "")


def language_of(state: rx.State) -> str:
    """The language of a tab: as the guard wrote it into the handshake, over whatever a client sent."""
    return str(state.router.headers.raw_headers.get(LANGUAGE_HEADER) or texts.ENGLISH)


def restart(path: str, ticket: str = "", signature: str = "") -> Any:
    """Trade the ticket for the cookie and load a path of ours afresh: whatever changes who you are ends here.

    The order goes to the page as a one-time event. It is never a var, so it is neither kept nor sent again.
    """
    return rx.set_value("restart", {"path": paths.safe(path), "ticket": ticket, "signature": signature})


def leave(path: str) -> Any:
    """Log out and load a path of ours afresh."""
    return rx.set_value("restart", {"path": paths.safe(path), "logOut": True})
