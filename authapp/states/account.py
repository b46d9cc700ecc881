"""User of a tab: resolved before the first state leaves the server, and again before every event."""

import asyncio
import secrets
from typing import Any

import reflex as rx
from reflex.middleware import Middleware
from reflex.state import OnLoadInternalState, UpdateVarsInternalState
from reflex_base.event import Event
from reflex_base.event.context import EventContext

from authapp.config import settings
from authapp.core.account import identities
from authapp.core.authorization import groups
from authapp.core.authorization.guards import passes, refusal
from authapp.core.base import clock, hooks, identifiers, paths, security_log
from authapp.core.base.errors import LoggedOut, Refusal, Trouble
from authapp.core.credentials.scram import Renewal
from authapp.core.sessions import sessions
from authapp.core.sessions.sessions import TOUCH_EVERY, Principal, SessionRef
from authapp.db import announce, call, later, look
from authapp.i18n.locales import ENGLISH
from authapp.i18n.texts import into
from authapp.routes import route
from authapp.states import guards

LANGUAGE_HEADER = "x-authapp-language"  # a header of the handshake; the guard writes it
LINE_HEADER = "x-authapp-line"  # the same; for `devices.of_line`
WAITING_HEADER = "x-authapp-waiting"  # the same
A_MOMENT = 0.1  # seconds in which a page learns that its session ended
_HYDRATES = {f"{rx.State.get_full_name()}.{name}" for name in ("hydrate", "hydrate_and_load")}
# Events that every page needs to work at all. They run no code of the product.
_STANDS = _HYDRATES | {
    f"{rx.State.get_full_name()}.set_is_hydrated",
    f"{OnLoadInternalState.get_full_name()}.on_load_internal",
    f"{OnLoadInternalState.get_full_name()}.set_is_hydrated",
    f"{UpdateVarsInternalState.get_full_name()}.update_vars_internal",
}


class Account(rx.State):
    """User data that the page may show."""

    known: bool = False  # whether the user of the tab is resolved
    who: str = ""  # the user id; empty for a visitor
    name: str = ""
    identifier: str = ""  # the email address or number of this session
    is_admin: bool = False
    has_password: bool = False
    reachable: bool = True  # has an email address or a number: passwords work, and codes arrive
    origins: list[dict[str, str]] = []  # the providers with a login page
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
        """Do nothing: `Doorkeeper` has already checked the user, as before every event."""

    @rx.event
    async def report_trouble(self):
        """Show that an error occurred. Nothing was changed: every rule is one transaction."""
        self.trouble = into(Trouble.message, language_of(self))

    @rx.event
    async def dismiss_trouble(self):
        """Close the message."""
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


def origins_shown(*, step_up: bool = False) -> list[dict[str, str]]:
    """Return the providers with a login page, for a login or for a step-up."""
    shown = [one for one in identities.origins().values() if one.has_page and (one.can_step_up or not step_up)]
    return [{"name": one.name, "label": one.label} for one in shown]


class Doorkeeper(Middleware):
    """Middleware that checks the access rule of every event before it runs, wherever the event comes from."""

    async def preprocess(self, app: rx.App, state: rx.State, event: Any) -> Any:
        """Resolve the user. Drop the event when the session has ended, or when the access rule denies it."""
        if event.name.endswith(".setvar"):  # Reflex adds it to every state; it could call any `set_…` of a product
            return rx.state.StateUpdate()
        ref = session_of(state)
        me = await look(sessions.alive, ref) if ref else None
        asked_by_page = event.name.endswith(".refresh")  # an open page is no activity of its user
        is_over = ref is not None and me is None and event.name not in _HYDRATES
        if ref and is_over and await look(sessions.is_renewed, ref):
            return rx.state.StateUpdate(events=[] if asked_by_page else guards.renewed(event))
        root, account, line = state._get_root_state(), await state.get_state(Account), state.router.session.session_id
        if me is None and (event.name in _HYDRATES or line != account._line):
            root.reset()  # proxies log the token of a tab: it must not reveal what was typed
            root.dirty_vars.update(root.base_vars)  # nor reveal by an unsent var that it was typed
        if line != account._line:
            account._line, account.line = line, secrets.token_hex(4)
        no = await self._kept_out(account, event, me)
        await self._recognise(app, root, account, event, me)
        if me and not asked_by_page and clock.now() - me.last_seen_at > TOUCH_EVERY:
            later(sessions.touch, [me.session_id])
        if ref and is_over:
            _note_denied(LoggedOut(), event, me)
            session_id = {ref.session_id}
            asyncio.get_running_loop().call_later(A_MOMENT, announce, session_id)  # the tab reconnects and notices
            return rx.state.StateUpdate(events=[] if asked_by_page else _told(LoggedOut(), event))
        return await self._denied(state, event, me, no)

    async def _kept_out(self, account: Account, event: Event, me: Principal | None) -> Refusal | None:
        """Return why the product refuses every event of the user, or None. It can never block logging out."""
        if event.name in _WAY_OUT:
            return None
        asked = me and hooks.on_connected_request
        no = await _refused(hooks.on_connected_request.run, me) if asked else None
        if account._kept_out != (no is not None):
            account._kept_out = no is not None
        return no

    async def _recognise(
        self, app: rx.App, root: rx.State, account: Account, event: Event, me: Principal | None
    ) -> None:
        """Set the user for this event, for the events that follow from it, and for the vars of the page."""
        account._is(me)
        me = _seen(account, me)
        guards.asking.set(me)
        guards.running.set(event)
        guards.goes_on.set(False)
        guards.closed.set(await guards.closed_to(me))
        asked_as = f"{me.user_id} {sorted(me.groups)}" if me else ""
        if asked_as != account._asked_as:
            account._asked_as = asked_as
            guards.forget_computed(root)
        page = app.router(state_path(root)) or ""
        is_open = await passes(me, guards.of_page(page))
        guards.shut.set(not is_open)
        if (page, is_open) != (account.page, account.page_open):
            account.page, account.page_open = page, is_open

    async def _denied(
        self, state: rx.State, event: Event, me: Principal | None, no: Refusal | None
    ) -> rx.state.StateUpdate | None:
        """Return the update for a denied event; None: the event may run."""
        known = guards.handler(event.name)
        if no and event.name in _STANDS:
            if event.name in _HYDRATES:
                await EventContext.get().enqueue(*Event.from_event_type(Account.look_again()))  # and tells the page why
            return None
        if known and no is None:
            no = await refusal(me, guards.of_handler(known))
        if known is None or no is None:
            return None
        _note_denied(no, event, me)
        if hooks.on_denied:
            await _refused(hooks.on_denied.run, me, no, event.name)
        owner, root = await state.get_state(known.states[0]), state._get_root_state()
        if "answers" in owner.base_vars:  # a form waits for the answer
            owner.answers += 1
        delta = await root._get_resolved_delta()
        root._clean()
        return rx.state.StateUpdate(delta=delta, events=_told(no, event))


_WAY_OUT = {f"{Account.get_full_name()}.{name}" for name in ("log_out", "dismiss_trouble")}


def _seen(account: Account, me: Principal | None) -> Principal | None:
    """Return the principal for access rules. A user that the product blocks sees what visitors see."""
    return None if account._kept_out else me


async def _refused(rule: Any, *given: Any) -> Refusal | None:
    try:
        await call(rule, *given)
    except Refusal as no:
        return no
    return None


def _note_denied(no: Refusal, event: Event, me: Principal | None) -> None:
    name = event.name if guards.handler(event.name) else ""  # an unknown name is text from a client
    security_log.note("event denied", event=name, code=no.code, user=me.user_id if me else "")


def _told(no: Refusal, event: Event) -> list[Event]:
    """Return the events that tell the page the reason, and give it the denied event back for a retry."""
    return Event.from_event_type(guards.told(no.message, no.code, guards.again(event)))


def state_path(root: rx.State) -> str:
    """Return the path of the page that a tab shows, as the client reports it."""
    return str(root.router.url.path)


async def _delta(self: rx.State) -> Any:
    """Replace Reflex's method: every delta shows only what its recipient may see, even after events of other users."""
    me = await _asks(self) if guards.guards_vars() else None
    before = guards.asking.set(me)
    try:
        delta = await _plain_delta(self)
    finally:
        guards.asking.reset(before)
    if not any(one.get_full_name() in delta for one in guards.guarded_states()):
        return delta
    return guards.withhold(delta, await guards.closed_to(me or await _asks(self)))


async def _asks(state: rx.State) -> Principal | None:
    root = state._get_root_state()
    ref = session_of(root)
    me = await look(sessions.alive, ref) if ref else None
    return _seen(await root.get_state(Account), me)


def _dict(self: rx.State, include_computed: bool = True, initial: bool = False, **more: Any) -> dict[str, Any]:
    """Replace Reflex's method: the complete state, as a page gets it when it opens."""
    if initial and not self.parent_state:
        guards.empty_first_values()
    whole = _plain_dict(self, include_computed=include_computed, initial=initial, **more)
    return whole if initial or self.parent_state else guards.withhold(whole, guards.closed.get())


_plain_delta, _plain_dict = rx.State._get_resolved_delta, rx.State.dict


def watch_what_leaves() -> None:
    """Replace the two methods by which state leaves the server. Reflex documents that they are replaceable."""
    guards.use()
    rx.State._get_resolved_delta, rx.State.dict = _delta, _dict


def session_of(state: rx.State) -> SessionRef | None:
    """Return the session of a state, with the key of its socket. The guard itself wrote it into the handshake."""
    return SessionRef.parse(str(state.router.headers.raw_headers.get("authorization") or ""))


def language_of(state: rx.State) -> str:
    """Return the language of a tab. The guard wrote it into the handshake and replaced any value from the client."""
    return str(state.router.headers.raw_headers.get(LANGUAGE_HEADER) or ENGLISH)


def waiting_of(state: rx.State) -> str:
    """Return the waiting login of the browser of a tab. The guard wrote it into the handshake."""
    return str(state.router.headers.raw_headers.get(WAITING_HEADER) or "")


def restart(path: str, ticket: str = "", signature: str = "", *, link: str = "", renewal: Renewal | None = None) -> Any:
    """Exchange the ticket for the session cookie and reload the page at a path. Every change of the user ends here.

    The order goes to the page as a one-time event. It is never a var, so it is neither stored nor sent again. The page
    stores the key of a link for the page of the link. With a renewal, the page first sends a new record of the
    password, which it still has in memory.
    """
    order = {"path": paths.safe(path), "ticket": ticket, "signature": signature}
    order |= {"link": link} if link else {}
    return rx.set_value("restart", order | ({"renewal": renewal._asdict()} if renewal else {}))


def renew(ticket: str) -> Any:
    """Exchange the ticket of a step-up for the new session cookie. The page stays, and sends the waiting event."""
    return rx.set_value("renew", {"ticket": ticket})


def leave(path: str) -> Any:
    """Log out and reload the page at a path."""
    return rx.set_value("restart", {"path": paths.safe(path), "logOut": True})
